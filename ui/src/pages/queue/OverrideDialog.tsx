import { Alert, Button, Modal, Textarea } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useStore, type QueueItem, type TaxonomyClass } from "@/api";
import { sessionState } from "@/api/connection";
import { safeLine } from "@/components";
import { ClassChooser, type ChosenActivity } from "./ClassChooser";
import type { Choice } from "./desk";
import { draftOf, keepDraft } from "./drafts";
import classes from "./queue.module.css";

export type ReviewedEvent = Pick<
  QueueItem,
  "event_id" | "raw" | "candidates" | "class_uid" | "class_name" | "activity_id" | "template_count"
>;

interface Props {
  event: ReviewedEvent;
  /** What was chosen before and could not be saved. */
  before?: Choice | undefined;
  /** Resolves to why it was not saved, null when nothing is left to do here. */
  onApply: (choice: Choice) => Promise<string | null>;
  /** Called after that, unless the dialog was closed before. */
  onApplied: () => void;
  onClose: () => void;
}

/**
 * Type a class, Enter, an activity, Enter: done. A comment is for those who want to give one. The dialog stays until
 * the service has answered, and with what was typed when it refused.
 */
export function OverrideDialog({ event, before, onApply, onApplied, onClose }: Props) {
  const [chosen, setChosen] = useState<TaxonomyClass | null>(null);
  const [comment, setComment] = useState(before?.comment ?? draftOf(event.event_id));
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  // Escape in the sign-in above must not close what lies below it.
  const { ended } = useStore(sessionState);
  const isOpen = useRef(true);
  useEffect(() => {
    isOpen.current = true;
    return () => {
      isOpen.current = false;
    };
  }, []);
  const apply = async (ocsfClass: TaxonomyClass, activity: ChosenActivity) => {
    if (sending) return;
    setSending(true);
    setProblem(null);
    const refused = await onApply({
      action: "override",
      class_uid: ocsfClass.uid,
      class_name: ocsfClass.caption,
      ...activity,
      comment: comment.trim() || undefined,
    });
    if (!isOpen.current) return;
    setSending(false);
    setProblem(refused);
    if (refused === null) onApplied();
  };
  return (
    <Modal opened onClose={onClose} closeOnEscape={!ended} title="Override" size="lg">
      <div className={classes.stack}>
        <code className={classes.words}>{safeLine(event.raw.slice(0, 240))}</code>
        <span className={classes.dimmed}>
          Proposed: {event.class_name}. {before && `You chose ${before.class_name}, which was not saved. `}
          {event.template_count > 1 &&
            `Holds for all ${event.template_count.toLocaleString()} events of this template, and later ones.`}
        </span>
        <ClassChooser
          candidates={event.candidates}
          chosen={chosen}
          onClass={setChosen}
          onActivity={(activity) => chosen && void apply(chosen, activity)}
          activityId={before?.activity_id ?? (chosen?.uid === event.class_uid ? event.activity_id : undefined)}
        />
        {chosen !== null && (
          <div className={classes.barLine}>
            <Button variant="default" size="compact-xs" onClick={() => setChosen(null)}>
              Another class
            </Button>
          </div>
        )}
        <Textarea
          label="Comment (optional)"
          value={comment}
          rows={2}
          onChange={(change) => {
            setComment(change.currentTarget.value);
            keepDraft(event.event_id, change.currentTarget.value);
          }}
        />
        {problem !== null && (
          <Alert color="red" p="xs" role="alert">
            {problem} Nothing was changed; try again, or close this and go on: it stays marked as not saved.
          </Alert>
        )}
        {chosen !== null && (
          <div className={classes.barLine}>
            <span className={classes.grow} />
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button loading={sending} onClick={() => void apply(chosen, {})}>
              Override with {chosen.caption}
            </Button>
          </div>
        )}
      </div>
    </Modal>
  );
}
