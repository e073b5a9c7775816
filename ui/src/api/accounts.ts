/** Accounts, service tokens, audit, parts: what the settings page shows. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "./client";
import { pagedQuery } from "./pages";
import type { Account, AuditEntry, Page, Parts, Role } from "./types";

const accountPath = (name: string) => `/api/accounts/${encodeURIComponent(name)}`;

function useChange<In>(key: string, change: (input: In) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: change, onSuccess: () => client.invalidateQueries({ queryKey: [key] }) });
}

export function useAccounts(enabled = true) {
  return useQuery({
    queryKey: ["accounts"],
    queryFn: async ({ signal }) => {
      const answer = await api.get<{ items?: Account[]; accounts?: Account[] }>("/api/accounts", {}, signal);
      return answer.items ?? answer.accounts ?? [];
    },
    enabled,
  });
}

export interface NewAccount {
  name: string;
  display_name?: string;
  role: Role;
  password?: string;
}

export const useCreateAccount = () =>
  useChange("accounts", (account: NewAccount) => api.post<Account>("/api/accounts", account));
export const useChangeAccount = () =>
  useChange("accounts", ({ name, ...change }: { name: string } & Partial<Omit<Account, "name">>) =>
    api.patch<Account>(accountPath(name), change),
  );
export const useRemoveAccount = () => useChange("accounts", (name: string) => api.delete(accountPath(name)));
export const useSetPassword = () =>
  useChange("accounts", ({ name, ...body }: { name: string; new_password: string }) =>
    api.post(`${accountPath(name)}/password`, body),
  );

export type Scope = "classify" | "ingest" | "read" | "admin";
export interface Token {
  token_id: string;
  name: string;
  scopes: Scope[];
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
}
/** `token` is the secret: this answer is the only place where it is ever shown. */
export interface NewToken {
  token_id: string;
  name: string;
  scopes: Scope[];
  token: string;
}

export function useTokens(enabled = true) {
  return useQuery({
    queryKey: ["tokens"],
    queryFn: async ({ signal }) => (await api.get<{ tokens: Token[] }>("/api/tokens", {}, signal)).tokens,
    enabled,
  });
}

export function useCreateToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (token: { name: string; scopes: Scope[]; expires_at?: string }) =>
      api.post<NewToken>("/api/tokens", token),
    onSuccess: () => client.invalidateQueries({ queryKey: ["tokens"] }),
  });
}

export const useRevokeToken = () =>
  useChange("tokens", (id: string) => api.delete(`/api/tokens/${encodeURIComponent(id)}`));

export function useAudit(filter: { actor?: string; action?: string }, enabled = true) {
  return useInfiniteQuery({
    ...pagedQuery<Page<AuditEntry>>(["audit"], "/api/audit", { ...filter }),
    enabled,
  });
}

export function useParts() {
  return useQuery({
    queryKey: ["parts"],
    queryFn: ({ signal }) => api.get<Parts>("/api/parts", undefined, signal),
    refetchInterval: 30_000,
  });
}
