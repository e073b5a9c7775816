/** Conversations of the chat: the list, sharing, deletion, export. What is said in them goes over /ws/chat. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "./client";
import { pagedQuery } from "./pages";
import type { Page } from "./types";

export interface ConversationRow {
  conversation_id: string;
  title: string;
  owner: string;
  mine: boolean;
  shared: boolean;
  event_id: string | null;
  turns: number;
  created_at: string;
  updated_at: string;
  /** Where the words that were looked for stand; null without a search, or where the title has them. */
  match: string | null;
}

export interface ConversationFilter {
  q?: string | undefined;
  /** Only one's own, without those that others share. */
  mine: boolean;
}

const PATH = "/api/chats";
const one = (id: string) => `${PATH}/${encodeURIComponent(id)}`;

export function useConversations(filter: ConversationFilter) {
  return useInfiniteQuery({
    ...pagedQuery<Page<ConversationRow>>(["conversations", "list"], PATH, { ...filter, limit: 50 }),
    placeholderData: keepPreviousData,
  });
}

export function useChangeConversation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...change }: { id: string; title?: string; shared?: boolean }) =>
      api.patch<ConversationRow>(one(id), change),
    onSuccess: () => client.invalidateQueries({ queryKey: ["conversations"] }),
  });
}

export function useDeleteConversation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.delete<unknown>(one(id)),
    onSuccess: () => client.invalidateQueries({ queryKey: ["conversations"] }),
  });
}

export const CONVERSATION_FORMATS = [
  { format: "markdown", label: "Markdown", about: "to read" },
  { format: "json", label: "JSON", about: "with the evidence" },
] as const;

/** The address of a file with the conversation. */
export const conversationExportUrl = (id: string, format: string) => `${one(id)}/export?format=${format}`;
