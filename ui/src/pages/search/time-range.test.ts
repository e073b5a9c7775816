import { describe, expect, it } from "vitest";
import { instantOf, isoText, labelOf, localText } from "./time-range";

describe("time range", () => {
  it.each([
    [{}, "All time"],
    [{ from: "now-1h" }, "Last hour"],
    [{ from: "now-24h", to: "now" }, "Last 24 hours"],
    [{ from: "now-2h" }, "Last 2 hours"],
    [{ from: "nonsense" }, "All time"],
  ])("%j is called %s", (range, label) => {
    expect(labelOf(range)).toBe(label);
  });

  it("names both ends of a chosen range", () => {
    expect(labelOf({ from: "2020-01-01T10:00:00Z", to: "2020-01-01T11:00:00Z" })).toMatch(/2020.*–/);
  });

  it("reads relative times", () => {
    expect(instantOf("now-15m", 1_000_000)).toBe(100_000);
    expect(instantOf("now", 5)).toBe(5);
    expect(instantOf("yesterday", 5)).toBeNull();
  });

  it("gives the same time back that a field was given", () => {
    const time = "2026-03-29T01:30:15.000Z";
    expect(isoText(localText(time, 0))).toBe(time);
    expect(isoText("")).toBeUndefined();
  });
});
