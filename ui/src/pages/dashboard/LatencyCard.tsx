import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useLatencyStats, type LatencyStats } from "@/api";
import { Chart } from "@/components";
import type { TimeRange } from "../search/time-range";
import { DashboardCard } from "./DashboardCard";
import { EventsLink } from "./EventsLink";
import { milliseconds, whole } from "./figures";
import { events } from "./links";
import { latencyBars } from "./options";

type Stage = LatencyStats["stages"][number];
const PERCENTILES = ["p50_ms", "p95_ms", "p99_ms"] as const;

/**
 * The events behind a figure of a stage. Decisions can be searched by their total time, not by that of a stage; a
 * stage is part of the total, so those at least as slow in all hold those that are as slow in the stage.
 */
function slower(stage: Stage, percentile: (typeof PERCENTILES)[number], range: TimeRange) {
  return events("", range, `latency:>=${Number(stage[percentile].toPrecision(4))}`);
}

/** How long each stage takes. */
export function LatencyCard({ range }: { range: TimeRange }) {
  const query = useLatencyStats(range);
  return (
    <DashboardCard
      title="Latency by stage"
      about="Milliseconds, at three percentiles; leads to events that took as long or longer"
      query={query}
      height={240}
      isEmpty={(data) => data.stages.length === 0}
    >
      {(data) => <LatencyChart data={data} range={range} />}
    </DashboardCard>
  );
}

function LatencyChart({ data, range }: { data: LatencyStats; range: TimeRange }) {
  const navigate = useNavigate();
  const option = useMemo(() => latencyBars(data), [data]);
  return (
    <Chart
      label="Latency by stage"
      height={240}
      option={option}
      onClick={({ seriesIndex, name }) => {
        const stage = data.stages.find((candidate) => candidate.stage === name);
        const percentile = PERCENTILES[seriesIndex];
        if (stage && percentile) void navigate({ to: "/search", search: slower(stage, percentile, range) });
      }}
      table={{
        columns: ["Stage", "Events", "p50", "p95", "p99"],
        rows: data.stages.map((stage) => [
          stage.stage,
          <EventsLink key="count" to={events("status:*", range)}>
            {whole(stage.count)}
          </EventsLink>,
          ...PERCENTILES.map((percentile) => (
            <EventsLink key={percentile} to={slower(stage, percentile, range)}>
              {milliseconds(stage[percentile])}
            </EventsLink>
          )),
        ]),
      }}
    />
  );
}
