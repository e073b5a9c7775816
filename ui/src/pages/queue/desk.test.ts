import { describe, expect, it } from "vitest";
import type { Review } from "@/api/types";
import {
  EMPTY_DESK,
  cleared,
  isOpen,
  nextOpen,
  stateOf,
  unsaved,
  withReview,
  withRow,
  withoutReview,
  type Choice,
} from "./desk";

const row = (id: string, template = id) => ({ event_id: id, template_id: template });
const choice: Choice = { action: "confirm", class_uid: 3002, class_name: "Authentication" };

function review(id: string, templates: string[], more: Partial<Review> = {}): Review {
  return {
    review_id: id,
    action: "confirm",
    class_uid: 3002,
    class_name: "Authentication",
    activity_id: 1,
    activity_name: "Logon",
    comment: "",
    reviewer: "ada",
    created_at: "2026-11-01T10:00:00Z",
    undone_at: null,
    undone_by: null,
    target: { event_id: "a" },
    state: "done",
    done: 1,
    total: 1,
    template_ids: templates,
    before: null,
    effect: null,
    ...more,
  };
}

describe("the desk", () => {
  const rows = [row("a", "t1"), row("b", "t2"), row("c", "t1"), row("d", "t3")];

  it("goes on with the next row that wants a review, and round to the first", () => {
    const state = withReview(withRow(EMPTY_DESK, "b", { kind: "skipped" }), review("r", ["t1"]));
    expect(nextOpen(state, rows, "a")).toBe("d");
    expect(nextOpen(EMPTY_DESK, rows, "d")).toBe("a");
    expect(nextOpen(withRow(state, "d", { kind: "skipped" }), rows, "a")).toBeNull();
  });

  it("settles the other rows of a reviewed template, until the review is undone", () => {
    const state = withReview(EMPTY_DESK, review("r", ["t1"]));
    expect(stateOf(state, row("c", "t1"))?.kind).toBe("settled");
    expect(isOpen(state, row("c", "t1"))).toBe(false);
    expect(stateOf(withoutReview(state, "r"), row("c", "t1"))).toBeNull();
    const undone = withReview(state, review("r", ["t1"], { undone_at: "2026-11-01T11:00:00Z" }));
    expect(stateOf(undone, row("c", "t1"))).toBeNull();
  });

  it("does not settle anything before a review of many events is done", () => {
    const running = review("r", ["t1"], { state: "running", target: { template_id: "t1" } });
    expect(stateOf(withReview(EMPTY_DESK, running), row("c", "t1"))).toBeNull();
  });

  it("keeps the later of two reviews of a template", () => {
    const later = review("later", ["t1"], { created_at: "2026-11-01T12:00:00Z" });
    const state = withReview(withReview(EMPTY_DESK, later), review("earlier", ["t1"]));
    expect(stateOf(state, row("a", "t1"))).toMatchObject({ kind: "settled", review: { review_id: "later" } });
  });

  it("shows who replaced a review, and what it replaced once that is undone", () => {
    const mine = review("mine", ["t1"]);
    const theirs = review("theirs", ["t1"], { reviewer: "bo", created_at: "2026-11-01T12:00:00Z" });
    const saved = withReview(withRow(EMPTY_DESK, "a", { kind: "saved", choice, review: mine }), mine);
    const replaced = withReview(saved, theirs);
    expect(stateOf(replaced, row("a", "t1"))).toMatchObject({ kind: "settled", review: { reviewer: "bo" } });
    expect(stateOf(withoutReview(replaced, "theirs"), row("a", "t1"))?.kind).toBe("saved");
    expect(stateOf(withoutReview(replaced, "theirs"), row("c", "t1"))).toMatchObject({ review: { reviewer: "ada" } });
  });

  it("keeps what was done while new rows were on their way", () => {
    const begun = { ...withRow(EMPTY_DESK, "a", { kind: "skipped" }), selected: new Set(["a"]) };
    const saved = withRow(begun, "b", { kind: "saved", choice, review: review("r", ["t2"]) });
    const now = cleared({ ...saved, selected: new Set(["a", "c"]) }, begun);
    expect(Object.keys(now.rows)).toEqual(["b"]);
    expect([...now.selected]).toEqual(["c"]);
  });

  it("keeps what was not saved when new rows are asked for", () => {
    let state = withRow(EMPTY_DESK, "a", { kind: "failed", choice, message: "no" });
    state = withRow(state, "b", { kind: "saved", choice, review: review("r", ["t2"]) });
    state = cleared(state);
    expect(unsaved(state).map(({ event_id }) => event_id)).toEqual(["a"]);
    expect(stateOf(state, row("b", "t2"))).toBeNull();
  });
});
