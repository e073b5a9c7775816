import { Skeleton } from "@mantine/core";
import { isDecision } from "@/api";
import { ClassBadge, Confidence, StatusBadge } from "@/components";
import { EventLinks } from "./EventLinks";
import { OutcomeDetail } from "./OutcomeDetail";
import type { Tried } from "./useTryRun";
import classes from "./tryit.module.css";

/** Decisions side by side, each whole. */
export function OutcomeCards({ rows }: { rows: readonly Tried[] }) {
  return (
    <div className={classes.cards}>
      {rows.map((tried) => (
        <OutcomeCard key={tried.index} tried={tried} />
      ))}
    </div>
  );
}

function OutcomeCard({ tried }: { tried: Tried }) {
  const { outcome, index } = tried;
  const decision = outcome && isDecision(outcome) ? outcome : null;
  return (
    <article className={classes.card} aria-label={`Event ${index + 1}`}>
      <div className={classes.cardHead}>
        <span className={classes.number}>{index + 1}</span>
        {outcome === null && <Skeleton height={16} width={180} />}
        {outcome && !decision && <b>Refused</b>}
        {decision && (
          <>
            <ClassBadge uid={decision.class_uid} name={decision.class_name} activity={decision.activity_name} />
            <StatusBadge status={decision.status} />
            <Confidence value={decision.confidence} unsure={decision.status === "needs_review"} />
          </>
        )}
      </div>
      <OutcomeDetail tried={tried} />
      {decision && <EventLinks eventId={decision.event_id} />}
    </article>
  );
}
