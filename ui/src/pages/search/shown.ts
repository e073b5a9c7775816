import type { EventRow } from "@/api";

/** What is on screen, as the URL says it. */
export interface Shown {
  q?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  order: "newest" | "oldest";
  /** Ids of columns, in order. */
  columns: string[];
}

/**
 * What an export must ask for to hold exactly the events that are shown. A list without an end is closed behind its
 * newest row, or when it shows the oldest first, at the time it was read, so that events which came later stay out; a
 * relative beginning becomes the time that it meant. `read` is the span as the service counted it.
 */
export function exportFilter(shown: Shown, rows: readonly EventRow[], read: { from: string; to: string } | undefined) {
  const newest = shown.order === "newest" ? rows[0]?.received_at : undefined;
  // The end of a range is not in it, and times are kept to the millisecond.
  const end = newest === undefined ? read?.to : new Date(Date.parse(newest) + 1).toISOString();
  const isOpen = shown.to === undefined || shown.to === "now";
  return {
    ...shown,
    from: shown.from?.startsWith("now") ? (read?.from ?? shown.from) : shown.from,
    to: isOpen ? (end ?? shown.to) : shown.to,
  };
}
