/** What each figure of an evaluation says, and how it is written; the names are those of `python -m evals`. */
export interface FigureText {
  label: string;
  about: string;
  unit: "percent" | "plain" | "ms" | "count";
  better: "higher" | "lower" | "neither";
}

const percent = (label: string, about: string, better: FigureText["better"] = "higher"): FigureText => ({ label, about, unit: "percent", better }); // prettier-ignore

export const FIGURES: Record<string, FigureText> = {
  top1: percent("Right class first", "Share of events whose class is right."),
  top3: percent("Right class in the first three", "Share of events with the right class among three candidates."),
  top5: percent("Right class in the first five", "Share of events with the right class among five candidates."),
  macro_recall: percent("Recall, every class alike", "Mean over classes, so that rare ones count as much as frequent ones."),
  macro_f1: percent("F1, every class alike", "Mean over classes of the harmonic mean of precision and recall."),
  activity_accuracy: percent("Right activity", "Of events whose class is right and whose activity is labelled."),
  retrieval_recall_at_10: percent("Right class among ten retrieved", "What the knowledge base finds before anything is ranked."),
  mrr: { label: "Mean reciprocal rank", about: "Of the right class in what was retrieved; 1 is always first.", unit: "plain", better: "higher" },
  ece: { label: "Calibration error", about: "Expected difference of confidence and accuracy; 0 is perfect.", unit: "plain", better: "lower" },
  abstain_rate: percent("Left to review", "Share of events that were not decided automatically.", "lower"),
  accuracy_when_decided: percent("Right when decided", "Of the events decided automatically."),
  coverage_at_95: percent("Decidable at 95 % right", "Share of events that can be decided with one mistake in twenty."),
  aurc: { label: "Area under risk-coverage", about: "Mean risk over all coverages; lower is better.", unit: "plain", better: "lower" },
  llm_share: percent("Asked the model", "Share of events for which the language model was asked.", "lower"),
  set_coverage: percent("Right class in the promised set", "Promised for 95 % of events."),
  set_size: { label: "Classes in the promised set", about: "Mean number; 1 is best.", unit: "plain", better: "lower" },
  precision: percent("Precision", "Of the events decided as this class, how many are it."),
  recall: percent("Recall", "Of the events of this class, how many were found."),
  f1: percent("F1", "The harmonic mean of precision and recall."),
  accuracy: percent("Right", "Share of events whose class is right."),
  llm_calls: { label: "Model calls", about: "How often the language model was asked.", unit: "count", better: "neither" },
  p50_ms: { label: "Median time", about: "Of one decision.", unit: "ms", better: "lower" },
  p95_ms: { label: "95th percentile of time", about: "19 of 20 decisions were faster.", unit: "ms", better: "lower" },
  support: { label: "Events", about: "How many there are.", unit: "count", better: "neither" },
  decided: { label: "Decided so", about: "How many were decided as this class.", unit: "count", better: "neither" },
  n: { label: "Events", about: "How many were decided.", unit: "count", better: "neither" },
}; // prettier-ignore

/** The figures shown in the list of runs. */
export const HEADLINES = ["top1", "macro_f1", "accuracy_when_decided", "abstain_rate", "ece"] as const;

export function figureOf(name: string): FigureText {
  return FIGURES[name] ?? { label: name, about: "", unit: "plain", better: "neither" };
}

/** `71.4 %`, `0.034`, `12 ms`, `1,129`; a dash for what was not measured. */
export function figureText(name: string, value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  switch (figureOf(name).unit) {
    case "percent":
      return `${(value * 100).toFixed(1)} %`;
    case "ms":
      return `${value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString()} ms`;
    case "count":
      return Math.round(value).toLocaleString();
    case "plain":
      return value.toFixed(3);
  }
}

/** A difference with its sign; shares in percentage points. */
export function differenceText(name: string, value: number): string {
  const sign = value > 0 ? "+" : value < 0 ? "−" : "±";
  const size = Math.abs(value);
  if (figureOf(name).unit === "percent") return `${sign}${(size * 100).toFixed(1)} pp`;
  return `${sign}${figureText(name, size)}`;
}

export type Verdict = "better" | "worse" | "unclear" | "neither";

/** Whether b is better than a: unclear where the interval of the difference holds 0, or there is none. */
export function verdictOf(name: string, difference: number, interval: readonly [number, number] | null): Verdict {
  const { better } = figureOf(name);
  if (better === "neither") return "neither";
  if (!interval || (interval[0] <= 0 && interval[1] >= 0)) return "unclear";
  return difference > 0 === (better === "higher") ? "better" : "worse";
}

/** Known figures in the order of the table above, others after them by name. */
export function orderedFigures(names: readonly string[]): string[] {
  const known = Object.keys(FIGURES);
  const place = (name: string) => (known.includes(name) ? known.indexOf(name) : known.length);
  return [...names].sort((a, b) => place(a) - place(b) || a.localeCompare(b));
}
