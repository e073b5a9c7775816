import { Skeleton } from "@mantine/core";
import { useSummary, type StatsSummary } from "@/api";
import { ErrorState, durationText } from "@/components";
import type { TimeRange } from "../search/time-range";
import { EventsLink } from "./EventsLink";
import { perSecond, rate, whole } from "./figures";
import { events, type EventsSearch } from "./links";
import classes from "./dashboard.module.css";

const REVIEWED = "(status:confirmed OR status:overridden) decided_by:analyst";
const OVERRIDDEN = "status:overridden decided_by:analyst";

interface Tile {
  title: string;
  figure: string;
  about?: string;
  to: EventsSearch;
}

function tilesOf(summary: StatsSummary, range: TimeRange): Tile[] {
  return [
    { title: "Events", figure: whole(summary.events), about: perSecond(summary.per_second), to: events("", range) },
    {
      title: "Need review",
      figure: whole(summary.needs_review),
      about:
        summary.oldest_waiting_s === null ? "none waits" : `oldest waits ${durationText(summary.oldest_waiting_s)}`,
      to: { ...events("status:needs_review", range), order: "oldest" },
    },
    { title: "Decided automatically", figure: whole(summary.decided_auto), to: events("status:auto", range) },
    { title: "Reviewed", figure: whole(summary.reviewed), to: events(REVIEWED, range) },
    { title: "Memo hit rate", figure: rate(summary.memo_hit_rate), to: events("decided_by:memo", range) },
    { title: "Override rate", figure: rate(summary.override_rate), to: events(OVERRIDDEN, range) },
  ];
}

/** The figures of the time chosen; each leads to its events. */
export function SummaryTiles({ range }: { range: TimeRange }) {
  const summary = useSummary(range);
  if (summary.isError && !summary.data) {
    return <ErrorState error={summary.error} onRetry={() => void summary.refetch()} />;
  }
  if (!summary.data) {
    return (
      <div className={classes.tiles} aria-hidden="true">
        {Array.from({ length: 6 }, (_, at) => (
          <Skeleton key={at} height={74} />
        ))}
      </div>
    );
  }
  return (
    <ul className={classes.tiles} aria-label="Summary">
      {tilesOf(summary.data, range).map((tile) => (
        <li key={tile.title} className={classes.tile}>
          <span className={classes.title}>{tile.title}</span>
          <EventsLink to={tile.to} className={classes.figure} label={`${tile.title}: ${tile.figure}`}>
            {tile.figure}
          </EventsLink>
          <span className={classes.about}>{tile.about}</span>
        </li>
      ))}
    </ul>
  );
}
