import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { listen, liveState, openLive } from "./live";

class FakeSource extends EventTarget {
  static readonly CLOSED = 2;
  static made: FakeSource[] = [];
  readyState = 0;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  constructor(readonly url: string) {
    super();
    FakeSource.made.push(this);
  }
  close() {
    this.readyState = 2;
  }
  say(name: string, data: unknown, id: string) {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data), lastEventId: id }));
  }
}
const latest = () => {
  const last = FakeSource.made.at(-1);
  if (!last) throw new Error("no connection was opened");
  return last;
};

beforeEach(() => {
  vi.useFakeTimers();
  FakeSource.made = [];
  vi.stubGlobal("EventSource", FakeSource);
});
afterEach(() => vi.useRealTimers());

test("events reach listeners; a given up connection is polled, then resumed after the last event", () => {
  const heard: unknown[] = [];
  const polled = vi.fn();
  const stops = [listen("decisions", (data) => heard.push(data)), listen("poll", polled), openLive()];
  latest().onopen?.();
  expect(liveState.get()).toBe("live");
  latest().say("decisions", { count: 3, needs_review: 1 }, "41");
  expect(heard).toEqual([{ count: 3, needs_review: 1 }]);

  latest().readyState = 2;
  latest().onerror?.();
  expect(liveState.get()).toBe("polling");
  vi.advanceTimersByTime(2000);
  expect(latest().url).toBe("/api/live?last_event_id=41");
  latest().readyState = 2;
  latest().onerror?.();
  vi.advanceTimersByTime(10_000);
  expect(polled).toHaveBeenCalled();
  latest().onopen?.();
  expect(liveState.get()).toBe("live");
  stops.forEach((stop) => stop());
  expect(liveState.get()).toBe("closed");
});
