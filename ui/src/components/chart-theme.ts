/** Colours of charts. The order of `color` keeps neighbours apart also for colour-blind readers (Okabe and Ito, 2008). */
const PALETTE = {
  light: ["#0072b2", "#d55e00", "#009e73", "#a3599a", "#b58900", "#3c8fbf", "#7a6a5a", "#5a6b78"],
  dark: ["#56b4e9", "#ff9d5c", "#3fc9a0", "#d79bd0", "#e6c452", "#8cc6ea", "#b9a795", "#9aabb8"],
};
const STATUS = {
  light: { auto: "#7b8a94", needs_review: "#d9730d", confirmed: "#12876f", overridden: "#7048c6" },
  dark: { auto: "#8d9ba5", needs_review: "#ffa94d", confirmed: "#38c2a3", overridden: "#a98bf0" },
};

export type Scheme = "light" | "dark";

/** The colour of each status in charts, as on its badge. */
export function statusColors(scheme: Scheme) {
  return STATUS[scheme];
}

/** An ECharts theme. */
export function chartTheme(scheme: Scheme) {
  const text = scheme === "dark" ? "#c9d1d6" : "#3d464c";
  const line = scheme === "dark" ? "#3a4045" : "#dfe3e6";
  const axis = {
    axisLine: { lineStyle: { color: line } },
    axisTick: { lineStyle: { color: line } },
    axisLabel: { color: text, fontSize: 11 },
    splitLine: { lineStyle: { color: line } },
    nameTextStyle: { color: text },
  };
  return {
    color: PALETTE[scheme],
    backgroundColor: "transparent",
    textStyle: { color: text, fontFamily: "system-ui, sans-serif", fontSize: 11 },
    legend: { textStyle: { color: text }, pageTextStyle: { color: text } },
    tooltip: {
      backgroundColor: scheme === "dark" ? "#22272a" : "#ffffff",
      borderColor: line,
      textStyle: { color: text, fontSize: 12 },
    },
    categoryAxis: axis,
    valueAxis: axis,
    timeAxis: axis,
    logAxis: axis,
  };
}
