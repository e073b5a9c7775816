/** Reading and writing of keys. A key is what one press means: `j`, `Shift+Enter`, `Mod+k`. */
export const isMac = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);

const MODIFIERS = new Set(["Control", "Shift", "Alt", "Meta", "AltGraph", "CapsLock"]);

/** The key of a press; null for a modifier alone, a dead key or a press in the middle of composing text. */
export function keyOf(event: KeyboardEvent): string | null {
  if (MODIFIERS.has(event.key) || event.key === "Dead" || event.isComposing) return null;
  const printed = event.key.length === 1;
  const letter = printed && event.key.toLowerCase() !== event.key.toUpperCase();
  const name = event.key === " " ? "Space" : letter ? event.key.toLowerCase() : event.key;
  const parts: string[] = [];
  if (isMac ? event.metaKey : event.ctrlKey) parts.push("Mod");
  else if (event.ctrlKey || event.metaKey) return null;
  // Some layouts type characters such as @ with AltGr, which arrives as Alt.
  if (event.altKey && !(printed && !letter)) parts.push("Alt");
  if (event.shiftKey && (letter || !printed)) parts.push("Shift");
  parts.push(name);
  return parts.join("+");
}

const SIGNS: Record<string, string> = {
  Enter: "↵",
  Escape: "Esc",
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  Backspace: "⌫",
};

/** How each press of `keys` is printed: `["Ctrl+K"]`, `["G", "Q"]`. */
export function printed(keys: string): string[] {
  return keys
    .split(" ")
    .filter(Boolean)
    .map((press) =>
      press
        .split("+")
        .map((part) => {
          if (part === "Mod") return isMac ? "⌘" : "Ctrl";
          if (part === "Shift" && isMac) return "⇧";
          if (part === "Alt" && isMac) return "⌥";
          return SIGNS[part] ?? (part.length === 1 ? part.toUpperCase() : part);
        })
        .join(isMac ? "" : "+"),
    );
}
