import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api } from "./client";
import { pagedQuery } from "./pages";
import type { EvalCompare, EvalDetail, EvalRun, Page } from "./types";

export function useEvalRuns() {
  return useInfiniteQuery(pagedQuery<Page<EvalRun>>(["evals", "runs"], "/api/evals", {}));
}

export function useEvalRun(runId: string | undefined) {
  return useQuery({
    queryKey: ["evals", "run", runId],
    queryFn: ({ signal }) => api.get<EvalDetail>(`/api/evals/${encodeURIComponent(runId ?? "")}`, undefined, signal),
    enabled: Boolean(runId),
  });
}

/** One event of a run: the answer, what was predicted, and with which confidence. */
export interface EvalPrediction {
  id: string;
  class_uid: number;
  predicted_class_uid: number;
  confidence: number;
  correct: boolean;
  raw?: string;
  vendor?: string;
}

export function useEvalPredictions(runId: string | undefined, wrong: boolean) {
  return useInfiniteQuery({
    ...pagedQuery<Page<EvalPrediction>>(
      ["evals", "predictions", runId],
      `/api/evals/${encodeURIComponent(runId ?? "")}/predictions`,
      { wrong },
    ),
    enabled: Boolean(runId),
  });
}

export function useEvalComparison(a: string | undefined, b: string | undefined) {
  return useQuery({
    queryKey: ["evals", "compare", a, b],
    queryFn: ({ signal }) => api.get<EvalCompare>("/api/evals/compare", { a, b }, signal),
    enabled: Boolean(a && b && a !== b),
  });
}
