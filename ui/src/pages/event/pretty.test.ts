import { describe, expect, it } from "vitest";
import type { Span } from "@/api";
import { prettyPrint } from "./pretty";

const letters = (text: string) => text.replace(/\s+/g, "");
const points = (text: string, [from, to]: Span) => Array.from(text).slice(from, to).join("");

const LOGS: [string, string][] = [
  ["json", '{"a":1,"b":{"c":[1,2,{"d":"x, {y}"}],"e":{}},"f":"q\\"}"}'],
  ["json", '<14>Nov 1 host app: {"a": "ü😀", "b": [ ]} trailing'],
  ["xml", "<Event xmlns='x'><System><EventID>4624</EventID><A b='1>2'/></System><!-- <x> --><D>a<b/>c</D></Event>"],
  ["cef", "Nov 1 CEF:0|V|P|1|100|a\\|b|5|src=1.2.3.4 msg=hello world cs1Label=x"],
  ["leef", "LEEF:2.0|V|P|1|100|^|src=1.2.3.4^usr=bo^msg=a b"],
  ["leef", "LEEF:1.0|V|P|1|100|src=1.2.3.4\tusr=bo"],
  ["kv", 'date=2026-11-01 time=10:00 msg="a=b c=d" user="bo"'],
  ["csv", '1,"a,b",c,d'],
  ["syslog", "<34>Oct 11 host fw: action=deny src=1.1.1.1 dst=2.2.2.2"],
];

describe("prettyPrint", () => {
  it.each(LOGS)("adds only white space (%s)", (format, raw) => {
    const pretty = prettyPrint(raw, format);
    expect(pretty).not.toBeNull();
    expect(pretty?.text).toContain("\n");
    expect(letters(pretty?.text ?? "")).toBe(letters(raw));
  });

  it.each(LOGS)("keeps every span on the same characters (%s)", (format, raw) => {
    const pretty = prettyPrint(raw, format);
    const length = Array.from(raw).length;
    for (let from = 0; from < length; from += 1) {
      for (const to of [from + 1, Math.min(length, from + 5)]) {
        const wanted = points(raw, [from, to]);
        if (wanted.trim() === "" || wanted !== wanted.trim()) continue;
        expect(letters(points(pretty?.text ?? "", pretty?.place([from, to]) ?? [0, 0]))).toBe(letters(wanted));
      }
    }
  });

  it("indents JSON as a reader expects", () => {
    expect(prettyPrint('{"a":1,"b":{"c":[]}}', "json")?.text).toBe('{\n  "a": 1,\n  "b": {\n    "c": []\n  }\n}');
  });

  it("keeps the text of an XML element on its line", () => {
    expect(prettyPrint("<a><b>4624</b><c/></a>", "xml")?.text).toBe("<a>\n  <b>4624</b>\n  <c/>\n</a>");
  });

  it("has no empty line before the first pair", () => {
    expect(prettyPrint("type=LOGIN pid=1 uid=0", "kv")?.text).toBe("type=LOGIN\npid=1\nuid=0");
  });

  it("does not break inside quoted values", () => {
    expect(
      prettyPrint('a=1 b="x=1 y=2" c=3', "kv")
        ?.text.split("\n")
        .map((line) => line.trim())
        .filter(Boolean),
    ).toEqual(["a=1", 'b="x=1 y=2"', "c=3"]);
  });

  it.each([
    ["text", "just words"],
    ["json", '{"a": 1'],
    ["json", "}{"],
    ["json", "[".repeat(50_000)],
    ["cef", "CEF:0|short"],
    ["xml", "no tags"],
    ["json", `{"a":"${"x".repeat(300_000)}"}`],
  ])("leaves what it cannot read, or what is too long, as received (%s)", (format, raw) => {
    expect(prettyPrint(raw, format)).toBeNull();
  });
});
