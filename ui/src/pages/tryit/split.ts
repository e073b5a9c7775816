/**
 * From pasted text or a file to events, as `logatlas classify` does it: a JSON or XML document over several lines is one
 * event; a JSON list, or `<Events>` as the Windows event viewer exports it, one event per item; everything else is an
 * event per line that is not blank. Several documents one after another are taken apart too.
 */
export type Splitting = "auto" | "lines" | "whole";

/** The raw events of `text`, in order. */
export function splitEvents(text: string, splitting: Splitting = "auto"): string[] {
  const content = text.replace(/^\uFEFF/, "");
  if (content.trim() === "") return [];
  if (splitting === "whole") return [content.replace(/\s+$/, "")];
  if (splitting === "lines") return lines(content);
  return listItems(content.trim()) ?? xmlItems(content.trim()) ?? blocks(content);
}

const lines = (text: string) => text.split(/\r?\n/).filter((line) => line.trim() !== "");

/** The items of a JSON list as they are written, so that long numbers keep their digits; texts without quotes. */
function listItems(text: string): string[] | null {
  if (!text.startsWith("[") || !isJson(text)) return null;
  const items: string[] = [];
  let from = 1;
  for (let at = 1; at < text.length; at += 1) {
    const letter = text[at];
    if (letter === '"') at = endOfText(text, at);
    else if (letter === "{" || letter === "[") at = endOfJson(text, at) ?? text.length;
    else if (letter === "," || (letter === "]" && at === text.length - 1)) {
      const item = text.slice(from, at).trim();
      if (item !== "") items.push(item.startsWith('"') ? (JSON.parse(item) as string) : item);
      from = at + 1;
    }
  }
  return items.filter((item) => item.trim() !== "");
}

function xmlItems(text: string): string[] | null {
  const body = text.replace(/^<\?xml[^>]*\?>\s*/, "");
  if (!/^<[A-Za-z]/.test(body)) return null;
  const events = body.match(/<Event[\s>][\s\S]*?<\/Event>/g);
  if (events && (/^<Events[\s>]/.test(body) || body.startsWith("<Event"))) return events;
  // One document over several lines; `<134>` of syslog begins otherwise.
  const parsed = body.includes("\n") ? new DOMParser().parseFromString(text, "text/xml") : null;
  return parsed?.getElementsByTagName("parsererror").length === 0 ? [text] : null;
}

/** Lines, but a JSON object that begins on a line and ends on a later one stays together. */
function blocks(text: string): string[] {
  const found: string[] = [];
  let from = 0;
  while (from < text.length) {
    const newline = text.indexOf("\n", from);
    let end = newline < 0 ? text.length : newline;
    if (text[from] === "{") {
      const close = endOfJson(text, from);
      if (close !== null && close > end && isJson(text.slice(from, close + 1))) end = close + 1;
    }
    const event = text.slice(from, end).replace(/\r$/, "");
    if (event.trim() !== "") found.push(event);
    from = text[end] === "\n" || text[end] === "\r" ? end + 1 : Math.max(end, from + 1);
  }
  return found;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Where the text in quotes that begins at `start` ends. */
function endOfText(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

/** Where the object or list that begins at `start` ends, null when it does not. */
function endOfJson(text: string, start: number): number | null {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const letter = text[at];
    if (letter === '"') at = endOfText(text, at);
    else if (letter === "{" || letter === "[") depth += 1;
    else if ((letter === "}" || letter === "]") && --depth === 0) return at;
  }
  return null;
}
