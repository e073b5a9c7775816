import { SegmentedControl } from "@mantine/core";
import { useEffect, useMemo, useRef, useState } from "react";
import type { Decision, EventDetail, Span } from "@/api";
import { useLit } from "@/chat/spotlight";
import { CopyButton, RawLog } from "@/components";
import { Section } from "./Section";
import { prettyPrint } from "./pretty";
import classes from "./event.module.css";

interface Props {
  event: EventDetail;
  decision: Decision | undefined;
  /** The evidence to bring into view and stress. */
  focus: string | null;
}

/** The log as its format lays it out, with what the decision rests on highlighted. */
export function RawSection({ event, decision, focus }: Props) {
  const [layout, setLayout] = useState<"pretty" | "received">("pretty");
  const pretty = useMemo(() => prettyPrint(event.raw, event.format), [event.raw, event.format]);
  const lit = useLit(event.event_id);
  const evidence = useMemo(() => marksOf(decision), [decision]);
  const marks = useMemo(() => withLit(evidence, lit.spans), [evidence, lit.spans]);
  const shown = layout === "pretty" ? pretty : null;
  const spans = useMemo(() => marks.map(({ span }) => (shown ? shown.place(span) : span)), [marks, shown]);
  const focused = useMemo(
    () =>
      marks.flatMap(({ ids, span }, index) => {
        const isLit = lit.stressed.some((spot) => spot[0] < span[1] && span[0] < spot[1]);
        return isLit || (focus !== null && ids.includes(focus)) ? [index] : [];
      }),
    [marks, lit.stressed, focus],
  );
  const log = useRef<HTMLDivElement>(null);
  const isLit = lit.stressed.length > 0;
  useEffect(() => {
    if (lit.openingInLog > 0 && isLit) log.current?.scrollIntoView({ block: "nearest" });
  }, [lit.openingInLog, isLit]);
  return (
    <Section
      title="Raw log"
      tools={
        <>
          {pretty && (
            <SegmentedControl
              size="xs"
              aria-label="Layout of the raw log"
              value={layout}
              onChange={(value) => setLayout(value === "received" ? "received" : "pretty")}
              data={[
                { value: "pretty", label: event.format === "kv" ? "Key=value" : event.format.toUpperCase() },
                { value: "received", label: "As received" },
              ]}
            />
          )}
          <CopyButton text={event.raw} label="Copy the raw log" />
        </>
      }
    >
      <div ref={log}>
        <RawLog
          raw={shown ? shown.text : event.raw}
          spans={spans}
          titles={marks.map(({ title }) => title)}
          focus={focused}
        />
      </div>
      {event.raw_base64 !== undefined && (
        <p className={classes.note}>
          Some bytes are not UTF-8 and are shown as �. The log as received is in the JSON, as raw_base64.
        </p>
      )}
    </Section>
  );
}

interface Mark {
  span: Span;
  /** What rests on this place. */
  ids: string[];
  title: string;
}

/** The places of the log that the decision rests on, each once. */
export function marksOf(decision: Decision | undefined): Mark[] {
  const marks = new Map<string, Mark>();
  for (const item of decision?.evidence ?? []) {
    for (const span of item.spans) {
      const known = marks.get(span.join("-"));
      if (known) {
        known.ids.push(item.chunk_id);
        known.title += `; ${item.title}`;
      } else marks.set(span.join("-"), { span, ids: [item.chunk_id], title: item.title });
    }
  }
  return [...marks.values()].sort((a, b) => a.span[0] - b.span[0] || a.span[1] - b.span[1]);
}

/** With the places that the chat points at; a place of the evidence that one of them overlaps is cut there. */
function withLit(evidence: Mark[], lit: readonly Span[]): Mark[] {
  if (lit.length === 0) return evidence;
  const edges = [...new Set([...evidence.flatMap(({ span }) => span), ...lit.flat()])].sort((a, b) => a - b);
  return edges.flatMap((start, at) => {
    const end = edges[at + 1];
    if (end === undefined) return [];
    const under = evidence.filter(({ span }) => span[0] <= start && end <= span[1]);
    const isLit = lit.some((span) => span[0] <= start && end <= span[1]);
    if (under.length === 0 && !isLit) return [];
    return [
      {
        span: [start, end] as Span,
        ids: under.flatMap(({ ids }) => ids),
        title: [...under.map(({ title }) => title), ...(isLit ? ["named in the chat"] : [])].join("; "),
      },
    ];
  });
}
