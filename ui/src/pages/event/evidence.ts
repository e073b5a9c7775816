import type { Candidate, Decision, Evidence } from "@/api";

/** The fields that satisfied what the decision rests on. */
export function pathsOf(decision: Decision | undefined): ReadonlySet<string> {
  return new Set(decision?.evidence.flatMap((item) => item.paths));
}

/** What spoke for a candidate, strongest first. */
export function evidenceOf(decision: Decision, candidate: Candidate): Evidence[] {
  const own = new Set(candidate.evidence);
  return decision.evidence.filter((item) => own.has(item.chunk_id)).sort((a, b) => b.score - a.score);
}

export const KIND_LABELS: Record<Evidence["kind"], string> = {
  class: "Class",
  guide: "Guide",
  example: "Example",
  decision: "Decision",
};

export const DECIDED_BY_LABELS: Record<Decision["decided_by"], string> = {
  pin: "a pin",
  memo: "the memo",
  ranker: "the ranker",
  llm: "the language model",
  analyst: "an analyst",
};
