import { useState } from "react";
import { useStore, type Decision, type EventDetail } from "@/api";
import { ConflictDialog } from "../queue/ConflictDialog";
import { OverrideDialog } from "../queue/OverrideDialog";
import { ReviewBar } from "../queue/ReviewBar";
import { UnsavedReviews } from "../queue/UnsavedReviews";
import { desk, stateOf, unsaved, withRow, type Choice } from "../queue/desk";
import { useReviewing } from "../queue/useReviewing";

/** Confirm, override and undo on the page of one event, with the keys of the queue. */
export function EventReview({ event, decision }: { event: EventDetail; decision: Decision }) {
  const state = useStore(desk);
  const { review, override, undo, giveUp } = useReviewing();
  const [picked, setPicked] = useState<number | null>(null);
  const [dialog, setDialog] = useState<"override" | "conflict" | null>(null);
  const row = {
    event_id: event.event_id,
    template_id: event.template_id,
    decision_id: decision.decision_id,
    raw: event.raw,
    template_count: event.template_count,
    candidates: decision.candidates,
    class_uid: decision.class_uid,
    class_name: decision.class_name,
    activity_id: decision.activity_id,
    activity_name: decision.activity_name,
  };
  const own = stateOf(state, row);
  const isLast = state.steps.at(-1);
  const canUndo = isLast !== undefined && "event_id" in isLast && isLast.event_id === event.event_id;
  const say = (choice: Choice, replace = false) => {
    setPicked(null);
    if (own?.kind === "conflict" && !replace) {
      // What somebody else said is looked at first, beside what is said now.
      if (choice.action === "override") desk.set((all) => withRow(all, row.event_id, { ...own, choice }));
      setDialog("conflict");
    } else void review(row, choice, replace);
  };
  return (
    <>
      <UnsavedReviews
        unsaved={unsaved(state).filter(({ event_id }) => event_id === event.event_id)}
        onRetry={() => own?.kind === "failed" && say(own.choice)}
        onEdit={() => setDialog("override")}
        onResolve={() => setDialog("conflict")}
        onDiscard={() => giveUp(row)}
      />
      <ReviewBar
        event={row}
        state={own}
        picked={picked}
        onPick={setPicked}
        onReview={say}
        onOverride={() => setDialog("override")}
        onUndo={() => {
          if (canUndo) undo();
        }}
        canUndo={canUndo}
      />
      {dialog === "override" && (
        <OverrideDialog
          event={row}
          before={own && "choice" in own ? own.choice : undefined}
          onClose={() => setDialog(null)}
          onApply={(choice) => {
            setPicked(null);
            return override(row, choice);
          }}
          onApplied={() => setDialog(desk.get().rows[event.event_id]?.kind === "conflict" ? "conflict" : null)}
        />
      )}
      {dialog === "conflict" && own?.kind === "conflict" && (
        <ConflictDialog
          conflict={own}
          onClose={() => setDialog(null)}
          onKeepTheirs={() => {
            setDialog(null);
            giveUp(row, own.review);
          }}
          onReplace={() => {
            setDialog(null);
            say(own.choice, true);
          }}
        />
      )}
    </>
  );
}
