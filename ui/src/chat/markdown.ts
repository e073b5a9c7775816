/**
 * The Markdown that answers are written in: paragraphs, headings, lists, code blocks, bold, inline code, citation marks
 * and links within Logatlas. Everything else, HTML and images among it, stays the text that it is. The result is a tree
 * of plain values; nothing in it is ever markup.
 */
export type Inline =
  | { kind: "text"; text: string }
  | { kind: "code"; text: string }
  | { kind: "bold"; content: Inline[] }
  | { kind: "citation"; number: number }
  | { kind: "link"; url: string; text: string };

export type Block =
  | { kind: "paragraph"; content: Inline[] }
  | { kind: "heading"; content: Inline[] }
  | { kind: "code"; text: string }
  | { kind: "list"; ordered: boolean; start: number; items: Item[] };

export interface Item {
  content: Inline[];
  children: Block[];
}

/** Deeper lists are drawn at this depth: a hostile text cannot nest without end. */
const DEEPEST = 3;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const ITEM = /^( *)([-*+]|\d{1,9}[.)]) +(.*)$/;
const HEADING = /^ {0,3}#{1,6} +(.*)$/;

/** A path of this UI that `url` leads to; null for every other place and scheme. */
export function safePath(url: string): string | null {
  // eslint-disable-next-line no-control-regex
  if (!/^\/(?![/\\])/.test(url) || /[\u0000-\u0020\\]/.test(url)) return null;
  try {
    const parsed = new URL(url, "http://here.invalid");
    return parsed.host === "here.invalid" ? parsed.pathname + parsed.search + parsed.hash : null;
  } catch {
    return null;
  }
}

