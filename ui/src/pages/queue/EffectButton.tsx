import { Button, Popover } from "@mantine/core";
import { useState } from "react";
import { useReviewEffect } from "@/api";
import { BlockSkeleton, ErrorState, percent } from "@/components";
import classes from "./queue.module.css";

/** "What your reviews changed" today: events decided again, and how well decisions agree with you before and after. */
export function EffectButton() {
  const [opened, setOpened] = useState(false);
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" width={380} shadow="md" trapFocus>
      <Popover.Target>
        <Button variant="default" onClick={() => setOpened(!opened)} aria-expanded={opened}>
          What your reviews changed
        </Button>
      </Popover.Target>
      <Popover.Dropdown>{opened && <Effect since={startOfDay()} />}</Popover.Dropdown>
    </Popover>
  );
}

export function startOfDay(now = new Date()): string {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate()).toISOString();
}

function Effect({ since }: { since: string }) {
  const effect = useReviewEffect(since);
  if (effect.isPending) return <BlockSkeleton height={120} />;
  if (effect.isError) return <ErrorState error={effect.error} onRetry={() => void effect.refetch()} />;
  const { reviews, events_redecided, templates_pinned, agreement_before, agreement_after, classes_changed } =
    effect.data;
  if (reviews === 0)
    return <p role="status">You have reviewed nothing today yet. Confirm or override the first event.</p>;
  const rows: [string, string][] = [
    ["Your reviews today", reviews.toLocaleString()],
    ["Templates fixed", templates_pinned.toLocaleString()],
    ["Events decided again", events_redecided.toLocaleString()],
    ["Agreement with you before", agreement_before === null ? "–" : percent(agreement_before)],
    ["Agreement with you after", agreement_after === null ? "–" : percent(agreement_after)],
  ];
  return (
    <div className={classes.stack}>
      <table className={classes.numbers} aria-label="What your reviews changed">
        <tbody>
          {rows.map(([name, value]) => (
            <tr key={name}>
              <td>{name}</td>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {classes_changed.length > 0 && (
        <table className={classes.numbers} aria-label="Classes changed">
          <thead>
            <tr>
              <th>From</th>
              <th>To</th>
              <th>Events</th>
            </tr>
          </thead>
          <tbody>
            {classes_changed.map((change) => (
              <tr key={`${change.from} ${change.to}`}>
                <td>{change.from}</td>
                <td>{change.to}</td>
                <td>{change.events.toLocaleString()}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
