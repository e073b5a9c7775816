import type { DecidedBy, Decision } from "@/api";

/** What decided, in a few words. */
export const DECIDED_BY: Record<DecidedBy, string> = {
  pin: "pin (an earlier review of the template)",
  memo: "memo (the template was decided before)",
  ranker: "ranker",
  llm: "ranker and language model",
  analyst: "an analyst",
};
export const DECIDED_BY_SHORT: Record<DecidedBy, string> = {
  pin: "pin",
  memo: "memo",
  ranker: "ranker",
  llm: "model",
  analyst: "analyst",
};

/** `12 ms`, `0.4 ms`. */
export function msText(ms: number | undefined): string {
  if (ms === undefined) return "–";
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** Every span of the evidence, each with what it is evidence for. */
export function spansOf(decision: Decision) {
  const marked = decision.evidence.flatMap((piece) => piece.spans.map((span) => ({ span, title: piece.title })));
  return { spans: marked.map((mark) => mark.span), titles: marked.map((mark) => mark.title) };
}
