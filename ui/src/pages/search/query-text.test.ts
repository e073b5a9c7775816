import { describe, expect, it } from "vitest";
import { excluding, including, narrowed, only, stateOf, termOf, termsOf, without, withoutTerm } from "./query-text";

describe("terms of a search text", () => {
  it.each([
    ["status:auto host:web-1", ["status:auto", "host:web-1"]],
    ['"failed login" AND -vendor:"Palo Alto"', ['"failed login"', '-vendor:"Palo Alto"']],
    ["(status:auto OR status:confirmed) x", ["(status:auto OR status:confirmed)", "x"]],
    ["received:[2026-11-01 TO 2026-11-02] a", ["received:[2026-11-01 TO 2026-11-02]", "a"]],
    ["NOT host:a", ["NOT host:a"]],
    ["a OR b", ["a OR b"]],
    ['"never closed host:a', ['"never closed host:a']],
    ["", []],
  ])("reads %s", (q, texts) => {
    expect(termsOf(q).map((term) => term.text)).toEqual(texts);
  });

  it("knows which values a group chooses from", () => {
    expect(termsOf("(status:auto OR status:confirmed)")[0]).toMatchObject({
      field: "status",
      values: ["auto", "confirmed"],
      isNegated: false,
    });
  });

  it("takes a range for no value", () => {
    expect(termsOf("confidence:<0.5")[0]).toMatchObject({ field: "confidence", values: [] });
  });
});

describe("a value", () => {
  it.each([
    ["vendor", "Microsoft", "vendor:Microsoft"],
    ["product", "Windows Security", 'product:"Windows Security"'],
    ["host", 'a"b\\c', 'host:"a\\"b\\\\c"'],
    ["user", "OR", 'user:"OR"'],
    ["url", "http://a/*?q=1", 'url:"http://a/*?q=1"'],
    ["class_uid", "3002", "class:3002"],
    ["vendor", "", "-vendor:*"],
  ])("%s %s is written %s", (field, value, expected) => {
    expect(termOf(field, value)).toBe(expected);
    expect(stateOf(expected, field, value)).toBe("included");
  });
});

describe("filters", () => {
  it("includes a second value as a choice, and takes it out again", () => {
    const both = including("status:auto x", "status", "confirmed");
    expect(both).toBe("(status:auto OR status:confirmed) x");
    expect(without(both, "status", "auto")).toBe("status:confirmed x");
  });

  it("turns an excluded value into an included one and back", () => {
    const out = excluding("x status:auto", "status", "auto");
    expect(out).toBe("x -status:auto");
    expect(stateOf(out, "status", "auto")).toBe("excluded");
    expect(including(out, "status", "auto")).toBe("x status:auto");
  });

  it("excludes and includes what has no value", () => {
    expect(excluding("", "vendor", "")).toBe("vendor:*");
    expect(stateOf("vendor:*", "vendor", "")).toBe("excluded");
    expect(without("vendor:* x", "vendor", "")).toBe("x");
  });

  it("only removes what else was said of the field", () => {
    expect(only("status:auto -status:confirmed x", "status", "overridden")).toBe("x status:overridden");
  });

  it("keeps alternatives together when it narrows them", () => {
    expect(including("a OR b", "host", "h")).toBe("(a OR b) host:h");
    expect(narrowed("status:auto", "a OR b")).toBe("status:auto (a OR b)");
  });

  it("removes one term", () => {
    expect(withoutTerm("a -b NOT c", 2)).toBe("a -b");
  });
});
