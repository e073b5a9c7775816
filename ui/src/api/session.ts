/** Who is signed in, and what that person may do. */
import { queryOptions, useMutation, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { api, setIdentity } from "./client";
import { anotherPerson, markSessionEnded, sessionRenewed } from "./connection";
import type { Session, SessionInfo } from "./types";

export type PermissionName =
  | "events.read"
  | "classify"
  | "reviews.write"
  | "knowledge.write"
  | "evals.read"
  | "accounts.manage"
  | "tokens.manage"
  | "audit.read"
  | "export"
  | "chat.read"
  | "chat.ask";

const CHANNEL = "logatlas.session";

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async ({ signal, client }) => {
    const session = await api.get<Session>("/api/session", undefined, signal);
    return keepPage(client, session);
  },
  staleTime: 60_000,
});

/** A session that ended while a page is open must not take the page away: the overlay asks for a new one. */
function keepPage(client: QueryClient, session: Session): Session {
  const before = client.getQueryData<Session>(["session"]);
  if (before?.user && !session.user) {
    markSessionEnded();
    return { ...before, sign_in: session.sign_in };
  }
  remember(session);
  return session;
}

function remember(session: Session): void {
  setIdentity(session.csrf_token, session.user?.name ?? null);
}

export function useSession() {
  return useQuery(sessionQuery);
}

/** Whether the person may do `name`, and the service's own reason when not. */
export function usePermission(name: PermissionName): { allowed: boolean; reason: string | null } {
  const { data } = useSession();
  if (!data) return { allowed: false, reason: null };
  const allowed = data.permissions[name] === true;
  return { allowed, reason: allowed ? null : (data.refused[name] ?? "Your account may not do this.") };
}

/** Takes over a new session: held writes go on, everything on screen is read again, other tabs are told. */
function adopt(client: QueryClient, session: Session, tellOthers: boolean): void {
  const before = client.getQueryData(sessionQuery.queryKey)?.user?.name ?? null;
  remember(session);
  client.setQueryData(sessionQuery.queryKey, session);
  const name = session.user?.name ?? null;
  // Another person must not see what the one before them had loaded.
  if (before !== null && name !== before) {
    client.removeQueries({ predicate: (query) => query.queryKey[0] !== "session" });
    anotherPerson();
  }
  sessionRenewed(name);
  void client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "session" });
  if (tellOthers) announce();
}

function announce(): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage("changed");
  channel.close();
}

/** Follows sign-ins and sign-outs of other tabs; returns the function that stops it. */
export function followOtherTabs(client: QueryClient): () => void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = () => {
    void recheckSession(client);
  };
  return () => channel.close();
}

/** Asks who is signed in; a session found there ends the overlay. */
export async function recheckSession(client: QueryClient): Promise<Session | null> {
  try {
    const session = await api.get<Session>("/api/session");
    if (session.user) adopt(client, session, false);
    else client.setQueryData(sessionQuery.queryKey, keepPage(client, session));
    return session;
  } catch {
    return null;
  }
}

export type SignIn = { name: string; password: string } | { link: string };

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (proof: SignIn) => api.post<Session>("/api/session", proof, { isSignIn: true }),
    onSuccess: (session) => adopt(client, session, true),
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.delete<unknown>("/api/session"),
    onSuccess: () => {
      setIdentity(null, null);
      anotherPerson();
      client.setQueryData(sessionQuery.queryKey, (session) => session && signedOut(session));
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== "session" });
      announce();
    },
  });
}

const signedOut = (session: Session): Session => ({
  ...session,
  user: null,
  csrf_token: null,
  permissions: {},
  refused: {},
  expires_at: null,
});

export interface PasswordChange {
  /** Left out by somebody who came by a one-time link and has none yet. */
  current_password?: string;
  new_password: string;
}

export function useChangePassword() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: PasswordChange) => api.post<Session>("/api/session/password", change),
    // All sessions of the person end with it; this one goes on as the new one that is answered.
    onSuccess: (session) => adopt(client, session, true),
  });
}

export function useSessions() {
  return useQuery({
    queryKey: ["sessions"],
    queryFn: async ({ signal }) => {
      const answer = await api.get<{ items?: SessionInfo[]; sessions?: SessionInfo[] }>("/api/sessions", {}, signal);
      return answer.items ?? answer.sessions ?? [];
    },
  });
}

export function useEndSession() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (sessionId: string) => api.delete<unknown>(`/api/sessions/${encodeURIComponent(sessionId)}`),
    onSuccess: () => client.invalidateQueries({ queryKey: ["sessions"] }),
  });
}
