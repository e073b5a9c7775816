/** How rows that came after a list was read join it. Rows are ordered by time of receipt, newest first. */
import type { EventRow } from "@/api";

/** More rows than this kept from the live tail would only be scrolled past: the list is then read anew. */
export const TAIL_LIMIT = 2000;

export interface Arrival {
  /** Rows that are not in the list. */
  fresh: EventRow[];
  /** Between these and the list there are more: the list must be read anew to show all. */
  hasGap: boolean;
}

/** What of the newest page is not shown yet. */
export function arrivalOf(head: readonly EventRow[], hasMore: boolean, shown: readonly EventRow[]): Arrival {
  const known = new Set(shown.map((row) => row.event_id));
  const fresh = head.filter((row) => !known.has(row.event_id));
  return { fresh, hasGap: hasMore && fresh.length === head.length && shown.length > 0 };
}

/** Where an id stands among those of one moment: the service compares the second half of a UUID first. */
const placeOf = (id: string) => id.slice(19) + id.slice(0, 18);

function newestFirst(a: EventRow, b: EventRow): number {
  if (a.received_at !== b.received_at) return a.received_at < b.received_at ? 1 : -1;
  return placeOf(a.event_id) < placeOf(b.event_id) ? 1 : -1;
}

/** The list with later rows in their places; of two versions of a row the later one. */
export function merged(list: EventRow[], later: readonly EventRow[]): EventRow[] {
  if (later.length === 0) return list;
  const byId = new Map(list.map((row) => [row.event_id, row]));
  for (const row of later) byId.set(row.event_id, row);
  return [...byId.values()].sort(newestFirst);
}
