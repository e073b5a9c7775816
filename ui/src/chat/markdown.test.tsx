import { expect, test } from "vitest";
import { renderPart } from "../../test/render";
import { Markdown } from "./Markdown";
import { endOfSentences, inlineOf, parseMarkdown, safePath, spokenOf } from "./markdown";

const show = async (text: string, growing = false) =>
  (
    await renderPart(
      <div data-testid="answer">
        <Markdown text={text} growing={growing} renderCitation={(number) => <sup>{number}</sup>} />
      </div>,
    )
  ).container.querySelector("[data-testid=answer]")!;

test.each([
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "![logo](https://evil.example/pixel.png)",
  "![x](/api/events)",
  "[click](javascript:alert(1))",
  "[click](JaVaScRiPt:alert(1))",
  "[click](data:text/html,<script>alert(1)</script>)",
  "[click](https://evil.example)",
  "[click](//evil.example)",
  "[click](/\\evil.example)",
  "[click](\\\\evil.example)",
  "<a href='https://evil.example'>x</a>",
  "<https://evil.example>",
  "https://evil.example/?q=secret",
  "[x]: https://evil.example",
  "&lt;img&gt; &#x3c;",
  "**<b>x</b>**",
  "- <iframe src=x></iframe>",
  "# <svg onload=alert(1)>",
])("%s stays text", async (hostile) => {
  const answer = await show(hostile);
  expect(answer.querySelectorAll("script, img, iframe, svg, a, b, object, embed, style, link, form")).toHaveLength(0);
  expect(answer.textContent).toContain(
    hostile
      .replace(/^(- |# )/, "")
      .replace(/\*\*/g, "")
      .replace("\\\\", "\\")
      .replace("/\\", "/\\"),
  );
});

test("control characters and direction marks are shown as signs, in code too", async () => {
  const answer = await show("a\u202eb `c\u001b[2J`\n\n```\nd\u200be\n```");
  expect(answer.textContent).toContain("aRLOb c␛[2J");
  expect(answer.textContent).toContain("dZWSPe");
});

test("paragraphs, lists, bold, code, citations and links within Logatlas", async () => {
  const answer = await show(
    '**Authentication** [^1], as `EventID` is ``4`6``.\n\n- one\n- two [queue](/queue?source=x)\n  1. deeper\n\n```json\n{"a": 1}\n```\nend',
  );
  expect(answer.querySelector("strong")).toHaveTextContent("Authentication");
  expect([...answer.querySelectorAll(":not(pre) > code")].map((one) => one.textContent)).toEqual(["EventID", "4`6"]);
  expect(answer.querySelector("sup")).toHaveTextContent("1");
  expect(answer.querySelectorAll("ul > li")).toHaveLength(2);
  expect(answer.querySelector("ul ol > li")).toHaveTextContent("deeper");
  expect(answer.querySelector("a")).toHaveAttribute("href", "/queue?source=x");
  expect(answer.querySelector("pre")).toHaveTextContent('{"a": 1}');
  expect(answer.querySelectorAll("p")).toHaveLength(2);
});

test("marks within code are code", () => {
  expect(inlineOf("`**a** [^1] [x](/y)`")).toEqual([{ kind: "code", text: "**a** [^1] [x](/y)" }]);
  expect(inlineOf("** not bold")).toEqual([{ kind: "text", text: "** not bold" }]);
});

test("an answer that is being written shows no half marks", () => {
  for (const half of ["is [", "is [^", "is [^1", "is [queue](/que", "is **", "is `", "is *"]) {
    const [, ...texts] = JSON.stringify(parseMarkdown(half, true)).split('"text":');
    expect(texts.map((text) => text.replace(/\}.*/, "").replace(/\s*"\s*$/, '"'))).toEqual(['"is"']);
  }
  expect(parseMarkdown("the **Authent", true)).toEqual([
    {
      kind: "paragraph",
      content: [
        { kind: "text", text: "the " },
        { kind: "bold", content: [{ kind: "text", text: "Authent" }] },
      ],
    },
  ]);
});

test("a text made to be slow is read at once", () => {
  const began = performance.now();
  for (const text of ["`".repeat(4000), "**".repeat(4000), "[".repeat(8000), "- ".repeat(4000), "[a](".repeat(2000)]) {
    parseMarkdown(text);
    parseMarkdown(text, true);
  }
  expect(performance.now() - began).toBeLessThan(2000);
});

test("only paths of this UI are links", () => {
  expect(safePath("/events/1?chat=true#x")).toBe("/events/1?chat=true#x");
  for (const url of ["", "queue", "//x", "/\\x", "http://x/", "javascript:1", "/a b", "/a\n"])
    expect(safePath(url)).toBeNull();
});

test("what is read aloud has whole sentences and no marks", () => {
  const text = "It is **Authentication** (3002), 97.2 % sure.[^1] The log says `a.b";
  expect(text.slice(0, endOfSentences(text))).toBe("It is **Authentication** (3002), 97.2 % sure.[^1]");
  expect(spokenOf("- **a** [^1]\n- `b`")).toBe("a \nb");
});
