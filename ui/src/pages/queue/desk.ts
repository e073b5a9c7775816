/**
 * What an analyst did to the rows of the queue that is not in the loaded list: reviews on their way, saved, refused,
 * and rows skipped. It outlives the page, so that going to an event and back loses nothing.
 *
 * A reviewed row stays where it is until new rows are asked for; only its state changes. The state says no more than is
 * known: `sending` until the service has answered, then `saved`, `failed` or `conflict`.
 */
import { onAnotherPerson } from "@/api/connection";
import { createStore } from "@/api/store";
import type { Decision, QueueItem, Review } from "@/api/types";

/** What the analyst wants a row to be. */
export interface Choice {
  action: "confirm" | "override";
  class_uid: number;
  class_name: string;
  /** Undefined leaves the activity to the service. */
  activity_id?: number | undefined;
  activity_name?: string | undefined;
  comment?: string | undefined;
}

export type RowState =
  | { kind: "sending"; choice: Choice; undo: boolean }
  | { kind: "saved"; choice: Choice; review: Review }
  | { kind: "undoing"; choice: Choice; review: Review }
  | { kind: "failed"; choice: Choice; message: string }
  | { kind: "conflict"; choice: Choice; review: Review; decision: Decision }
  | { kind: "skipped" }
  /** Decided by a review of another row of the template, or by somebody else. */
  | { kind: "settled"; review: Review }
  /** A review of another row of the template is on its way. */
  | { kind: "settling" };

export interface Desk {
  /** The row that keys act on, while no event is open beside the list. */
  cursor: string | null;
  rows: Readonly<Record<string, Exclude<RowState, { kind: "settled" | "settling" }>>>;
  /** Templates with a review on its way, and the event that was reviewed. */
  pending: Readonly<Record<string, string>>;
  /** Reviews that fixed a template, the latest last: where that is undone, the one before holds again. */
  settled: Readonly<Record<string, readonly Review[]>>;
  /** What can be undone, the latest last: event ids, and ids of reviews of many events. */
  steps: readonly Step[];
  /** Reviews of many events that are at work. */
  running: readonly { review_id: string; label: string }[];
  selected: ReadonlySet<string>;
}

export type Step = { event_id: string } | { review_id: string; label: string };

export const EMPTY_DESK: Desk = {
  cursor: null,
  rows: {},
  pending: {},
  settled: {},
  steps: [],
  running: [],
  selected: new Set(),
};

export const desk = createStore<Desk>(EMPTY_DESK);
onAnotherPerson(() => desk.set(EMPTY_DESK));

type Row = Pick<QueueItem, "event_id" | "template_id">;

/** The state of a row; null while it waits for a review. */
export function stateOf(state: Desk, row: Row): RowState | null {
  const own = state.rows[row.event_id];
  const review = state.settled[row.template_id]?.at(-1);
  // Somebody replaced what was saved here.
  if (own?.kind === "saved" && review && review.created_at > own.review.created_at) return { kind: "settled", review };
  if (own) return own;
  if (state.pending[row.template_id] !== undefined) return { kind: "settling" };
  return review ? { kind: "settled", review } : null;
}

/** Whether a row still wants a person: untouched, not saved, or in conflict. */
export function isOpen(state: Desk, row: Row): boolean {
  const kind = stateOf(state, row)?.kind;
  return kind === undefined || kind === "failed" || kind === "conflict";
}

function without<T>(record: Readonly<Record<string, T>>, key: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([other]) => other !== key));
}

export function withRow(state: Desk, eventId: string, row: Desk["rows"][string] | null): Desk {
  const others = without(state.rows, eventId);
  return { ...state, rows: row ? { ...others, [eventId]: row } : others };
}

/** Marks or unmarks the template of a row as being reviewed. */
export function withPending(state: Desk, row: Row, isPending: boolean): Desk {
  const others = without(state.pending, row.template_id);
  return { ...state, pending: isPending ? { ...others, [row.template_id]: row.event_id } : others };
}

export function withStep(state: Desk, step: Step): Desk {
  return { ...state, steps: [...withoutStep(state, idOf(step)).steps, step] };
}

export function withoutStep(state: Desk, id: string): Desk {
  return { ...state, steps: state.steps.filter((step) => idOf(step) !== id) };
}

const idOf = (step: Step) => ("event_id" in step ? step.event_id : step.review_id);

/** Takes in a review that the service told of: one's own, or somebody else's. */
export function withReview(state: Desk, review: Review): Desk {
  if (review.undone_at !== null) return withoutReview(state, review.review_id);
  if (review.state === "failed") return withoutReview(state, review.review_id);
  // The pins of one event hold at once; those of many together, when all is done.
  if (review.state !== "done" && review.target.event_id === undefined) return state;
  const settled = { ...state.settled };
  for (const id of review.template_ids) {
    const others = (settled[id] ?? []).filter(({ review_id }) => review_id !== review.review_id);
    settled[id] = [...others, review].sort((a, b) => a.created_at.localeCompare(b.created_at));
  }
  return { ...state, settled };
}

/** Takes out a review that was undone, with the rows it settled. */
export function withoutReview(state: Desk, reviewId: string): Desk {
  const rows = Object.fromEntries(
    Object.entries(state.rows).filter(([, row]) => !("review" in row) || row.review.review_id !== reviewId),
  );
  const settled = Object.fromEntries(
    Object.entries(state.settled).flatMap(([template, reviews]) => {
      const left = reviews.filter(({ review_id }) => review_id !== reviewId);
      return left.length > 0 ? [[template, left] as const] : [];
    }),
  );
  const gone = new Set(Object.keys(state.rows).filter((id) => !(id in rows)));
  return {
    ...state,
    rows,
    settled,
    steps: state.steps.filter((step) => idOf(step) !== reviewId && !("event_id" in step && gone.has(step.event_id))),
  };
}

/**
 * What stays when new rows are asked for: what is not yet, or not, saved, and what was done since `begun`, the desk as
 * it was when they were asked for.
 */
export function cleared(state: Desk, begun: Desk = state): Desk {
  const rows = Object.fromEntries(
    Object.entries(state.rows).filter(
      ([id, row]) => (row.kind !== "saved" && row.kind !== "skipped") || begun.rows[id] !== row,
    ),
  );
  return {
    ...state,
    rows,
    settled: since(state.settled, begun.settled),
    selected: new Set([...state.selected].filter((id) => !begun.selected.has(id))),
  };
}

function since<T>(now: Readonly<Record<string, T>>, begun: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(now).filter(([key, value]) => begun[key] !== value));
}

/**
 * The row to go on with after `from`: the next that nobody has touched, or, behind the last, the first of them.
 * Null when none is left.
 */
export function nextOpen(state: Desk, rows: readonly Row[], from: string | null): string | null {
  const at = rows.findIndex((row) => row.event_id === from);
  const ordered = [...rows.slice(at + 1), ...rows.slice(0, Math.max(at, 0))];
  return ordered.find((row) => stateOf(state, row) === null)?.event_id ?? null;
}

/** The rows that were not saved, with what the analyst wanted. */
export function unsaved(state: Desk): { event_id: string; row: Extract<RowState, { kind: "failed" | "conflict" }> }[] {
  return Object.entries(state.rows).flatMap(([event_id, row]) =>
    row.kind === "failed" || row.kind === "conflict" ? [{ event_id, row }] : [],
  );
}
