/** A conversation as the messages of the server tell it: pure steps from one state to the next. */
import type { CitationOut, Ready, ServerMessage, TurnOut } from "./protocol";

export interface Turn extends TurnOut {
  /** Place in the queue while it waits, from 1. */
  place: number | null;
}

/** A question that the server has not acknowledged yet. It is sent again after a lost connection, with the same key. */
export interface Pending {
  key: string;
  text: string;
  event_id: string | null;
  replaces: number | null;
}

/** What is known of a conversation beside its turns. */
export type About = Omit<Ready, "type" | "seq" | "turns" | "suggestions" | "resumed">;

export interface Conversation {
  about: About | null;
  turns: readonly Turn[];
  /** Questions that fit now. */
  suggestions: readonly string[];
  pending: Pending | null;
  /** The last refusal, until the next question. */
  problem: { code: string; message: string } | null;
  /** Number of the last message that was taken in. */
  seq: number;
  /** A message is missing: the connection has to be made anew. */
  gap: boolean;
}

export const EMPTY: Conversation = {
  about: null,
  turns: [],
  suggestions: [],
  pending: null,
  problem: null,
  seq: 0,
  gap: false,
};

const asTurn = (turn: TurnOut, place: number | null = null): Turn => ({ ...turn, place });

export const isRunning = (turn: TurnOut | undefined): boolean =>
  turn?.status === "queued" || turn?.status === "answering";

export const runningTurn = (state: Conversation): Turn | undefined => state.turns.find(isRunning);

export function received(state: Conversation, message: ServerMessage): Conversation {
  if (message.type === "pong") return state;
  if (message.type === "ready") return begun(state, message);
  if (message.type === "error") return refused(state, message);
  // Told again after a resumption, or because a question was sent twice.
  if (message.seq <= state.seq) {
    const isOwn = message.type === "turn" && message.turn.key === state.pending?.key;
    return isOwn ? { ...state, pending: null } : state;
  }
  if (message.seq > state.seq + 1) return { ...state, gap: true };
  return { ...told(state, message), seq: message.seq };
}

/** `ready` says how things stand at `seq`; what was missed since then follows, or nothing was. */
function begun(state: Conversation, { type: _, seq, turns, suggestions, resumed: __, ...about }: Ready): Conversation {
  const placeOf = (key: string) => state.turns.find((turn) => turn.key === key)?.place ?? null;
  const now = turns.map((turn) => asTurn(turn, turn.status === "queued" ? placeOf(turn.key) : null));
  return acknowledged({ ...state, about, suggestions, turns: now, seq, gap: false });
}

function refused(state: Conversation, error: Extract<ServerMessage, { type: "error" }>): Conversation {
  const isOwn = error.key !== null && error.key === state.pending?.key;
  return {
    ...state,
    pending: isOwn ? null : state.pending,
    problem: { code: error.code, message: error.message },
  };
}

type Told = Exclude<ServerMessage, { type: "pong" | "ready" | "error" }>;

function told(state: Conversation, message: Told): Conversation {
  switch (message.type) {
    case "turn":
      return acknowledged({ ...state, turns: withTurn(state, asTurn(message.turn)), problem: null });
    case "queued":
      return changed(state, message.turn, (turn) => ({ ...turn, status: "queued", place: message.place }));
    case "tool":
      return changed(state, message.turn, (turn) => ({
        ...turn,
        status: "answering",
        place: null,
        tools: [...turn.tools.filter(({ call }) => call !== message.tool.call), message.tool],
      }));
    case "citation":
      return changed(state, message.turn, (turn) => ({
        ...turn,
        citations: [...turn.citations.filter(({ number }) => number !== message.citation.number), message.citation],
      }));
    case "token":
      return changed(state, message.turn, (turn) => ({
        ...turn,
        status: "answering",
        place: null,
        content: turn.content + message.text,
      }));
    case "done":
      return acknowledged({
        ...state,
        turns: withTurn(state, asTurn(message.turn)),
        suggestions: message.turn.suggestions,
      });
    case "feedback":
      return changed(state, message.turn, (turn) => ({ ...turn, rating: message.rating, note: message.note }));
  }
}

function changed(state: Conversation, number: number, change: (turn: Turn) => Turn): Conversation {
  return { ...state, turns: state.turns.map((turn) => (turn.turn === number ? change(turn) : turn)) };
}

/** The turns with this one; an edited question takes the place of the one that it replaces. */
function withTurn(state: Conversation, turn: Turn): Turn[] {
  const replaced = state.pending?.key === turn.key ? state.pending.replaces : null;
  const others = state.turns.filter((other) => other.turn !== turn.turn && other.turn !== replaced);
  return [...others, turn].sort((a, b) => a.turn - b.turn);
}

/** Without the pending question once it is among the turns. */
function acknowledged(state: Conversation): Conversation {
  const key = state.pending?.key;
  return key !== undefined && state.turns.some((turn) => turn.key === key) ? { ...state, pending: null } : state;
}

/** The citations that a text has named so far, in the order of naming. */
export function namedIn(content: string, citations: readonly CitationOut[]): CitationOut[] {
  const numbers = [...content.matchAll(/\[\^(\d+)\]/g)].map((match) => Number(match[1]));
  return numbers.flatMap((number) => citations.find((citation) => citation.number === number) ?? []);
}
