import classes from "./queue.module.css";

interface Props {
  total: number | undefined;
  reviewedToday: number | undefined;
}

/** How far the day's work is. */
export function QueueCounts({ total, reviewedToday = 0 }: Props) {
  if (total === undefined) return null;
  const all = total + reviewedToday;
  const share = all === 0 ? 1 : reviewedToday / all;
  return (
    <span className={classes.counts}>
      <span
        className={classes.track}
        role="progressbar"
        aria-label="Reviewed today"
        aria-valuemin={0}
        aria-valuemax={all}
        aria-valuenow={reviewedToday}
        aria-valuetext={`${reviewedToday} reviewed today, ${total} waiting`}
      >
        <span className={classes.done} style={{ width: `${share * 100}%`, display: "block" }} />
      </span>
      <span>
        <b>{total.toLocaleString()}</b> waiting · <b>{reviewedToday.toLocaleString()}</b> reviewed today
      </span>
    </span>
  );
}
