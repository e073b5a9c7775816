import { useSyncExternalStore } from "react";

/** How often words such as "5 minutes ago" are looked at again. */
const TICK_MS = 10_000;

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let ticks = 0;

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    timer = setInterval(() => {
      ticks += 1;
      listeners.forEach((tell) => tell());
    }, TICK_MS);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) clearInterval(timer);
  };
}

/** Whoever calls it is drawn again every ten seconds. One timer for all. */
export function useTick(): void {
  useSyncExternalStore(subscribe, () => ticks);
}
