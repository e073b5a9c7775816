import { Button } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { RowState } from "./desk";
import classes from "./queue.module.css";

interface Props {
  unsaved: readonly { event_id: string; row: Extract<RowState, { kind: "failed" | "conflict" }> }[];
  onRetry: (eventId: string) => void;
  onEdit: (eventId: string) => void;
  onResolve: (eventId: string) => void;
  onDiscard: (eventId: string) => void;
}

/** More would leave no room for the list. */
const SHOWN = 3;

/** Reviews that did not reach the service, or met another: what was chosen and typed, and a way on for each. */
export function UnsavedReviews({ unsaved, onRetry, onEdit, onResolve, onDiscard }: Props) {
  const waiting = unsaved.length - SHOWN;
  return (
    <>
      {unsaved.slice(0, SHOWN).map(({ event_id, row }) => (
        <div key={event_id} className={classes.notice} data-tone="warning" role="alert">
          <IconAlertTriangle size={16} aria-hidden="true" />
          {row.kind === "failed" ? (
            <>
              <span className={classes.words}>
                <b>Not saved: {row.choice.class_name}</b>
                {row.choice.activity_name && `, ${row.choice.activity_name}`}
                {row.choice.comment && ` (“${row.choice.comment}”)`}. {row.message}
              </span>
              <span className={classes.grow} />
              <Button size="compact-xs" onClick={() => onRetry(event_id)}>
                Try again
              </Button>
              <Button size="compact-xs" variant="default" onClick={() => onEdit(event_id)}>
                Change
              </Button>
            </>
          ) : (
            <>
              <span className={classes.words}>
                <b>{row.review.reviewer} was faster</b> with {row.review.class_name}; you chose {row.choice.class_name}.
              </span>
              <span className={classes.grow} />
              <Button size="compact-xs" onClick={() => onResolve(event_id)}>
                Choose
              </Button>
            </>
          )}
          <Button size="compact-xs" variant="default" onClick={() => onDiscard(event_id)}>
            Discard
          </Button>
        </div>
      ))}
      {waiting > 0 && (
        <div className={classes.notice} data-tone="warning" role="status">
          and {waiting.toLocaleString()} more that were not saved; they are marked in the list
        </div>
      )}
    </>
  );
}
