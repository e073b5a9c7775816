/** Figures of the mock API: stats, histogram, facets, evals. */
import type {
  BacklogStats,
  ConfidenceStats,
  EvalCompare,
  EvalDetail,
  EvalRun,
  Facets,
  Histogram,
  LatencyStats,
  OverrideStats,
  SourceStats,
  Status,
  StatsSummary,
  TimeSeries,
} from "../src/api/types";
import type { MockData, MockEvent } from "./data.ts";
import { CLASSES } from "./samples.ts";

const timeOf = (event: MockEvent) => new Date(event.row.received_at).getTime();

function range(events: readonly MockEvent[]): [number, number] {
  const times = events.map(timeOf);
  return times.length === 0 ? [Date.now() - 3_600_000, Date.now()] : [Math.min(...times), Math.max(...times) + 1000];
}

export function histogram(events: readonly MockEvent[], buckets: number): Histogram {
  const [from, to] = range(events);
  const step = Math.max(1000, (to - from) / buckets);
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    step_s: step / 1000,
    buckets: Array.from({ length: buckets }, (_, index) => {
      const inside = events.filter((event) => Math.floor((timeOf(event) - from) / step) === index);
      const by_status: Partial<Record<Status, number>> = {};
      for (const { row } of inside) if (row.status) by_status[row.status] = (by_status[row.status] ?? 0) + 1;
      return { at: new Date(from + index * step).toISOString(), count: inside.length, by_status };
    }),
  };
}

function counts(events: readonly MockEvent[], keyOf: (event: MockEvent) => string): [string, number][] {
  const found = new Map<string, number>();
  for (const event of events) found.set(keyOf(event), (found.get(keyOf(event)) ?? 0) + 1);
  return [...found].sort((a, b) => b[1] - a[1]);
}

export function facets(events: readonly MockEvent[], fields: readonly string[], limit: number): Facets {
  return {
    facets: fields.map((field) => {
      const all = counts(events, ({ row }) =>
        JSON.stringify((row as unknown as Record<string, unknown>)[field] ?? "").replace(/^"|"$/g, ""),
      );
      const label = (value: string) =>
        field === "class_uid" ? (CLASSES.find(([uid]) => String(uid) === value)?.[1] ?? value) : value;
      return {
        field,
        values: all.slice(0, limit).map(([value, count]) => ({ value, label: label(value), count })),
        other: all.slice(limit).reduce((sum, [, count]) => sum + count, 0),
      };
    }),
  };
}

export function stats(data: MockData, name: string, by: string): unknown {
  const { events } = data;
  const waiting = events.filter((event) => event.row.status === "needs_review");
  const [from, to] = range(events);
  const step = (to - from) / 24;
  const at = (index: number) => new Date(from + index * step).toISOString();
  const inStep = (event: MockEvent, index: number) => Math.floor((timeOf(event) - from) / step) === index;
  const points = (inside: readonly MockEvent[]): [string, number][] =>
    Array.from({ length: 24 }, (_, index) => [at(index), inside.filter((event) => inStep(event, index)).length]);
  switch (name) {
    case "summary":
      return {
        events: events.length, per_second: 3.4, needs_review: waiting.length,
        decided_auto: events.filter((event) => event.row.status === "auto").length, reviewed: data.reviews.length,
        memo_hit_rate: 0.87, override_rate: 0.06, oldest_waiting_s: 5400, degraded: {},
      } satisfies StatsSummary; // prettier-ignore
    case "timeseries": {
      const keyOf = ({ row }: MockEvent) =>
        ({ class: row.class_name, source: row.product, category: String(row.class_uid).slice(0, 1), decided_by: row.decided_by ?? "" })[by] ?? row.status ?? ""; // prettier-ignore
      return {
        step_s: step / 1000, from: at(0), to: at(24),
        series: counts(events, keyOf).slice(0, 8).map(([key]) => ({
          key, label: key, q: `${by}:"${key}"`, points: points(events.filter((event) => keyOf(event) === key)),
        })),
      } satisfies TimeSeries; // prettier-ignore
    }
    case "sources":
      return {
        sources: counts(events, ({ row }) => row.product).map(([product, count]) => ({
          vendor: events.find(({ row }) => row.product === product)?.row.vendor ?? "", product, events: count,
          needs_review: waiting.filter(({ row }) => row.product === product).length, overridden: 1, confirmed: 4, mean_confidence: 0.8, q: `product:${product}`,
        })),
      } satisfies SourceStats; // prettier-ignore
    case "confidence":
      return {
        bins: Array.from({ length: 20 }, (_, index) => {
          const low = index / 20;
          const inside = events.filter(({ row }) => (row.confidence ?? 0) >= low && (row.confidence ?? 0) < low + 0.05);
          return { from: low, to: low + 0.05, count: inside.length, needs_review: inside.filter(({ row }) => row.status === "needs_review").length, q: `confidence:[${low} TO ${low + 0.05}]` }; // prettier-ignore
        }),
      } satisfies ConfidenceStats;
    case "latency":
      return {
        stages: ["parse", "template", "retrieve", "rerank", "rank", "total"].map((stage, index) => ({
          stage, p50_ms: 0.2 * 3 ** index, p95_ms: 0.5 * 3 ** index, p99_ms: 3 ** index, count: events.length,
        })),
      } satisfies LatencyStats; // prettier-ignore
    case "backlog":
      return {
        total: waiting.length,
        ages: [["under an hour", 0], ["an hour", 3600], ["a day", 86_400]].map(([label, older]) => ({
          label: String(label), older_than_s: Number(older), count: Math.round(waiting.length / (1 + Number(older) / 3600)), q: "status:needs_review",
        })),
        series: points(waiting),
      } satisfies BacklogStats; // prettier-ignore
    case "overrides":
      return {
        step_s: step / 1000,
        series: ["edgeproxy", "linux-sshd"].map((source, row) => ({
          source,
          points: Array.from({ length: 24 }, (_, index) => [at(index), index % 5 === 4 ? null : 0.05 + ((index + row * 7) % 9) / 60, 5]),
        })),
      } satisfies OverrideStats; // prettier-ignore
    default:
      return null;
  }
}

