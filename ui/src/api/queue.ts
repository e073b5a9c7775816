import { useInfiniteQuery } from "@tanstack/react-query";
import { pagedQuery } from "./pages";
import type { Queue } from "./types";

export interface QueueFilter {
  source?: string | undefined;
  class_uid?: number | undefined;
  template_id?: string | undefined;
  reviewer?: string | undefined;
  older_than_s?: number | undefined;
  order?: "uncertain" | "newest" | "oldest" | undefined;
  limit?: number;
}

/** What wants review, page by page. New rows do not move what is on screen: call `refetch` when the analyst asks. */
export function useQueue(filter: QueueFilter) {
  return useInfiniteQuery({
    ...pagedQuery<Queue>(["queue"], "/api/queue", { ...filter }),
    staleTime: Infinity,
  });
}
