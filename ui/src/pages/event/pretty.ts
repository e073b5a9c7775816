/**
 * A raw log with line breaks and indentation where its format has structure. Nothing but white space is added or
 * left out, no value is parsed and written anew, so evidence keeps its place: every character shown is one of the log.
 */
import type { Span } from "@/api";

export interface Pretty {
  text: string;
  /** Where a span of the raw log (in code points) stands in `text` (in code points). */
  place: (span: Span) => Span;
}

type Writer = (out: Lines, raw: string) => boolean;

/** A longer log is shown as received. */
const LONGEST = 200_000;
const DEEPEST_INDENT = 24;

/** The pretty text, or null when the log has no structure to show or is too long. */
export function prettyPrint(raw: string, format: string): Pretty | null {
  if (raw.length > LONGEST || raw.trim() === "") return null;
  for (const writer of WRITERS[format] ?? ANY) {
    const out = new Lines(raw);
    if (writer(out, raw) && out.lines > 1 && out.length <= raw.length * 6 + 1_000) return out.done();
  }
  return null;
}

/** Collects pieces of the raw log, with white space between them. */
class Lines {
  lines = 1;
  length = 0;
  private readonly parts: string[] = [];
  private readonly pieces: { raw: number; out: number; length: number }[] = [];
  private rawUnit = 0;
  private rawPoint = 0;
  private outPoint = 0;
  private readonly plain: boolean;

  constructor(private readonly raw: string) {
    this.plain = !/[\ud800-\udfff]/.test(raw);
  }

  /** Adds raw[from, to) (UTF-16 units); pieces come in the order of the log. */
  take(from: number, to: number): void {
    if (to <= from) return;
    const text = this.raw.slice(from, to);
    const start = this.rawPoint + this.points(this.rawUnit, from);
    const length = this.points(from, to);
    const last = this.pieces.at(-1);
    if (last && last.raw + last.length === start && last.out + last.length === this.outPoint) last.length += length;
    else this.pieces.push({ raw: start, out: this.outPoint, length });
    this.rawUnit = to;
    this.rawPoint = start + length;
    this.add(text, length);
  }

  /** Begins a line, where there is something before it. */
  break(depth = 0): void {
    if (this.outPoint === 0) return;
    const indent = "  ".repeat(Math.min(depth, DEEPEST_INDENT));
    this.lines += 1;
    this.add(`\n${indent}`, 1 + indent.length);
  }

  space(): void {
    this.add(" ", 1);
  }

  done(): Pretty {
    const pieces = this.pieces;
    const end = this.outPoint;
    const at = (offset: number, isEnd: boolean): number => {
      // An end belongs to the character before it, so that white space added behind it stays outside.
      const wanted = isEnd ? offset - 1 : offset;
      let low = 0;
      let high = pieces.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        const piece = pieces[middle];
        if (piece && piece.raw + piece.length <= wanted) low = middle + 1;
        else high = middle;
      }
      const piece = pieces[low];
      if (!piece) return end;
      if (wanted < piece.raw) {
        const before = pieces[low - 1];
        return isEnd && before ? before.out + before.length : piece.out;
      }
      return piece.out + (wanted - piece.raw) + (isEnd ? 1 : 0);
    };
    return {
      text: this.parts.join(""),
      place: ([start, stop]) => {
        const from = at(start, false);
        return [from, stop > start ? Math.max(from, at(stop, true)) : from];
      },
    };
  }

  private add(text: string, points: number): void {
    this.parts.push(text);
    this.outPoint += points;
    this.length += text.length;
  }

  private points(from: number, to: number): number {
    if (this.plain) return to - from;
    let count = 0;
    for (let at = from; at < to; count += 1) at += (this.raw.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
    return count;
  }
}

const isSpace = (char: string | undefined) => char === " " || char === "\t" || char === "\n" || char === "\r";

/** The index behind white space. */
function behindSpace(raw: string, from: number): number {
  let at = from;
  while (isSpace(raw[at])) at += 1;
  return at;
}

