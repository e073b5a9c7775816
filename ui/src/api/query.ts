import { QueryClient } from "@tanstack/react-query";
import { isApiError } from "./errors";

const TRIES = 3;

/** Only reads are tried again, and only when a later try may end differently. */
export function shouldRetry(failures: number, error: unknown): boolean {
  return failures < TRIES && isApiError(error) && error.passing && error.code !== "too_many";
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        retry: shouldRetry,
        retryDelay: (attempt) => Math.min(500 * 2 ** attempt, 8000),
        staleTime: 15_000,
        gcTime: 10 * 60_000,
        refetchOnWindowFocus: false,
        // navigator.onLine is wrong on machines without a route to the outside, where this service still runs.
        networkMode: "always",
      },
      mutations: { retry: false, networkMode: "always" },
    },
  });
}
