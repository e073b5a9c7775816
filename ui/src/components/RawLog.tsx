import { useVirtualizer } from "@tanstack/react-virtual";
import { Fragment, memo, useEffect, useMemo, useRef, type ReactNode } from "react";
import type { Span } from "@/api/types";
import { segmentsOf, type Segment } from "./raw-segments";
import { UNSAFE, markOf } from "./visible-text";
import classes from "./RawLog.module.css";

interface Props {
  raw: string;
  /** Evidence, in code points of raw. */
  spans?: readonly Span[];
  /** What each span is evidence for, in the order of `spans`; shown on hover. */
  titles?: readonly string[];
  /** The span, or spans, to stress; the first is brought into view within the log. */
  focus?: number | readonly number[] | undefined;
  label?: string;
  /** Pixels; more scrolls. */
  maxHeight?: number;
  lineNumbers?: boolean;
}

/** Above this many pieces only those in view are rendered. */
const WHOLE = 60;
const LINE_HEIGHT = 18;

/** A raw log as text and nothing else: monospace, selectable, wrapped, evidence marked, control characters made visible. */
export function RawLog(props: Props) {
  const { raw, spans, focus, label = "Raw log", maxHeight = 420 } = props;
  const segments = useMemo(() => segmentsOf(raw, spans), [raw, spans]);
  const stressed = useMemo(() => (focus === undefined ? [] : [focus].flat()), [focus]);
  const scroller = useRef<HTMLDivElement>(null);
  return (
    <div
      ref={scroller}
      className={classes.raw}
      style={{ maxHeight }}
      role="group"
      aria-label={label}
      // It scrolls, so it must be reachable by keyboard.
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      dir="ltr"
      translate="no"
    >
      {segments.length <= WHOLE ? (
        <WholeRaw {...props} segments={segments} focus={stressed} scroller={scroller} />
      ) : (
        <WindowedRaw {...props} segments={segments} focus={stressed} scroller={scroller} />
      )}
    </div>
  );
}

interface BodyProps extends Props {
  segments: readonly Segment[];
  focus: readonly number[];
  scroller: React.RefObject<HTMLDivElement | null>;
}

function WholeRaw({ segments, titles, focus, lineNumbers = segments.length > 1, scroller }: BodyProps) {
  const first = focus[0];
  useEffect(() => {
    const box = scroller.current;
    const mark = first !== undefined && box?.querySelector(`[data-span="${first}"]`);
    if (!box || !mark) return;
    // Only the log scrolls: what is read around it stays where it is.
    const [inner, outer] = [mark.getBoundingClientRect(), box.getBoundingClientRect()];
    const above = outer.top - inner.top;
    const below = inner.bottom - outer.bottom;
    if (above > 0) box.scrollTo({ top: box.scrollTop - above - LINE_HEIGHT });
    else if (below > 0) box.scrollTo({ top: box.scrollTop + below + LINE_HEIGHT });
  }, [first, scroller]);
  return segments.map((segment, index) => (
    <Line key={index} segment={segment} titles={titles} focus={focus} numbered={lineNumbers} />
  ));
}

function WindowedRaw({ segments, titles, focus, lineNumbers = true, scroller }: BodyProps) {
  const virtual = useVirtualizer({
    count: segments.length,
    getScrollElement: () => scroller.current,
    // Eight pixels a character at about 100 characters a line is near enough until it is measured.
    estimateSize: (index) => LINE_HEIGHT * Math.max(1, Math.ceil((segments[index]?.text.length ?? 0) / 100)),
    overscan: 4,
  });
  const first = focus[0];
  useEffect(() => {
    if (first === undefined) return;
    const index = segments.findIndex((segment) => segment.spans.some((span) => span.index === first));
    if (index >= 0) virtual.scrollToIndex(index, { align: "center" });
  }, [first, segments, virtual]);
  return (
    <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
      {virtual.getVirtualItems().map((item) => {
        const segment = segments[item.index];
        return (
          segment && (
            <div
              key={item.key}
              data-index={item.index}
              ref={virtual.measureElement}
              className={classes.placed}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <Line segment={segment} titles={titles} focus={focus} numbered={lineNumbers} />
            </div>
          )
        );
      })}
    </div>
  );
}

interface LineProps {
  segment: Segment;
  titles: readonly string[] | undefined;
  focus: readonly number[];
  numbered: boolean;
}

const Line = memo(function Line({ segment, titles, focus, numbered }: LineProps) {
  return (
    <div className={classes.line} data-numbered={numbered}>
      {numbered && (
        <span className={classes.number} aria-hidden="true">
          {segment.line ?? "↳"}
        </span>
      )}
      <code className={classes.text}>
        <SegmentText segment={segment} titles={titles} focus={focus} />
      </code>
    </div>
  );
});

function SegmentText({ segment, titles, focus }: Omit<LineProps, "numbered">) {
  const parts: ReactNode[] = [];
  let at = 0;
  for (const span of segment.spans) {
    parts.push(<VisibleText key={`t${at}`} text={segment.text.slice(at, span.start)} />);
    parts.push(
      <mark
        key={`m${span.start}`}
        className={classes.evidence}
        data-span={span.index}
        data-focus={focus.includes(span.index)}
        title={titles?.[span.index]}
      >
        <VisibleText text={segment.text.slice(span.start, span.end)} />
      </mark>,
    );
    at = span.end;
  }
  parts.push(<VisibleText key="rest" text={segment.text.slice(at)} />);
  return parts;
}

/** Text with its unsafe characters replaced by named signs. */
export function VisibleText({ text }: { text: string }) {
  const parts: ReactNode[] = [];
  let at = 0;
  for (const match of text.matchAll(UNSAFE)) {
    const mark = markOf(match[0]);
    if (match.index > at) parts.push(<Fragment key={`t${at}`}>{text.slice(at, match.index)}</Fragment>);
    parts.push(
      <span key={match.index} className={classes.mark} title={`${mark.code} ${mark.name}`}>
        {mark.sign}
      </span>,
    );
    at = match.index + match[0].length;
  }
  if (at === 0) return text;
  parts.push(<Fragment key="rest">{text.slice(at)}</Fragment>);
  return parts;
}
