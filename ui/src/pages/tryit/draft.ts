/** What was pasted, kept until the browser session ends. */
import type { Draft } from "./LogInput";

const STORED = "logatlas.try";
/** Storage of a page is about 5 MB; a longer text is kept only while the page is open. */
const MOST = 1_000_000;

export const EMPTY_DRAFT: Draft = { text: "", splitting: "auto", hints: { vendor: "", product: "", sourcetype: "" } };

export function loadDraft(): Draft {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(STORED) ?? "null");
    if (typeof stored !== "object" || stored === null) return EMPTY_DRAFT;
    const { text, splitting, hints } = stored as Partial<Draft>;
    return {
      text: typeof text === "string" ? text : "",
      splitting: splitting === "lines" || splitting === "whole" ? splitting : "auto",
      hints: { ...EMPTY_DRAFT.hints, ...hints },
    };
  } catch {
    return EMPTY_DRAFT;
  }
}

export function keepDraft(draft: Draft): void {
  try {
    if (draft.text.length <= MOST) sessionStorage.setItem(STORED, JSON.stringify(draft));
    else sessionStorage.removeItem(STORED);
  } catch {
    // Without storage it is kept while the page is open.
  }
}
