/** Search: events, histogram, facets, completion, export; one event in detail. */
import { keepPreviousData, queryOptions, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, withParams } from "./client";
import { pagedQuery } from "./pages";
import type { Completion, Decision, EventDetail, EventPage, Facets, Histogram } from "./types";

/** What is searched. Times are ISO or relative (`now-1h`). */
export interface EventFilter {
  q?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

export interface EventListParams extends EventFilter {
  columns?: readonly string[];
  order?: "newest" | "oldest";
  limit?: number;
}

export function useEvents(params: EventListParams, enabled = true) {
  return useInfiniteQuery({
    ...pagedQuery<EventPage>(["events", "list"], "/api/events", { ...params }),
    placeholderData: keepPreviousData,
    enabled,
  });
}

/** One page, for lists that do not go on (recent events). */
export function useEventPage(params: EventListParams, enabled = true) {
  return useQuery({
    queryKey: ["events", "page", params],
    queryFn: ({ signal }) => api.get<EventPage>("/api/events", { ...params }, signal),
    placeholderData: keepPreviousData,
    enabled,
  });
}

/** Whether there is any event at all, as the service says now. */
export function useAnyEvent(enabled: boolean) {
  return useQuery({
    queryKey: ["events", "any"],
    queryFn: async ({ signal }) => (await api.get<EventPage>("/api/events", { limit: 1 }, signal)).items.length > 0,
    staleTime: 0,
    retry: false,
    enabled,
  });
}

export function useHistogram(filter: EventFilter, buckets = 60, enabled = true) {
  return useQuery({
    queryKey: ["events", "histogram", filter, buckets],
    queryFn: ({ signal }) => api.get<Histogram>("/api/events/histogram", { ...filter, buckets }, signal),
    placeholderData: keepPreviousData,
    enabled,
  });
}

export function useFacets(filter: EventFilter, fields: readonly string[], limit = 12, enabled = true) {
  return useQuery({
    queryKey: ["events", "facets", filter, fields, limit],
    queryFn: ({ signal }) => api.get<Facets>("/api/events/facets", { ...filter, fields, limit }, signal),
    placeholderData: keepPreviousData,
    enabled,
  });
}

/** Suggestions for the text `q` with the cursor at `at` (in code points). */
export function useCompletion(q: string, at: number, enabled = true) {
  return useQuery({
    queryKey: ["events", "complete", q, at],
    queryFn: ({ signal }) => api.get<Completion>("/api/events/complete", { q, at }, signal),
    placeholderData: keepPreviousData,
    enabled,
    retry: false,
  });
}

export type ExportFormat = "jsonl" | "csv" | "parquet";

/** The address of a file with exactly what is shown; the browser downloads it. */
export function exportUrl(
  format: ExportFormat,
  params: EventFilter & { columns?: readonly string[]; order?: "newest" | "oldest" },
): string {
  return withParams("/api/events/export", { format, ...params });
}

export const eventQuery = (id: string) =>
  queryOptions({
    queryKey: ["event", id],
    queryFn: ({ signal }) => api.get<EventDetail>(`/api/events/${encodeURIComponent(id)}`, undefined, signal),
  });

export function useEvent(id: string | undefined) {
  return useQuery({ ...eventQuery(id ?? ""), enabled: Boolean(id) });
}

export function useDecision(id: string | undefined) {
  return useQuery({
    queryKey: ["decision", id],
    queryFn: ({ signal }) => api.get<Decision>(`/api/decisions/${encodeURIComponent(id ?? "")}`, undefined, signal),
    enabled: Boolean(id),
  });
}
