import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { isApiError, messageOf } from "@/api/errors";
import { conflictOf, refreshAfterReview, type NewReview } from "@/api/reviews";
import { useSession } from "@/api/session";
import type { QueueItem, Review } from "@/api/types";
import { keepDraft } from "./drafts";
import {
  desk,
  stateOf,
  withPending,
  withReview,
  withRow,
  withStep,
  withoutReview,
  withoutStep,
  type Choice,
  type Desk,
  type RowState,
} from "./desk";

const change = (step: (state: Desk) => Desk) => desk.set(step);

export type ReviewedRow = Pick<QueueItem, "event_id" | "template_id" | "decision_id">;

/**
 * Writes reviews of single rows and takes them back. Everything shows at once and is corrected by what the service
 * answers: a review that was not saved stays on its row with what was chosen and typed.
 */
export function useReviewing() {
  const client = useQueryClient();
  const me = useSession().data?.user?.name ?? null;

  /** Resolves when the service has answered; never rejects. */
  const review = async (row: ReviewedRow, choice: Choice, replace = false): Promise<void> => {
    const before = stateOf(desk.get(), row);
    if (before?.kind === "sending" || before?.kind === "undoing" || before?.kind === "settling") return;
    // Changing one's own mind is no conflict.
    const isOwn = before !== null && "review" in before && before.kind !== "conflict" && before.review.reviewer === me;
    const id = row.event_id;
    change((state) =>
      withStep(withPending(withRow(state, id, { kind: "sending", choice, undo: false }), row, true), { event_id: id }),
    );
    try {
      const saved = await api.post<Review>("/api/reviews", body(row, choice, replace || isOwn));
      const wanted = desk.get().rows[id];
      change((state) =>
        withReview(withPending(withRow(state, id, { kind: "saved", choice, review: saved }), row, false), saved),
      );
      keepDraft(id, "");
      refreshAfterReview(client);
      if (wanted?.kind === "sending" && wanted.undo) await takeBack(id, choice, saved);
    } catch (error) {
      const conflict = conflictOf(error);
      // A review of one's own on another event of the template came first: the later word counts.
      if (conflict?.review.reviewer === me && !replace) {
        change((state) => withPending(withRow(state, id, null), row, false));
        await review(row, choice, true);
        return;
      }
      change((state) => withoutStep(withPending(withRow(state, id, refused(choice, error)), row, false), id));
      if (conflict) change((state) => withReview(state, conflict.review));
    }
  };

  /**
   * Reviews, or changes what a conflict is about. Resolves to why it was not saved; to null when it was, or when
   * somebody else's review has to be looked at first.
   */
  const override = async (row: ReviewedRow, choice: Choice): Promise<string | null> => {
    const before = stateOf(desk.get(), row);
    if (before?.kind === "conflict") change((state) => withRow(state, row.event_id, { ...before, choice }));
    else await review(row, choice);
    const after = desk.get().rows[row.event_id];
    return after?.kind === "failed" ? after.message : null;
  };

  const takeBack = async (eventId: string, choice: Choice, saved: Review): Promise<void> => {
    change((state) => withoutStep(withRow(state, eventId, { kind: "undoing", choice, review: saved }), eventId));
    try {
      await api.post<Review>(`/api/reviews/${encodeURIComponent(saved.review_id)}/undo`);
      change((state) => withoutReview(state, saved.review_id));
      refreshAfterReview(client);
    } catch (error) {
      if (isApiError(error, "already_undone")) {
        change((state) => withoutReview(state, saved.review_id));
        return;
      }
      change((state) =>
        withStep(withRow(state, eventId, { kind: "saved", choice, review: saved }), { event_id: eventId }),
      );
      notifications.show({ color: "red", title: "The review was not undone", message: messageOf(error) });
    }
  };

  const undoMany = async (reviewId: string, label: string): Promise<void> => {
    change((state) => withoutStep(state, reviewId));
    try {
      await api.post<Review>(`/api/reviews/${encodeURIComponent(reviewId)}/undo`);
      change((state) => withoutReview(state, reviewId));
      refreshAfterReview(client);
      notifications.show({ message: `Undone: ${label}` });
    } catch (error) {
      change((state) => withStep(state, { review_id: reviewId, label }));
      notifications.show({ color: "red", title: `Not undone: ${label}`, message: messageOf(error) });
    }
  };

  /** Takes back the latest step; gives the event to go back to, null when there is none. */
  const undo = (): string | null => {
    const step = desk.get().steps.at(-1);
    if (!step) {
      notifications.show({ message: "There is nothing to undo." });
      return null;
    }
    if (!("event_id" in step)) {
      void undoMany(step.review_id, step.label);
      return null;
    }
    const id = step.event_id;
    const row = desk.get().rows[id];
    if (row?.kind === "saved") void takeBack(id, row.choice, row.review);
    else if (row?.kind === "sending") change((state) => withoutStep(withRow(state, id, { ...row, undo: true }), id));
    else change((state) => withoutStep(row?.kind === "skipped" ? withRow(state, id, null) : state, id));
    return id;
  };

  const skip = (row: ReviewedRow) => {
    if (stateOf(desk.get(), row) !== null) return;
    change((state) => withStep(withRow(state, row.event_id, { kind: "skipped" }), { event_id: row.event_id }));
  };

  /** Gives up a review that was not saved; `theirs` takes somebody else's instead. */
  const giveUp = (row: ReviewedRow, theirs?: Review) => {
    keepDraft(row.event_id, "");
    change((state) => {
      const without = withRow(state, row.event_id, null);
      return theirs ? withReview(without, theirs) : without;
    });
  };

  return { review, override, undo, skip, giveUp };
}

function body(row: ReviewedRow, choice: Choice, replace: boolean): NewReview {
  return {
    action: choice.action,
    target: { event_id: row.event_id },
    decision_id: row.decision_id,
    ...(choice.action === "override" && { class_uid: choice.class_uid }),
    ...(choice.activity_id !== undefined && { activity_id: choice.activity_id }),
    ...(choice.comment && { comment: choice.comment }),
    ...(replace && { replace: true }),
  };
}

function refused(choice: Choice, error: unknown): Extract<RowState, { kind: "failed" | "conflict" }> {
  const conflict = conflictOf(error);
  if (conflict) return { kind: "conflict", choice, ...conflict };
  return { kind: "failed", choice, message: messageOf(error) };
}
