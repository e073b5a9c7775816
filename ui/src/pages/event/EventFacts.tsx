import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { EventDetail } from "@/api";
import { TimeText, VisibleText } from "@/components";
import { filtersOf } from "./terms";
import classes from "./event.module.css";

/** Where the event is from, when it came, and how many are like it. Each leads to the events that share it. */
export function EventFacts({ event }: { event: EventDetail }) {
  const { vendor, product, sourcetype } = event.source;
  return (
    <dl className={classes.facts}>
      <Fact name="Received">
        <TimeText at={event.received_at} />
      </Fact>
      <Shared name="Vendor" field="vendor" value={vendor} />
      <Shared name="Product" field="product" value={product} />
      <Shared name="Sourcetype" field="sourcetype" value={sourcetype} />
      <Shared name="Host" field="host" value={event.host} />
      <Shared name="Format" field="format" value={event.format} />
      <Shared
        name="Template"
        field="template_id"
        value={event.template_id}
        label={`${event.template_count.toLocaleString()} ${event.template_count === 1 ? "event" : "events"}`}
      />
      <Fact name="Event">
        <span className={classes.mono}>{event.event_id}</span>
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Shared({ name, field, value, label }: { name: string; field: string; value: string; label?: string }) {
  const q = filtersOf(field, value)?.include;
  if (value === "") return null;
  return (
    <Fact name={name}>
      {q === undefined ? (
        <VisibleText text={value} />
      ) : (
        <Link className={classes.link} to="/search" search={{ q }}>
          <VisibleText text={label ?? value} />
        </Link>
      )}
    </Fact>
  );
}
