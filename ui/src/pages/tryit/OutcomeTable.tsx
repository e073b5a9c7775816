import { isDecision } from "@/api";
import { ClassBadge, Confidence, DataTable, StatusBadge, VisibleText, safeLine, type Column } from "@/components";
import { DECIDED_BY_SHORT, msText } from "./labels";
import type { Tried } from "./useTryRun";
import classes from "./tryit.module.css";

const decisionOf = (tried: Tried) => (tried.outcome && isDecision(tried.outcome) ? tried.outcome : null);

const COLUMNS: readonly Column<Tried>[] = [
  { id: "number", header: "#", width: 52, align: "end", cell: (row) => row.index + 1 },
  {
    id: "raw",
    header: "Raw log",
    width: 260,
    grow: 1,
    cell: (row) => (
      <span className={classes.raw} dir="ltr">
        <VisibleText text={safeLine(row.raw.slice(0, 400))} />
      </span>
    ),
  },
  {
    id: "class",
    header: "Class",
    width: 230,
    cell: (row) => {
      const decision = decisionOf(row);
      if (decision)
        return <ClassBadge uid={decision.class_uid} name={decision.class_name} activity={decision.activity_name} />;
      return row.outcome && !isDecision(row.outcome) ? `Refused: ${row.outcome.error.message}` : "…";
    },
  },
  {
    id: "confidence",
    header: "Confidence",
    width: 132,
    align: "end",
    cell: (row) => {
      const decision = decisionOf(row);
      return decision && <Confidence value={decision.confidence} unsure={decision.status === "needs_review"} />;
    },
  },
  {
    id: "status",
    header: "Status",
    width: 126,
    cell: (row) => {
      const decision = decisionOf(row);
      return decision && <StatusBadge status={decision.status} />;
    },
  },
  {
    id: "by",
    header: "Decided by",
    width: 86,
    cell: (row) => {
      const decision = decisionOf(row);
      return decision && DECIDED_BY_SHORT[decision.decided_by];
    },
  },
  {
    id: "ms",
    header: "Time",
    width: 72,
    align: "end",
    cell: (row) => msText(decisionOf(row)?.latency_ms.total),
  },
];

interface Props {
  rows: readonly Tried[];
  active: number | null;
  onActive: (row: Tried) => void;
  selected: ReadonlySet<string>;
  onSelect: (row: Tried, key: string) => void;
}

/** Many decisions, one a row; `x` chooses those to see side by side. */
export function OutcomeTable({ rows, active, onActive, selected, onSelect }: Props) {
  return (
    <div className={classes.table}>
      <DataTable
        label="Decisions"
        rows={rows}
        columns={COLUMNS}
        rowKey={(row) => String(row.index)}
        activeKey={active === null ? null : String(active)}
        onActive={onActive}
        selected={selected}
        onSelect={onSelect}
        rowTone={(row) => (decisionOf(row)?.status === "needs_review" ? "unsure" : undefined)}
      />
    </div>
  );
}
