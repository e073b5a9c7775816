import type { Evidence } from "./types";

type EvidenceAsSent = Omit<Evidence, "paths"> & { paths?: string[]; fields?: string[] };

/**
 * The JSON of an answer. The one place that knows that routes differ: the paths of a piece of evidence come as `paths`
 * or as `fields`; wherever in the answer a decision stands, it leaves here with `paths`.
 */
export function parseAnswer(text: string): unknown {
  // Most answers hold no decision; a reviver looks at every value and would slow them for nothing.
  return text.includes('"evidence"') ? JSON.parse(text, withPaths) : JSON.parse(text);
}

function withPaths(key: string, value: unknown): unknown {
  if (key !== "evidence" || !Array.isArray(value)) return value;
  return (value as (EvidenceAsSent | string)[]).map((item) => {
    // The evidence of a candidate is a list of chunk ids.
    if (typeof item !== "object") return item;
    const { fields, ...rest } = item;
    return { ...rest, paths: item.paths ?? fields ?? [] };
  });
}
