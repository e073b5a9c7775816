// Written by scripts/chat_protocol.py: the messages of /ws/chat.
export const MAX_QUESTION_CHARACTERS = 4000;
export const MAX_NOTE_CHARACTERS = 2000;

/** A question. The same `key` sent twice is one question. */
export interface Ask {
  type: "ask";
  /** Made by the page, unique per question. */
  key: string;
  text: string;
  /** The event that is open beside the chat, when it changed. */
  event_id?: string | null;
  /** The turn whose question this one is an edit of; it must be the last. */
  replaces?: number | null;
}

/** A citation that the coming text uses. */
export interface CitationMessage {
  type: "citation";
  seq: number;
  turn: number;
  citation: CitationOut;
}

/** An item of evidence; the answer's text points at it as `[^number]`. */
export interface CitationOut {
  number: number;
  kind: "decision" | "candidate" | "span" | "field" | "chunk" | "class" | "event" | "review" | "template" | "figure";
  label: string;
  event_id: string | null;
  /** Half-open ranges of Unicode code points of the raw event. */
  spans: [number, number][];
  path: string | null;
  chunk_id: string | null;
  class_uid: number | null;
  /** A path of the UI. */
  url: string | null;
}

/** The answer is whole (or stopped, or failed) and stored. */
export interface Done {
  type: "done";
  seq: number;
  turn: TurnOut;
}

/** Something was refused; the connection stays open unless `fatal`. */
export interface ErrorMessage {
  type: "error";
  seq: number;
  code: string;
  message: string;
  turn: number | null;
  key: string | null;
  fatal: boolean;
}

/** What the analyst thinks of an answer; `rating` null takes it back. */
export interface Feedback {
  type: "feedback";
  turn: number;
  rating: "up" | "down" | null;
  note?: string;
}

/** The feedback is stored. */
export interface FeedbackTaken {
  type: "feedback";
  seq: number;
  turn: number;
  rating: "up" | "down" | null;
  note: string;
}

/** First message of a connection: go on with a conversation, or begin one (about an event, when given). */
export interface Hello {
  type: "hello";
  conversation_id?: string | null;
  event_id?: string | null;
  /** Number of the last message seen, to be told the rest. */
  last_seq?: number | null;
}

/** A page of the UI that helps. */
export interface LinkOut {
  label: string;
  url: string;
}

/** Are you there? */
export interface Ping {
  type: "ping";
}

/** Yes. */
export interface Pong {
  type: "pong";
}

/** A review that the chat proposes; only a click makes it real. */
export interface ProposalOut {
  event_id: string;
  kind: "confirm" | "override";
  class_uid: number;
  class_name: string;
  activity_id: number | null;
  reason: string;
}

/** The question waits for others; `place` counts from 1. */
export interface Queued {
  type: "queued";
  seq: number;
  turn: number;
  place: number;
}

/** Answer to `hello`: the conversation as it stands. `resumed`: missed messages follow, nothing is lost. */
export interface Ready {
  type: "ready";
  seq: number;
  conversation_id: string;
  title: string;
  owner: string;
  /** False for a reader of somebody else's shared conversation. */
  may_ask: boolean;
  event_id: string | null;
  turns: TurnOut[];
  suggestions: string[];
  /** The model that phrases answers; empty when templates do. */
  model: string;
  resumed: boolean;
  /** Whether everybody who may read may read it. */
  shared: boolean;
  max_question_characters: number;
}

/** End the answer that is being made. */
export interface Stop {
  type: "stop";
}

/** The next piece of the answer. */
export interface Token {
  type: "token";
  seq: number;
  turn: number;
  text: string;
}

/** A tool began or ended. */
export interface Tool {
  type: "tool";
  seq: number;
  turn: number;
  tool: ToolUse;
}

/** A tool that an answer used. */
export interface ToolUse {
  call: number;
  tool: string;
  label: string;
  status: "running" | "done" | "failed";
  facts: number;
  ms: number | null;
  error: string;
}

/** A question and what was answered so far. */
export interface TurnOut {
  turn: number;
  key: string;
  question: string;
  asked_at: string;
  asked_by: string;
  event_id: string | null;
  status: "queued" | "answering" | "done" | "stopped" | "failed";
  /** Markdown with [^number] marks. */
  content: string;
  tools: ToolUse[];
  citations: CitationOut[];
  links: LinkOut[];
  proposal: ProposalOut | null;
  suggestions: string[];
  composed: "model" | "template" | "mixed" | "";
  model_version: string;
  prompt_version: string;
  known: boolean;
  ms: number | null;
  error: string;
  rating: "up" | "down" | null;
  note: string;
}

/** A question was taken (and stored); `turn` is as in `ready`. */
export interface TurnStarted {
  type: "turn";
  seq: number;
  turn: TurnOut;
}

/** What a page sends. */
export type ClientMessage = Hello | Ask | Stop | Feedback | Ping;

/** What the server sends. */
export type ServerMessage =
  Ready | TurnStarted | Queued | Tool | CitationMessage | Token | Done | FeedbackTaken | ErrorMessage | Pong;
