import { useId, type ReactNode } from "react";
import classes from "./event.module.css";

interface Props {
  title: string;
  /** By which a citation finds it. */
  name?: string;
  /** At the end of the heading's line. */
  tools?: ReactNode;
  children: ReactNode;
}

/** A part of the event with its heading. */
export function Section({ title, name, tools, children }: Props) {
  const id = useId();
  return (
    <section className={classes.section} aria-labelledby={id} data-section={name}>
      <div className={classes.sectionHead}>
        <h2 id={id}>{title}</h2>
        <span className={classes.grow} />
        {tools}
      </div>
      {children}
    </section>
  );
}
