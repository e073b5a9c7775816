import { useComputedColorScheme } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useBacklogStats, type BacklogStats } from "@/api";
import { Chart, TimeText, statusColors } from "@/components";
import type { TimeRange } from "../search/time-range";
import { DashboardCard } from "./DashboardCard";
import { EventsLink } from "./EventsLink";
import { whole } from "./figures";
import { events } from "./links";
import { ageBars, backlogLine } from "./options";

const WAITING = "status:needs_review";
/** What waits does not depend on the time chosen: an event from before may wait still. */
const ALL_TIME: TimeRange = {};

/** What waits for review, since when, and how that went. */
export function BacklogCards({ range }: { range: TimeRange }) {
  const query = useBacklogStats(range);
  return (
    <>
      <DashboardCard
        title="Review backlog by age"
        about="How long events have been waiting, up to now"
        query={query}
        height={220}
        isEmpty={(data) => data.total === 0}
        empty="Nothing waits for review."
      >
        {(data) => <AgesChart data={data} />}
      </DashboardCard>
      <DashboardCard
        title="Review backlog over time"
        query={query}
        height={220}
        isEmpty={(data) => data.series.length === 0}
      >
        {(data) => <BacklogChart data={data} />}
      </DashboardCard>
    </>
  );
}

function AgesChart({ data }: { data: BacklogStats }) {
  const navigate = useNavigate();
  const colors = statusColors(useComputedColorScheme("light"));
  const option = useMemo(() => ageBars(data, colors.needs_review), [data, colors]);
  const to = (q: string) => ({ ...events(q, ALL_TIME), order: "oldest" as const });
  return (
    <Chart
      label="Review backlog by age"
      height={220}
      option={option}
      onClick={({ dataIndex }) => {
        const age = data.ages[dataIndex];
        if (age) void navigate({ to: "/search", search: to(age.q) });
      }}
      table={{
        columns: ["Waiting for", "Events"],
        rows: data.ages.map((age) => [
          age.label,
          <EventsLink key="count" to={to(age.q)}>
            {whole(age.count)}
          </EventsLink>,
        ]),
      }}
    />
  );
}

function BacklogChart({ data }: { data: BacklogStats }) {
  const navigate = useNavigate();
  const option = useMemo(() => backlogLine(data), [data]);
  const upTo = (at: string) => events(WAITING, { to: new Date(at).toISOString() });
  return (
    <Chart
      label="Review backlog over time"
      height={220}
      option={option}
      onClick={({ dataIndex }) => {
        const at = data.series[dataIndex]?.[0];
        if (at) void navigate({ to: "/search", search: upTo(at) });
      }}
      table={{
        columns: ["Time", "Need review"],
        rows: data.series.map(([at, count]) => [
          <TimeText key="at" at={at} />,
          <EventsLink key="count" to={upTo(at)}>
            {whole(count)}
          </EventsLink>,
        ]),
      }}
    />
  );
}
