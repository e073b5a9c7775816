import { Button, Progress } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { refreshAfterReview, useLive, useReviewProgress, type Review } from "@/api";
import { desk, withReview, withoutStep } from "./desk";
import classes from "./queue.module.css";

interface Props {
  reviewId: string;
  label: string;
  onEnd: () => void;
}

/** A review of many events at work, until it is done or was not done at all. */
export function RunningReview({ reviewId, label, onEnd }: Props) {
  const client = useQueryClient();
  const { data, isError, refetch } = useReviewProgress(reviewId);
  useLive("review_progress", (progress) => {
    if (progress.review_id !== reviewId) return;
    if (progress.state === "running") {
      client.setQueryData<Review>(["reviews", "one", reviewId], (known) => known && { ...known, ...progress });
    } else void refetch();
  });
  const state = data?.state;
  useEffect(() => {
    if (!data || state === undefined || state === "running") return;
    desk.set((before) => {
      const without = { ...before, running: before.running.filter((one) => one.review_id !== reviewId) };
      return state === "failed" ? withoutStep(without, reviewId) : withReview(without, data);
    });
    refreshAfterReview(client);
    onEnd();
    notifications.show(
      state === "failed"
        ? { color: "red", title: "Not done", message: `${label}: nothing was changed.`, autoClose: false }
        : { message: label },
    );
  }, [state, data, reviewId, label, client, onEnd]);

  const done = data?.done ?? 0;
  const total = data?.total ?? 0;
  const stop = () =>
    desk.set((before) => ({ ...before, running: before.running.filter((r) => r.review_id !== reviewId) }));
  return (
    <div className={classes.notice} role="status">
      <span>
        {label}: {done.toLocaleString()} of {total.toLocaleString()}
      </span>
      <Progress value={total === 0 ? 0 : (100 * done) / total} aria-label={label} w={180} />
      {isError && (
        <>
          <span>How far it is cannot be seen right now; it goes on.</span>
          <Button size="compact-xs" variant="default" onClick={stop}>
            Hide
          </Button>
        </>
      )}
    </div>
  );
}
