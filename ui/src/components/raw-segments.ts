/** Cuts a raw log into lines and pieces, and carries evidence spans (code points) over to them. */
import type { Span } from "@/api/types";

/** A piece of raw that is rendered as a whole. `spans` are in UTF-16 units of `text`, sorted, without overlap. */
export interface Segment {
  text: string;
  spans: { start: number; end: number; index: number }[];
  /** Number of the line it begins, or null when it goes on with the line before. */
  line: number | null;
}

/** Longer lines are cut, so that one line of a megabyte stays as light as many short ones. */
const PIECE = 4000;

interface Marked {
  start: number;
  end: number;
  index: number;
}

/** Spans from code points to UTF-16 units; those outside `raw` are clipped, empty ones dropped. */
export function toUnits(raw: string, spans: readonly Span[]): Marked[] {
  const wanted = [...new Set(spans.flat())].sort((a, b) => a - b);
  const units = new Map<number, number>();
  let points = 0;
  let at = 0;
  for (const point of wanted) {
    while (points < point && at < raw.length) {
      const code = raw.charCodeAt(at);
      const next = raw.charCodeAt(at + 1);
      at += code >= 0xd800 && code <= 0xdbff && next >= 0xdc00 && next <= 0xdfff ? 2 : 1;
      points += 1;
    }
    units.set(point, at);
  }
  return spans
    .map(([start, end], index) => ({ start: units.get(start) ?? 0, end: units.get(end) ?? 0, index }))
    .filter((span) => span.end > span.start);
}

/** Overlaps are cut away: where two spans meet, the one that begins first keeps the place. */
function flat(spans: Marked[]): Marked[] {
  const sorted = [...spans].sort((a, b) => a.start - b.start || b.end - a.end);
  const result: Marked[] = [];
  let reached = 0;
  for (const span of sorted) {
    const start = Math.max(span.start, reached);
    if (start >= span.end) continue;
    result.push({ ...span, start });
    reached = span.end;
  }
  return result;
}

export function segmentsOf(raw: string, spans: readonly Span[] = []): Segment[] {
  const marked = flat(toUnits(raw, spans));
  const segments: Segment[] = [];
  let lineStart = 0;
  let line = 1;
  let first = 0;
  while (lineStart <= raw.length) {
    const newline = raw.indexOf("\n", lineStart);
    const lineEnd = newline === -1 ? raw.length : newline;
    let at = lineStart;
    do {
      let end = Math.min(at + PIECE, lineEnd);
      const code = raw.charCodeAt(end - 1);
      if (end < lineEnd && code >= 0xd800 && code <= 0xdbff) end -= 1;
      while (first < marked.length && (marked[first]?.end ?? 0) <= at) first += 1;
      const inside: Segment["spans"] = [];
      for (let next = first; next < marked.length; next += 1) {
        const span = marked[next];
        if (!span || span.start >= end) break;
        inside.push({ start: Math.max(span.start, at) - at, end: Math.min(span.end, end) - at, index: span.index });
      }
      segments.push({ text: raw.slice(at, end), spans: inside, line: at === lineStart ? line : null });
      at = end;
    } while (at < lineEnd);
    line += 1;
    if (newline === -1) break;
    lineStart = newline + 1;
  }
  return segments;
}
