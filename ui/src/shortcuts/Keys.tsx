import { Kbd } from "@mantine/core";
import type { ActionId } from "./actions";
import { useKeys } from "./keymap";
import { printed } from "./keys";
import classes from "./Keys.module.css";

/** The keys of an action, as printed on its button. Silent for screen readers: the button's name says what it does. */
export function Keys({ action }: { action: ActionId }) {
  return <KeyCaps keys={useKeys(action)} />;
}

/** Any keys, printed. */
export function KeyCaps({ keys }: { keys: string }) {
  return (
    <span className={classes.keys} aria-hidden="true">
      {printed(keys).map((press, at) => (
        <Kbd key={at} className={classes.key}>
          {press}
        </Kbd>
      ))}
    </span>
  );
}
