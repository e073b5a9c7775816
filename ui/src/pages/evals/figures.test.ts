import { expect, it } from "vitest";
import { confusionOf } from "./confusion";
import { differenceText, figureText, orderedFigures, verdictOf } from "./figures";

it("writes figures with their units", () => {
  expect(figureText("top1", 0.7143)).toBe("71.4 %");
  expect(figureText("ece", 0.0341)).toBe("0.034");
  expect(figureText("p50_ms", 4.25)).toBe("4.3 ms");
  expect(figureText("top1", undefined)).toBe("–");
  expect(differenceText("top1", -0.021)).toBe("−2.1 pp");
});

it.each([
  ["top1", 0.02, [0.01, 0.03], "better"],
  ["top1", 0.02, [-0.01, 0.05], "unclear"],
  ["top1", 0.02, null, "unclear"],
  ["ece", 0.02, [0.01, 0.03], "worse"],
  ["n", 5, [4, 6], "neither"],
] as const)("judges %s %d %j as %s", (name, difference, interval, verdict) => {
  expect(verdictOf(name, difference, interval)).toBe(verdict);
});

it("orders known figures first", () => {
  expect(orderedFigures(["zzz", "ece", "top1"])).toEqual(["top1", "ece", "zzz"]);
});

it("keeps the classes that are mistaken most, rows by what is right", () => {
  const matrix = confusionOf(
    [
      { class_uid: 1, predicted_class_uid: 1, count: 9 },
      { class_uid: 1, predicted_class_uid: 2, count: 1 },
      { class_uid: 3, predicted_class_uid: 3, count: 99 },
    ],
    2,
  );
  expect(matrix.columns).toEqual([1, 2]);
  expect(matrix.rows).toEqual([{ class_uid: 1, total: 10, right: 9, counts: [9, 1] }]);
  expect(matrix.hidden).toBe(1);
});
