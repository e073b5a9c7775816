/** A WebSocket without a network: tests play the server. */
import { vi } from "vitest";
import type { ClientMessage, Ready, ServerMessage, TurnOut } from "@/chat/protocol";

export class FakeSocket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSED = 3;
  static made: FakeSocket[] = [];

  readyState = FakeSocket.CONNECTING;
  sent: ClientMessage[] = [];
  onopen: (() => void) | null = null;
  onclose: ((end: { code: number; reason: string }) => void) | null = null;
  onmessage: ((frame: { data: unknown }) => void) | null = null;

  constructor(readonly url: string) {
    FakeSocket.made.push(this);
  }

  send(data: string): void {
    this.sent.push(JSON.parse(data) as ClientMessage);
  }

  close(): void {
    this.readyState = FakeSocket.CLOSED;
  }

  /** The server takes the connection and says how things stand. */
  accept(ready: Partial<Ready> = {}): void {
    this.readyState = FakeSocket.OPEN;
    this.onopen?.();
    this.tell({ ...READY, ...ready });
  }

  /** The connection is lost, or never came to be. */
  lose(reason = ""): void {
    this.readyState = FakeSocket.CLOSED;
    this.onclose?.({ code: reason === "" ? 1006 : 1000, reason });
  }

  tell(...messages: ServerMessage[]): void {
    for (const message of messages) this.onmessage?.({ data: JSON.stringify(message) });
  }

  asks() {
    return this.sent.filter((message) => message.type === "ask");
  }
}

/** Replaces WebSocket; `last()` is the connection that was made last. */
export function installFakeSockets() {
  FakeSocket.made = [];
  vi.stubGlobal("WebSocket", FakeSocket);
  return {
    all: FakeSocket.made,
    last: (): FakeSocket => {
      const socket = FakeSocket.made.at(-1);
      if (!socket) throw new Error("there is no connection");
      return socket;
    },
  };
}

export const READY: Ready = {
  type: "ready",
  seq: 100,
  conversation_id: "c1",
  title: "",
  owner: "admin",
  may_ask: true,
  event_id: null,
  turns: [],
  suggestions: [],
  model: "",
  resumed: false,
  shared: false,
  max_question_characters: 4000,
};

export function turnOut(turn: Partial<TurnOut> = {}): TurnOut {
  return {
    turn: 1,
    key: "key-1",
    question: "Why this class?",
    asked_at: "2026-11-20T12:00:00Z",
    asked_by: "admin",
    event_id: null,
    status: "done",
    content: "",
    tools: [],
    citations: [],
    links: [],
    proposal: null,
    suggestions: [],
    composed: "template",
    model_version: "",
    prompt_version: "chat@1",
    known: true,
    ms: 12,
    error: "",
    rating: null,
    note: "",
    ...turn,
  };
}
