import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import {
  api,
  itemsOf,
  useLive,
  useQueue,
  type Page,
  type Queue,
  type QueueFilter,
  type QueueItem,
  type Review,
} from "@/api";
import { cleared, desk, withReview } from "./desk";

/** Rows of the newest page that are compared to tell how many are new. */
const PEEK = 100;
const LIVE_PAUSE_MS = 2_000;
/** Reviews that are read again where some may have been missed. */
const MISSED = 100;

/**
 * The rows of the queue as they were when last asked for, and how many have come since. Nothing is put among the rows
 * until `showNew` is called.
 */
export function useQueueRows(filter: QueueFilter) {
  const client = useQueryClient();
  const list = useQueue(filter);
  const rows = useMemo(() => distinct(itemsOf<QueueItem>(list.data)), [list.data]);

  const newest = useQuery({
    queryKey: ["queue", "newest", filter],
    queryFn: ({ signal }) => api.get<Queue>("/api/queue", { ...filter, order: "newest", limit: PEEK }, signal),
  });
  const latest = newest.data;
  const asked = JSON.stringify([filter, list.data?.pages[0] ? list.dataUpdatedAt : 0]);
  // The first look after the rows were asked for is what later ones are compared with.
  const [seen, setSeen] = useState<{ asked: string; pages: number; known: ReadonlySet<string>; since: string } | null>(
    null,
  );
  const pages = list.data?.pages.length ?? 0;
  if (latest && pages > 0 && (seen === null || (seen.asked !== asked && pages <= seen.pages))) {
    const whole = latest.items.length === PEEK;
    setSeen({
      asked,
      pages,
      known: new Set(latest.items.map((item) => item.event_id)),
      since: whole ? (latest.items.at(-1)?.received_at ?? "") : "",
    });
  } else if (seen && seen.asked !== asked && pages > seen.pages) {
    setSeen({ ...seen, asked, pages });
  }
  const shown = useMemo(() => new Set(rows.map((row) => row.event_id)), [rows]);
  const fresh =
    latest && seen
      ? latest.items.filter(
          (item) => !seen.known.has(item.event_id) && !shown.has(item.event_id) && item.received_at >= seen.since,
        ).length
      : 0;

  const refetchNewest = newest.refetch;
  const soon = usePaced(() => void refetchNewest(), LIVE_PAUSE_MS);
  useLive("decisions", soon);
  useLive("queue", soon);
  useLive("review", soon);
  const lookForMissed = usePaced(() => void takeInMissed(), LIVE_PAUSE_MS);
  useLive("poll", () => {
    soon();
    lookForMissed();
  });

  const refetchList = list.refetch;
  const showNew = async () => {
    const begun = desk.get();
    // One page is enough to begin with; the rest is loaded again on the way.
    client.setQueriesData<typeof list.data>({ queryKey: ["queue", { ...filter }] }, (data) =>
      data ? { pages: data.pages.slice(0, 1), pageParams: data.pageParams.slice(0, 1) } : data,
    );
    await Promise.all([refetchList(), refetchNewest()]);
    desk.set((state) => cleared(state, begun));
  };

  return {
    rows,
    list,
    fresh,
    freshIsMore: fresh === PEEK,
    total: latest?.total ?? list.data?.pages[0]?.total,
    reviewedToday: latest?.reviewed_today ?? list.data?.pages[0]?.reviewed_today,
    showNew,
    countAgain: soon,
  };
}

/** Marks the rows that others reviewed while nothing was heard of it. */
async function takeInMissed(): Promise<void> {
  try {
    const { items } = await api.get<Page<Review>>("/api/reviews", { limit: MISSED });
    desk.set((state) => items.toReversed().reduce(withReview, state));
  } catch {
    // The service is away: the next look finds them.
  }
}

function distinct(items: readonly QueueItem[]): QueueItem[] {
  return [...new Map(items.map((item) => [item.event_id, item])).values()];
}

/** `run`, at most once per `pauseMs`, the last call never lost. */
export function usePaced(run: () => void, pauseMs: number): () => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  return () => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      run();
    }, pauseMs);
  };
}
