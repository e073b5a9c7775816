/** Reviews of the mock API: single, of a template or filter, conflict, undo. */
import type { Decision, Review, ReviewTarget } from "../src/api/types";
import { categoryOf, type MockData, type MockEvent } from "./data.ts";

export interface ReviewBody {
  action: "confirm" | "override";
  class_uid?: number;
  activity_id?: number;
  comment?: string;
  target: ReviewTarget;
  decision_id?: string;
  replace?: boolean;
}

export function matching(data: MockData, q: string | undefined): MockEvent[] {
  const words = (q ?? "").split(/\s+/).filter(Boolean);
  return data.events.filter(({ row }) =>
    words.every((word) => {
      const negated = /^(-|NOT:)/.test(word);
      const [name, value] = word.replace(/^-/, "").split(/:(.*)/s);
      const wanted = (value ?? "").replaceAll('"', "").toLowerCase();
      const keys: Record<string, unknown> = { ...row, class: `${row.class_uid} ${row.class_name}`, template: row.template_id, id: row.event_id }; // prettier-ignore
      const found =
        value === undefined
          ? row.raw.toLowerCase().includes((name ?? "").toLowerCase())
          : name !== undefined && name in keys
            ? String(keys[name]).toLowerCase().includes(wanted)
            : true;
      return found !== negated;
    }),
  );
}

export function targeted(data: MockData, target: ReviewTarget): MockEvent[] {
  if (target.event_id) return data.events.filter((event) => event.row.event_id === target.event_id);
  if (target.template_id) return data.events.filter((event) => event.row.template_id === target.template_id);
  return matching(data, target.q);
}

function apply(event: MockEvent, change: Partial<Decision>): void {
  const last = event.detail.decisions.at(-1);
  if (!last) return;
  const version = (last.version ?? 1) + 1;
  const decision: Decision = {
    ...last,
    ...change,
    version,
    decision_id: `${last.decision_id.replace(/-\d+$/, "")}-${version}`,
  };
  event.detail.decisions.push(decision);
  const shown = {
    class_uid: decision.class_uid,
    class_name: decision.class_name,
    activity_id: decision.activity_id,
    activity_name: decision.activity_name,
    status: decision.status,
    confidence: decision.confidence,
  };
  Object.assign(event.row, shown, { decided_by: decision.decided_by });
  Object.assign(event.queue, shown, { decision_id: decision.decision_id });
}

/** The review, or the one that was faster. */
export function review(data: MockData, body: ReviewBody): Review | { conflict: Review; decision: Decision } {
  const events = targeted(data, body.target);
  const first = events[0];
  const latest = first?.detail.decisions.at(-1);
  const earlier = first?.detail.reviews.at(-1);
  if (
    latest &&
    earlier &&
    !earlier.undone_at &&
    body.decision_id &&
    body.decision_id !== latest.decision_id &&
    !body.replace
  ) {
    return { conflict: earlier, decision: latest };
  }
  const known = data.taxonomy.classes.find((one) => one.uid === (body.class_uid ?? latest?.class_uid));
  const activity = known?.activities.find((one) => one.activity_id === (body.activity_id ?? latest?.activity_id));
  const made: Review = {
    review_id: `review-${data.reviews.length + 1}`,
    action: body.action,
    class_uid: known?.uid ?? 0,
    class_name: known?.caption ?? "Base Event",
    activity_id: activity?.activity_id ?? 0,
    activity_name: activity?.caption ?? "Unknown",
    comment: body.comment ?? "",
    reviewer: data.session.user?.name ?? "",
    created_at: new Date().toISOString(),
    undone_at: null,
    undone_by: null,
    target: body.target,
    state: "done",
    done: events.length,
    total: events.length,
    template_ids: [...new Set(events.map((event) => event.row.template_id))],
    before: latest ? { class_uid: latest.class_uid, class_name: latest.class_name } : null,
    effect: {
      redecided: events.length,
      agreed_before: Math.floor(events.length / 2),
      agreed_after: events.length,
      memo_looked_at: 3,
    },
  };
  for (const event of events) {
    apply(event, {
      status: body.action === "confirm" ? "confirmed" : "overridden",
      decided_by: "analyst",
      class_uid: made.class_uid,
      class_name: made.class_name,
      category_uid: Math.floor(made.class_uid / 1000),
      category_name: categoryOf(made.class_uid),
      activity_id: made.activity_id,
      activity_name: made.activity_name,
      reviewer: made.reviewer,
    });
    event.detail.reviews.push(made);
  }
  data.reviews.unshift(made);
  data.live.push({ name: "review", data: made });
  return made;
}

export function undo(data: MockData, id: string): Review | null {
  const found = data.reviews.find((one) => one.review_id === id);
  if (!found || found.undone_at) return null;
  found.undone_at = new Date().toISOString();
  found.undone_by = data.session.user?.name ?? "";
  for (const event of targeted(data, found.target)) {
    const before = event.detail.decisions.at(-2);
    if (before) apply(event, before);
  }
  data.live.push({ name: "review", data: found });
  return found;
}
