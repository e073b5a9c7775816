import { useEffect, useState } from "react";
import { api } from "@/api/client";
import { markSessionEnded, onAnotherPerson, sessionState } from "@/api/connection";
import { useStore } from "@/api/store";
import type { Session } from "@/api/types";
import { ChatClient, type ChatState, type Target } from "./client";
import { keepPending, pendingOf, slotOf } from "./kept";

/** Open conversations: one that is shown twice, or goes from the panel to its page, keeps its one connection. */
const open = new Map<string, Shared>();
const GRACE_MS = 3_000;

interface Shared {
  user: string;
  client: ChatClient;
  holders: number;
  end: ReturnType<typeof setTimeout> | undefined;
}

function sharedOf(user: string, target: Target): Shared {
  const slot = slotOf(user, target.conversationId, target.eventId);
  const ownSlot = () => slotOf(user, begunOf(client) ?? target.conversationId, target.eventId);
  const isWanted = (other: Shared) =>
    other.user === user && other.client.store.get().about?.conversation_id === target.conversationId;
  const known = open.get(slot) ?? (target.conversationId ? [...open.values()].find(isWanted) : undefined);
  if (known) return known;
  const client = new ChatClient(target, {
    loadPending: () => pendingOf(slot),
    keepPending: (pending) => {
      if (!pending) keepPending(slot, null);
      keepPending(ownSlot(), pending);
    },
    onLost: () => void checkSession(),
  });
  const made: Shared = { user, client, holders: 0, end: undefined };
  open.set(slot, made);
  return made;
}

/** The id of a conversation that has a question: from then on it is known by it. */
function begunOf(client: ChatClient): string | null {
  const { about, turns } = client.store.get();
  return turns.length > 0 ? (about?.conversation_id ?? null) : null;
}

/** Keeps a conversation that has begun under its id, so that the next new one is another. */
function rename(shared: Shared, conversationId: string): void {
  for (const [slot, other] of open) if (other === shared) open.delete(slot);
  open.set(slotOf(shared.user, conversationId, null), shared);
}

/** A connection that is refused may be refused because the session ended. */
async function checkSession(): Promise<void> {
  try {
    const session = await api.get<Session>("/api/session");
    if (!session.user) markSessionEnded();
  } catch {
    // Not to be reached either: the connection is tried again.
  }
}

function hold(shared: Shared): () => void {
  clearTimeout(shared.end);
  shared.holders += 1;
  shared.client.open();
  return () => {
    shared.holders -= 1;
    if (shared.holders === 0) shared.end = setTimeout(() => end(shared), GRACE_MS);
  };
}

function end(shared: Shared): void {
  clearTimeout(shared.end);
  shared.client.close();
  for (const [slot, other] of open) if (other === shared) open.delete(slot);
}

/** Closes every conversation: somebody else takes over this tab. */
export function closeChats(): void {
  for (const shared of open.values()) end(shared);
}
onAnotherPerson(closeChats);

/** A conversation and its state, connected while the component is shown. Another target takes another `key`. */
export function useChat(user: string, target: Target): { client: ChatClient; state: ChatState } {
  const [shared] = useState(() => sharedOf(user, target));
  const { ended } = useStore(sessionState);
  useEffect(() => hold(shared), [shared]);
  useEffect(() => {
    if (!ended && shared.client.store.get().link.state === "away") shared.client.retryNow();
  }, [ended, shared]);
  const state = useStore(shared.client.store);
  const begun = state.turns.length > 0 ? state.about?.conversation_id : undefined;
  useEffect(() => {
    if (begun !== undefined) rename(shared, begun);
  }, [begun, shared]);
  return { client: shared.client, state };
}
