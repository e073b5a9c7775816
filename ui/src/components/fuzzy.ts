/**
 * Fuzzy matching for type-ahead: every word of `query` must be found in `text`, as a word's start, inside it, or as
 * letters in order. Returns a score, higher is better, or null when something was not found.
 */
export function fuzzyScore(query: string, text: string): number | null {
  const target = text.toLowerCase();
  let score = 0;
  for (const word of query.toLowerCase().split(/\s+/).filter(Boolean)) {
    const found = wordScore(word, target);
    if (found === null) return null;
    score += found;
  }
  return score - target.length / 1000;
}

function wordScore(word: string, target: string): number | null {
  const at = target.indexOf(word);
  if (at === 0) return 100 + word.length;
  if (at > 0) return (/[\s_./()-]/.test(target[at - 1] ?? "") ? 80 : 50) + word.length;
  let position = -1;
  let gaps = 0;
  for (const letter of word) {
    const next = target.indexOf(letter, position + 1);
    if (next === -1) return null;
    if (position >= 0) gaps += next - position - 1;
    position = next;
  }
  return gaps > word.length * 4 ? null : Math.max(1, 30 - gaps);
}

/** `items` that match, best first; all of them, in their order, for an empty query. */
export function fuzzyFilter<T>(query: string, items: readonly T[], textOf: (item: T) => string): T[] {
  if (query.trim() === "") return [...items];
  return items
    .map((item) => ({ item, score: fuzzyScore(query, textOf(item)) }))
    .filter((match): match is { item: T; score: number } => match.score !== null)
    .sort((a, b) => b.score - a.score)
    .map((match) => match.item);
}
