/** What ECharts draws, from what the service counts. Times stand in the middle of their steps. */
import type { EChartsCoreOption } from "echarts/core";
import type { BacklogStats, ConfidenceStats, LatencyStats, OverrideStats, TimeSeries } from "@/api";
import { safeLine } from "@/components";
import { rate } from "./figures";

const GRID = { left: 52, right: 16, top: 34, bottom: 24 };
const LEGEND = { type: "scroll" as const, top: 0, left: 0, right: 40, icon: "roundRect" };

const middle = (at: string, stepS: number) => Date.parse(at) + stepS * 500;

/** Counts of each series over each other. */
export function stacked(data: TimeSeries, colors: Readonly<Record<string, string>>): EChartsCoreOption {
  return {
    grid: GRID,
    legend: LEGEND,
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" } },
    xAxis: { type: "time", min: Date.parse(data.from), max: Date.parse(data.to) },
    yAxis: { type: "value", minInterval: 1 },
    series: data.series.map((series) => ({
      type: "bar",
      stack: "events",
      name: safeLine(series.label),
      barMaxWidth: 28,
      large: false,
      ...(colors[series.key] && { itemStyle: { color: colors[series.key] } }),
      data: series.points.map(([at, count]) => [middle(at, data.step_s), count]),
    })),
  };
}

/** What decides without a person: the memo's rate is its share of these. */
const MACHINE = new Set(["memo", "ranker", "llm"]);

/** The memo's share of what was decided without a person, by time; null where nothing was. */
export function memoRate(data: TimeSeries): [string, number | null][] {
  const totals = new Map<string, number>();
  for (const series of data.series) {
    for (const [at, count] of series.points) {
      totals.set(at, (totals.get(at) ?? 0) + (MACHINE.has(series.key) ? count : 0));
    }
  }
  const memo = new Map(data.series.find((series) => series.key === "memo")?.points);
  return [...totals]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([at, total]) => [at, total === 0 ? null : (memo.get(at) ?? 0) / total]);
}

interface Line {
  name: string;
  points: readonly (readonly [string, number | null, ...number[]])[];
}

function lines(series: readonly Line[], stepS: number, asRate: boolean): EChartsCoreOption {
  return {
    grid: { ...GRID, top: series.length > 1 ? GRID.top : 14 },
    ...(series.length > 1 && { legend: LEGEND }),
    tooltip: {
      trigger: "item",
      ...(asRate && { valueFormatter: (value: unknown) => (typeof value === "number" ? rate(value) : String(value)) }),
    },
    xAxis: { type: "time" },
    yAxis: asRate
      ? { type: "value", min: 0, axisLabel: { formatter: (value: number) => rate(value) } }
      : { type: "value", minInterval: 1 },
    series: series.map(({ name, points }) => ({
      type: "line",
      name: safeLine(name),
      connectNulls: true,
      showSymbol: true,
      symbolSize: 7,
      triggerLineEvent: false,
      data: points.map(([at, value]) => [middle(at, stepS), value]),
    })),
  };
}

export const rateLine = (name: string, points: [string, number | null][], stepS: number): EChartsCoreOption =>
  lines([{ name, points }], stepS, true);

/** Override rates of sources over time. */
export const overrideLines = (data: OverrideStats): EChartsCoreOption =>
  lines(
    data.series.map(({ source, points }) => ({ name: source, points })),
    data.step_s,
    true,
  );

export const backlogLine = (data: BacklogStats): EChartsCoreOption =>
  lines([{ name: "Need review", points: data.series }], 0, false);

export function binLabel(bin: { from: number; to: number }): string {
  return `${Math.round(bin.from * 100)}–${Math.round(bin.to * 100)} %`;
}

/** How sure decisions are: those that need review over those that do not. */
export function confidenceBars(
  data: ConfidenceStats,
  colors: { auto: string; needs_review: string },
): EChartsCoreOption {
  return {
    grid: GRID,
    legend: LEGEND,
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" } },
    xAxis: { type: "category", data: data.bins.map(binLabel) },
    yAxis: { type: "value", minInterval: 1 },
    series: [
      {
        type: "bar",
        stack: "events",
        name: "Decided",
        itemStyle: { color: colors.auto },
        data: data.bins.map((bin) => bin.count - bin.needs_review),
      },
      {
        type: "bar",
        stack: "events",
        name: "Need review",
        itemStyle: { color: colors.needs_review },
        data: data.bins.map((bin) => bin.needs_review),
      },
    ],
  };
}

/** Time of each stage at three percentiles; stages in the order of the way of an event. */
export function latencyBars(data: LatencyStats): EChartsCoreOption {
  const stages = [...data.stages].reverse();
  return {
    grid: { ...GRID, left: 84, right: 28 },
    legend: LEGEND,
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" } },
    xAxis: { type: "log", min: 0.01, name: "ms", axisLabel: { hideOverlap: true } },
    yAxis: { type: "category", data: stages.map(({ stage }) => stage) },
    series: (["p50_ms", "p95_ms", "p99_ms"] as const).map((percentile) => ({
      type: "bar",
      name: percentile.replace("_ms", ""),
      // A logarithmic axis has no zero.
      data: stages.map((stage) => Math.max(0.01, stage[percentile])),
    })),
  };
}

export function ageBars(data: BacklogStats, color: string): EChartsCoreOption {
  return {
    grid: { ...GRID, top: 14 },
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" } },
    xAxis: { type: "category", data: data.ages.map(({ label }) => label) },
    yAxis: { type: "value", minInterval: 1 },
    series: [
      {
        type: "bar",
        name: "Need review",
        barMaxWidth: 56,
        itemStyle: { color },
        data: data.ages.map(({ count }) => count),
      },
    ],
  };
}
