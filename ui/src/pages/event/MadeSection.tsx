import { Badge } from "@mantine/core";
import type { Decision } from "@/api";
import { Section } from "./Section";
import { DECIDED_BY_LABELS } from "./evidence";
import classes from "./event.module.css";

/** How the decision was made: by what, in which versions, in what time. */
export function MadeSection({ decision }: { decision: Decision }) {
  const { total, ...stages } = decision.latency_ms;
  const longest = Math.max(...Object.values(stages), 0.001);
  return (
    <Section title="How it was decided" name="made">
      <div className={classes.line}>
        <span>By {DECIDED_BY_LABELS[decision.decided_by]}</span>
        <Badge color={decision.decided_by === "memo" ? "brand" : "gray"} variant="outline">
          {decision.decided_by === "memo" ? "From the memo" : "Not from the memo"}
        </Badge>
        {decision.degraded.map((part) => (
          <Badge key={part} color="orange" variant="outline">
            Without {part}
          </Badge>
        ))}
      </div>
      {decision.rationale && <p className={classes.rationale}>{decision.rationale}</p>}
      <dl className={classes.bars} aria-label="Time of each stage">
        {Object.entries(stages).map(([stage, ms]) => (
          <Stage key={stage} stage={stage} ms={ms} share={ms / longest} />
        ))}
        {total !== undefined && (
          <>
            <dt>
              <b>total</b>
            </dt>
            <dd />
            <dd className={classes.number}>
              <b>{milliseconds(total)}</b>
            </dd>
          </>
        )}
      </dl>
      <details>
        <summary>Versions</summary>
        <dl className={classes.versions}>
          {Object.entries(decision.versions).map(([part, version]) => (
            <Version key={part} part={part} version={version} />
          ))}
          <Version part="template" version={decision.template_id} />
          <Version part="decision" version={decision.decision_id} />
        </dl>
      </details>
    </Section>
  );
}

function Stage({ stage, ms, share }: { stage: string; ms: number; share: number }) {
  return (
    <>
      <dt>{stage}</dt>
      <dd aria-hidden="true">
        <div className={classes.bar} style={{ width: `${Math.min(1, share) * 100}%` }} />
      </dd>
      <dd className={classes.number}>{milliseconds(ms)}</dd>
    </>
  );
}

function Version({ part, version }: { part: string; version: string }) {
  return (
    <>
      <dt>{part}</dt>
      <dd className={classes.mono}>{version || "–"}</dd>
    </>
  );
}

export function milliseconds(ms: number): string {
  if (ms === 0) return "0 ms";
  return ms < 10 ? `${ms.toFixed(ms < 1 ? 2 : 1)} ms` : `${Math.round(ms).toLocaleString()} ms`;
}
