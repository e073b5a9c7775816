import { useComputedColorScheme } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useConfidenceStats, type ConfidenceStats } from "@/api";
import { Chart, statusColors } from "@/components";
import type { TimeRange } from "../search/time-range";
import { DashboardCard } from "./DashboardCard";
import { EventsLink } from "./EventsLink";
import { whole } from "./figures";
import { events } from "./links";
import { binLabel, confidenceBars } from "./options";

const CONDITIONS = ["-status:needs_review", "status:needs_review"] as const;

/** How sure the decisions were. */
export function ConfidenceCard({ range }: { range: TimeRange }) {
  const query = useConfidenceStats(range);
  return (
    <DashboardCard
      title="Confidence"
      about="Events by the probability of their class"
      query={query}
      height={220}
      isEmpty={(data) => data.bins.every((bin) => bin.count === 0)}
    >
      {(data) => <ConfidenceChart data={data} range={range} />}
    </DashboardCard>
  );
}

function ConfidenceChart({ data, range }: { data: ConfidenceStats; range: TimeRange }) {
  const navigate = useNavigate();
  const colors = statusColors(useComputedColorScheme("light"));
  const option = useMemo(() => confidenceBars(data, colors), [data, colors]);
  return (
    <Chart
      label="Confidence"
      height={220}
      option={option}
      onClick={({ seriesIndex, dataIndex }) => {
        const bin = data.bins[dataIndex];
        if (bin) void navigate({ to: "/search", search: events(bin.q, range, CONDITIONS[seriesIndex]) });
      }}
      table={{
        columns: ["Confidence", "Events", "Need review"],
        rows: data.bins.map((bin) => [
          binLabel(bin),
          <EventsLink key="all" to={events(bin.q, range)}>
            {whole(bin.count)}
          </EventsLink>,
          <EventsLink key="review" to={events(bin.q, range, CONDITIONS[1])}>
            {whole(bin.needs_review)}
          </EventsLink>,
        ]),
      }}
    />
  );
}
