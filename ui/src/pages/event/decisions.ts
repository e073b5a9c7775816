import type { Decision, EventDetail } from "@/api/types";

/** An event's decisions, the oldest first, as the service lists them; `version` decides where it is given. */
export function history(event: Pick<EventDetail, "decisions">): Decision[] {
  return event.decisions
    .map((decision, index) => ({ decision, order: decision.version ?? index }))
    .sort((a, b) => a.order - b.order)
    .map(({ decision }) => decision);
}

/** What counts now; undefined while the event waits to be decided. */
export function currentDecision(event: Pick<EventDetail, "decisions">): Decision | undefined {
  return history(event).at(-1);
}
