import { describe, expect, it } from "vitest";
import { decode, textOf } from "./files";
import { splitEvents } from "./split";

describe("splitEvents", () => {
  it.each([
    ["blank", " \n\n", []],
    ["lines", "one\r\n\n two\nthree", ["one", " two", "three"]],
    ["a JSON list, its long numbers as they are", '[{"id": 12345678901234567890},\n {"a": "],["}]', ['{"id": 12345678901234567890}', '{"a": "],["}']],
    ["a list of texts", '["a \\"b\\"", "c"]', ['a "b"', "c"]],
    ["one JSON document over lines", '{\n "a": 1\n}', ['{\n "a": 1\n}']],
    ["documents one after another", '{"a":\n1}\n{"b": 2}\nplain', ['{"a":\n1}', '{"b": 2}', "plain"]],
    ["NDJSON", '{"a":1}\n{"b":2}\n', ['{"a":1}', '{"b":2}']],
    ["an export of the event viewer", '<?xml version="1.0"?>\n<Events>\n<Event a="1"><X/></Event><Event><Y/></Event></Events>', ['<Event a="1"><X/></Event>', "<Event><Y/></Event>"]],
    ["one XML document over lines", "<log>\n <a/>\n</log>", ["<log>\n <a/>\n</log>"]],
    ["syslog with priority", "<134>a\n<135>b", ["<134>a", "<135>b"]],
    ["a bracket that is no JSON", "[ERROR] a\n[WARN] b", ["[ERROR] a", "[WARN] b"]],
    ["an object that never ends", '{"a":\nnext', ['{"a":', "next"]],
  ])("%s", (_, text, events) => {
    expect(splitEvents(text)).toEqual(events);
  }); // prettier-ignore

  it("keeps everything together when asked", () => {
    expect(splitEvents("a\nb\n", "whole")).toEqual(["a\nb"]);
  });
});

describe("files", () => {
  it("reads UTF-16 with its mark, and bytes that are no text as the service does", () => {
    expect(decode(new Uint8Array([0xff, 0xfe, 0x61, 0x00]))).toBe("a");
    expect(decode(new Uint8Array([0xc3, 0xa4, 0xff, 0x62]))).toBe("ä\udcffb");
  });

  it("opens gzip", async () => {
    const packed = new Uint8Array(
      await new Response(new Response("line\n").body?.pipeThrough(new CompressionStream("gzip"))).arrayBuffer(),
    );
    const file = { stream: () => new Response(packed).body } as unknown as Blob;
    expect(await textOf(file)).toBe("line\n");
  });
});
