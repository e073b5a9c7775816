/** Finding a class by what an analyst types: part of its name, its uid or its category, letters left out allowed. */
import type { TaxonomyClass } from "@/api";

/** Scores of one typed word against one class; 0 is no match. */
function scoreOfWord(word: string, candidate: TaxonomyClass): number {
  const uid = String(candidate.uid);
  if (uid === word) return 120;
  if (/^\d+$/.test(word)) return uid.startsWith(word) ? 90 : 0;
  const caption = candidate.caption.toLowerCase();
  const words = caption.split(/[^a-z0-9]+/);
  if (caption === word) return 110;
  if (words[0]?.startsWith(word)) return 80;
  if (words.some((part) => part.startsWith(word))) return 70;
  if (caption.includes(word) || candidate.name.toLowerCase().includes(word)) return 55;
  if (
    words
      .map((part) => part[0] ?? "")
      .join("")
      .startsWith(word) &&
    word.length > 1
  )
    return 50;
  const category = candidate.category_name.toLowerCase();
  if (category.split(/[^a-z0-9]+/).some((part) => part.startsWith(word))) return 35;
  return word.length > 2 ? Math.max(scattered(word, caption), 0) : 0;
}

/** Up to 30 for letters that stand in `text` in this order, the closer together the more; 0 when they do not. */
function scattered(word: string, text: string): number {
  let best = 0;
  for (let start = text.indexOf(word[0] ?? ""); start >= 0; start = text.indexOf(word[0] ?? "", start + 1)) {
    let at = start;
    for (let index = 1; index < word.length && at >= 0; index += 1) at = text.indexOf(word[index] ?? "", at + 1);
    if (at < 0) break;
    const width = at - start + 1;
    best = Math.max(best, Math.round((30 * word.length) / width));
  }
  return best >= 8 ? best : 0;
}

/**
 * The classes that match every word of `query`, best first. `preferred` uids (the candidates of the event, best first)
 * come first among equals, and before all others while nothing is typed. Deprecated classes come last.
 */
export function findClasses(
  query: string,
  classes: readonly TaxonomyClass[],
  preferred: readonly number[] = [],
): TaxonomyClass[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const rank = new Map(preferred.map((uid, index) => [uid, preferred.length - index]));
  const scored: { candidate: TaxonomyClass; score: number }[] = [];
  for (const candidate of classes) {
    let score = 0;
    let matches = true;
    for (const word of words) {
      const one = scoreOfWord(word, candidate);
      if (one === 0) matches = false;
      score += one;
    }
    if (!matches) continue;
    score += (rank.get(candidate.uid) ?? 0) * (words.length > 0 ? 0.5 : 10) - (candidate.deprecated ? 20 : 0);
    scored.push({ candidate, score });
  }
  return scored
    .sort((a, b) => b.score - a.score || a.candidate.uid - b.candidate.uid)
    .map(({ candidate }) => candidate);
}
