import { useEffect, useRef, useState } from "react";
import { classifyStream, isDecision, type NewEvent, type Outcome } from "@/api";

/** An event that was sent, and its outcome once it is there. */
export interface Tried {
  index: number;
  raw: string;
  outcome: Outcome | null;
}
export type RunState = "idle" | "running" | "stopped" | "failed" | "done";

/** Outcomes come by the thousand; the screen follows this often. */
const SHOWN_EVERY_MS = 80;

type Source = NonNullable<NewEvent["source"]>;

/** Sends events and collects outcomes in order. `goOn` sends those that have none yet, after a stop or a failure. */
export function useTryRun() {
  const rows = useRef<Tried[]>([]);
  const source = useRef<Source>({});
  const controller = useRef<AbortController | null>(null);
  const [shown, setShown] = useState<readonly Tried[]>([]);
  const [state, setState] = useState<RunState>("idle");
  const [error, setError] = useState<unknown>(null);

  useEffect(() => () => controller.current?.abort(), []);

  async function send() {
    controller.current?.abort();
    const mine = new AbortController();
    controller.current = mine;
    const open = rows.current.filter((row) => row.outcome === null);
    const hints = Object.values(source.current).some(Boolean) ? { source: source.current } : {};
    setState("running");
    setError(null);
    setShown([...rows.current]);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = () => {
      timer = undefined;
      if (controller.current === mine) setShown([...rows.current]);
    };
    try {
      await classifyStream(
        open.map((row) => ({ raw: row.raw, ...hints })),
        (outcome, at) => {
          const row = open[at];
          if (!row || controller.current !== mine) return;
          rows.current[row.index] = { ...row, outcome };
          timer ??= setTimeout(show, SHOWN_EVERY_MS);
        },
        mine.signal,
      );
      if (controller.current === mine) setState(rows.current.every((row) => row.outcome) ? "done" : "failed");
    } catch (problem) {
      if (controller.current !== mine) return;
      setState(mine.signal.aborted ? "stopped" : "failed");
      if (!mine.signal.aborted) setError(problem);
    } finally {
      clearTimeout(timer);
      show();
    }
  }

  return {
    rows: shown,
    state,
    error,
    start(events: readonly string[], hints: Source) {
      rows.current = events.map((raw, index) => ({ index, raw, outcome: null }));
      source.current = hints;
      void send();
    },
    goOn: () => void send(),
    stop: () => controller.current?.abort(),
    clear() {
      controller.current?.abort();
      controller.current = null;
      rows.current = [];
      setShown([]);
      setState("idle");
      setError(null);
    },
  };
}

export interface Summary {
  total: number;
  done: number;
  refused: number;
  unsure: number;
  /** Most frequent first. */
  classes: { class_uid: number; class_name: string; count: number }[];
  /** Milliseconds of the middle event, null without any. */
  medianMs: number | null;
}

/** What the outcomes so far say together. */
export function summarise(rows: readonly Tried[]): Summary {
  const decisions = rows.flatMap((row) => (row.outcome && isDecision(row.outcome) ? [row.outcome] : []));
  const refused = rows.filter((row) => row.outcome && !isDecision(row.outcome)).length;
  const classes = new Map<number, Summary["classes"][number]>();
  for (const { class_uid, class_name } of decisions) {
    const known = classes.get(class_uid) ?? { class_uid, class_name, count: 0 };
    classes.set(class_uid, { ...known, count: known.count + 1 });
  }
  const times = decisions.flatMap((decision) => decision.latency_ms.total ?? []).sort((a, b) => a - b);
  return {
    total: rows.length,
    done: decisions.length + refused,
    refused,
    unsure: decisions.filter((decision) => decision.status === "needs_review").length,
    classes: [...classes.values()].sort((a, b) => b.count - a.count),
    medianMs: times[Math.floor(times.length / 2)] ?? null,
  };
}
