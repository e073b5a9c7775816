import { act, configure, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { createMockData } from "../../mock/data";
import { installFakeSockets, turnOut } from "../../test/fake-socket";
import { installMockApi, renderApp } from "../../test/render";
import { recheckSession } from "@/api/session";
import { EMPTY_DESK, desk } from "@/pages/queue/desk";
import type { CitationOut, ProposalOut, Ready } from "./protocol";
import { darken } from "./spotlight";
import { closeChats } from "./useChat";

configure({ asyncUtilTimeout: 15_000 });
vi.setConfig({ testTimeout: 60_000 });

let sockets: ReturnType<typeof installFakeSockets>;
beforeEach(() => {
  desk.set(EMPTY_DESK);
  darken();
  closeChats();
  sockets = installFakeSockets();
});

function setUp() {
  const api = installMockApi(createMockData(24, new Date("2026-11-20T12:00:00Z")));
  const [event] = api.data.events.filter(({ row }) => row.status === "needs_review");
  if (!event) throw new Error("the mock has no event to review");
  return { api, event, id: event.row.event_id };
}

/** The chat beside an event, connected. */
async function openChat(ready: Partial<Ready> = {}, prepare?: (api: ReturnType<typeof installMockApi>) => void) {
  const { api, event, id } = setUp();
  prepare?.(api);
  const view = renderApp(`/events/${id}`);
  await screen.findByText(/^Candidates \(/);
  fireEvent.keyDown(document.body, { key: "c" });
  const panel = await screen.findByRole("complementary", { name: "Chat" });
  await waitFor(() => expect(sockets.all).toHaveLength(1));
  sockets.last().accept({ event_id: id, ...ready });
  const box = () => within(panel).getByRole<HTMLTextAreaElement>("textbox", { name: "Question" });
  return { ...view, api, event, id, panel, box };
}

const cited = (citation: Partial<CitationOut>): CitationOut => ({
  number: 1,
  kind: "span",
  label: "EventID",
  event_id: null,
  spans: [],
  path: null,
  chunk_id: null,
  class_uid: null,
  url: null,
  ...citation,
});

describe("the keyboard", () => {
  it("opens with c, sends with Enter, begins a line with Shift+Enter, closes with Escape", async () => {
    const { user, panel, box, id, router } = await openChat({ suggestions: ["How sure is it?"] });
    expect(router.state.location.href).toMatch(/\?chat=true$/);
    await waitFor(() => expect(box()).toHaveFocus());
    await user.keyboard("Why{Shift>}{Enter}{/Shift}this?{Enter}");
    expect(sockets.last().asks()).toEqual([
      expect.objectContaining({ text: "Why\nthis?", event_id: id, key: expect.any(String) as string }),
    ]);
    expect(box()).toHaveValue("");
    await user.keyboard("{Escape}");
    expect(panel).not.toBeInTheDocument();
    expect(router.state.location.href).not.toContain("chat");
  });

  it("stops the answer with Escape before it closes", async () => {
    const { user, panel } = await openChat();
    await user.keyboard("Why?{Enter}");
    const { key } = sockets.last().asks()[0]!;
    sockets.last().tell({ type: "turn", seq: 101, turn: turnOut({ key, question: "Why?", status: "answering" }) });
    expect(await within(panel).findByRole("button", { name: "Stop" })).toBeInTheDocument();
    await user.keyboard("{Escape}");
    expect(sockets.last().sent.at(-1)).toEqual({ type: "stop" });
    expect(panel).toBeInTheDocument();
    sockets.last().tell({ type: "done", seq: 102, turn: turnOut({ key, question: "Why?", status: "stopped" }) });
    expect(await within(panel).findByText(/Stopped before/)).toBeInTheDocument();
    await user.keyboard("{Escape}");
    expect(panel).not.toBeInTheDocument();
  });

  it("edits the last question with the up key in the empty box", async () => {
    const { user, box } = await openChat({ turns: [turnOut({ question: "Why ths class?", content: "So." })] });
    await user.keyboard("{ArrowUp}");
    expect(box()).toHaveValue("Why ths class?");
    await user.clear(box());
    await user.type(box(), "Why this class?{Enter}");
    expect(sockets.last().asks()[0]).toMatchObject({ text: "Why this class?", replaces: 1 });
  });

  it("asks suggested questions by their keys and by arrows", async () => {
    const { user, panel } = await openChat({ suggestions: ["How sure is it?", "Which activity and why?"] });
    const list = await within(panel).findByRole("list", { name: "Suggested questions" });
    await user.keyboard("{ArrowDown}{ArrowDown}");
    expect(within(list).getByRole("button", { name: /Which activity/ })).toHaveFocus();
    await user.keyboard("{Enter}");
    expect(sockets.last().asks()[0]).toMatchObject({ text: "Which activity and why?" });
  });

  it("keeps the copy keys of the event out of its way", async () => {
    const { user } = await openChat();
    const copied = vi.spyOn(navigator.clipboard, "writeText");
    (document.activeElement as HTMLElement).blur();
    await user.keyboard("yr");
    await waitFor(() => expect(copied).toHaveBeenCalled());
  });
});

describe("an answer", () => {
  it("shows its steps and place, and says whole sentences to screen readers", async () => {
    const { user, panel } = await openChat();
    await user.keyboard("Why?{Enter}");
    const { key } = sockets.last().asks()[0]!;
    const step = {
      call: 1,
      tool: "compare",
      label: "Comparing the candidates",
      facts: 0,
      ms: null,
      error: "",
    } as const;
    sockets
      .last()
      .tell(
        { type: "turn", seq: 101, turn: turnOut({ key, question: "Why?", status: "queued" }) },
        { type: "queued", seq: 102, turn: 1, place: 3 },
      );
    expect(await within(panel).findByText("Waiting, place 3 in the queue")).toBeInTheDocument();
    sockets.last().tell({ type: "tool", seq: 103, turn: 1, tool: { ...step, status: "running" } });
    expect(await within(panel).findByText(/Comparing the candidates…/)).toBeInTheDocument();
    sockets
      .last()
      .tell(
        { type: "tool", seq: 104, turn: 1, tool: { ...step, status: "done", facts: 2, ms: 3 } },
        { type: "token", seq: 105, turn: 1, text: "It is **Authentication**. Beca" },
      );
    expect(await within(panel).findByText("Authentication", { selector: "strong" })).toBeInTheDocument();
    const spoken = await within(panel).findByText("It is Authentication.", { selector: "[aria-live]" });
    expect(spoken).toHaveAttribute("aria-live", "polite");
    expect(within(panel).getByText(/1 step, 2 facts/)).toBeInTheDocument();
  });

  it("stresses in the raw log what it names, what is pointed at, and what is opened", async () => {
    const { user, panel, container, event } = await openChat();
    const points = Array.from(event.detail.raw);
    const stressed = () =>
      [...container.querySelectorAll('mark[data-focus="true"]')].map((mark) => mark.textContent).join("");
    const first = cited({ event_id: event.row.event_id, spans: [[0, 6]], label: "the beginning" });
    const second = cited({ number: 2, event_id: event.row.event_id, spans: [[8, 14]], label: "the middle" });
    await user.keyboard("Why?{Enter}");
    const { key } = sockets.last().asks()[0]!;
    const turn = turnOut({ key, question: "Why?", status: "answering" });
    sockets
      .last()
      .tell(
        { type: "turn", seq: 101, turn },
        { type: "citation", seq: 102, turn: 1, citation: first },
        { type: "token", seq: 103, turn: 1, text: "It begins so.[^1] " },
      );
    const text = (from: number, to: number) => points.slice(from, to).join("").replace(/\s/g, "");
    await waitFor(() => expect(stressed().replace(/\s/g, "")).toBe(text(0, 6)));
    const content = "It begins so.[^1] And goes on.[^2]";
    sockets.last().tell({
      type: "done",
      seq: 104,
      turn: { ...turn, status: "done", content, citations: [first, second] },
    });
    const mark = await within(panel).findByRole("button", { name: "Evidence 2: the middle" });
    await waitFor(() => expect(stressed()).toBe(""));
    await user.hover(mark);
    await waitFor(() => expect(stressed().replace(/\s/g, "")).toBe(text(8, 14)));
    await user.unhover(mark);
    await user.click(within(panel).getByRole("button", { name: "Evidence 1: the beginning" }));
    await user.unhover(mark);
    await waitFor(() => expect(stressed().replace(/\s/g, "")).toBe(text(0, 6)));
    expect(within(panel).getByText("Highlighted in the raw log: the beginning")).toBeInTheDocument();
  });

  it("opens fields in their row and chunks in a dialog", async () => {
    const { user, panel, container, event } = await openChat();
    const field = event.detail.fields[0]!;
    const [evidence] = event.detail.decisions[0]!.evidence;
    const citations = [
      cited({ kind: "field", event_id: event.row.event_id, path: field.path, label: field.path }),
      cited({ number: 2, kind: "chunk", chunk_id: evidence!.chunk_id, label: "the guide" }),
    ];
    sockets.last().tell({
      type: "turn",
      seq: 101,
      turn: turnOut({ content: "See[^1] and[^2].", citations }),
    });
    await user.click(await within(panel).findByRole("button", { name: `Evidence 1: ${field.path}` }));
    await waitFor(() => expect(container.querySelector('tr[data-lit="true"]')).toHaveTextContent(field.path));
    await user.click(within(panel).getByRole("button", { name: "Evidence 2: the guide" }));
    expect(await screen.findByText("Open in Knowledge")).toBeInTheDocument();
  });

  it("is rated with a note", async () => {
    const { user, panel } = await openChat({ turns: [turnOut({ content: "So." })] });
    await user.click(await within(panel).findByRole("button", { name: "Not a good answer" }));
    expect(sockets.last().sent.at(-1)).toEqual({ type: "feedback", turn: 1, rating: "down", note: "" });
    sockets.last().tell({ type: "feedback", seq: 101, turn: 1, rating: "down", note: "" });
    await user.type(await screen.findByLabelText(/A note \(/), "too short");
    await user.click(screen.getByText("Save the note"));
    expect(sockets.last().sent.at(-1)).toEqual({ type: "feedback", turn: 1, rating: "down", note: "too short" });
  });
});

describe("a lost connection", () => {
  it("is told, and what is typed meanwhile is asked once it is back", async () => {
    const { user, panel, box } = await openChat();
    sockets.last().lose();
    expect(await within(panel).findByText(/No connection/)).toBeInTheDocument();
    await user.type(box(), "Why?{Enter}");
    expect(within(panel).getByText(/Your question is kept/)).toBeInTheDocument();
    await user.click(within(panel).getByRole("button", { name: "Try now" }));
    sockets.last().accept();
    expect(sockets.last().asks()).toHaveLength(1);
    await waitFor(() => expect(within(panel).queryByText(/No connection/)).toBeNull());
  });

  it("keeps what is written over a reload", async () => {
    const { user, unmount, id } = await openChat();
    await user.keyboard("half a quest");
    unmount();
    renderApp(`/events/${id}?chat=true`);
    expect(await screen.findByRole("textbox", { name: "Question" })).toHaveValue("half a quest");
  });
});

describe("a proposal", () => {
  const propose = (event_id: string, change: Partial<ProposalOut> = {}): ProposalOut => ({
    event_id,
    kind: "override",
    class_uid: 4001,
    class_name: "Network Activity",
    activity_id: null,
    reason: "The log says `created`.",
    ...change,
  });
  let asked = 0;
  const told = (id: string) =>
    sockets.last().tell({
      type: "turn",
      seq: 101,
      turn: turnOut({ key: `proposal-${++asked}`, content: "I propose it.", proposal: propose(id) }),
    });

  it("becomes a review of the analyst's by Accept alone, and can be undone", async () => {
    const { user, api, panel, id } = await openChat();
    told(id);
    const card = await within(panel).findByRole("region", { name: "Proposal: Override to Network Activity" });
    expect(api.data.reviews).toHaveLength(0);
    const accept = within(card).getByRole("button", { name: "Accept" });
    await waitFor(() => expect(accept).toBeEnabled());
    await user.click(accept);
    await waitFor(() => expect(api.data.reviews).toHaveLength(1));
    expect(api.data.reviews[0]).toMatchObject({ action: "override", class_uid: 4001, target: { event_id: id } });
    expect(await within(card).findByText(/Accepted/)).toBeInTheDocument();
    const toast = (await screen.findByText("Overridden to Network Activity")).closest("[role=alert]");
    await user.click(within(toast as HTMLElement).getByText("Undo"));
    await waitFor(() => expect(api.data.reviews[0]?.undone_at).not.toBeNull());
  });

  it("is dismissed without a trace", async () => {
    const { user, api, panel, id } = await openChat();
    told(id);
    await user.click(await within(panel).findByRole("button", { name: "Dismiss" }));
    expect(await within(panel).findByText(/You dismissed/)).toBeInTheDocument();
    expect(api.data.reviews).toHaveLength(0);
  });

  it("tells those who may not review why", async () => {
    const { panel, id } = await openChat({}, (api) => {
      api.data.session.permissions["reviews.write"] = false;
      api.data.session.refused["reviews.write"] = "needs role analyst; you are viewer";
    });
    told(id);
    const card = await within(panel).findByRole("region", { name: /^Proposal/ });
    expect(within(card).getByRole("button", { name: "Accept" })).toBeDisabled();
    expect(within(card).getByText("needs role analyst; you are viewer")).toBeInTheDocument();
  });
});

it("somebody who may only read sees why no question can be asked", async () => {
  const { panel } = await openChatAsReader();
  expect(await within(panel).findByText(/needs role analyst/)).toBeInTheDocument();
  expect(within(panel).queryByRole("textbox")).toBeNull();
});

async function openChatAsReader() {
  return openChat({ may_ask: false }, (api) => {
    api.data.session.permissions["chat.ask"] = false;
    api.data.session.refused["chat.ask"] = "needs role analyst; you are viewer";
  });
}

it("another person who takes over the tab finds nothing of the chat of the one before, whose connection is closed", async () => {
  const { panel, api, id, client } = await openChat();
  const former = sockets.last();
  former.tell({ type: "turn", seq: 101, turn: turnOut({ key: "k1", question: "Is kim on leave?", content: "Yes." }) });
  expect(await within(panel).findByText("Is kim on leave?")).toBeInTheDocument();
  if (api.data.session.user) api.data.session.user.name = "somebody-else";
  // As when they signed in from another tab.
  await act(() => recheckSession(client));
  await waitFor(() => expect(sockets.all).toHaveLength(2));
  expect(former.readyState).toBe(WebSocket.CLOSED);
  sockets.last().accept({ event_id: id });
  expect(sockets.last().sent[0]).not.toHaveProperty("conversation_id");
  expect(screen.queryByText("Is kim on leave?")).toBeNull();
});
