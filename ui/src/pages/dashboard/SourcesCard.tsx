import { Table } from "@mantine/core";
import { useSourceStats, type SourceStats } from "@/api";
import { percent, safeLine } from "@/components";
import type { TimeRange } from "../search/time-range";
import { DashboardCard } from "./DashboardCard";
import { EventsLink } from "./EventsLink";
import { whole } from "./figures";
import { events } from "./links";
import classes from "./dashboard.module.css";

type Source = SourceStats["sources"][number];

const COUNTS: readonly { title: string; count: (source: Source) => number; condition: string }[] = [
  { title: "Events", count: (source) => source.events, condition: "" },
  { title: "Need review", count: (source) => source.needs_review, condition: "status:needs_review" },
  { title: "Confirmed", count: (source) => source.confirmed, condition: "status:confirmed" },
  { title: "Overridden", count: (source) => source.overridden, condition: "status:overridden" },
];

/** Where events come from, and how sure their decisions are. */
export function SourcesCard({ range }: { range: TimeRange }) {
  const query = useSourceStats(range);
  return (
    <DashboardCard title="Sources" wide query={query} height={160} isEmpty={(data) => data.sources.length === 0}>
      {(data) => (
        // It scrolls, so it must be reachable by keyboard.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className={classes.scroll} tabIndex={0} role="group" aria-label="Sources">
          <Table stickyHeader verticalSpacing={3}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Source</Table.Th>
                {COUNTS.map(({ title }) => (
                  <Table.Th key={title} className={classes.number}>
                    {title}
                  </Table.Th>
                ))}
                <Table.Th className={classes.number}>Mean confidence</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.sources.map((source) => (
                <SourceRow key={`${source.vendor}\n${source.product}`} source={source} range={range} />
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </DashboardCard>
  );
}

function SourceRow({ source, range }: { source: Source; range: TimeRange }) {
  const name = safeLine([source.vendor, source.product].filter(Boolean).join(" ")) || "Unknown source";
  return (
    <Table.Tr>
      <Table.Td>
        <EventsLink to={events(source.q, range)} className={classes.name}>
          {name}
        </EventsLink>
      </Table.Td>
      {COUNTS.map(({ title, count, condition }) => (
        <Table.Td key={title} className={classes.number}>
          {count(source) === 0 ? (
            "0"
          ) : (
            <EventsLink to={events(source.q, range, condition)} label={`${name}, ${title}: ${whole(count(source))}`}>
              {whole(count(source))}
            </EventsLink>
          )}
        </Table.Td>
      ))}
      <Table.Td className={classes.number}>
        <EventsLink
          to={events(source.q, range, `confidence:<=${source.mean_confidence.toFixed(4)}`)}
          label={`${name}, mean confidence ${percent(source.mean_confidence)}: events no surer than that`}
        >
          {percent(source.mean_confidence)}
        </EventsLink>
      </Table.Td>
    </Table.Tr>
  );
}
