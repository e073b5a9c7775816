import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { installFakeSockets, turnOut } from "../../test/fake-socket";
import { ChatClient, FIRST_PAUSE_MS, LONGEST_PAUSE_MS, pauseMs } from "./client";
import type { ServerMessage } from "./protocol";

let sockets: ReturnType<typeof installFakeSockets>;
let client: ChatClient;
beforeEach(() => {
  vi.useFakeTimers();
  sockets = installFakeSockets();
  client = new ChatClient({ conversationId: null, eventId: "e1" }, { url: "ws://here/ws/chat" });
  client.open();
});
afterEach(() => {
  client.close();
  vi.useRealTimers();
});

const state = () => client.store.get();
const token = (seq: number, text: string): ServerMessage => ({ type: "token", seq, turn: 1, text });
const started = (seq: number, key: string): ServerMessage => ({
  type: "turn",
  seq,
  turn: turnOut({ key, status: "queued" }),
});
const keyOf = (at: number) => sockets.all[at]!.asks()[0]!.key;

describe("a connection", () => {
  it("begins a conversation about the event and takes an answer piece by piece", () => {
    sockets.last().accept({ suggestions: ["Why?"] });
    expect(sockets.last().sent).toEqual([{ type: "hello", event_id: "e1" }]);
    expect(state().suggestions).toEqual(["Why?"]);
    client.ask("Why this class?", "e1");
    const { key } = sockets.last().asks()[0]!;
    sockets.last().tell(
      started(101, key),
      { type: "queued", seq: 102, turn: 1, place: 2 },
      { type: "tool", seq: 103, turn: 1, tool: { call: 1, tool: "compare", label: "Comparing", status: "running", facts: 0, ms: null, error: "" } },
      { type: "tool", seq: 104, turn: 1, tool: { call: 1, tool: "compare", label: "Comparing", status: "done", facts: 3, ms: 4, error: "" } },
      token(105, "It is "),
      token(106, "**it**"),
    ); // prettier-ignore
    expect(state().turns).toHaveLength(1);
    expect(state().turns[0]).toMatchObject({ status: "answering", content: "It is **it**", place: null });
    expect(state().turns[0]?.tools).toEqual([expect.objectContaining({ status: "done", facts: 3 })]);
    expect(state().pending).toBeNull();
  });

  it("takes up a lost answer where it broke off", () => {
    sockets.last().accept();
    client.ask("Why?", "e1");
    sockets.last().tell(started(101, keyOf(0)), token(102, "one "));
    sockets.last().lose();
    expect(state().link.state).toBe("away");
    vi.advanceTimersByTime(FIRST_PAUSE_MS);
    expect(sockets.all).toHaveLength(2);
    const now = turnOut({ key: keyOf(0), status: "answering", content: "one " });
    sockets.last().accept({ seq: 102, resumed: true, turns: [now] });
    expect(sockets.last().sent[0]).toEqual({ type: "hello", conversation_id: "c1", event_id: "e1", last_seq: 102 });
    sockets.last().tell(token(102, "one "), token(103, "two"));
    expect(state().turns[0]?.content).toBe("one two");
    expect(sockets.last().asks()).toEqual([]);
  });

  it("shows how things stand after a restart of the server", () => {
    sockets.last().accept();
    client.ask("Why?", "e1");
    sockets.last().tell(started(101, keyOf(0)), token(102, "half"));
    sockets.last().lose();
    vi.advanceTimersByTime(FIRST_PAUSE_MS);
    const stopped = turnOut({ key: keyOf(0), status: "stopped", content: "", error: "the server was restarted" });
    sockets.last().accept({ seq: 900, resumed: false, turns: [stopped] });
    expect(state().turns).toEqual([{ ...stopped, place: null }]);
    expect(state().seq).toBe(900);
  });

  it("keeps a question asked while away and asks it once, with one key however often it is sent", () => {
    sockets.last().accept();
    sockets.last().lose();
    expect(client.ask("Why?", "e1")).toBe(true);
    expect(client.ask("And why not that?", "e1")).toBe(false);
    vi.advanceTimersByTime(FIRST_PAUSE_MS);
    sockets.last().accept();
    expect(sockets.last().asks()).toHaveLength(1);
    // Lost again before the server said that it took it.
    sockets.last().lose();
    vi.advanceTimersByTime(LONGEST_PAUSE_MS);
    sockets.last().accept();
    expect(sockets.last().asks()).toHaveLength(1);
    expect(keyOf(2)).toBe(keyOf(1));
    sockets.last().tell(started(101, keyOf(2)));
    expect(state().pending).toBeNull();
    expect(state().turns).toHaveLength(1);
  });

  it("asks again for what is missing", () => {
    sockets.last().accept();
    client.ask("Why?", "e1");
    sockets.last().tell(started(101, keyOf(0)), token(103, "lost one before"));
    expect(sockets.all).toHaveLength(2);
    sockets.last().accept({ seq: 101, resumed: true, turns: [turnOut({ key: keyOf(0), status: "answering" })] });
    expect(sockets.last().sent[0]).toMatchObject({ last_seq: 101 });
    sockets.last().tell(token(102, "a"), token(103, "b"));
    expect(state().turns[0]?.content).toBe("ab");
  });

  it("comes back more and more slowly, never all at once", () => {
    expect(pauseMs(1, () => 0)).toBe(FIRST_PAUSE_MS / 2);
    expect(pauseMs(1, () => 1)).toBe(FIRST_PAUSE_MS);
    expect(pauseMs(3, () => 1)).toBe(FIRST_PAUSE_MS * 4);
    expect(pauseMs(50, () => 1)).toBe(LONGEST_PAUSE_MS);
    sockets.last().lose();
    for (let tries = 1; tries < 8; tries += 1) {
      vi.advanceTimersByTime(LONGEST_PAUSE_MS);
      expect(sockets.all).toHaveLength(tries + 1);
      sockets.last().lose();
    }
  });

  it("takes silence for a lost connection", () => {
    sockets.last().accept();
    vi.advanceTimersByTime(20_000);
    expect(sockets.last().sent.at(-1)).toEqual({ type: "ping" });
    sockets.last().tell({ type: "pong" });
    vi.advanceTimersByTime(15_000);
    expect(state().link.state).toBe("open");
    vi.advanceTimersByTime(15_000);
    expect(state().link.state).toBe("away");
  });

  it("does not come back where it is refused for good, and does where it is not", () => {
    sockets.last().accept();
    const refusal = { type: "error", seq: 0, turn: null, key: null, fatal: true } as const;
    sockets.last().tell({ ...refusal, code: "too_many", message: "too many connections" });
    expect(state().link.state).toBe("away");
    vi.advanceTimersByTime(LONGEST_PAUSE_MS);
    expect(sockets.all).toHaveLength(2);
    sockets.last().accept();
    sockets.last().tell({ ...refusal, code: "not_found", message: "it was deleted" });
    vi.advanceTimersByTime(60_000);
    expect(sockets.all).toHaveLength(2);
    expect(state()).toMatchObject({ link: { state: "refused" }, problem: { message: "it was deleted" } });
  });

  it("rests when the server closes it for want of use, until it is used", () => {
    sockets.last().accept();
    sockets.last().lose("idle");
    vi.advanceTimersByTime(600_000);
    expect(sockets.all).toHaveLength(1);
    client.ask("Why?", null);
    expect(sockets.all).toHaveLength(2);
    sockets.last().accept();
    expect(sockets.last().asks()).toHaveLength(1);
  });

  it("gives a refused question back", () => {
    sockets.last().accept();
    client.ask("Why?", null);
    const key = keyOf(0);
    sockets
      .last()
      .tell({ type: "error", seq: 0, code: "rate_limited", message: "too many", turn: null, key, fatal: false });
    expect(state()).toMatchObject({ pending: null, problem: { code: "rate_limited" } });
  });
});
