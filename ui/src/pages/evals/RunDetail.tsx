import { Tabs } from "@mantine/core";
import { useEvalRun } from "@/api";
import { ErrorState, RowsSkeleton, TimeText } from "@/components";
import { CalibrationTab } from "./CalibrationTab";
import { ConfusionTab } from "./ConfusionTab";
import { FiguresTab } from "./FiguresTab";
import { GroupsTab } from "./GroupsTab";
import { MistakesTab, type Pair } from "./MistakesTab";
import classes from "./evals.module.css";

const TABS = [
  { id: "figures", label: "Figures" },
  { id: "confusion", label: "Confusion" },
  { id: "calibration", label: "Calibration" },
  { id: "groups", label: "By source" },
  { id: "mistakes", label: "Mistakes" },
] as const;

interface Props {
  runId: string;
  tab: string | undefined;
  pair: Pair | null;
  onShow: (tab: string, pair: Pair | null) => void;
}

/** One run, whole. */
export function RunDetail({ runId, tab, pair, onShow }: Props) {
  const run = useEvalRun(runId);
  if (run.isPending) return <RowsSkeleton rows={10} />;
  if (run.isError) return <ErrorState error={run.error} onRetry={() => void run.refetch()} />;
  const shown = TABS.find(({ id }) => id === tab)?.id ?? "figures";
  return (
    <section aria-label="Run">
      <div className={classes.detailHead}>
        <b>{run.data.configuration}</b>
        <span>
          {run.data.events.toLocaleString()} events of {run.data.data_name || "unnamed data"}
        </span>
        <span className={classes.dimmed}>
          <TimeText at={run.data.started_at} />
        </span>
        <span className={`${classes.mono} ${classes.dimmed}`}>{run.data.run_id}</span>
      </div>
      <Tabs value={shown} onChange={(next) => onShow(next ?? "figures", null)} keepMounted={false}>
        <Tabs.List mb="sm">
          {TABS.map(({ id, label }) => (
            <Tabs.Tab key={id} value={id}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="figures">
          <FiguresTab run={run.data} />
        </Tabs.Panel>
        <Tabs.Panel value="confusion">
          <ConfusionTab run={run.data} onPair={(truth, predicted) => onShow("mistakes", { truth, predicted })} />
        </Tabs.Panel>
        <Tabs.Panel value="calibration">
          <CalibrationTab run={run.data} />
        </Tabs.Panel>
        <Tabs.Panel value="groups">
          <GroupsTab run={run.data} />
        </Tabs.Panel>
        <Tabs.Panel value="mistakes">
          <MistakesTab runId={runId} pair={pair} onPair={(next) => onShow("mistakes", next)} />
        </Tabs.Panel>
      </Tabs>
    </section>
  );
}
