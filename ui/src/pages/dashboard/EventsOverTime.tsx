import { Select, useComputedColorScheme } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTimeSeries, type SeriesBy, type TimeSeries } from "@/api";
import { Chart, STATUS_LABELS, TimeText, safeLine, statusColors, type ChartTable } from "@/components";
import type { TimeRange } from "../search/time-range";
import { DashboardCard } from "./DashboardCard";
import { EventsLink } from "./EventsLink";
import { whole } from "./figures";
import { events, stepRange } from "./links";
import { stacked } from "./options";

const NONE = {};
const BY: { value: SeriesBy; label: string }[] = [
  { value: "status", label: "by status" },
  { value: "class", label: "by class" },
  { value: "category", label: "by category" },
  { value: "source", label: "by source" },
  { value: "decided_by", label: "by what decided" },
  { value: "degraded", label: "by missing part" },
];

interface Props {
  range: TimeRange;
  by: SeriesBy;
  onBy: (by: SeriesBy) => void;
}

function labelled(data: TimeSeries, by: SeriesBy): TimeSeries {
  if (by !== "status") return data;
  const labels: Record<string, string> = { ...STATUS_LABELS, none: "Waiting", "": "Waiting" };
  return { ...data, series: data.series.map((series) => ({ ...series, label: labels[series.key] ?? series.label })) };
}

function tableOf(data: TimeSeries): ChartTable {
  const times = data.series[0]?.points.map(([at]) => at) ?? [];
  return {
    columns: ["Time", ...data.series.map((series) => safeLine(series.label))],
    rows: times.map((at, index) => [
      <TimeText key="at" at={at} />,
      ...data.series.map((series) => {
        const count = series.points[index]?.[1] ?? 0;
        return count === 0 ? (
          "0"
        ) : (
          <EventsLink key={series.key} to={events(series.q, stepRange(at, data.step_s))}>
            {whole(count)}
          </EventsLink>
        );
      }),
    ]),
  };
}

export function EventsOverTime({ range, by, onBy }: Props) {
  const query = useTimeSeries(range, by);
  return (
    <DashboardCard
      title="Events over time"
      wide
      query={query}
      height={260}
      isEmpty={(data) => data.series.length === 0}
      tools={
        <Select
          aria-label="Events over time, by what"
          w={150}
          mr={28}
          allowDeselect={false}
          data={BY}
          value={by}
          onChange={(value) => {
            const wanted = BY.find((choice) => choice.value === value);
            if (wanted) onBy(wanted.value);
          }}
        />
      }
    >
      {(data) => <SeriesChart data={labelled(data, by)} isStatus={by === "status"} />}
    </DashboardCard>
  );
}

function SeriesChart({ data, isStatus }: { data: TimeSeries; isStatus: boolean }) {
  const navigate = useNavigate();
  const scheme = useComputedColorScheme("light");
  const colors: Readonly<Record<string, string>> = isStatus ? statusColors(scheme) : NONE;
  const option = useMemo(() => stacked(data, colors), [data, colors]);
  const table = useMemo(() => tableOf(data), [data]);
  return (
    <Chart
      label="Events over time"
      height={260}
      option={option}
      table={table}
      onClick={({ seriesIndex, dataIndex }) => {
        const series = data.series[seriesIndex];
        const at = series?.points[dataIndex]?.[0];
        if (series && at) void navigate({ to: "/search", search: events(series.q, stepRange(at, data.step_s)) });
      }}
    />
  );
}
