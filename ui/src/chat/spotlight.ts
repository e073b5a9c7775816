/**
 * What the chat points at in an event: the raw log, the fields and the sections of the event read it. What the pointer
 * or the focus is on counts first, then what the answer is naming, then what was opened last.
 */
import { useMemo } from "react";
import { createStore, useStore } from "@/api/store";
import type { Span } from "@/api/types";

export interface Spot {
  event_id: string;
  spans: readonly Span[];
  path: string | null;
  /** What is brought into view when it is opened: its place in the raw log, or the row of its field. */
  in: "log" | "fields";
}

interface Spotlight {
  /** Everything that the latest answer named: marked, not stressed. */
  named: { event_id: string; spans: readonly Span[] } | null;
  hover: Spot | null;
  naming: Spot | null;
  opened: Spot | null;
  /** Grows with each opening, so that the same place can be shown again. */
  openings: number;
}

const DARK: Spotlight = { named: null, hover: null, naming: null, opened: null, openings: 0 };
export const spotlight = createStore<Spotlight>(DARK);

export function point(spot: Spot | null): void {
  spotlight.set((now) => (now.hover === spot ? now : { ...now, hover: spot }));
}

export function openSpot(spot: Spot): void {
  spotlight.set((now) => ({ ...now, opened: spot, openings: now.openings + 1 }));
}

/** The places that an answer has named so far, and the one that it names right now. */
export function name(named: Spotlight["named"], naming: Spot | null): void {
  spotlight.set((now) => ({ ...now, named, naming }));
}

/** Nothing is pointed at any more. */
export function darken(): void {
  spotlight.set((now) => ({ ...DARK, openings: now.openings }));
}

export interface Lit {
  /** To be marked, in code points of the raw log. */
  spans: readonly Span[];
  /** To be stressed: those pointed at. */
  stressed: readonly Span[];
  path: string | null;
  /** They change when the place in the log, or the row, is to be brought into view. */
  openingInLog: number;
  openingInFields: number;
}

const NOTHING: Lit = { spans: [], stressed: [], path: null, openingInLog: 0, openingInFields: 0 };

export function litOf(state: Spotlight, eventId: string): Lit {
  const named = state.named?.event_id === eventId ? state.named.spans : [];
  const spot = [state.hover, state.naming, state.opened].find((one) => one?.event_id === eventId) ?? null;
  if (!spot && named.length === 0) return NOTHING;
  const openedIn = (where: Spot["in"]) =>
    state.opened?.event_id === eventId && state.opened.in === where ? state.openings : 0;
  return {
    spans: [...named, ...(spot?.spans ?? [])],
    stressed: spot?.spans ?? [],
    path: spot?.path ?? null,
    openingInLog: openedIn("log"),
    openingInFields: openedIn("fields"),
  };
}

export function useLit(eventId: string): Lit {
  const state = useStore(spotlight);
  return useMemo(() => litOf(state, eventId), [state, eventId]);
}
