import { keepPreviousData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useEffectEvent, useMemo, useRef, useState } from "react";
import { api, itemsOf, pagedQuery, type EventPage, type EventRow } from "@/api";
import { listen } from "@/api/live";
import { arrivalOf, merged, TAIL_LIMIT } from "./tail";

const PAGE = 200;
/** Whoever scrolls on has fewer pauses with larger pages. */
const NEXT_PAGE = 500;
/** A tail asks for the newest rows this often at most; a list that only counts what waits, more seldom. */
const FOLLOW_MS = 1000;
const COUNT_MS = 5000;

export interface SearchParams {
  q?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  order: "newest" | "oldest";
  /** Paths of fields to come with the rows. */
  columns: readonly string[];
}

interface Later {
  /** The list that these rows came after. */
  of: string;
  rows: EventRow[];
  waiting: EventRow[];
  hasGap: boolean;
  total: number | null;
}

const NOTHING: EventRow[] = [];

/**
 * The events of a search. What came after it was asked waits (`waiting`) until `showNew`, or joins at once while
 * `following`. The list never moves by itself otherwise.
 */
export function useSearchResults(params: SearchParams, following: boolean) {
  const client = useQueryClient();
  const [round, setRound] = useState(0);
  const key = JSON.stringify([params, round]);
  const request = { ...params, limit: PAGE };
  const list = useInfiniteQuery({
    ...pagedQuery<EventPage>(["events", "list", round], "/api/events", request, { limit: NEXT_PAGE }),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });

  const none: Later = { of: key, rows: NOTHING, waiting: NOTHING, hasGap: false, total: null };
  const [later, setLater] = useState<Later>(none);
  const current = later.of === key ? later : none;
  const loaded = useMemo(() => itemsOf(list.data), [list.data]);
  const rows = useMemo(() => merged(loaded, current.rows), [loaded, current.rows]);

  const refresh = useCallback(() => {
    setRound((before) => before + 1);
    void client.invalidateQueries({ queryKey: ["events", "histogram"] });
    void client.invalidateQueries({ queryKey: ["events", "facets"] });
  }, [client]);

  const isOpenEnded = params.order === "newest" && (params.to === undefined || params.to === "now");
  const take = useEffectEvent((head: EventPage) => {
    if (list.isPlaceholderData || !list.data) return;
    const { fresh, hasGap } = arrivalOf(head.items, head.next_cursor !== null, rows);
    if (!following) {
      const isFresh = new Set(fresh);
      // A row that is shown says what is true now, in its place.
      const changed = head.items.filter((row) => !isFresh.has(row));
      setLater({ of: key, rows: merged(current.rows, changed), waiting: fresh, hasGap, total: head.total });
    } else if (hasGap || current.rows.length > TAIL_LIMIT) {
      refresh();
    } else {
      setLater({ of: key, rows: merged(current.rows, head.items), waiting: [], hasGap: false, total: head.total });
      if (fresh.length > 0) {
        void client.invalidateQueries({ queryKey: ["events", "histogram"] });
        void client.invalidateQueries({ queryKey: ["events", "facets"] });
      }
    }
  });

  const asked = useRef({ at: 0, isUnderWay: false });
  const look = useEffectEvent(async () => {
    if (asked.current.isUnderWay || document.hidden) return;
    asked.current = { at: Date.now(), isUnderWay: true };
    try {
      take(await api.get<EventPage>("/api/events", request));
    } catch {
      // The list itself tells what is wrong with the service; the next event asks again.
    } finally {
      asked.current.isUnderWay = false;
    }
  });
  useEffect(() => {
    if (!isOpenEnded) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const soon = () => {
      if (timer !== undefined) return;
      const pause = asked.current.at + (following ? FOLLOW_MS : COUNT_MS) - Date.now();
      timer = setTimeout(
        () => {
          timer = undefined;
          void look();
        },
        Math.max(0, pause),
      );
    };
    const stops = [listen("decisions", soon), listen("poll", soon), listen("review", soon)];
    if (following) soon();
    return () => {
      stops.forEach((stop) => stop());
      clearTimeout(timer);
    };
  }, [isOpenEnded, following]);

  const showNew = () => {
    if (current.hasGap) refresh();
    else setLater({ ...current, rows: merged(current.rows, current.waiting), waiting: [] });
    void client.invalidateQueries({ queryKey: ["events", "histogram"] });
    void client.invalidateQueries({ queryKey: ["events", "facets"] });
  };

  const first = list.data?.pages[0];
  return {
    rows,
    total: current.waiting.length === 0 && current.total !== null ? current.total : first?.total,
    isTotalExact: first?.total_is_exact ?? true,
    tookMs: first?.took_ms,
    waiting: current.waiting.length,
    showNew,
    refresh,
    isPending: list.isPending,
    isStale: list.isPlaceholderData,
    error: list.error,
    loadMore: () => {
      if (list.hasNextPage && !list.isFetching) void list.fetchNextPage();
    },
    isLoadingMore: list.isFetchingNextPage,
    hasMoreFailed: list.isFetchNextPageError,
    canFollow: isOpenEnded,
  };
}
