import { describe, expect, it } from "vitest";
import type { TaxonomyClass } from "@/api";
import { findClasses } from "./fuzzy";

function entry(uid: number, caption: string, category: string, deprecated = false): TaxonomyClass {
  const name = caption.toLowerCase().replaceAll(" ", "_");
  return {
    uid,
    name,
    caption,
    description: "",
    category_uid: Math.floor(uid / 1000),
    category_name: category,
    deprecated,
    activities: [],
  };
}

const CLASSES = [
  entry(0, "Base Event", "Uncategorized"),
  entry(1001, "File System Activity", "System Activity"),
  entry(1007, "Process Activity", "System Activity"),
  entry(2001, "Security Finding", "Findings", true),
  entry(2004, "Detection Finding", "Findings"),
  entry(3001, "Account Change", "Identity & Access Management"),
  entry(3002, "Authentication", "Identity & Access Management"),
  entry(3003, "Authorize Session", "Identity & Access Management"),
  entry(4001, "Network Activity", "Network Activity"),
  entry(4003, "DNS Activity", "Network Activity"),
];
const found = (query: string, preferred: number[] = []) => findClasses(query, CLASSES, preferred).map(({ uid }) => uid);

describe("findClasses", () => {
  it.each([
    ["authentication", 3002],
    ["auth", 3002],
    ["3002", 3002],
    ["400", 4001],
    ["dns", 4003],
    ["athn", 3002],
    ["fsa", 1001],
    ["proc act", 1007],
    ["file_system", 1001],
    ["identity change", 3001],
  ])("finds %s", (query, uid) => {
    expect(found(query)[0]).toBe(uid);
  });

  it("finds the classes of a category", () => {
    expect(found("identity")).toEqual([3001, 3002, 3003]);
  });

  it("offers the candidates of the event first while nothing is typed, and among equals", () => {
    expect(found("", [4003, 1007]).slice(0, 2)).toEqual([4003, 1007]);
    expect(found("auth", [3003])[0]).toBe(3003);
  });

  it("puts deprecated classes last and finds nothing for nonsense", () => {
    expect(found("finding")).toEqual([2004, 2001]);
    expect(found("zzzz")).toEqual([]);
  });
});
