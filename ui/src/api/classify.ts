import { request } from "./client";
import { parseAnswer } from "./parse";
import type { ApiErrorBody, Decision } from "./types";

export interface NewEvent {
  raw: string;
  source?: { vendor?: string; product?: string; sourcetype?: string };
}
export type Outcome = Decision | ApiErrorBody;

export function isDecision(outcome: Outcome): outcome is Decision {
  return !("error" in outcome);
}

/** Decides `events` and hands over each outcome as it arrives, in the order of the events. */
export async function classifyStream(
  events: readonly NewEvent[],
  onOutcome: (outcome: Outcome, index: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const body = events.map((event) => JSON.stringify(event)).join("\n") + "\n";
  const response = await request("/classify", {
    method: "POST",
    body,
    headers: { "Content-Type": "application/x-ndjson", Accept: "application/x-ndjson" },
    signal,
  });
  let index = 0;
  for await (const line of linesOf(response)) onOutcome(parseAnswer(line) as Outcome, index++);
}

/** The lines of an answer as they arrive, without empty ones. */
export async function* linesOf(response: Response): AsyncGenerator<string> {
  const reader = response.body?.getReader();
  if (!reader) return;
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
    const lines = rest.split("\n");
    rest = done ? "" : (lines.pop() ?? "");
    for (const line of lines) if (line.trim() !== "") yield line;
    if (done) return;
  }
}
