/**
 * One conversation over /ws/chat: keeps the connection, takes up a lost one where it broke off, and sees to it that a
 * question is asked once, however often the connection is lost meanwhile.
 */
import { createStore, type Store } from "@/api/store";
import { EMPTY, received, runningTurn, type Conversation, type Pending } from "./conversation";
import type { ClientMessage, Hello, ServerMessage } from "./protocol";

/** Which conversation: a known one, or a new one, about an event or about nothing in particular. */
export interface Target {
  conversationId: string | null;
  eventId: string | null;
}

export interface ChatState extends Conversation {
  link: Link;
}

export type Link =
  | { state: "connecting" }
  | { state: "open" }
  /** Lost; tried again at `retryAt` (ms since 1970). */
  | { state: "away"; since: number; retryAt: number }
  /** Closed by the server for want of use: opened again when it is used. */
  | { state: "resting" }
  /** Refused for good: trying again would change nothing. */
  | { state: "refused" };

const FOR_GOOD = new Set(["not_found", "forbidden"]);

export const FIRST_PAUSE_MS = 500;
export const LONGEST_PAUSE_MS = 15_000;
const PING_MS = 20_000;
/** Silence after a ping that counts as a lost connection. */
const SILENCE_MS = 10_000;

/** Pause before try number `failures`: it doubles, and a random half keeps pages from coming back all at once. */
export function pauseMs(failures: number, random: () => number = Math.random): number {
  const most = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, failures - 1));
  return most / 2 + (random() * most) / 2;
}

interface Options {
  url?: string;
  /** Keeps the question that is on its way over a reload. */
  loadPending?: () => Pending | null;
  keepPending?: (pending: Pending | null) => void;
  /** Called when the connection is lost: the reason may be that the session ended. */
  onLost?: () => void;
}

