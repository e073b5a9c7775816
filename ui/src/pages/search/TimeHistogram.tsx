import { ActionIcon, Button, Skeleton, Tooltip } from "@mantine/core";
import { IconZoomOut } from "@tabler/icons-react";
import { useState, type KeyboardEvent, type PointerEvent } from "react";
import type { Histogram } from "@/api";
import { shortTime } from "@/components";
import { countOf, LAYER_LABELS, LAYERS, rangeOf, summed, widened, type Bucket } from "./histogram-buckets";
import { labelOf } from "./time-range";
import classes from "./histogram.module.css";

const HEIGHT = 64;
const NO_BUCKETS: Bucket[] = [];

interface Props {
  histogram: Histogram | undefined;
  error: unknown;
  onRetry: () => void;
  /** The analyst chose a stretch of time. */
  onRange: (range: { from: string; to: string }) => void;
}

/** Two bucket numbers, in the order in which they were chosen. */
type Stretch = readonly [number, number];

function Bars({ buckets }: { buckets: readonly Bucket[] }) {
  const highest = Math.max(1, ...buckets.map((bucket) => bucket.count));
  return (
    <svg
      className={classes.bars}
      viewBox={`0 0 ${Math.max(1, buckets.length)} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {buckets.map((bucket, at) => {
        let below = 0;
        return LAYERS.map((layer) => {
          const count = countOf(bucket, layer);
          if (count === 0) return null;
          // One event among a million is still seen.
          const height = Math.max(2, (count / highest) * (HEIGHT - 2));
          below += height;
          return (
            <rect
              key={`${bucket.at} ${layer}`}
              className={classes[layer]}
              x={at + 0.06}
              width={0.88}
              y={HEIGHT - below}
              height={height}
            />
          );
        });
      })}
    </svg>
  );
}

/** What a stretch holds, in one line. */
function told(histogram: Histogram, [first, last]: Stretch): string {
  const range = rangeOf(histogram, first, last);
  if (!range) return "";
  const buckets = histogram.buckets.slice(Math.min(first, last), Math.max(first, last) + 1);
  const { count, layers } = summed(buckets);
  const parts = layers.map(({ layer, count: n }) => `${n.toLocaleString()} ${LAYER_LABELS[layer]}`);
  return [labelOf(range), `${count.toLocaleString()} events`, ...parts].join(" · ");
}

/**
 * Events over time by status. Dragging, or Shift with the arrow keys, marks a stretch; letting go, or Enter, searches
 * in it.
 */
export function TimeHistogram({ histogram, error, onRetry, onRange }: Props) {
  const [pointed, setPointed] = useState<number | null>(null);
  const [marked, setMarked] = useState<Stretch | null>(null);
  const [isDragging, setDragging] = useState(false);
  if (!histogram) {
    if (!error) return <Skeleton className={classes.histogram} height={HEIGHT + 45} radius="sm" />;
    return (
      <div className={classes.missing} role="alert">
        Events over time could not be counted.
        <Button size="compact-xs" variant="subtle" onClick={onRetry}>
          Try again
        </Button>
      </div>
    );
  }
  const buckets = histogram.buckets.length > 0 ? histogram.buckets : NO_BUCKETS;
  const last = buckets.length - 1;

  const bucketAt = (event: PointerEvent<HTMLElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const part = width > 0 ? (event.clientX - left) / width : 0;
    return Math.min(last, Math.max(0, Math.floor(part * buckets.length)));
  };
  const choose = (stretch: Stretch) => {
    const range = rangeOf(histogram, ...stretch);
    setMarked(null);
    setDragging(false);
    if (range) onRange(range);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10, Home: -last - 1, End: last + 1 }[event.key];
    if (step !== undefined) {
      const from = marked?.[1] ?? pointed ?? (step > 0 ? -1 : last + 1);
      const to = Math.min(last, Math.max(0, from + step));
      setMarked(event.shiftKey ? [marked?.[0] ?? Math.min(last, Math.max(0, from)), to] : [to, to]);
      event.preventDefault();
    } else if (event.key === "Enter" && marked) {
      event.preventDefault();
      choose(marked);
    } else if (event.key === "Escape" && marked) {
      event.stopPropagation();
      event.preventDefault();
      setMarked(null);
      setDragging(false);
    }
  };

  const shown: Stretch | null = marked ?? (pointed === null ? null : [pointed, pointed]);
  const line = shown
    ? told(histogram, shown)
    : `${summed(buckets).count.toLocaleString()} events in ${labelOf(histogram)}`;
  const [first, end] = shown ? [Math.min(...shown), Math.max(...shown) + 1] : [0, 0];
  return (
    <section className={classes.histogram} aria-label="Events over time">
      <div className={classes.line}>
        <span className={classes.told}>{line}</span>
        <Tooltip label="Search twice the time">
          <ActionIcon
            size="sm"
            aria-label="Search twice the time"
            onClick={() => onRange(widened(histogram, Date.now()))}
          >
            <IconZoomOut size={16} />
          </ActionIcon>
        </Tooltip>
      </div>
      <div
        className={classes.plot}
        role="slider"
        tabIndex={0}
        aria-label="Stretch of time: arrow keys move, Shift with arrow keys extends, Enter searches in it"
        aria-valuemin={0}
        aria-valuemax={Math.max(0, last)}
        aria-valuenow={marked?.[1] ?? 0}
        aria-valuetext={line}
        onPointerDown={(event) => {
          if (event.button !== 0 || last < 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          const at = bucketAt(event);
          setDragging(true);
          setMarked([at, at]);
        }}
        onPointerMove={(event) => {
          if (last < 0) return;
          const at = bucketAt(event);
          setPointed(at);
          if (isDragging && marked) setMarked([marked[0], at]);
        }}
        onPointerUp={() => isDragging && marked && choose(marked)}
        onPointerCancel={() => {
          setMarked(null);
          setDragging(false);
        }}
        onPointerLeave={() => setPointed(null)}
        onKeyDown={onKeyDown}
        onBlur={() => !isDragging && setMarked(null)}
      >
        {shown && (
          <div
            className={classes.stretch}
            data-marked={marked !== null || undefined}
            style={{
              left: `${(first / buckets.length) * 100}%`,
              width: `${((end - first) / buckets.length) * 100}%`,
            }}
          />
        )}
        <Bars buckets={buckets} />
      </div>
      <div className={classes.axis} aria-hidden="true">
        <span>{shortTime(new Date(histogram.from))}</span>
        <span>{shortTime(new Date(histogram.to))}</span>
      </div>
    </section>
  );
}
