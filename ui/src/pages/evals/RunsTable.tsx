import type { EvalRun } from "@/api";
import { DataTable, Empty, TimeText, type Column } from "@/components";
import { HEADLINES, figureOf, figureText } from "./figures";
import classes from "./evals.module.css";

const COLUMNS: readonly Column<EvalRun>[] = [
  { id: "started", header: "Started", width: 170, cell: (run) => <TimeText at={run.started_at} /> },
  { id: "suite", header: "Suite", width: 90, cell: (run) => run.suite },
  { id: "configuration", header: "Configuration", width: 150, cell: (run) => run.configuration },
  {
    id: "data",
    header: "Data",
    width: 150,
    grow: 1,
    cell: (run) => <span className={classes.mono}>{run.data_name}</span>,
  },
  { id: "events", header: "Events", width: 76, align: "end", cell: (run) => run.events.toLocaleString() },
  ...HEADLINES.map((name): Column<EvalRun> => ({
    id: name,
    header: figureOf(name).label,
    width: 138,
    align: "end",
    cell: (run) => <Headline run={run} name={name} />,
  })),
];

function Headline({ run, name }: { run: EvalRun; name: string }) {
  const interval = run.intervals[name];
  const about = interval
    ? `95 % interval ${figureText(name, interval[0])} to ${figureText(name, interval[1])}`
    : undefined;
  return <span title={about}>{figureText(name, run.figures[name])}</span>;
}

interface Props {
  runs: readonly EvalRun[];
  loading: boolean;
  open: string | undefined;
  onOpen: (run: EvalRun) => void;
  compared: ReadonlySet<string>;
  onCompare: (run: EvalRun) => void;
  onEnd: () => void;
}

/** All runs, newest first; two can be chosen to compare. */
export function RunsTable({ runs, loading, open, onOpen, compared, onCompare, onEnd }: Props) {
  return (
    <DataTable
      label="Runs"
      rows={runs}
      columns={COLUMNS}
      rowKey={(run) => run.run_id}
      activeKey={open ?? null}
      onActive={onOpen}
      selected={compared}
      onSelect={onCompare}
      loading={loading}
      onEndReached={onEnd}
      empty={
        <Empty title="No evaluation yet">
          Run one with <code>python -m evals run --data FILE.jsonl --out DIR</code>; it appears here with its figures.
        </Empty>
      }
    />
  );
}
