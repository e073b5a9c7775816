/** From a figure to the events that it counts. */
import type { TimeRange } from "../search/time-range";
import { narrowed } from "../search/query-text";

export interface EventsSearch extends TimeRange {
  q?: string | undefined;
  order?: "newest" | "oldest" | undefined;
}

/** The events of one step of a series. */
export function stepRange(at: string, stepS: number): { from: string; to: string } {
  const start = Date.parse(at);
  return { from: new Date(start).toISOString(), to: new Date(start + stepS * 1000).toISOString() };
}

/** Those of `q` for which `condition` holds too. */
export function events(q: string, range: TimeRange, condition = ""): EventsSearch {
  const text = narrowed(q, condition);
  return { q: text === "" ? undefined : text, from: range.from, to: range.to };
}
