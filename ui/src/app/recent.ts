/** Events that were opened in this browser session, latest first: offered by the palette. */
import { createStore } from "@/api/store";

export interface RecentEvent {
  event_id: string;
  title: string;
}
const STORED = "logatlas.recent";
const KEPT = 12;

function load(): readonly RecentEvent[] {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(STORED) ?? "[]");
    return Array.isArray(stored) ? (stored as RecentEvent[]).slice(0, KEPT) : [];
  } catch {
    return [];
  }
}

export const recentEvents = createStore<readonly RecentEvent[]>(load());

export function rememberEvent(event: RecentEvent): void {
  recentEvents.set((known) => {
    const next = [event, ...known.filter((other) => other.event_id !== event.event_id)].slice(0, KEPT);
    try {
      sessionStorage.setItem(STORED, JSON.stringify(next));
    } catch {
      // Without storage they are remembered until the page is left.
    }
    return next;
  });
}