/** Text before the structure (a syslog header), on a line of its own. */
function header(out: Lines, raw: string, to: number): void {
  const text = raw.slice(0, to).trimEnd();
  if (text.trim() === "") return;
  out.take(text.length - text.trimStart().length, text.length);
  out.break();
}

function tail(out: Lines, raw: string, from: number): void {
  const start = behindSpace(raw, from);
  const end = raw.trimEnd().length;
  if (start >= end) return;
  out.break();
  out.take(start, end);
}

const json: Writer = (out, raw) => {
  const start = raw.search(/[{[]\s*["{[\]}]/);
  if (start < 0) return false;
  header(out, raw, start);
  let depth = 0;
  let at = start;
  while (at < raw.length) {
    const char = raw[at];
    if (isSpace(char)) {
      at += 1;
    } else if (char === '"') {
      const end = endOfString(raw, at);
      out.take(at, end);
      at = end;
    } else if (char === "{" || char === "[") {
      const next = behindSpace(raw, at + 1);
      out.take(at, at + 1);
      if (raw[next] === "}" || raw[next] === "]") {
        out.take(next, next + 1);
        at = next + 1;
        if (depth === 0) break;
      } else {
        depth += 1;
        out.break(depth);
        at += 1;
      }
    } else if (char === "}" || char === "]") {
      depth -= 1;
      if (depth < 0) return false;
      out.break(depth);
      out.take(at, at + 1);
      at += 1;
      if (depth === 0) break;
    } else {
      out.take(at, at + 1);
      if (char === ",") out.break(depth);
      if (char === ":") out.space();
      at += 1;
    }
  }
  tail(out, raw, at);
  return depth === 0;
};

function endOfString(raw: string, from: number): number {
  let at = from + 1;
  while (at < raw.length && raw[at] !== '"') at += raw[at] === "\\" ? 2 : 1;
  return Math.min(at + 1, raw.length);
}

const xml: Writer = (out, raw) => {
  const start = raw.search(/<[A-Za-z?!]/);
  if (start < 0) return false;
  header(out, raw, start);
  let depth = 0;
  let at = start;
  let first = true;
  // A text between a start tag and its end tag stays on their line.
  let afterOpening = false;
  let afterText = false;
  while (at < raw.length) {
    if (raw[at] !== "<" || raw.startsWith("<![CDATA[", at)) {
      const end = raw[at] === "<" ? endOf(raw, "]]>", at) : untilTag(raw, at);
      const text = raw.slice(at, end);
      if (text.trim() !== "") {
        if (!afterOpening && !afterText) out.break(depth);
        const from = at + text.length - text.trimStart().length;
        out.take(from, from + text.trim().length);
        afterText = true;
      }
      at = end;
      continue;
    }
    const end = endOfTag(raw, at);
    const closes = raw[at + 1] === "/";
    const opens = !closes && raw[at + 1] !== "?" && raw[at + 1] !== "!" && raw[end - 2] !== "/";
    if (closes) depth = Math.max(0, depth - 1);
    const inline = closes && (afterOpening || (afterText && !first));
    if (!first && !inline) out.break(depth);
    out.take(at, end);
    if (opens) depth += 1;
    afterOpening = opens;
    afterText = false;
    first = false;
    at = end;
  }
  return !first;
};

function endOf(raw: string, mark: string, from: number): number {
  const at = raw.indexOf(mark, from);
  return at < 0 ? raw.length : at + mark.length;
}

function untilTag(raw: string, from: number): number {
  const at = raw.indexOf("<", from + 1);
  return at < 0 ? raw.length : at;
}

function endOfTag(raw: string, from: number): number {
  if (raw.startsWith("<!--", from)) return endOf(raw, "-->", from);
  let quote = "";
  for (let at = from + 1; at < raw.length; at += 1) {
    const char = raw[at];
    if (quote !== "") {
      if (char === quote) quote = "";
    } else if (char === '"' || char === "'") quote = char;
    else if (char === ">") return at + 1;
  }
  return raw.length;
}

/** The index behind the `count`th bar that no backslash escapes; -1 when there are fewer. */
function behindBars(raw: string, from: number, count: number): number {
  let left = count;
  for (let at = from; at < raw.length; at += 1) {
    if (raw[at] === "\\") at += 1;
    else if (raw[at] === "|" && --left === 0) return at + 1;
  }
  return -1;
}

/** Pieces of raw[from, to), each on a line of its own, indented where something stands before them; `starts` are where a piece begins. */
function pieces(out: Lines, raw: string, from: number, to: number, starts: readonly number[]): void {
  const edges = [from, ...starts.filter((start) => start > from && start < to), to];
  for (let index = 0; index + 1 < edges.length; index += 1) {
    const start = edges[index] ?? to;
    const text = raw.slice(start, edges[index + 1]);
    const trimmed = text.trim();
    if (trimmed === "") continue;
    const first = start + text.indexOf(trimmed);
    out.break(from > 0 ? 1 : 0);
    out.take(first, first + trimmed.length);
  }
}

const PAIR = /(?<=^|[\s|,;])["']?[A-Za-z_@][\w.@[\]/:-]*["']?=/g;

function pairStarts(raw: string, from: number): number[] {
  const starts: number[] = [];
  let quoted = false;
  let checked = from;
  for (const match of raw.slice(from).matchAll(PAIR)) {
    const at = from + match.index;
    for (; checked < at; checked += 1) {
      if (raw[checked] === '"' && raw[checked - 1] !== "\\") quoted = !quoted;
    }
    if (!quoted) starts.push(at);
  }
  return starts;
}

const cef: Writer = (out, raw) => {
  const start = raw.search(/CEF:\s?\d/);
  const body = start < 0 ? -1 : behindBars(raw, start, 7);
  if (body < 0) return false;
  header(out, raw, start);
  out.take(start, body);
  pieces(out, raw, body, raw.length, pairStarts(raw, body));
  return true;
};

const leef: Writer = (out, raw) => {
  const start = raw.search(/LEEF:\s?\d/);
  if (start < 0) return false;
  const isSecond = /^LEEF:\s?2/.test(raw.slice(start, start + 8));
  const body = behindBars(raw, start, isSecond ? 6 : 5);
  if (body < 0) return false;
  header(out, raw, start);
  out.take(start, body);
  const named = isSecond ? /\|([^|]*)\|$/.exec(raw.slice(start, body))?.[1] : undefined;
  const hex = /^(?:0?x)([0-9a-f]{2,4})$/i.exec(named ?? "")?.[1];
  const delimiter =
    hex === undefined ? (named === undefined || named === "" ? "\t" : named) : String.fromCharCode(parseInt(hex, 16));
  const starts: number[] = [];
  for (let at = raw.indexOf(delimiter, body); at >= 0; at = raw.indexOf(delimiter, at + delimiter.length)) {
    starts.push(at + delimiter.length);
  }
  pieces(out, raw, body, raw.length, starts);
  return true;
};

const keyValue: Writer = (out, raw) => {
  const starts = pairStarts(raw, 0);
  const first = starts[0];
  if (first === undefined || starts.length < 3) return false;
  const lead = raw.slice(0, first).trimEnd();
  out.take(lead.length - lead.trimStart().length, lead.length);
  pieces(out, raw, first, raw.length, starts);
  return true;
};

const commas: Writer = (out, raw) => {
  let quoted = false;
  const starts: number[] = [];
  for (let at = 0; at < raw.length; at += 1) {
    if (raw[at] === '"') quoted = !quoted;
    else if (!quoted && (raw[at] === "," || raw[at] === ";" || raw[at] === "\t")) starts.push(at + 1);
  }
  if (starts.length < 3) return false;
  const first = starts[0] ?? 0;
  out.take(0, first);
  pieces(out, raw, first, raw.length, starts);
  return true;
};

const ANY: readonly Writer[] = [];
const WRITERS: Partial<Record<string, readonly Writer[]>> = {
  json: [json],
  xml: [xml],
  cef: [cef],
  leef: [leef],
  kv: [keyValue],
  csv: [commas],
  syslog: [cef, leef, json, xml, keyValue],
};
