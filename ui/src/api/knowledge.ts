import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "./client";
import { pagedQuery } from "./pages";
import type { ChunkDetail, ChunkRow, KnowledgeTry, Page } from "./types";

export interface KnowledgeFilter {
  kind?: "class" | "guide" | "example" | undefined;
  q?: string | undefined;
  product?: string | undefined;
  class_uid?: number | undefined;
  limit?: number;
}

export function useChunks(filter: KnowledgeFilter) {
  return useInfiniteQuery({
    ...pagedQuery<Page<ChunkRow>>(["knowledge", "list"], "/api/knowledge", { ...filter }),
    placeholderData: keepPreviousData,
  });
}

export function useChunk(id: string | undefined) {
  return useQuery({
    queryKey: ["knowledge", "chunk", id],
    queryFn: ({ signal }) => api.get<ChunkDetail>(`/api/knowledge/${encodeURIComponent(id ?? "")}`, undefined, signal),
    enabled: Boolean(id),
  });
}

export interface NewExample {
  kind?: "example";
  raw: string;
  class_uid: number;
  activity_id?: number;
  source?: { vendor?: string; product?: string; sourcetype?: string };
}
export interface NewGuide {
  kind: "guide";
  yaml: string;
}

export function useAddKnowledge() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (chunk: NewExample | NewGuide) => api.post<Record<string, unknown>>("/api/knowledge", chunk),
    onSuccess: () => client.invalidateQueries({ queryKey: ["knowledge"] }),
  });
}

export function useDeleteChunk() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.delete<unknown>(`/api/knowledge/${encodeURIComponent(id)}`),
    onSuccess: () => client.invalidateQueries({ queryKey: ["knowledge"] }),
  });
}

export interface GuideCheck {
  problems: { line: number; message: string }[];
  guide: ChunkDetail | null;
}

export function useCheckGuide() {
  return useMutation({ mutationFn: (yaml: string) => api.post<GuideCheck>("/api/knowledge/check", { yaml }) });
}

/** What is tried: a guide's text, or an example. */
export type Tried = { yaml: string } | { example: NewExample };
type TryOn = { events: string[] } | { recent: number };

/** What it would change for some events; an example is tried on its own event too, which then comes first. */
export function useTry() {
  return useMutation({
    mutationFn: async ({ tried, ...on }: { tried: Tried } & TryOn) => {
      const ask = (events: object) => api.post<KnowledgeTry>("/api/knowledge/try", { ...tried, ...events });
      if (!("example" in tried)) return ask(on);
      const { raw, source } = tried.example;
      const [own, others] = await Promise.all([ask({ events: [{ raw, ...(source && { source }) }] }), ask(on)]);
      return { results: [...own.results, ...others.results], changed: own.changed + others.changed };
    },
  });
}
