import { useEffect, useRef, useState } from "react";
import type { Turn } from "./conversation";
import { endOfSentences, spokenOf } from "./markdown";

const EVERY_MS = 1_200;

/** Tells screen readers the answer by whole sentences as it grows, and what else happens, once each. */
export function Announcer({ turn, said }: { turn: Turn | undefined; said: string }) {
  const spoken = useSpoken(turn);
  return (
    <div className="visually-hidden">
      <div role="status" aria-live="polite">
        {spoken}
      </div>
      <div role="status" aria-live="polite">
        {said}
      </div>
    </div>
  );
}

function useSpoken(turn: Turn | undefined): string {
  const [spoken, setSpoken] = useState("");
  // An answer that was there before is not read; one that began while this was shown is.
  const reached = useRef({
    key: turn?.key ?? "",
    at: turn?.content.length ?? 0,
    isWhole: turn?.status !== "answering",
  });
  const key = turn?.key ?? "";
  const content = turn?.content ?? "";
  const status = turn?.status ?? "done";
  const place = turn?.place ?? null;
  useEffect(() => {
    if (reached.current.key !== key) reached.current = { key, at: 0, isWhole: false };
    if (reached.current.isWhole) return undefined;
    const isWhole = status !== "queued" && status !== "answering";
    const tell = () => {
      const end = isWhole ? content.length : endOfSentences(content);
      const words = spokenOf(content.slice(reached.current.at, end)).trim();
      const outcome = { stopped: "Stopped.", failed: "The answer failed.", queued: "", answering: "", done: "" }[
        status
      ];
      reached.current = { key, at: Math.max(end, reached.current.at), isWhole };
      const told =
        status === "queued" && place !== null ? `Waiting, place ${place}.` : [words, outcome].join(" ").trim();
      if (told !== "") setSpoken(told);
    };
    const timer = setTimeout(tell, isWhole ? 0 : EVERY_MS);
    return () => clearTimeout(timer);
  }, [key, content, status, place]);
  return spoken;
}
