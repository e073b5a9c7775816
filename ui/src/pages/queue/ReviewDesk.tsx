import { useState } from "react";
import { usePermission, useStore, type QueueFilter, type QueueItem } from "@/api";
import { BulkDialog } from "./BulkDialog";
import { ConflictDialog } from "./ConflictDialog";
import { OverrideDialog } from "./OverrideDialog";
import { ReviewBar } from "./ReviewBar";
import { RunningReview } from "./RunningReview";
import { UnsavedReviews } from "./UnsavedReviews";
import { desk, nextOpen, stateOf, unsaved, withRow, type Choice } from "./desk";
import { useReviewing } from "./useReviewing";

interface Props {
  rows: readonly QueueItem[];
  current: QueueItem | null;
  filter: QueueFilter;
  onMove: (eventId: string) => void;
  /** Something was sent or taken back: counts may differ. */
  onReviewed: () => void;
  /** No row is left that wants a review. */
  onEnd: () => void;
}

type Dialog =
  | { kind: "override"; row: QueueItem; before?: Choice | undefined }
  | { kind: "conflict"; row: QueueItem }
  | { kind: "bulk"; openedAt: Date };

/** Everything below the list: the buttons, what was not saved, and the dialogs. */
export function ReviewDesk({ rows, current, filter, onMove, onReviewed, onEnd }: Props) {
  const state = useStore(desk);
  const { review, override, undo, skip, giveUp } = useReviewing();
  const { allowed } = usePermission("reviews.write");
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const [picked, setPicked] = useState<{ event_id: string; class_uid: number } | null>(null);
  const pickedHere = picked !== null && picked.event_id === current?.event_id ? picked.class_uid : null;
  const currentState = current && stateOf(state, current);

  const advance = (from: QueueItem) => {
    const next = nextOpen(desk.get(), rows, from.event_id);
    if (next === null) onEnd();
    else onMove(next);
  };
  const say = (row: QueueItem, choice: Choice, replace = false) => {
    setPicked(null);
    void review(row, choice, replace).then(onReviewed);
  };
  const sayAndGoOn = (row: QueueItem, choice: Choice) => {
    const before = stateOf(desk.get(), row);
    if (before?.kind === "conflict") {
      // What somebody else said is looked at first, beside what is said now.
      const isProposed = choice.action === "confirm";
      desk.set((all) => withRow(all, row.event_id, isProposed ? before : { ...before, choice }));
      setDialog({ kind: "conflict", row });
      return;
    }
    say(row, choice);
    advance(row);
  };
  const openOverride = (row: QueueItem) => {
    const before = stateOf(desk.get(), row);
    setDialog({ kind: "override", row, before: before && "choice" in before ? before.choice : undefined });
  };
  const rowOf = (eventId: string) => rows.find((row) => row.event_id === eventId);
  const withRowOf = (run: (row: QueueItem) => void) => (eventId: string) => {
    const row = rowOf(eventId);
    if (row) run(row);
  };
  const retry = (row: QueueItem) => {
    const before = desk.get().rows[row.event_id];
    if (before?.kind === "failed") say(row, before.choice);
  };
  const conflict = dialog?.kind === "conflict" ? state.rows[dialog.row.event_id] : undefined;
  const preset =
    current && pickedHere !== null && pickedHere !== current.class_uid
      ? (current.candidates.find(({ class_uid }) => class_uid === pickedHere) ?? null)
      : null;
  return (
    <>
      {state.running.map(({ review_id, label }) => (
        <RunningReview key={review_id} reviewId={review_id} label={label} onEnd={onReviewed} />
      ))}
      <UnsavedReviews
        unsaved={unsaved(state).filter(({ event_id }) => rowOf(event_id) !== undefined)}
        onRetry={withRowOf(retry)}
        onEdit={withRowOf(openOverride)}
        onResolve={withRowOf((row) => setDialog({ kind: "conflict", row }))}
        onDiscard={withRowOf((row) => giveUp(row))}
      />
      {(current !== null || state.steps.length > 0) && (
        <ReviewBar
          event={current}
          state={currentState}
          picked={pickedHere}
          onPick={(class_uid) => current && setPicked({ event_id: current.event_id, class_uid })}
          onReview={(choice) => current && sayAndGoOn(current, choice)}
          onOverride={() => current && openOverride(current)}
          onSkip={() => {
            if (!current) return;
            skip(current);
            advance(current);
          }}
          onUndo={() => {
            const eventId = undo();
            if (eventId !== null && rowOf(eventId)) onMove(eventId);
            onReviewed();
          }}
          canUndo={state.steps.length > 0}
          onBulk={() => setDialog({ kind: "bulk", openedAt: new Date() })}
          selected={state.selected.size}
        />
      )}
      {dialog?.kind === "override" && (
        <OverrideDialog
          event={dialog.row}
          before={dialog.before}
          onClose={() => setDialog(null)}
          onApply={(choice) => {
            setPicked(null);
            return override(dialog.row, choice);
          }}
          onApplied={() => {
            onReviewed();
            if (desk.get().rows[dialog.row.event_id]?.kind === "conflict") {
              setDialog({ kind: "conflict", row: dialog.row });
              return;
            }
            setDialog(null);
            advance(dialog.row);
          }}
        />
      )}
      {dialog?.kind === "conflict" && conflict?.kind === "conflict" && (
        <ConflictDialog
          conflict={conflict}
          onClose={() => setDialog(null)}
          onKeepTheirs={() => {
            setDialog(null);
            giveUp(dialog.row, conflict.review);
            advance(dialog.row);
          }}
          onReplace={() => {
            setDialog(null);
            say(dialog.row, conflict.choice, true);
            advance(dialog.row);
          }}
        />
      )}
      {dialog?.kind === "bulk" && allowed && (
        <BulkDialog
          current={current}
          selected={[...state.selected]}
          filter={filter}
          openedAt={dialog.openedAt}
          preset={preset}
          onClose={() => setDialog(null)}
        />
      )}
    </>
  );
}
