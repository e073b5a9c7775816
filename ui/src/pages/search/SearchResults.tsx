import { Button, SegmentedControl, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import type { EventRow } from "@/api";
import { ColumnChooser, DataTable, Empty, ErrorState, NewRows } from "@/components";
import { useAction } from "@/shortcuts";
import { columnsFor } from "./columns";
import { ExportMenu } from "./ExportMenu";
import type { useSearchResults } from "./results";
import { useRowClicks } from "./row-clicks";
import { exportFilter, type Shown } from "./shown";
import { TailButtons } from "./TailButtons";
import classes from "./search.module.css";

interface Props {
  results: ReturnType<typeof useSearchResults>;
  shown: Shown;
  /** The span that was searched, as the service counted it. */
  read: { from: string; to: string } | undefined;
  openId: string | undefined;
  onOpen: (id: string) => void;
  onColumns: (columns: string[]) => void;
  onOrder: (order: "newest" | "oldest") => void;
  onScrolled: (isAway: boolean) => void;
  onWiden: () => void;
  onClear: () => void;
  tail: { isOn: boolean; isPaused: boolean; toggle: () => void; pause: () => void };
}

/** The events found, what can be done with them, and how many there are. */
export function SearchResults(props: Props) {
  const { results, shown, openId, onOpen, onColumns, onOrder, onScrolled, tail } = props;
  const [isChoosing, setChoosing] = useState(false);
  const [active, setActive] = useState<string | null>(null);
  const clicks = useRowClicks();
  useAction("search.columns", () => setChoosing((open) => !open));
  useAction("search.pause", () => (tail.isOn ? tail.pause() : tail.toggle()), tail.isOn || results.canFollow);
  const columns = useMemo(() => columnsFor(shown.columns), [shown.columns]);
  const activeKey = openId ?? active;

  const onActive = (row: EventRow, key: string) => {
    setActive(key);
    if (openId !== undefined || clicks.isClick()) onOpen(row.event_id);
  };
  return (
    <div className={classes.results}>
      <div className={classes.status}>
        <Count results={results} />
        <NewRows count={results.waiting} onShow={results.showNew} />
        <div className={classes.end}>
          <TailButtons
            isOn={tail.isOn}
            isPaused={tail.isPaused}
            refusal={results.canFollow ? null : "Only a search without an end, newest first, can be followed"}
            onToggle={tail.toggle}
            onPause={tail.pause}
          />
          <SegmentedControl
            size="xs"
            aria-label="Order"
            value={shown.order}
            onChange={(value) => onOrder(value === "oldest" ? "oldest" : "newest")}
            data={[
              { value: "newest", label: "Newest" },
              { value: "oldest", label: "Oldest" },
            ]}
          />
          <ExportMenu shown={exportFilter(shown, results.rows, props.read)} total={results.total} />
          <ColumnChooser
            columns={columns}
            visible={shown.columns}
            onChange={onColumns}
            onAdd={(path) => onColumns([...shown.columns.filter((id) => id !== path), path])}
            opened={isChoosing}
            onOpened={setChoosing}
          />
        </div>
      </div>
      <div
        className={classes.list}
        data-stale={results.isStale || undefined}
        onClickCapture={clicks.note}
        onScrollCapture={(event) => onScrolled((event.target as HTMLElement).scrollTop > 0)}
      >
        {results.error && results.rows.length === 0 ? (
          <ErrorState error={results.error} title="No answer to this search" onRetry={results.refresh} />
        ) : (
          <DataTable
            label="Events"
            rows={results.rows}
            columns={columns}
            visible={shown.columns}
            rowKey={(row) => row.event_id}
            activeKey={activeKey}
            onActive={onActive}
            onOpen={(row) => onOpen(row.event_id)}
            loading={results.isPending}
            onEndReached={results.loadMore}
            total={results.total}
            rowTone={(row) => (row.status === "needs_review" ? "unsure" : undefined)}
            empty={<NothingFound shown={shown} onWiden={props.onWiden} onClear={props.onClear} />}
          />
        )}
        {results.hasMoreFailed && (
          <Text size="xs" c="red" p={4} role="alert">
            The next events could not be loaded.{" "}
            <Button size="compact-xs" variant="subtle" onClick={results.loadMore}>
              Try again
            </Button>
          </Text>
        )}
      </div>
    </div>
  );
}

function Count({ results }: { results: Props["results"] }) {
  if (results.total === undefined) return <span className={classes.count}>…</span>;
  return (
    <span className={classes.count} role="status">
      <b>
        {results.isTotalExact ? "" : "at least "}
        {results.total.toLocaleString()}
      </b>{" "}
      {results.total === 1 ? "event" : "events"}
      {results.tookMs !== undefined && (
        <Text span size="xs" c="dimmed">
          {" "}
          in {Math.round(results.tookMs)} ms
        </Text>
      )}
    </span>
  );
}

function NothingFound({ shown, onWiden, onClear }: { shown: Shown; onWiden: () => void; onClear: () => void }) {
  const isAll = shown.q === undefined && shown.from === undefined && shown.to === undefined;
  if (isAll) {
    return (
      <Empty title="No events yet">
        Send logs to <code>/ingest</code>, or paste some under “Try it”. They appear here as they arrive.
      </Empty>
    );
  }
  const hasTime = shown.from !== undefined || shown.to !== undefined;
  return (
    <Empty
      title="Nothing found"
      action={
        hasTime ? (
          <Button variant="default" onClick={onWiden}>
            Search all time
          </Button>
        ) : (
          <Button variant="default" onClick={onClear}>
            Clear the search
          </Button>
        )
      }
    >
      {hasTime
        ? "No event of this time fits. Widen the time, or take a filter off."
        : "Take a filter off, or check the spelling of fields and values."}
    </Empty>
  );
}
