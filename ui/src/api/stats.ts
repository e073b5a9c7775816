import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, type Params } from "./client";
import type {
  BacklogStats,
  ConfidenceStats,
  LatencyStats,
  OverrideStats,
  SourceStats,
  StatsSummary,
  TimeSeries,
} from "./types";

export interface TimeRange {
  from?: string | undefined;
  to?: string | undefined;
}
export type SeriesBy = "status" | "class" | "source" | "category" | "decided_by" | "degraded";

function useStats<T>(name: string, params: Params) {
  return useQuery({
    queryKey: ["stats", name, params],
    queryFn: ({ signal }) => api.get<T>(`/api/stats/${name}`, params, signal),
    placeholderData: keepPreviousData,
  });
}

export const useSummary = (range: TimeRange) => useStats<StatsSummary>("summary", { ...range });
export const useTimeSeries = (range: TimeRange, by: SeriesBy) => useStats<TimeSeries>("timeseries", { ...range, by });
export const useSourceStats = (range: TimeRange) => useStats<SourceStats>("sources", { ...range });
export const useConfidenceStats = (range: TimeRange) => useStats<ConfidenceStats>("confidence", { ...range });
export const useLatencyStats = (range: TimeRange) => useStats<LatencyStats>("latency", { ...range });
export const useBacklogStats = (range: TimeRange) => useStats<BacklogStats>("backlog", { ...range });
export const useOverrideStats = (range: TimeRange) => useStats<OverrideStats>("overrides", { ...range });
