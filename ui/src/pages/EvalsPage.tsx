import { Text } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { CSSProperties } from "react";
import { itemsOf, useEvalRuns, type EvalRun } from "@/api";
import { Allowed, ErrorState, PageFrame } from "@/components";
import { Comparison } from "./evals/Comparison";
import { RunDetail } from "./evals/RunDetail";
import { RunsTable } from "./evals/RunsTable";
import type { Pair } from "./evals/MistakesTab";
import classes from "./evals/evals.module.css";

export function Page() {
  return (
    <PageFrame title="Evals" fill>
      <Allowed permission="evals.read">
        <Evals />
      </Allowed>
    </PageFrame>
  );
}

/** The runs, and below them the one that is open, or two compared. */
function Evals() {
  const { run, a, b, tab, truth, predicted } = useSearch({ from: "/shell/evals" });
  const navigate = useNavigate();
  const runs = useEvalRuns();
  const compared = new Set([a, b].filter((id) => id !== undefined));
  const comparing = a !== undefined && b !== undefined;
  const pair: Pair | null = truth !== undefined && predicted !== undefined ? { truth, predicted } : null;

  const open = (chosen: EvalRun) =>
    void navigate({ to: "/evals", search: { run: chosen.run_id, tab: comparing ? undefined : tab } });
  const compare = ({ run_id }: EvalRun) => {
    const others = [...compared].filter((id) => id !== run_id);
    // A third one takes the place of the second.
    const next = compared.has(run_id) ? others : [...others.slice(0, 1), run_id];
    void navigate({ to: "/evals", search: { run: next.length === 2 ? undefined : run, a: next[0], b: next[1] } });
  };

  if (runs.isError) return <ErrorState error={runs.error} onRetry={() => void runs.refetch()} />;
  const detail = comparing || run !== undefined;
  return (
    <div className={classes.page}>
      <div
        className={classes.runs}
        data-alone={!detail}
        style={{ "--evals-runs": itemsOf(runs.data).length } as CSSProperties}
      >
        <RunsTable
          runs={itemsOf(runs.data)}
          loading={runs.isPending}
          open={comparing ? undefined : run}
          onOpen={open}
          compared={compared}
          onCompare={compare}
          onEnd={() => {
            if (runs.hasNextPage && !runs.isFetchingNextPage) void runs.fetchNextPage();
          }}
        />
        {compared.size === 1 && (
          <Text size="sm" c="dimmed" px={16} py={4} role="status">
            Select another run to compare the two.
          </Text>
        )}
      </div>
      {detail && (
        <div className={classes.detail}>
          {comparing ? (
            <Comparison
              a={a}
              b={b}
              tab={tab}
              onTab={(next) => void navigate({ to: "/evals", search: { a, b, tab: next }, replace: true })}
              onSwap={() => void navigate({ to: "/evals", search: { a: b, b: a, tab }, replace: true })}
              onClose={() => void navigate({ to: "/evals", search: {} })}
            />
          ) : (
            run !== undefined && (
              <RunDetail
                key={run}
                runId={run}
                tab={tab}
                pair={pair}
                onShow={(next, cell) =>
                  void navigate({ to: "/evals", search: { run, a, tab: next, ...cell }, replace: cell === null })
                }
              />
            )
          )}
        </div>
      )}
    </div>
  );
}
