import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTimeSeries, type TimeSeries } from "@/api";
import { Chart, TimeText } from "@/components";
import type { TimeRange } from "../search/time-range";
import { DashboardCard } from "./DashboardCard";
import { EventsLink } from "./EventsLink";
import { rate } from "./figures";
import { events, stepRange } from "./links";
import { memoRate, rateLine } from "./options";

const BY_MEMO = "decided_by:memo";

/** The part of events that the memo decided, over time. */
export function MemoCard({ range }: { range: TimeRange }) {
  const query = useTimeSeries(range, "decided_by");
  return (
    <DashboardCard
      title="Memo hit rate"
      about="Of what was decided without a person, the part that a known template decided"
      query={query}
      height={220}
      isEmpty={(data) => data.series.length === 0}
    >
      {(data) => <MemoChart data={data} />}
    </DashboardCard>
  );
}

function MemoChart({ data }: { data: TimeSeries }) {
  const navigate = useNavigate();
  const points = useMemo(() => memoRate(data), [data]);
  const option = useMemo(() => rateLine("Memo hit rate", points, data.step_s), [points, data.step_s]);
  return (
    <Chart
      label="Memo hit rate"
      height={220}
      option={option}
      onClick={({ dataIndex }) => {
        const at = points[dataIndex]?.[0];
        if (at) void navigate({ to: "/search", search: events(BY_MEMO, stepRange(at, data.step_s)) });
      }}
      table={{
        columns: ["Time", "Rate"],
        rows: points.map(([at, value]) => [
          <TimeText key="at" at={at} />,
          <EventsLink key="rate" to={events(BY_MEMO, stepRange(at, data.step_s))}>
            {rate(value)}
          </EventsLink>,
        ]),
      }}
    />
  );
}
