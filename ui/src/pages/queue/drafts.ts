import { onAnotherPerson } from "@/api/connection";

/** What an analyst typed for an event and has not sent: kept in this tab, also over a reload. */
const STORED = "logatlas.review-drafts";
const MOST = 50;

type Drafts = Record<string, string>;

function load(): Drafts {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(STORED) ?? "{}");
    return typeof stored === "object" && stored !== null ? (stored as Drafts) : {};
  } catch {
    return {};
  }
}

onAnotherPerson(() => {
  try {
    sessionStorage.removeItem(STORED);
  } catch {
    // Without storage nothing was kept.
  }
});

/** The comment that was typed for this event, or an empty text. */
export function draftOf(eventId: string): string {
  const draft = load()[eventId];
  return typeof draft === "string" ? draft : "";
}

export function keepDraft(eventId: string, comment: string): void {
  const others = Object.entries(load()).filter(([id]) => id !== eventId);
  const kept = [...others, ...(comment === "" ? [] : [[eventId, comment]])].slice(-MOST);
  try {
    sessionStorage.setItem(STORED, JSON.stringify(Object.fromEntries(kept)));
  } catch {
    // Without storage the comment lives as long as its dialog.
  }
}
