import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, type GuideCheck } from "@/api";

/** The problems of a guide while it is written: asked anew a moment after the last key. */
export function useCheckedGuide(yaml: string) {
  const [settled] = useDebouncedValue(yaml, 350);
  const check = useQuery({
    queryKey: ["knowledge", "check", settled],
    queryFn: ({ signal }) => api.post<GuideCheck>("/api/knowledge/check", { yaml: settled }, { signal }),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: 60_000,
    retry: false,
  });
  const upToDate = settled === yaml && check.isSuccess && !check.isPlaceholderData;
  return {
    problems: check.data?.problems ?? [],
    guide: check.data?.guide ?? null,
    error: check.error,
    /** Nothing is wrong with exactly this text. */
    valid: upToDate && check.data.problems.length === 0,
    checking: !upToDate && !check.isError,
  };
}
