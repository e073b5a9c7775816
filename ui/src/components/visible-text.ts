/**
 * Log text made harmless to the eye: characters that move the cursor, hide or reorder text are replaced by signs.
 * Code points and names: https://www.unicode.org/charts/ and, for bidirectional controls, Unicode TR9 (section 2).
 */
export interface Mark {
  sign: string;
  name: string;
}

const NAMED: Record<number, Mark> = {
  0x061c: { sign: "ALM", name: "ARABIC LETTER MARK" },
  0x00ad: { sign: "SHY", name: "SOFT HYPHEN" },
  0x180e: { sign: "MVS", name: "MONGOLIAN VOWEL SEPARATOR" },
  0x200b: { sign: "ZWSP", name: "ZERO WIDTH SPACE" },
  0x200c: { sign: "ZWNJ", name: "ZERO WIDTH NON-JOINER" },
  0x200d: { sign: "ZWJ", name: "ZERO WIDTH JOINER" },
  0x200e: { sign: "LRM", name: "LEFT-TO-RIGHT MARK" },
  0x200f: { sign: "RLM", name: "RIGHT-TO-LEFT MARK" },
  0x2028: { sign: "LS", name: "LINE SEPARATOR" },
  0x2029: { sign: "PS", name: "PARAGRAPH SEPARATOR" },
  0x202a: { sign: "LRE", name: "LEFT-TO-RIGHT EMBEDDING" },
  0x202b: { sign: "RLE", name: "RIGHT-TO-LEFT EMBEDDING" },
  0x202c: { sign: "PDF", name: "POP DIRECTIONAL FORMATTING" },
  0x202d: { sign: "LRO", name: "LEFT-TO-RIGHT OVERRIDE" },
  0x202e: { sign: "RLO", name: "RIGHT-TO-LEFT OVERRIDE" },
  0x2060: { sign: "WJ", name: "WORD JOINER" },
  0x2066: { sign: "LRI", name: "LEFT-TO-RIGHT ISOLATE" },
  0x2067: { sign: "RLI", name: "RIGHT-TO-LEFT ISOLATE" },
  0x2068: { sign: "FSI", name: "FIRST STRONG ISOLATE" },
  0x2069: { sign: "PDI", name: "POP DIRECTIONAL ISOLATE" },
  0xfeff: { sign: "BOM", name: "ZERO WIDTH NO-BREAK SPACE" },
  0xfffd: { sign: "�", name: "REPLACEMENT CHARACTER" },
};
const C0 =
  "NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US".split(
    " ",
  );

/** Everything that has no safe look of its own. Tab and line feed keep theirs. */
export const UNSAFE =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/gu;

export function markOf(character: string): Mark & { code: string } {
  const code = character.codePointAt(0) ?? 0;
  const hex = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  if (code < 0x20) return { sign: String.fromCodePoint(0x2400 + code), name: C0[code] ?? "CONTROL", code: hex };
  if (code === 0x7f) return { sign: "␡", name: "DELETE", code: hex };
  const named = NAMED[code];
  return named ? { ...named, code: hex } : { sign: hex, name: "CONTROL", code: hex };
}

/** `text` as plain text with every unsafe character replaced by its sign: for table cells, titles and tooltips. */
export function safeLine(text: string): string {
  return text.replace(UNSAFE, (character) => markOf(character).sign).replace(/[\n\t]+/g, " ");
}