/** A mark whose end is not written yet. */
const UNFINISHED = /(?:\[[^\]\n]{0,80}|\[[^\]^\n][^\]\n]{0,80}\](?:\([^()\s]*)?|[*`\\]+)$/;

/** `growing` is for a text that is still being written: marks that are not closed yet count as closed. */
export function parseMarkdown(text: string, growing = false): Block[] {
  const shown = growing ? text.replace(UNFINISHED, "") : text;
  return blocksOf(shown.replace(/\r\n?/g, "\n").split("\n"), growing, 0);
}

function blocksOf(lines: readonly string[], growing: boolean, depth: number): Block[] {
  const blocks: Block[] = [];
  let paragraph: string[] = [];
  const endParagraph = () => {
    if (paragraph.length > 0) blocks.push({ kind: "paragraph", content: inlineOf(paragraph.join("\n"), growing) });
    paragraph = [];
  };
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? "";
    const fence = FENCE.exec(line)?.[1];
    const heading = HEADING.exec(line);
    const item = ITEM.exec(line);
    if (fence !== undefined) {
      endParagraph();
      const end = lines.findIndex((other, index) => index > at && other.trim().startsWith(fence));
      blocks.push({ kind: "code", text: lines.slice(at + 1, end < 0 ? lines.length : end).join("\n") });
      at = end < 0 ? lines.length : end + 1;
    } else if (heading) {
      endParagraph();
      blocks.push({ kind: "heading", content: inlineOf(heading[1] ?? "", growing) });
      at += 1;
    } else if (item && depth < DEEPEST) {
      endParagraph();
      const [list, next] = listFrom(lines, at, growing, depth);
      blocks.push(list);
      at = next;
    } else {
      if (line.trim() === "") endParagraph();
      else paragraph.push(line.trim());
      at += 1;
    }
  }
  endParagraph();
  return blocks;
}

function listFrom(lines: readonly string[], from: number, growing: boolean, depth: number): [Block, number] {
  const first = ITEM.exec(lines[from] ?? "");
  const indent = first?.[1]?.length ?? 0;
  const ordered = /\d/.test(first?.[2] ?? "");
  const items: Item[] = [];
  let at = from;
  while (at < lines.length) {
    const match = ITEM.exec(lines[at] ?? "");
    if (match?.[1]?.length !== indent || /\d/.test(match[2] ?? "") !== ordered) break;
    const own = [match[3] ?? ""];
    at += 1;
    while (at < lines.length && isWords(lines[at] ?? "")) own.push((lines[at++] ?? "").trim());
    const below: string[] = [];
    while (at < lines.length && isDeeper(lines, at, indent)) below.push(lines[at++] ?? "");
    items.push({
      content: inlineOf(own.join("\n"), growing),
      children: blocksOf(outdented(below), growing, depth + 1),
    });
    // A blank line between two items does not end the list.
    if (lines[at]?.trim() === "" && ITEM.exec(lines[at + 1] ?? "")?.[1]?.length === indent) at += 1;
  }
  return [{ kind: "list", ordered, start: Number.parseInt(first?.[2] ?? "1", 10) || 1, items }, at];
}

const isWords = (line: string) => line.trim() !== "" && !ITEM.test(line) && !FENCE.test(line) && !HEADING.test(line);

function isDeeper(lines: readonly string[], at: number, indent: number): boolean {
  const line = lines[at] ?? "";
  if (line.trim() === "") return (lines[at + 1] ?? "").startsWith(" ".repeat(indent + 2));
  return line.length - line.trimStart().length > indent;
}

function outdented(lines: readonly string[]): string[] {
  const least = Math.min(...lines.filter((line) => line.trim() !== "").map((line) => line.search(/\S/)));
  return Number.isFinite(least) ? lines.map((line) => line.slice(least)) : [];
}

const CITATION = /^\[\^(\d{1,4})\]/;
const LINK = /^\[([^[\]\n]{1,300})\]\(([^()\s]{1,2000})\)/;
const ESCAPED = /[!-/:-@[-`{-~]/;

/** Marks in a line, in one pass: what is code holds no marks, what has no end is text. */
export function inlineOf(text: string, growing = false, bold = false): Inline[] {
  const result: Inline[] = [];
  let plain = "";
  const push = (piece: Inline) => {
    if (plain !== "") result.push({ kind: "text", text: plain });
    plain = "";
    result.push(piece);
  };
  let at = 0;
  while (at < text.length) {
    const char = text[at] ?? "";
    const rest = char === "[" ? text.slice(at, at + 2400) : "";
    const citation = CITATION.exec(rest);
    const link = LINK.exec(rest);
    const path = link && text[at - 1] !== "!" ? safePath(link[2] ?? "") : null;
    if (char === "\\" && ESCAPED.test(text[at + 1] ?? "")) {
      plain += text[at + 1] ?? "";
      at += 2;
    } else if (char === "`") {
      const run = /^`+/.exec(text.slice(at))?.[0] ?? "`";
      const end = endOfRun(text, run, at + run.length);
      if (end >= 0 || growing) {
        push({ kind: "code", text: unpadded(text.slice(at + run.length, end < 0 ? text.length : end)) });
        at = end < 0 ? text.length : end + run.length;
      } else {
        plain += run;
        at += run.length;
      }
    } else if (!bold && text.startsWith("**", at)) {
      const end = endOfBold(text, at + 2);
      const whole = end < 0 && growing ? text.length : end;
      if (whole > at + 2) {
        push({ kind: "bold", content: inlineOf(text.slice(at + 2, whole), growing, true) });
        at = Math.min(text.length, whole + 2);
      } else {
        plain += "**";
        at += 2;
      }
    } else if (citation) {
      push({ kind: "citation", number: Number(citation[1]) });
      at += citation[0].length;
    } else if (link && path !== null) {
      push({ kind: "link", url: path, text: link[1] ?? "" });
      at += link[0].length;
    } else {
      plain += char;
      at += 1;
    }
  }
  if (plain !== "") result.push({ kind: "text", text: plain });
  return result;
}

/** Where the next run of exactly as many backticks begins; -1 when there is none. */
function endOfRun(text: string, run: string, from: number): number {
  for (let at = text.indexOf(run, from); at >= 0;) {
    let end = at;
    while (text[end] === "`") end += 1;
    if (end - at === run.length) return at;
    at = text.indexOf(run, end);
  }
  return -1;
}

function endOfBold(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    if (text[at] === "`") {
      const run = /^`+/.exec(text.slice(at))?.[0] ?? "`";
      const end = endOfRun(text, run, at + run.length);
      at = end < 0 ? at + run.length : end + run.length;
    } else if (text.startsWith("**", at)) return at;
    else at += text[at] === "\\" ? 2 : 1;
  }
  return -1;
}

/** Code that begins or ends with a backtick is written with a space inside its marks. */
const unpadded = (code: string) =>
  code.startsWith(" ") && code.endsWith(" ") && code.trim() !== "" ? code.slice(1, -1) : code;

/** The words of an answer without its marks, for reading aloud. */
export function spokenOf(markdown: string): string {
  const inline = (content: readonly Inline[]): string =>
    content
      .map((piece) => {
        if (piece.kind === "citation") return "";
        return piece.kind === "bold" ? inline(piece.content) : piece.text;
      })
      .join("");
  const block = (one: Block): string => {
    if (one.kind === "code") return one.text;
    if (one.kind === "list") {
      return one.items.map((item) => [inline(item.content), ...item.children.map(block)].join("\n")).join("\n");
    }
    return inline(one.content);
  };
  return parseMarkdown(markdown).map(block).join("\n");
}

/** How far into `markdown` whole sentences reach: what may be read aloud while the rest is being written. */
export function endOfSentences(markdown: string): number {
  let end = 0;
  for (const match of markdown.matchAll(/[.!?:](?:\[\^\d+\])*(?=\s)|\n/g)) end = match.index + match[0].length;
  return end;
}
