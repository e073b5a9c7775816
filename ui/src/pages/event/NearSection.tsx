import { Link } from "@tanstack/react-router";
import type { MouseEvent } from "react";
import type { EventDetail } from "@/api";
import { StatusBadge, TimeText, safeLine, sourceName } from "@/components";
import { Section } from "./Section";
import { filtersOf } from "./terms";
import classes from "./event.module.css";

const SHOWN = 400;

/** What the same host, or the same source, sent just before and after. */
export function NearSection({
  event,
  onOpen,
}: {
  event: EventDetail;
  onOpen?: ((eventId: string) => void) | undefined;
}) {
  const { product } = event.source;
  const of = safeLine(event.host || sourceName(event.source));
  const q = event.host
    ? filtersOf("host", event.host)?.include
    : product
      ? filtersOf("product", product)?.include
      : undefined;
  const here = {
    event_id: event.event_id,
    received_at: event.received_at,
    raw: event.raw,
    class_name: "",
    status: null,
  };
  const others = event.surrounding.filter((other) => other.event_id !== event.event_id);
  const rows = [...others, here].sort(
    (a, b) => b.received_at.localeCompare(a.received_at) || b.event_id.localeCompare(a.event_id),
  );
  const inPlace = (id: string) => (click: MouseEvent) => {
    if (!onOpen || click.metaKey || click.ctrlKey || click.shiftKey) return;
    click.preventDefault();
    onOpen(id);
  };
  return (
    <Section
      title={of ? `Around it, from ${of}` : "Around it"}
      tools={
        q !== undefined && (
          <Link className={classes.link} to="/search" search={{ q }}>
            All of them
          </Link>
        )
      }
    >
      {others.length === 0 ? (
        <p className={classes.note}>Nothing else came from there yet.</p>
      ) : (
        <div>
          {rows.map((row) =>
            row.event_id === event.event_id ? (
              <div key={row.event_id} className={classes.near} aria-current="true">
                <TimeText at={row.received_at} />
                <span className={classes.oneLine}>{safeLine(row.raw.slice(0, SHOWN))}</span>
                <span className={classes.note}>this event</span>
              </div>
            ) : (
              <Link
                key={row.event_id}
                className={classes.near}
                to="/events/$eventId"
                params={{ eventId: row.event_id }}
                onClick={inPlace(row.event_id)}
              >
                <TimeText at={row.received_at} />
                <span className={classes.oneLine}>{safeLine(row.raw.slice(0, SHOWN))}</span>
                <span className={classes.line}>
                  {row.class_name}
                  <StatusBadge status={row.status} size="xs" />
                </span>
              </Link>
            ),
          )}
        </div>
      )}
    </Section>
  );
}
