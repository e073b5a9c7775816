import { useLocalStorage, useMediaQuery } from "@mantine/hooks";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { useLive, useStore, type QueueFilter } from "@/api";
import { Allowed, DataTable, ErrorState, NewRows, PageFrame, PanelLayout } from "@/components";
import { useAction } from "@/shortcuts";
import { BESIDE_PANEL, COLUMNS, NARROW } from "./columns";
import { EffectButton } from "./EffectButton";
import { EventPanel } from "./EventPanel";
import { QueueCounts } from "./QueueCounts";
import { QueueEmpty } from "./QueueEmpty";
import { QueueFilters } from "./QueueFilters";
import { ReviewDesk } from "./ReviewDesk";
import { desk, stateOf, withReview } from "./desk";
import { useQueueRows } from "./useQueueRows";
import classes from "./queue.module.css";

const route = getRouteApi("/shell/queue");
/** Narrower windows begin with the list alone. */
const WIDE = 1200;

/** What wants a person, least certain first. */
export function QueuePage() {
  return (
    <Allowed permission="events.read">
      <Queue />
    </Allowed>
  );
}

function Queue() {
  const { event: opened, chat, ...search } = route.useSearch();
  const navigate = useNavigate({ from: "/queue" });
  const key = JSON.stringify(search);
  const filter = useMemo(() => JSON.parse(key) as QueueFilter, [key]);
  const { rows, list, fresh, total, reviewedToday, showNew, countAgain } = useQueueRows(filter);
  const state = useStore(desk);
  const isNarrow = useMediaQuery(`(max-width: ${WIDE - 1}px)`, false, { getInitialValueInEffect: false });
  const [prefersPanel, setPrefersPanel] = useLocalStorage({
    key: "logatlas.queue.detail",
    defaultValue: window.innerWidth >= WIDE,
    getInitialValueInEffect: false,
  });

  const cursor = opened ?? rows.find((row) => row.event_id === state.cursor)?.event_id ?? rows[0]?.event_id ?? null;
  const current = rows.find((row) => row.event_id === cursor) ?? null;

  const show = useCallback(
    (eventId: string | undefined) =>
      void navigate({ search: (before) => ({ ...before, event: eventId }), replace: true }),
    [navigate],
  );
  const moveTo = (eventId: string) => {
    desk.set((before) => ({ ...before, cursor: eventId }));
    if (opened !== undefined) show(eventId);
  };
  const openPanel = (eventId: string) => {
    desk.set((before) => ({ ...before, cursor: eventId }));
    setPrefersPanel(true);
    show(eventId);
  };
  const closePanel = () => {
    setPrefersPanel(false);
    show(undefined);
  };
  // The panel opens with the page for those who had it open last.
  const first = rows[0]?.event_id;
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current || first === undefined) return;
    begun.current = true;
    if (prefersPanel && opened === undefined && cursor !== null) show(cursor);
  }, [first, prefersPanel, opened, cursor, show]);

  useAction("review.detail", () => (opened !== undefined ? closePanel() : cursor !== null && openPanel(cursor)));
  useAction("list.refresh", () => void showNew());
  useLive("review", (review) => desk.set((before) => withReview(before, review)));

  const select = (eventId: string) =>
    desk.set((before) => {
      const selected = new Set(before.selected);
      if (!selected.delete(eventId)) selected.add(eventId);
      return { ...before, selected };
    });
  const change = (changed: Partial<QueueFilter>) =>
    void navigate({ search: (before) => ({ ...before, ...changed, event: undefined }) });

  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const loadMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  // A click opens the event beside the list; j and k only move, with the panel where it is open.
  const byPointer = useRef(false);
  return (
    <PageFrame
      fill
      title="Queue"
      actions={
        <>
          <QueueCounts total={total} reviewedToday={reviewedToday} />
          <NewRows count={fresh} onShow={() => void showNew()} />
          <EffectButton />
        </>
      }
      toolbar={<QueueFilters filter={filter} onChange={change} />}
    >
      <PanelLayout
        name="queue"
        panel={
          opened !== undefined && (
            <EventPanel
              eventId={opened}
              item={current}
              onClose={closePanel}
              onOpen={openPanel}
              onOnlyTemplate={(template_id) => change({ template_id })}
              isChatOpen={chat === true}
              onChatOpenChange={(isOpen) =>
                void navigate({ search: (before) => ({ ...before, chat: isOpen || undefined }), replace: true })
              }
            />
          )
        }
      >
        {list.isError && rows.length === 0 ? (
          <ErrorState error={list.error} title="The queue could not be loaded" onRetry={() => void list.refetch()} />
        ) : (
          <div
            className={classes.table}
            role="presentation"
            onClickCapture={() => (byPointer.current = true)}
            onKeyDownCapture={() => (byPointer.current = false)}
          >
            <DataTable
              label="Events that wait for review"
              rows={rows}
              columns={COLUMNS}
              visible={opened !== undefined ? BESIDE_PANEL : isNarrow ? NARROW : undefined}
              rowKey={(row) => row.event_id}
              activeKey={cursor}
              onActive={(row) => {
                if (byPointer.current) openPanel(row.event_id);
                else moveTo(row.event_id);
                byPointer.current = false;
              }}
              selected={state.selected}
              onSelect={(row) => {
                byPointer.current = false;
                select(row.event_id);
              }}
              loading={list.isPending}
              total={total}
              onEndReached={loadMore}
              rowTone={(row) => {
                const kind = stateOf(state, row)?.kind;
                if (kind === "failed" || kind === "conflict") return "unsure";
                return kind === undefined ? undefined : "muted";
              }}
              empty={<QueueEmpty filter={filter} fresh={fresh} onClear={() => void navigate({ search: {} })} />}
            />
          </div>
        )}
        <ReviewDesk
          rows={rows}
          current={current}
          filter={filter}
          onMove={moveTo}
          onReviewed={countAgain}
          onEnd={loadMore}
        />
      </PanelLayout>
    </PageFrame>
  );
}
