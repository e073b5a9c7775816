import { IconAlertTriangle, IconCheck, IconLoader2 } from "@tabler/icons-react";
import type { ToolUse } from "./protocol";
import classes from "./chat.module.css";

/** What an answer looked at: one line that names the running step, and all of them on demand. */
export function ToolSteps({ tools, running }: { tools: readonly ToolUse[]; running: boolean }) {
  const current = tools.findLast((tool) => tool.status === "running") ?? (running ? tools.at(-1) : undefined);
  if (tools.length === 0) return null;
  const facts = tools.reduce((sum, tool) => sum + tool.facts, 0);
  const failed = tools.filter((tool) => tool.status === "failed").length;
  return (
    <details className={classes.steps}>
      <summary>
        <span className={classes.stepNow}>
          {current?.status === "running" ? (
            <>
              <StepIcon status="running" /> {current.label}…
            </>
          ) : (
            <>
              <StepIcon status={failed > 0 ? "failed" : "done"} /> {count(tools.length, "step")}, {count(facts, "fact")}
              {failed > 0 && `, ${failed} failed`}
            </>
          )}
        </span>
      </summary>
      <ol>
        {tools.map((tool) => (
          <li key={tool.call}>
            <StepIcon status={tool.status} />
            <span>{tool.label}</span>
            <span className={classes.stepResult}>
              {tool.status === "failed" ? tool.error : tool.status === "done" && count(tool.facts, "fact")}
              {tool.ms !== null && ` · ${Math.round(tool.ms).toLocaleString()} ms`}
            </span>
          </li>
        ))}
      </ol>
    </details>
  );
}

const count = (number: number, word: string) => `${number.toLocaleString()} ${word}${number === 1 ? "" : "s"}`;

const WORDS: Record<ToolUse["status"], string> = { running: "Running", done: "Done", failed: "Failed" };

function StepIcon({ status }: { status: ToolUse["status"] }) {
  const Icon = { running: IconLoader2, done: IconCheck, failed: IconAlertTriangle }[status];
  return (
    <>
      <Icon size={13} className={status === "running" ? classes.turning : undefined} aria-hidden="true" />
      <span className="visually-hidden">{WORDS[status]}: </span>
    </>
  );
}
