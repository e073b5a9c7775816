import type { Histogram } from "@/api";

/** From the bottom up. "waiting" are the events that no decision has reached yet. */
export const LAYERS = ["auto", "confirmed", "overridden", "needs_review", "waiting"] as const;
export type Layer = (typeof LAYERS)[number];

export const LAYER_LABELS: Readonly<Record<Layer, string>> = {
  auto: "automatic",
  confirmed: "confirmed",
  overridden: "overridden",
  needs_review: "need review",
  waiting: "waiting",
};

type Bucket = Histogram["buckets"][number];

export function countOf(bucket: Bucket, layer: Layer): number {
  if (layer !== "waiting") return bucket.by_status[layer] ?? 0;
  const decided = (Object.values(bucket.by_status) as (number | undefined)[]).reduce<number>(
    (sum, n) => sum + (n ?? 0),
    0,
  );
  return Math.max(0, bucket.count - decided);
}

/** The sum of some buckets, as one. */
export function summed(buckets: readonly Bucket[]): { count: number; layers: { layer: Layer; count: number }[] } {
  return {
    count: buckets.reduce((sum, bucket) => sum + bucket.count, 0),
    layers: LAYERS.map((layer) => ({
      layer,
      count: buckets.reduce((sum, bucket) => sum + countOf(bucket, layer), 0),
    })).filter(({ count }) => count > 0),
  };
}

/** The time that the buckets `first` to `last` cover, within that which was searched. */
export function rangeOf(histogram: Histogram, first: number, last: number): { from: string; to: string } | null {
  const [start, end] = [histogram.buckets[Math.min(first, last)], histogram.buckets[Math.max(first, last)]];
  if (!start || !end) return null;
  const from = Math.max(Date.parse(start.at), Date.parse(histogram.from));
  const to = Math.min(Date.parse(end.at) + histogram.step_s * 1000, Date.parse(histogram.to));
  return { from: new Date(from).toISOString(), to: new Date(Math.max(to, from + 1)).toISOString() };
}

/** Twice the time around the same middle, not beyond now. */
export function widened(histogram: Histogram, now: number): { from: string; to: string } {
  const [from, to] = [Date.parse(histogram.from), Date.parse(histogram.to)];
  const half = (to - from) / 2;
  const end = Math.min(to + half, Math.max(now, to));
  return { from: new Date(from - half).toISOString(), to: new Date(end).toISOString() };
}

export type { Bucket };
