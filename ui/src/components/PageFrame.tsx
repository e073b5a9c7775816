import { Title } from "@mantine/core";
import { useEffect, type ReactNode } from "react";
import classes from "./PageFrame.module.css";

interface Props {
  title: string;
  /** On the title's line, at its end: buttons. */
  actions?: ReactNode;
  /** Below the title: filters, search box. */
  toolbar?: ReactNode;
  children: ReactNode;
  /** The page fills the window and its parts scroll (tables); else the page scrolls. */
  fill?: boolean;
}

/** The frame of each page: heading, tools, body. */
export function PageFrame({ title, actions, toolbar, children, fill = false }: Props) {
  useEffect(() => {
    document.title = `${title} · Logatlas`;
  }, [title]);
  return (
    <div className={classes.frame} data-fill={fill}>
      <header className={classes.header}>
        <Title order={1}>{title}</Title>
        <div className={classes.actions}>{actions}</div>
      </header>
      {toolbar && <div className={classes.toolbar}>{toolbar}</div>}
      <div className={classes.body}>{children}</div>
    </div>
  );
}
