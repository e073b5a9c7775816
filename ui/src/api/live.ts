/**
 * What happens on the service while a page is open: GET /api/live (server-sent events).
 *
 * One connection a tab. The browser resumes it by Last-Event-ID; where it was given up (service restarted, too many
 * connections, a proxy without streams) it is opened again with a growing pause, and until then listeners hear
 * `poll` every ten seconds, on which they read again what they show.
 */
import { useEffect, useEffectEvent } from "react";
import { createStore, useStore } from "./store";
import type { Review } from "./types";

export interface LiveEvents {
  /** `resumed` is false where something may have been missed. */
  hello: { seq: number; resumed?: boolean };
  decisions: { count: number; needs_review: number };
  review: Review;
  queue: { total: number };
  review_progress: { review_id: string; done: number; total: number; state: "running" | "done" | "failed" };
  parts: { degraded: string[] };
  /** From the client itself: something may have been missed, read again. */
  poll: Record<string, never>;
}
type Name = keyof LiveEvents;
type Listener = (data: never) => void;

export type LiveState = "live" | "polling" | "closed";
export const liveState = createStore<LiveState>("closed");
export const degradedParts = createStore<readonly string[]>([]);

const NAMES: readonly Name[] = ["hello", "decisions", "review", "queue", "review_progress", "parts"];
const POLL_MS = 10_000;
const PAUSES_MS = [2_000, 5_000, 15_000, 30_000];

const listeners = new Map<Name, Set<Listener>>();

export function listen<N extends Name>(name: N, listener: (data: LiveEvents[N]) => void): () => void {
  const known = listeners.get(name) ?? new Set<Listener>();
  listeners.set(name, known);
  known.add(listener);
  return () => known.delete(listener);
}

export function tell<N extends Name>(name: N, data: LiveEvents[N]): void {
  if (name === "parts") degradedParts.set((data as LiveEvents["parts"]).degraded);
  listeners.get(name)?.forEach((listener) => (listener as (data: LiveEvents[N]) => void)(data));
}

/** Keeps a connection open until the returned function is called. */
export function openLive(url = "/api/live"): () => void {
  let source: EventSource | null = null;
  let lastId = "";
  let failures = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let poll: ReturnType<typeof setInterval> | undefined;
  let closed = false;

  const stopPolling = () => {
    clearInterval(poll);
    poll = undefined;
  };
  const startPolling = () => {
    if (poll !== undefined || closed) return;
    liveState.set("polling");
    poll = setInterval(() => tell("poll", {}), POLL_MS);
  };
  const connect = () => {
    if (closed) return;
    source = new EventSource(lastId ? `${url}?last_event_id=${encodeURIComponent(lastId)}` : url);
    source.onopen = () => {
      const missed = failures > 0;
      failures = 0;
      stopPolling();
      liveState.set("live");
      if (missed) tell("poll", {});
    };
    source.onerror = () => {
      failures += 1;
      startPolling();
      if (source?.readyState !== EventSource.CLOSED) return;
      source.close();
      clearTimeout(retry);
      retry = setTimeout(connect, PAUSES_MS[Math.min(failures, PAUSES_MS.length) - 1]);
    };
    for (const name of NAMES) {
      source.addEventListener(name, (message: MessageEvent<string>) => {
        if (message.lastEventId) lastId = message.lastEventId;
        tell(name, JSON.parse(message.data) as never);
      });
    }
  };
  connect();
  return () => {
    closed = true;
    clearTimeout(retry);
    stopPolling();
    source?.close();
    liveState.set("closed");
  };
}

/** Calls `handler` for each event of that name while the component is shown. */
export function useLive<N extends Name>(name: N, handler: (data: LiveEvents[N]) => void): void {
  const onEvent = useEffectEvent(handler);
  useEffect(() => listen(name, (data) => onEvent(data)), [name]);
}

export function useLiveState(): LiveState {
  return useStore(liveState);
}
