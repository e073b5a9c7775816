import { useInfiniteQuery, useMutation, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { api } from "./client";
import { isApiError } from "./errors";
import { pagedQuery } from "./pages";
import type { Decision, Page, Review, ReviewEffect, ReviewPreview, ReviewTarget } from "./types";

export interface NewReview {
  action: "confirm" | "override";
  class_uid?: number;
  activity_id?: number;
  comment?: string;
  target: ReviewTarget;
  /** The version the analyst saw (single event). */
  decision_id?: string;
  /** From the preview, so that the count is the one seen (many events). */
  preview_token?: string;
  /** Goes on over somebody else's review. */
  replace?: boolean;
}

/** Who was faster, when a review is refused as a conflict; null for every other error. */
export function conflictOf(error: unknown): { review: Review; decision: Decision } | null {
  if (!isApiError(error, "conflict")) return null;
  const { review, decision } = error.details as { review?: Review; decision?: Decision };
  return review && decision ? { review, decision } : null;
}

/** Reads again what a review can have changed, but not the queue: its rows must not move while being read. */
export function refreshAfterReview(client: QueryClient): void {
  const changed = new Set(["event", "events", "decision", "reviews", "stats"]);
  void client.invalidateQueries({ predicate: (query) => changed.has(String(query.queryKey[0])) });
}

export function useReview() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (review: NewReview) => api.post<Review>("/api/reviews", review),
    onSuccess: () => refreshAfterReview(client),
  });
}

export function useReviewPreview() {
  return useMutation({
    mutationFn: (target: ReviewTarget) => api.post<ReviewPreview>("/api/reviews/preview", { target }),
  });
}

export function useUndoReview() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (reviewId: string) => api.post<Review>(`/api/reviews/${encodeURIComponent(reviewId)}/undo`),
    onSuccess: () => refreshAfterReview(client),
  });
}

/** One review; asked again each second while it is at work. */
export function useReviewProgress(reviewId: string | null) {
  return useQuery({
    queryKey: ["reviews", "one", reviewId],
    queryFn: ({ signal }) => api.get<Review>(`/api/reviews/${encodeURIComponent(reviewId ?? "")}`, undefined, signal),
    enabled: reviewId !== null,
    refetchInterval: (query) => (query.state.data?.state === "running" ? 1000 : false),
  });
}

export function useReviews(filter: { reviewer?: string; from?: string; to?: string } = {}) {
  return useInfiniteQuery(pagedQuery<Page<Review>>(["reviews", "list"], "/api/reviews", { ...filter }));
}

/** "What your reviews changed" since an ISO time. */
export function useReviewEffect(since: string) {
  return useQuery({
    queryKey: ["reviews", "effect", since],
    queryFn: ({ signal }) => api.get<ReviewEffect>("/api/reviews/effect", { since }, signal),
  });
}
