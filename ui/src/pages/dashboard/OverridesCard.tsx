import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useOverrideStats, useSourceStats, type OverrideStats, type SourceStats } from "@/api";
import { Chart, TimeText, safeLine } from "@/components";
import type { TimeRange } from "../search/time-range";
import { narrowed, termOf } from "../search/query-text";
import { DashboardCard } from "./DashboardCard";
import { EventsLink } from "./EventsLink";
import { rate, whole } from "./figures";
import { events } from "./links";
import { overrideLines } from "./options";

/** How often analysts override, by source: a rise tells that a source has changed. */
export function OverridesCard({ range }: { range: TimeRange }) {
  const query = useOverrideStats(range);
  const sources = useSourceStats(range).data?.sources;
  return (
    <DashboardCard
      title="Override rate by source"
      about="Overridden of all reviewed; a rise tells of drift"
      query={query}
      height={220}
      isEmpty={(data) => data.series.length === 0}
      empty="Nothing was reviewed in this time."
    >
      {(data) => <OverridesChart data={data} sources={sources ?? []} range={range} />}
    </DashboardCard>
  );
}

type Series = OverrideStats["series"][number] & { q?: string };

/** The reviewed events of a source. */
export function reviewedOf(series: Series, sources: SourceStats["sources"]): string {
  if (series.q !== undefined) return series.q;
  const known = sources.find(
    ({ vendor, product }) => product === series.source || [vendor, product].filter(Boolean).join(" ") === series.source,
  );
  return narrowed(known?.q ?? termOf("product", series.source), "decided_by:analyst");
}

const OVERRIDDEN = "status:overridden";

interface ChartProps {
  data: OverrideStats;
  sources: SourceStats["sources"];
  range: TimeRange;
}

function OverridesChart({ data, sources, range }: ChartProps) {
  const navigate = useNavigate();
  const option = useMemo(() => overrideLines(data), [data]);
  // Steps are times of reviews and events are searched by time of receipt: a step leads to all reviewed events.
  const to = (series: Series, condition = "") => events(reviewedOf(series, sources), range, condition);
  return (
    <Chart
      label="Override rate by source"
      height={220}
      option={option}
      onClick={({ seriesIndex }) => {
        const series = data.series[seriesIndex];
        if (series) void navigate({ to: "/search", search: to(series, OVERRIDDEN) });
      }}
      table={{
        columns: ["Reviewed at", "Source", "Override rate", "Reviews"],
        rows: data.series.flatMap((series) =>
          series.points
            .filter(([, , reviews]) => reviews > 0)
            .map(([at, value, reviews]) => [
              <TimeText key="at" at={at} />,
              safeLine(series.source),
              <EventsLink key="rate" to={to(series, OVERRIDDEN)}>
                {rate(value)}
              </EventsLink>,
              <EventsLink key="reviews" to={to(series)}>
                {whole(reviews)}
              </EventsLink>,
            ]),
        ),
      }}
    />
  );
}
