/** Where a citation leads, and how it is shown in the event that is open beside the chat. */
import type { CitationOut } from "./protocol";
import { openSpot, type Spot } from "./spotlight";

export interface Ways {
  openChunk: (chunkId: string) => void;
  /** Opens an event where this chat shows events. */
  openEvent: (eventId: string) => void;
  go: (url: string) => void;
}

/** The place in an event that a citation points at; null for those of other kinds. */
export function spotOf(citation: CitationOut | undefined): Spot | null {
  if (!citation?.event_id || (citation.spans.length === 0 && citation.path === null)) return null;
  const isInLog = citation.spans.length > 0 && citation.kind !== "field";
  const { event_id, spans, path } = citation;
  return { event_id, spans, path, in: isInLog ? "log" : "fields" };
}

/** The section of an event that shows what a citation is of. */
function sectionOf({ kind, class_uid: classUid }: CitationOut): string | null {
  if (kind === "class") return classUid === null ? null : `class-${classUid}`;
  return { decision: "made", candidate: "candidates", review: "reviews" }[kind as string] ?? null;
}

const FLASH_MS = 1_600;

/** Opens the evidence. Gives what was done, in words for those who do not see it. */
export function openCitation(citation: CitationOut, ways: Ways): string {
  const { kind, label, event_id: eventId, chunk_id: chunkId, class_uid: classUid, url } = citation;
  const spot = spotOf(citation);
  if (kind === "chunk" && chunkId !== null) {
    ways.openChunk(chunkId);
    return `Opened ${label}`;
  }
  if (spot && (kind === "span" || kind === "field")) {
    openSpot(spot);
    if (!isShown(spot.event_id)) ways.openEvent(spot.event_id);
    return kind === "field" ? `Shown in the fields: ${label}` : `Highlighted in the raw log: ${label}`;
  }
  const section = sectionOf(citation);
  if (section !== null && reveal(eventId, section)) {
    return `Shown in the event: ${label}`;
  }
  if (url !== null) ways.go(url);
  else if (kind === "class" && classUid !== null) ways.go(`/knowledge?class_uid=${classUid}`);
  else if (kind === "event" && eventId !== null) ways.go(`/events/${encodeURIComponent(eventId)}`);
  else if (eventId !== null && !isShown(eventId)) ways.openEvent(eventId);
  return `Opened ${label}`;
}

const shownEvent = (eventId: string | null): Element | null =>
  eventId === null
    ? document.querySelector("[data-event-id]")
    : document.querySelector(`[data-event-id="${CSS.escape(eventId)}"]`);

const isShown = (eventId: string): boolean => shownEvent(eventId) !== null;

/** Brings a section of the event that is shown into view; false where there is none. */
function reveal(eventId: string | null, section: string): boolean {
  const found = shownEvent(eventId)?.querySelector<HTMLElement>(`[data-section="${section}"]`);
  if (!found) return false;
  flash(found);
  return true;
}

/** Brings an element into view and stresses it for a moment. */
export function flash(element: HTMLElement): void {
  element.scrollIntoView({ block: "center" });
  element.dataset.flash = "true";
  setTimeout(() => delete element.dataset.flash, FLASH_MS);
}
