import { describe, expect, it } from "vitest";
import { events, stepRange } from "./links";
import { binLabel, memoRate } from "./options";

describe("figures of the dashboard", () => {
  it("takes the memo's rate of what was decided without a person", () => {
    const series = (key: string, counts: [number, number]) => ({
      key,
      label: key,
      q: "",
      points: [
        ["2026-11-01T00:00:00Z", counts[0]],
        ["2026-11-01T01:00:00Z", counts[1]],
      ] as [string, number][],
    });
    const data = {
      step_s: 3600,
      from: "",
      to: "",
      series: [series("memo", [3, 0]), series("ranker", [1, 0]), series("analyst", [9, 4])],
    };
    expect(memoRate(data)).toEqual([
      ["2026-11-01T00:00:00Z", 0.75],
      ["2026-11-01T01:00:00Z", null],
    ]);
  });

  it("leads to the events of one step", () => {
    expect(events("a OR b", stepRange("2026-11-01T00:00:00Z", 60), "status:auto")).toEqual({
      q: "(a OR b) status:auto",
      from: "2026-11-01T00:00:00.000Z",
      to: "2026-11-01T00:01:00.000Z",
    });
  });

  it("names a bin by its ends", () => {
    expect(binLabel({ from: 0.95, to: 1 })).toBe("95–100 %");
  });
});
