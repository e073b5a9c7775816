import { Badge } from "@mantine/core";
import type { Decision, EventDetail, Review } from "@/api";
import { ClassBadge, Confidence, StatusBadge, TimeText, VisibleText } from "@/components";
import { Section } from "./Section";
import { history } from "./decisions";
import { DECIDED_BY_LABELS } from "./evidence";
import classes from "./event.module.css";

/** Every decision on the event, the latest first. */
export function HistorySection({ event }: { event: EventDetail }) {
  const decisions = history(event);
  return (
    <Section title={`Decisions (${decisions.length})`}>
      <ol className={classes.list} reversed>
        {decisions.toReversed().map((decision, at) => (
          <li key={`${decision.decision_id} ${decision.version ?? at}`} className={classes.history}>
            <Version decision={decision} number={decision.version ?? decisions.length - at} isCurrent={at === 0} />
          </li>
        ))}
      </ol>
    </Section>
  );
}

function Version({ decision, number, isCurrent }: { decision: Decision; number: number; isCurrent: boolean }) {
  return (
    <>
      <div className={classes.line}>
        <span className={classes.kind}>{isCurrent ? `${number}, now` : number}</span>
        <ClassBadge uid={decision.class_uid} name={decision.class_name} activity={decision.activity_name} />
        <StatusBadge status={decision.status} size="xs" />
        <Confidence value={decision.confidence} unsure={decision.status === "needs_review"} />
        <span className={classes.note}>
          by {decision.reviewer ?? DECIDED_BY_LABELS[decision.decided_by]} · <TimeText at={decision.decided_at} />
        </span>
      </div>
      {decision.comment && <Comment text={decision.comment} />}
    </>
  );
}

/** What people said of the event, the latest first. */
export function ReviewsSection({ reviews }: { reviews: readonly Review[] }) {
  const ordered = reviews.toSorted((a, b) => b.created_at.localeCompare(a.created_at));
  return (
    <Section title={`Reviews (${reviews.length})`} name="reviews">
      {reviews.length === 0 && <p className={classes.note}>Nobody has reviewed this event yet.</p>}
      <ul className={classes.list}>
        {ordered.map((review) => (
          <li key={review.review_id} className={classes.history}>
            <div className={classes.line}>
              <b>{review.reviewer}</b>
              <span>{review.action === "confirm" ? "confirmed" : "overrode with"}</span>
              <ClassBadge uid={review.class_uid} name={review.class_name} activity={review.activity_name} />
              <span className={classes.note}>
                <TimeText at={review.created_at} />
                {review.total > 1 && ` · with ${(review.total - 1).toLocaleString()} other events`}
                {review.before && review.action === "override" && ` · was ${review.before.class_name}`}
              </span>
              {review.undone_at !== null && (
                <Badge color="gray" variant="outline">
                  Undone{review.undone_by ? ` by ${review.undone_by}` : ""}
                </Badge>
              )}
            </div>
            {review.comment && <Comment text={review.comment} />}
            {review.effect && (
              <p className={classes.note}>
                {review.effect.redecided.toLocaleString()} events decided again; agreement{" "}
                {review.effect.agreed_before.toLocaleString()} before, {review.effect.agreed_after.toLocaleString()}{" "}
                after; {review.effect.memo_looked_at.toLocaleString()} memo entries looked at again
              </p>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Comment({ text }: { text: string }) {
  return (
    <p className={classes.comment}>
      <VisibleText text={text} />
    </p>
  );
}
