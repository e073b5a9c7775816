import { Button } from "@mantine/core";
import { RefusalTooltip, percent } from "@/components";
import { usePermission, type QueueItem } from "@/api";
import { Keys, useActions, type ActionId } from "@/shortcuts";
import type { Choice, RowState } from "./desk";
import { RowStateText } from "./columns";
import classes from "./queue.module.css";

export type Reviewable = Pick<QueueItem, "class_uid" | "class_name" | "activity_id" | "activity_name" | "candidates">;

interface Props {
  /** The row that keys act on; null when there is none. */
  event: Reviewable | null;
  state: RowState | null;
  /** The candidate that was chosen by its number. */
  picked: number | null;
  onPick: (classUid: number) => void;
  onReview: (choice: Choice) => void;
  onOverride: () => void;
  onSkip?: (() => void) | undefined;
  onUndo: () => void;
  canUndo: boolean;
  onBulk?: (() => void) | undefined;
  /** How many rows are selected; Enter then speaks of all of them. */
  selected?: number;
}

const PICKS = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

/** What can be said of the current event, each with its key. */
export function ReviewBar(props: Props) {
  const { event, state, picked, onPick, onReview, onOverride, onSkip, onUndo, canUndo, onBulk, selected = 0 } = props;
  const { allowed } = usePermission("reviews.write");
  const candidates = event?.candidates.slice(0, 9) ?? [];
  const choice = event && choiceOf(event, picked);
  const isBusy = state?.kind === "sending" || state?.kind === "undoing" || state?.kind === "settling";
  const isDone = state?.kind === "saved" || state?.kind === "settled";
  const isChange = picked !== null && picked !== event?.class_uid;
  const canConfirm = choice !== null && !isBusy && (!isDone || isChange);
  const confirm = () => {
    if (selected > 0) onBulk?.();
    else if (choice && canConfirm) onReview(choice);
  };
  const picks = Object.fromEntries(
    candidates.map((candidate, at) => [
      `review.candidate.${PICKS[at] ?? 9}` as ActionId,
      () => onPick(candidate.class_uid),
    ]),
  );
  useActions(
    {
      "review.confirm": confirm,
      "review.override": () => event && !isBusy && onOverride(),
      "review.undo": onUndo,
      ...(onSkip && { "review.skip": onSkip }),
      ...(onBulk && { "review.bulk": onBulk }),
      ...picks,
    },
    allowed,
  );
  return (
    <div className={classes.bar} role="group" aria-label="Review">
      {candidates.length > 0 && (
        <ul className={classes.choices} aria-label="Candidates">
          {candidates.map((candidate, at) => (
            <li key={candidate.class_uid}>
              <Button
                size="compact-xs"
                variant={candidate.class_uid === choice?.class_uid ? "light" : "default"}
                aria-pressed={candidate.class_uid === choice?.class_uid}
                // Chosen by its number, it may lie beyond the edge of the line.
                ref={candidate.class_uid === choice?.class_uid ? intoView : undefined}
                leftSection={<Keys action={`review.candidate.${PICKS[at] ?? 9}`} />}
                onClick={() => onPick(candidate.class_uid)}
                disabled={!allowed}
              >
                {candidate.class_name} {percent(candidate.probability)}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <RefusalTooltip permission="reviews.write">
        {(refused) => (
          <div className={classes.barLine}>
            <Button
              onClick={confirm}
              disabled={refused || (selected === 0 && !canConfirm)}
              rightSection={<Keys action="review.confirm" />}
            >
              {confirmLabel(choice, selected)}
            </Button>
            <Button
              variant="default"
              onClick={onOverride}
              disabled={refused || !event || isBusy}
              rightSection={<Keys action="review.override" />}
            >
              Override
            </Button>
            {onSkip && (
              <Button
                variant="default"
                onClick={onSkip}
                disabled={refused || !event}
                rightSection={<Keys action="review.skip" />}
              >
                Skip
              </Button>
            )}
            <Button
              variant="default"
              onClick={onUndo}
              disabled={refused || !canUndo}
              rightSection={<Keys action="review.undo" />}
            >
              Undo
            </Button>
            {onBulk && (
              <Button
                variant="default"
                onClick={onBulk}
                disabled={refused}
                rightSection={<Keys action="review.bulk" />}
              >
                Apply to many
              </Button>
            )}
            <span role="status" aria-live="polite">
              {state && <RowStateText state={state} />}
            </span>
          </div>
        )}
      </RefusalTooltip>
    </div>
  );
}

function intoView(button: HTMLButtonElement | null) {
  button?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** What Enter says: the proposed class is confirmed, another candidate overrides it. */
export function choiceOf(event: Reviewable, picked: number | null): Choice {
  const other = event.candidates.find((candidate) => candidate.class_uid === picked);
  if (!other || other.class_uid === event.class_uid) {
    return {
      action: "confirm",
      class_uid: event.class_uid,
      class_name: event.class_name,
      activity_name: event.activity_name,
    };
  }
  return { action: "override", class_uid: other.class_uid, class_name: other.class_name };
}

function confirmLabel(choice: Choice | null, selected: number): string {
  if (selected > 0) return `Review ${selected.toLocaleString()} selected`;
  if (!choice) return "Confirm";
  return choice.action === "confirm" ? `Confirm ${choice.class_name}` : `Override with ${choice.class_name}`;
}
