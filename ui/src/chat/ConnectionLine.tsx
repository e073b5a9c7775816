import { Button } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import type { ChatState } from "./client";
import classes from "./chat.module.css";

interface Props {
  state: ChatState;
  onRetry: () => void;
  /** Takes a question that waits for the connection back into the box. */
  onTakeBack: () => void;
}

/** What stands between the analyst and an answer: a lost connection, a refusal. */
export function ConnectionLine({ state, onRetry, onTakeBack }: Props) {
  const { link, pending, problem } = state;
  const seconds = useSecondsTo(link.state === "away" ? link.retryAt : null);
  return (
    <div role="status">
      {link.state === "away" && (
        <div className={classes.banner}>
          <IconPlugConnectedX size={15} aria-hidden="true" />
          <span>
            {pending
              ? "No connection. Your question is kept and asked once it is back."
              : "No connection. What is here stays, and it goes on by itself."}{" "}
            {seconds > 0 ? `Next try in ${seconds} s.` : "Trying…"}
          </span>
          <Button size="compact-xs" variant="default" onClick={onRetry}>
            Try now
          </Button>
          {pending && (
            <Button size="compact-xs" variant="default" onClick={onTakeBack}>
              Take the question back
            </Button>
          )}
        </div>
      )}
      {problem && <div className={classes.banner}>{problem.message}</div>}
    </div>
  );
}

function useSecondsTo(at: number | null): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (at === null) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [at]);
  return at === null ? 0 : Math.max(0, Math.ceil((at - now) / 1000));
}
