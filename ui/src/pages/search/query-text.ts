/**
 * Reading and rewriting the search text: which terms stand at its top level, and the text with a term added, taken
 * out or turned round. The service has the grammar (docs/search.md); this knows only as much as buttons need, and
 * leaves every part that it does not understand as it was written.
 */

/** Where facets and cells name a field differently from the search text. */
const NAMES: Readonly<Record<string, string>> = {
  class_uid: "class",
  activity_id: "activity",
  template_id: "template",
};

const OPERATORS: Readonly<Record<string, Piece["kind"]>> = {
  AND: "AND",
  "&&": "AND",
  OR: "OR",
  "||": "OR",
  NOT: "NOT",
};
const BARE = /^[\p{L}\p{N}_][\p{L}\p{N}_.@/%$#+~-]*$/u;
const FIELD = /^[^\s:()[\]"<>=!-][^\s:()[\]"<>=!]*$/;
const RESERVED = /^(AND|OR|NOT|TO)$/i;

/** One part of the text that must hold: `status:auto`, `-host:a`, `(vendor:a OR vendor:b)`, `"free text"`. */
export interface Term {
  text: string;
  isNegated: boolean;
  /** The field that the term is about; null for free text, and for groups that are about more than one. */
  field: string | null;
  /** The values of which one must hold; empty where the term is not `field:value` (a range, free text). */
  values: string[];
}

interface Piece {
  text: string;
  kind: "term" | "AND" | "OR" | "NOT";
}

/** The field's name in the search text. */
export function fieldName(field: string): string {
  return NAMES[field] ?? field;
}

/** A value as it is written after `field:`, in quotes where it holds anything but letters, digits and harmless signs. */
export function written(value: string): string {
  if (BARE.test(value) && !RESERVED.test(value)) return value;
  return `"${value.replace(/[\\"]/g, "\\$&")}"`;
}

/**
 * `field:value`; an absent value is the negated existence, `-field:*`. A field whose name the search text cannot hold
 * (brackets, blanks) leaves the value alone, as a phrase of the raw log.
 */
export function termOf(field: string, value: string): string {
  if (!FIELD.test(field)) return `"${value.replace(/[\\"]/g, "\\$&")}"`;
  return value === "" ? `-${fieldName(field)}:*` : `${fieldName(field)}:${written(value)}`;
}

/** Names that mean something of the event or its decision; a field of the log called so is written `fields.name`. */
const KNOWN = new Set(
  "status class category activity vendor product sourcetype host format template confidence decided_by degraded reviewer received latency id raw class_uid category_uid activity_id template_id event_id received_at".split(
    " ",
  ),
);

/** `field:value` for a field of the log, by its path. */
export function parsedTermOf(path: string, value: string): string {
  return termOf(KNOWN.has(path.toLowerCase()) ? `fields.${path}` : path, value);
}

/** The end of the quoted text that begins at `at`. */
function endOfQuotes(q: string, at: number): number {
  for (let end = at + 1; end < q.length; end += 1) {
    if (q[end] === "\\") end += 1;
    else if (q[end] === '"') return end + 1;
  }
  return q.length;
}

/** The parts of `q` that white space separates outside of quotes, parentheses and ranges. */
function pieces(q: string): Piece[] {
  const found: Piece[] = [];
  let start = -1;
  let depth = 0;
  const close = (end: number) => {
    if (start < 0) return;
    const text = q.slice(start, end);
    // Only capitals are operators: "not" is a word of the log.
    found.push({ text, kind: OPERATORS[text] ?? "term" });
    start = -1;
  };
  for (let at = 0; at < q.length; at += 1) {
    const sign = q[at] ?? "";
    if (depth === 0 && /\s/.test(sign)) {
      close(at);
      continue;
    }
    if (start < 0) start = at;
    if (sign === "\\") at += 1;
    else if (sign === '"') at = endOfQuotes(q, at) - 1;
    else if (sign === "(" || sign === "[") depth += 1;
    else if (sign === ")" || sign === "]") depth = Math.max(0, depth - 1);
  }
  close(q.length);
  return found;
}

function unquoted(value: string): string | null {
  if (value.startsWith('"')) {
    return value.length > 1 && value.endsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, "$1") : null;
  }
  // Ranges, comparisons, wildcards and half-typed quotes are not one value.
  return /^[<>[(]|["*]/.test(value) ? null : value.replace(/\\(.)/g, "$1");
}

function fieldAndValue(text: string): { field: string; value: string | null } | null {
  const match = /^([^\s:()[\]"<>=!-][^\s:()[\]"<>=!]*):(.+)$/s.exec(text);
  return match?.[1] && match[2] ? { field: match[1], value: unquoted(match[2]) } : null;
}

function read(text: string, isNot: boolean): Term {
  const isMinus = text.startsWith("-") && text.length > 1;
  const body = isMinus ? text.slice(1) : text;
  const shown = isNot ? `NOT ${text}` : text;
  const isNegated = isMinus !== isNot;
  if (body.startsWith("(") && body.endsWith(")")) {
    const inside = pieces(body.slice(1, -1));
    const parts = inside.filter((piece) => piece.kind === "term").map((piece) => fieldAndValue(piece.text));
    const field = parts[0]?.field ?? null;
    const isChoice =
      parts.length > 0 &&
      inside.every((piece, at) => piece.kind === (at % 2 === 0 ? "term" : "OR")) &&
      parts.every((part) => part !== null && part.field === field && part.value !== null);
    return isChoice
      ? { text: shown, isNegated, field, values: parts.flatMap((part) => part?.value ?? []) }
      : { text: shown, isNegated, field: null, values: [] };
  }
  const part = fieldAndValue(body);
  if (!part) return { text: shown, isNegated, field: null, values: [] };
  if (part.value === null && body.endsWith(":*")) {
    return { text: shown, isNegated: !isNegated, field: part.field, values: [""] };
  }
  return { text: shown, isNegated, field: part.field, values: part.value === null ? [] : [part.value] };
}

/** The terms that must all hold. A text with OR at its top level is one term. */
export function termsOf(q: string): Term[] {
  const found = pieces(q.trim());
  if (found.length === 0) return [];
  if (found.some((piece) => piece.kind === "OR")) {
    const whole = read(`(${q.trim()})`, false);
    return [{ ...whole, text: q.trim() }];
  }
  const terms: Term[] = [];
  let isNot = false;
  for (const piece of found) {
    if (piece.kind === "NOT") isNot = !isNot;
    else if (piece.kind === "term") {
      terms.push(read(piece.text, isNot));
      isNot = false;
    }
  }
  return terms;
}

function joined(terms: readonly string[]): string {
  return terms.length < 2
    ? (terms[0] ?? "")
    : terms.map((term) => (pieces(term).some((piece) => piece.kind === "OR") ? `(${term})` : term)).join(" ");
}

function choice(field: string, values: readonly string[]): string[] {
  const terms = values.map((value) => termOf(field, value));
  return terms.length > 1 ? [`(${terms.join(" OR ")})`] : terms;
}

const isAbout = (term: Term, field: string) => term.field === fieldName(field) && term.values.length > 0;

export type FilterState = "included" | "excluded" | undefined;

/** Whether `q` asks for this value, or for anything but it. */
export function stateOf(q: string, field: string, value: string): FilterState {
  const term = termsOf(q).find((candidate) => isAbout(candidate, field) && candidate.values.includes(value));
  return term && (term.isNegated ? "excluded" : "included");
}

/** `q` without this value, whether it was asked for or shut out. */
export function without(q: string, field: string, value: string): string {
  return joined(
    termsOf(q).flatMap((term) => {
      if (!isAbout(term, field) || !term.values.includes(value)) return [term.text];
      const left = term.values.filter((other) => other !== value);
      return term.isNegated ? left.map((other) => negation(termOf(field, other))) : choice(field, left);
    }),
  );
}

function negation(term: string): string {
  return term.startsWith("-") ? term.slice(1) : `-${term}`;
}

/** `q` asking for this value too: one of several values of the field is enough. */
export function including(q: string, field: string, value: string): string {
  const rest = without(q, field, value);
  const terms = termsOf(rest);
  const at = terms.findIndex((term) => isAbout(term, field) && !term.isNegated);
  if (at < 0) return joined([...terms.map((term) => term.text), termOf(field, value)]);
  return joined(terms.flatMap((term, index) => (index === at ? choice(field, [...term.values, value]) : [term.text])));
}

/** `q` shutting this value out. */
export function excluding(q: string, field: string, value: string): string {
  const terms = termsOf(without(q, field, value)).map((term) => term.text);
  return joined([...terms, negation(termOf(field, value))]);
}

/** `q` asking for this value and no other of the field. */
export function only(q: string, field: string, value: string): string {
  const others = termsOf(q).filter((term) => term.field !== fieldName(field));
  return joined([...others.map((term) => term.text), termOf(field, value)]);
}

/** `q` and another condition. */
export function narrowed(q: string | undefined, condition: string): string {
  return joined([...termsOf(q ?? "").map((term) => term.text), ...termsOf(condition).map((term) => term.text)]);
}

/** `q` without its term number `index`. */
export function withoutTerm(q: string, index: number): string {
  return joined(termsOf(q).flatMap((term, at) => (at === index ? [] : [term.text])));
}
