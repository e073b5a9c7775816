import { Alert, Button, Progress, SegmentedControl, Text } from "@mantine/core";
import { messageOf } from "@/api";
import { ClassBadge } from "@/components";
import { msText } from "./labels";
import { summarise, type RunState, type Tried } from "./useTryRun";
import classes from "./tryit.module.css";

export type View = "cards" | "table";
const CLASSES_SHOWN = 4;

interface Props {
  rows: readonly Tried[];
  state: RunState;
  error: unknown;
  onGoOn: () => void;
  onClear: () => void;
  view: View;
  onView: (view: View) => void;
  selected: number;
}

/** How far it is, what came out, and how it is shown. */
export function RunSummary({ rows, state, error, onGoOn, onClear, view, onView, selected }: Props) {
  const { total, done, refused, unsure, classes: found, medianMs } = summarise(rows);
  const waiting = total - done;
  return (
    <>
      <Progress
        value={total === 0 ? 0 : (done / total) * 100}
        size={3}
        radius={0}
        aria-label="Events decided"
        style={{ visibility: state === "running" ? "visible" : "hidden" }}
      />
      <div className={classes.summary} role="status">
        <b>
          {done.toLocaleString()} of {total.toLocaleString()} decided
        </b>
        {unsure > 0 && <span>{unsure.toLocaleString()} need review</span>}
        {refused > 0 && <span>{refused.toLocaleString()} refused</span>}
        {medianMs !== null && <Text span c="dimmed" size="sm">{`median ${msText(medianMs)}`}</Text>}
        {total > 1 &&
          found.slice(0, CLASSES_SHOWN).map((entry) => (
            <span key={entry.class_uid}>
              <ClassBadge uid={entry.class_uid} name={entry.class_name} /> {entry.count.toLocaleString()}
            </span>
          ))}
        {found.length > CLASSES_SHOWN && (
          <Text span c="dimmed" size="sm">{`and ${found.length - CLASSES_SHOWN} classes more`}</Text>
        )}
        <span className={classes.spacer} />
        <SegmentedControl
          size="xs"
          aria-label="How decisions are shown"
          data={[
            { value: "cards", label: selected > 0 ? `Side by side (${selected})` : "Side by side" },
            { value: "table", label: "Table" },
          ]}
          value={view}
          onChange={(value) => onView(value)}
        />
        <Button variant="subtle" size="compact-sm" onClick={onClear}>
          Clear
        </Button>
      </div>
      {(state === "failed" || state === "stopped") && waiting > 0 && (
        <Alert
          color="orange"
          variant="light"
          p="xs"
          mx={16}
          my={8}
          role="alert"
          title={state === "stopped" ? "Stopped" : "The stream broke off"}
        >
          {error !== null && <Text size="sm">{messageOf(error)}</Text>}
          <Button size="compact-xs" mt={4} onClick={onGoOn}>
            Decide the remaining {waiting.toLocaleString()}
          </Button>
        </Alert>
      )}
    </>
  );
}
