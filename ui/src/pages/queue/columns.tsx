import { Tooltip } from "@mantine/core";
import {
  IconAlertTriangle,
  IconArrowForwardUp,
  IconCircleCheck,
  IconClock,
  IconPencilCheck,
  IconUsers,
  type Icon,
} from "@tabler/icons-react";
import { useStore, type QueueItem } from "@/api";
import { ClassBadge, Confidence, TimeText, percent, safeLine, sourceName, type Column } from "@/components";
import { desk, stateOf, type RowState } from "./desk";
import classes from "./queue.module.css";

const SHOWN = 600;

/** The columns of the queue; beside an open event only the first of them. */
export const COLUMNS: readonly Column<QueueItem>[] = [
  { id: "raw", header: "Log", width: 200, grow: 1, fixed: true, cell: (row) => <RawCell row={row} /> },
  { id: "class", header: "Proposed class", width: 250, cell: (row) => <ProposedCell row={row} /> },
  { id: "runner", header: "Runner-up", width: 170, cell: (row) => <RunnerUp row={row} /> },
  {
    id: "margin",
    header: "Margin",
    width: 72,
    align: "end",
    cell: (row) => (
      <Tooltip label="How far the first candidate is ahead of the second">
        <span>{percent(row.margin)}</span>
      </Tooltip>
    ),
  },
  {
    id: "like",
    header: "Like it",
    width: 72,
    align: "end",
    cell: (row) => (
      <Tooltip label="Events of this template; a review decides all of them">
        <span>{row.template_count.toLocaleString()}</span>
      </Tooltip>
    ),
  },
  { id: "source", header: "Source", width: 150, cell: (row) => safeLine(sourceName(row) || "unknown") },
  { id: "age", header: "Received", width: 110, cell: (row) => <TimeText at={row.received_at} style="ago" /> },
];
export const BESIDE_PANEL = ["raw", "class", "margin"];
/** What a small window shows, so that the log keeps the most of it. */
export const NARROW = ["raw", "class", "runner", "margin", "age"];

function RawCell({ row }: { row: QueueItem }) {
  return <span className={classes.raw}>{safeLine(row.raw.slice(0, SHOWN))}</span>;
}

function RunnerUp({ row }: { row: QueueItem }) {
  const second = row.candidates.find((candidate) => candidate.class_uid !== row.class_uid);
  return second ? <ClassBadge uid={second.class_uid} name={second.class_name} /> : <span>–</span>;
}

/** The class that Logatlas proposes; once somebody reviewed the row, what came of it. */
function ProposedCell({ row }: { row: QueueItem }) {
  const state = stateOf(useStore(desk), row);
  if (state !== null) return <RowStateText state={state} />;
  if (row.status !== "needs_review") {
    const Sign = row.status === "overridden" ? IconPencilCheck : IconCircleCheck;
    return (
      <span className={classes.state}>
        <Sign size={14} aria-label={row.status} /> {row.class_name}
      </span>
    );
  }
  return (
    <span className={classes.proposed}>
      <ClassBadge uid={row.class_uid} name={row.class_name} />
      <Confidence value={row.confidence} unsure width={36} />
    </span>
  );
}

const STATES: Record<RowState["kind"], { icon: Icon; words: (state: never) => string }> = {
  sending: { icon: IconClock, words: (state: Of<"sending">) => `Saving ${state.choice.class_name}…` },
  saved: {
    icon: IconCircleCheck,
    words: (state: Of<"saved">) => `${verb(state.choice.action)} ${state.review.class_name}`,
  },
  undoing: { icon: IconClock, words: (state: Of<"undoing">) => `Taking back ${state.choice.class_name}…` },
  failed: { icon: IconAlertTriangle, words: (state: Of<"failed">) => `Not saved: ${state.choice.class_name}` },
  conflict: { icon: IconUsers, words: (state: Of<"conflict">) => `${state.review.reviewer} was faster` },
  skipped: { icon: IconArrowForwardUp, words: () => "Skipped" },
  settled: {
    icon: IconCircleCheck,
    words: (state: Of<"settled">) => `${state.review.class_name}, by ${state.review.reviewer}`,
  },
  settling: { icon: IconClock, words: () => "Same template, saving…" },
};
type Of<K extends RowState["kind"]> = Extract<RowState, { kind: K }>;

const verb = (action: "confirm" | "override") => (action === "confirm" ? "Confirmed" : "Overridden:");

export function RowStateText({ state }: { state: RowState }) {
  const { icon: Sign, words } = STATES[state.kind];
  return (
    <span className={classes.state} data-kind={state.kind}>
      <Sign size={14} aria-hidden="true" /> {words(state as never)}
    </span>
  );
}
