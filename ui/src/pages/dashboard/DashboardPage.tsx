import { useQueryClient } from "@tanstack/react-query";
import { Link, getRouteApi, useNavigate } from "@tanstack/react-router";
import { Button } from "@mantine/core";
import { useEffect, useMemo, type ReactNode } from "react";
import { useSummary } from "@/api";
import { Allowed, Empty, PageFrame } from "@/components";
import { TimePicker } from "../search/TimePicker";
import type { TimeRange } from "../search/time-range";
import { BacklogCards } from "./BacklogCard";
import { ConfidenceCard } from "./ConfidenceCard";
import { DegradedCard } from "./DegradedCard";
import { EventsOverTime } from "./EventsOverTime";
import { LatencyCard } from "./LatencyCard";
import { MemoCard } from "./MemoCard";
import { OverridesCard } from "./OverridesCard";
import { SourcesCard } from "./SourcesCard";
import { SummaryTiles } from "./SummaryTiles";
import classes from "./dashboard.module.css";

const route = getRouteApi("/shell/dashboard");
const DEFAULT_FROM = "now-24h";
const REFRESH_MS = 30_000;

/** What came in, how it was decided and reviewed. Every figure leads to its events. */
export function DashboardPage() {
  return (
    <Allowed permission="events.read">
      <Dashboard />
    </Allowed>
  );
}

function Dashboard() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const { to, by = "status" } = search;
  const from = search.from ?? (to === undefined ? DEFAULT_FROM : undefined);
  const range = useMemo(() => ({ from, to }), [from, to]);
  useFreshFigures(to === undefined || to === "now");
  return (
    <PageFrame
      title="Dashboard"
      actions={
        <TimePicker
          range={range}
          withAllTime={false}
          onRange={(next) =>
            void navigate({
              to: "/dashboard",
              search: { ...search, from: next.from === DEFAULT_FROM ? undefined : next.from, to: next.to },
            })
          }
        />
      }
    >
      <WithEvents range={range}>
        <SummaryTiles range={range} />
        <div className={classes.grid}>
          <EventsOverTime
            range={range}
            by={by}
            onBy={(next) =>
              void navigate({
                to: "/dashboard",
                search: { ...search, by: next === "status" ? undefined : next },
                replace: true,
              })
            }
          />
          <ConfidenceCard range={range} />
          <MemoCard range={range} />
          <BacklogCards range={range} />
          <OverridesCard range={range} />
          <LatencyCard range={range} />
          <SourcesCard range={range} />
          <DegradedCard range={range} />
        </div>
      </WithEvents>
    </PageFrame>
  );
}

/** Where there is no event at all, says what to do instead of showing empty figures. */
function WithEvents({ range, children }: { range: TimeRange; children: ReactNode }) {
  const summary = useSummary(range);
  if (summary.data?.events !== 0 || summary.data.needs_review > 0) return children;
  return (
    <Empty
      title="No events in this time"
      action={
        <Button variant="default" renderRoot={(props) => <Link to="/try" {...props} />}>
          Try a log
        </Button>
      }
    >
      Choose a longer time, send logs to <code>/ingest</code>, or paste some under “Try it”.
    </Empty>
  );
}

/** Reads the figures again from time to time, while they go up to now. */
function useFreshFigures(isOpen: boolean): void {
  const client = useQueryClient();
  useEffect(() => {
    if (!isOpen) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden) void client.invalidateQueries({ queryKey: ["stats"] });
    }, REFRESH_MS);
    return () => clearInterval(timer);
  }, [client, isOpen]);
}
