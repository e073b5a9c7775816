import { Button, Modal } from "@mantine/core";
import type { Review } from "@/api";
import { ClassBadge, TimeText, VisibleText } from "@/components";
import type { Choice, RowState } from "./desk";
import classes from "./queue.module.css";

interface Props {
  conflict: Extract<RowState, { kind: "conflict" }>;
  onKeepTheirs: () => void;
  onReplace: () => void;
  /** Decides later; the row stays marked. */
  onClose: () => void;
}

/** Two people on one event: the second sees what the first said, and chooses. */
export function ConflictDialog({ conflict, onKeepTheirs, onReplace, onClose }: Props) {
  const { review, choice } = conflict;
  return (
    <Modal opened onClose={onClose} title={`${review.reviewer} has reviewed this event`} size="lg">
      <div className={classes.stack}>
        <div className={classes.compare}>
          <Theirs review={review} />
          <Yours choice={choice} />
        </div>
        <span className={classes.dimmed}>
          Nothing of yours was saved. Whichever you choose holds for the whole template.
        </span>
        <div className={classes.barLine}>
          <span className={classes.grow} />
          <Button variant="default" onClick={onReplace}>
            Replace with yours
          </Button>
          <Button onClick={onKeepTheirs} data-autofocus>
            Keep {review.reviewer}’s
          </Button>
        </div>
      </div>
    </Modal>
  );
}

function Theirs({ review }: { review: Review }) {
  return (
    <section className={classes.side} aria-label={`What ${review.reviewer} said`}>
      <b>{review.reviewer}</b>
      <span>{review.action === "confirm" ? "Confirmed" : "Overrode with"}</span>
      <ClassBadge uid={review.class_uid} name={review.class_name} activity={review.activity_name} />
      <span className={classes.dimmed}>
        <TimeText at={review.created_at} style="ago" />
      </span>
      {review.comment && <VisibleText text={review.comment} />}
    </section>
  );
}

function Yours({ choice }: { choice: Choice }) {
  return (
    <section className={classes.side} aria-label="What you said">
      <b>You</b>
      <span>{choice.action === "confirm" ? "Confirm" : "Override with"}</span>
      <ClassBadge uid={choice.class_uid} name={choice.class_name} activity={choice.activity_name} />
      {choice.comment && <VisibleText text={choice.comment} />}
    </section>
  );
}
