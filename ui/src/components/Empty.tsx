import { Text } from "@mantine/core";
import { IconInbox, type Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "./Empty.module.css";

interface Props {
  title: string;
  /** What to do next. */
  children?: ReactNode;
  action?: ReactNode;
  icon?: Icon;
}

/** Nothing to show, and what to do about it. */
export function Empty({ title, children, action, icon: EmptyIcon = IconInbox }: Props) {
  return (
    <div className={classes.empty}>
      <EmptyIcon size={32} stroke={1.3} aria-hidden="true" />
      <Text component="h2" size="md" fw={600} m={0}>
        {title}
      </Text>
      {children && (
        <Text component="div" size="sm" c="dimmed" maw={520}>
          {children}
        </Text>
      )}
      {action}
    </div>
  );
}
