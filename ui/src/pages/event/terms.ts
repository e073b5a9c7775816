/** What a click on a value looks for in Search. */
import { termOf } from "../search/query-text";

/** Longer values cannot be looked for by a link: addresses have an end. */
const LONGEST_VALUE = 1_000;

/** A path that the search text cannot name: with spaces, colons, brackets or quotes in it. */
const SEARCHABLE = /^[\p{L}_@#$][^\s:()[\]"<>=!]*$/u;

/** The terms that keep, and that shut out, events with this value; null where no link can say it. */
export function filtersOf(field: string, value: string): { include: string; exclude: string } | null {
  if (value.length > LONGEST_VALUE || !SEARCHABLE.test(field)) return null;
  const include = termOf(field, value);
  return { include, exclude: include.startsWith("-") ? include.slice(1) : `-${include}` };
}

export const anyOf = (terms: readonly string[]): string =>
  terms.length === 1 ? (terms[0] ?? "") : `(${terms.join(" OR ")})`;
