import { Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ChunkDetail } from "@/api";
import { TimeText, VisibleText, safeLine } from "@/components";
import classes from "./knowledge.module.css";

/** Where a chunk is used: how many decisions name it as evidence, and the latest events of those. */
export function Usage({ chunk }: { chunk: Pick<ChunkDetail, "usage"> }) {
  const { decisions, last_used_at, recent } = chunk.usage;
  return (
    <section className={classes.section} aria-label="Usage">
      <Title order={3}>Usage</Title>
      {decisions === 0 ? (
        <Text size="sm" c="dimmed">
          No decision rests on it yet.
        </Text>
      ) : (
        <Text size="sm">
          {decisions.toLocaleString()} {decisions === 1 ? "decision rests" : "decisions rest"} on it, the latest{" "}
          <TimeText at={last_used_at} style="ago" />.
        </Text>
      )}
      <ul className={classes.recent}>
        {recent.map((event) => (
          <li key={event.event_id}>
            <Link to="/events/$eventId" params={{ eventId: event.event_id }}>
              <TimeText at={event.received_at} />
              <span className={classes.raw} dir="ltr">
                <VisibleText text={safeLine(event.raw.slice(0, 300))} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