export class ChatClient {
  readonly store: Store<ChatState>;
  private socket: WebSocket | null = null;
  private failures = 0;
  private gaps = 0;
  private isClosed = true;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private ping: ReturnType<typeof setInterval> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly target: Target,
    private readonly options: Options = {},
  ) {
    this.store = createStore<ChatState>({
      ...EMPTY,
      pending: options.loadPending?.() ?? null,
      link: { state: "connecting" },
    });
  }

  open(): void {
    if (!this.isClosed) return;
    this.isClosed = false;
    globalThis.addEventListener("online", this.retryNow);
    this.connect();
  }

  close(): void {
    this.isClosed = true;
    globalThis.removeEventListener("online", this.retryNow);
    this.drop();
  }

  /** Tries at once instead of at the end of the pause. */
  readonly retryNow = (): void => {
    const { state } = this.store.get().link;
    if (this.isClosed || state === "open" || state === "refused") return;
    this.drop();
    this.connect();
  };

  /** Asks; the question waits for the connection where there is none. False while another is unanswered. */
  ask(text: string, eventId: string | null, replaces: number | null = null): boolean {
    const state = this.store.get();
    if (state.pending || runningTurn(state) || state.link.state === "refused") return false;
    const pending = { key: crypto.randomUUID(), text, event_id: eventId, replaces };
    this.set({ ...state, pending, problem: null });
    if (state.link.state === "open") this.sendPending();
    else this.wake();
    return true;
  }

  /** Opens a connection that rests. */
  wake(): void {
    if (this.store.get().link.state === "resting") this.retryNow();
  }

  /** Takes back a question that was not sent yet; gives its text. */
  takeBack(): string | null {
    const state = this.store.get();
    if (!state.pending) return null;
    this.set({ ...state, pending: null });
    return state.pending.text;
  }

  stop(): void {
    this.send({ type: "stop" });
  }

  rate(turn: number, rating: "up" | "down" | null, note = ""): void {
    this.send({ type: "feedback", turn, rating, note });
  }

  /** Forgets the last refusal. */
  forgive(): void {
    this.set({ ...this.store.get(), problem: null });
  }

  /** The title, or whether it is shared, was changed elsewhere. */
  about(change: { title?: string; shared?: boolean }): void {
    const state = this.store.get();
    if (state.about) this.set({ ...state, about: { ...state.about, ...change } });
  }

  private set(next: ChatState): void {
    const before = this.store.get();
    if (next.pending !== before.pending) this.options.keepPending?.(next.pending);
    this.store.set(next);
  }

  private connect(): void {
    clearTimeout(this.retry);
    const socket = new WebSocket(this.options.url ?? chatUrl());
    this.socket = socket;
    socket.onopen = () => this.send(this.hello());
    socket.onmessage = (frame: MessageEvent<unknown>) => {
      if (socket === this.socket && typeof frame.data === "string") this.take(frame.data);
    };
    socket.onclose = (end: CloseEvent) => {
      if (socket !== this.socket) return;
      if (end.reason === "idle") this.rest();
      else this.lost();
    };
  }

  private hello(): Hello {
    const { about, seq, turns } = this.store.get();
    // A conversation without a question is not kept by the server: it begins anew.
    const known = about && (turns.length > 0 || this.target.conversationId) ? about.conversation_id : null;
    const conversation_id = known ?? this.target.conversationId;
    return {
      type: "hello",
      ...(conversation_id !== null && { conversation_id }),
      ...(this.target.eventId !== null && { event_id: this.target.eventId }),
      ...(known !== null && this.gaps < 2 && { last_seq: seq }),
    };
  }

  private take(data: string): void {
    clearTimeout(this.silence);
    let message: ServerMessage;
    try {
      message = JSON.parse(data) as ServerMessage;
    } catch {
      return;
    }
    const before = this.store.get();
    const next = { ...received(before, message), link: before.link };
    if (next.gap) {
      // Something was missed: the server tells it again to a new connection; the second time, the whole.
      this.gaps += 1;
      this.set({ ...next, gap: false });
      this.drop();
      this.connect();
      return;
    }
    if (message.type === "ready") {
      this.failures = 0;
      this.set({ ...next, link: { state: "open" } });
      this.startPings();
      this.sendPending();
      return;
    }
    if (message.type === "done") this.gaps = 0;
    if (message.type === "error" && message.fatal) {
      this.ended(message.code, next);
      return;
    }
    this.set(next);
  }

  /** The server ended the connection and said why. */
  private ended(code: string, said: ChatState): void {
    if (FOR_GOOD.has(code)) {
      this.set({ ...said, link: { state: "refused" } });
      this.drop();
    } else this.lost();
  }

  private rest(): void {
    this.set({ ...this.store.get(), link: { state: "resting" } });
    this.drop();
  }

  private sendPending(): void {
    const { pending } = this.store.get();
    if (!pending) return;
    const { key, text, event_id, replaces } = pending;
    this.send({
      type: "ask",
      key,
      text,
      ...(event_id !== null && { event_id }),
      ...(replaces !== null && { replaces }),
    });
  }

  private send(message: ClientMessage): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  private startPings(): void {
    clearInterval(this.ping);
    this.ping = setInterval(() => {
      this.send({ type: "ping" });
      clearTimeout(this.silence);
      this.silence = setTimeout(() => {
        this.drop();
        this.lost();
      }, SILENCE_MS);
    }, PING_MS);
  }

  private lost(): void {
    this.drop();
    if (this.isClosed || this.store.get().link.state === "refused") return;
    this.failures += 1;
    const pause = pauseMs(this.failures);
    const { link, ...state } = this.store.get();
    const since = link.state === "away" ? link.since : Date.now();
    this.set({ ...state, link: { state: "away", since, retryAt: Date.now() + pause } });
    this.options.onLost?.();
    this.retry = setTimeout(() => this.connect(), pause);
  }

  private drop(): void {
    clearTimeout(this.retry);
    clearTimeout(this.silence);
    clearInterval(this.ping);
    const socket = this.socket;
    this.socket = null;
    if (socket) {
      socket.onclose = null;
      socket.onmessage = null;
      socket.onopen = null;
      socket.close();
    }
  }
}

export function chatUrl(): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/chat`;
}