const FIGURES = { top1: 0.86, top3: 0.95, top5: 0.97, macro_recall: 0.79, macro_f1: 0.78, activity_accuracy: 0.81, retrieval_recall_at_10: 0.97, mrr: 0.9, ece: 0.03, abstain_rate: 0.18, accuracy_when_decided: 0.95, coverage_at_95: 0.8, p50_ms: 4, p95_ms: 31 }; // prettier-ignore

export function evalRuns(): EvalRun[] {
  return ["default", "no-model", "no-guides"].map((configuration, index) => {
    const figures = Object.fromEntries(Object.entries(FIGURES).map(([name, value]) => [name, value * (1 - index * 0.06)]));
    return {
      run_id: `run-${index + 1}`, started_at: new Date(Date.UTC(2026, 10, 20 - index)).toISOString(), suite: "vendors", configuration,
      data_name: "vendors.jsonl", events: 402, versions: { ranker: "4", knowledge: "2026-11" }, figures,
      intervals: Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, [value * 0.96, Math.min(1, value * 1.03)] as [number, number]])),
    };
  }); // prettier-ignore
}

export function evalDetail(run: EvalRun): EvalDetail {
  const uids = CLASSES.map(([uid]) => uid);
  const steps = Array.from({ length: 11 }, (_, index) => index / 10);
  return {
    ...run,
    by_vendor: { Microsoft: { n: 120, top1: 0.91 }, Fortinet: { n: 60, top1: 0.82 } },
    by_format: { json: { n: 200, top1: 0.9 }, cef: { n: 50, top1: 0.7 } },
    by_class: Object.fromEntries(uids.map((uid) => [String(uid), { n: 30, recall: 0.8, f1: 0.78 }])),
    confusion: uids.flatMap((class_uid, at) => [
      { class_uid, predicted_class_uid: class_uid, count: 25 },
      { class_uid, predicted_class_uid: uids[(at + 1) % uids.length] ?? 0, count: 4 },
    ]),
    reliability: steps.map((confidence) => ({
      confidence,
      accuracy: Math.min(1, confidence * 0.95 + 0.03),
      count: 40,
    })),
    risk_coverage: steps.map((coverage) => ({ coverage, risk: coverage ** 3 * 0.14 })),
  };
}

export function evalComparison(a: EvalRun, b: EvalRun): EvalCompare {
  return {
    a,
    b,
    figures: Object.keys(a.figures).map((name) => {
      const [first, second] = [a.figures[name] ?? 0, b.figures[name] ?? 0];
      const difference = second - first;
      return { name, a: first, b: second, difference, interval: [difference - 0.02, difference + 0.02] };
    }),
    flips: [
      { id: "ev-1", class_uid: 3002, a: 3002, b: 3003, better: false },
      { id: "ev-2", class_uid: 4001, a: 4002, b: 4001, better: true },
    ],
  };
}
