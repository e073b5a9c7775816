/** Options of the plots of an evaluation. Shares run from 0 to 1 and are written in per cent. */
import type { EvalDetail } from "@/api";

const asPercent = (value: number) => `${Math.round(value * 100)} %`;
const share = (name: string, max: number | null = 1) => ({
  type: "value",
  name,
  nameLocation: "middle",
  nameGap: 32,
  min: 0,
  ...(max !== null && { max }),
  axisLabel: { formatter: asPercent },
});
const GRID = { left: 56, right: 24, top: 16, bottom: 48 };

/** Accuracy by confidence, the ideal as a dashed line; points grow with the events in them. */
export function reliabilityOption(bins: EvalDetail["reliability"]) {
  const most = Math.max(1, ...bins.map((bin) => bin.count));
  return {
    grid: GRID,
    xAxis: share("Confidence"),
    yAxis: share("Right"),
    tooltip: {
      trigger: "item",
      valueFormatter: (value: unknown) => (typeof value === "number" ? asPercent(value) : ""),
    },
    series: [
      {
        name: "Ideal",
        type: "line",
        silent: true,
        showSymbol: false,
        lineStyle: { type: "dashed", width: 1 },
        data: [
          [0, 0],
          [1, 1],
        ],
      },
      {
        name: "Right",
        type: "line",
        symbol: "circle",
        data: bins.map((bin) => ({
          value: [bin.confidence, bin.accuracy],
          symbolSize: 5 + 15 * Math.sqrt(bin.count / most),
        })),
      },
    ],
  };
}

/** Share of wrong decisions by the share of events decided; several runs over each other. */
export function riskOption(runs: readonly { name: string; points: EvalDetail["risk_coverage"] }[]) {
  return {
    grid: { ...GRID, top: runs.length > 1 ? 36 : 16 },
    ...(runs.length > 1 && { legend: { top: 0 } }),
    xAxis: share("Decided"),
    yAxis: share("Wrong", null),
    tooltip: {
      trigger: "axis",
      valueFormatter: (value: unknown) => (typeof value === "number" ? asPercent(value) : ""),
    },
    series: runs.map((run) => ({
      name: run.name,
      type: "line",
      showSymbol: false,
      data: run.points.map((point) => [point.coverage, point.risk]),
    })),
  };
}
