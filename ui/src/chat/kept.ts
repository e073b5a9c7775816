/** What the chat keeps in this browser: drafts, the question on its way, and which conversation is about an event. */
import type { Pending } from "./conversation";

const DRAFTS = "logatlas.chat.drafts";
const CONVERSATIONS = "logatlas.chat.events";
const PENDING = "logatlas.chat.pending.";
const KEPT = 50;

/** Where a person's drafts of a conversation are kept; of one that is not begun yet, those about its event. */
export const slotOf = (user: string, conversationId: string | null, eventId: string | null) =>
  `${user}/${conversationId ?? (eventId === null ? "new" : `event:${eventId}`)}`;

function load(storage: () => Storage, name: string): [string, string][] {
  try {
    const stored: unknown = JSON.parse(storage().getItem(name) ?? "[]");
    if (!Array.isArray(stored)) return [];
    return stored.filter((pair): pair is [string, string] => Array.isArray(pair) && pair.length === 2);
  } catch {
    return [];
  }
}

/** The latest are kept, `value` "" forgets. */
function keep(name: string, key: string, value: string): void {
  const others = load(() => localStorage, name).filter(([other]) => other !== key);
  const next = value === "" ? others : [...others, [key, value] as const].slice(-KEPT);
  write(() => localStorage, name, next.length > 0 ? JSON.stringify(next) : null);
}

function write(storage: () => Storage, name: string, value: string | null): void {
  try {
    if (value === null) storage().removeItem(name);
    else storage().setItem(name, value);
  } catch {
    // Without storage it is kept until the page is left.
  }
}

const find = (name: string, key: string) => load(() => localStorage, name).find(([other]) => other === key)?.[1];

export const draftOf = (slot: string): string => find(DRAFTS, slot) ?? "";
export const keepDraft = (slot: string, text: string): void => keep(DRAFTS, slot, text);

/** The conversation that a person last had about an event in this browser. */
export const conversationOf = (user: string, eventId: string): string | null =>
  find(CONVERSATIONS, `${user}/${eventId}`) ?? null;
export const keepConversation = (user: string, eventId: string, conversationId: string | null): void =>
  keep(CONVERSATIONS, `${user}/${eventId}`, conversationId ?? "");

/** The question on its way, of this tab. */
export function pendingOf(slot: string): Pending | null {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(PENDING + slot) ?? "null");
    const isPending = typeof stored === "object" && stored !== null && "key" in stored && "text" in stored;
    return isPending ? (stored as Pending) : null;
  } catch {
    return null;
  }
}

export const keepPending = (slot: string, pending: Pending | null): void =>
  write(() => sessionStorage, PENDING + slot, pending && JSON.stringify(pending));

/** Forgets everything about a deleted conversation. */
export function forgetConversation(user: string, conversationId: string): void {
  keepDraft(slotOf(user, conversationId, null), "");
  keepPending(slotOf(user, conversationId, null), null);
  for (const [event, known] of load(() => localStorage, CONVERSATIONS)) {
    if (known === conversationId) keep(CONVERSATIONS, event, "");
  }
}
