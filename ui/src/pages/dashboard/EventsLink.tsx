import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { EventsSearch } from "./links";

interface Props {
  to: EventsSearch;
  children: ReactNode;
  /** What is counted, where the text is only a number. */
  label?: string | undefined;
  className?: string | undefined;
}

/** A figure that leads to its events. */
export function EventsLink({ to, children, label, className }: Props) {
  return (
    <Anchor
      inherit
      className={className}
      aria-label={label}
      renderRoot={(props) => <Link to="/search" search={to} {...props} />}
    >
      {children}
    </Anchor>
  );
}
