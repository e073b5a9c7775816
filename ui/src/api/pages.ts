import { infiniteQueryOptions, type InfiniteData, type QueryKey } from "@tanstack/react-query";
import { api, type Params } from "./client";
import type { Page } from "./types";

/** Query options for a list paged by cursor: pages of `P`, next page by `next_cursor`, where `later` may say more. */
export function pagedQuery<P extends Page<unknown>>(key: QueryKey, path: string, params: Params, later: Params = {}) {
  return infiniteQueryOptions<P, Error, InfiniteData<P>, QueryKey, string | null>({
    queryKey: [...key, params],
    queryFn: ({ pageParam, signal }) =>
      api.get<P>(path, { ...params, ...(pageParam !== null && later), cursor: pageParam }, signal),
    initialPageParam: null,
    getNextPageParam: (last) => last.next_cursor,
  });
}

/** All items that were loaded so far. */
export function itemsOf<T>(data: InfiniteData<Page<T>> | undefined): T[] {
  return data?.pages.flatMap((page) => page.items) ?? [];
}
