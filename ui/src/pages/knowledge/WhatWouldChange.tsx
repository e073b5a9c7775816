import { Button, Group, NumberInput, SegmentedControl, Switch, Text, Textarea, Title } from "@mantine/core";
import { IconArrowRight, IconPlayerPlay } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTry, type Decision, type KnowledgeTry, type Tried } from "@/api";
import {
  ClassBadge,
  Confidence,
  Empty,
  RefusalTooltip,
  RowsSkeleton,
  StatusBadge,
  VisibleText,
  safeLine,
} from "@/components";
import { Keys, useAction } from "@/shortcuts";
import { Problem } from "../settings/Problem";
import { splitEvents } from "../tryit/split";
import classes from "./knowledge.module.css";

/** The service decides each event twice; more would take long. */
const MOST_TRIED = 100;
type On = "recent" | "pasted";

interface Props {
  /** The guide or example as it would be saved; null while something is wrong with it or missing. */
  tried: Tried | null;
  /** What it waits for then. */
  waitsFor: string;
}

/** Tries what is not saved yet: on the latest events, or on logs pasted here. Nothing is stored. */
export function WhatWouldChange({ tried, waitsFor }: Props) {
  const [on, setOn] = useState<On>("recent");
  const [recent, setRecent] = useState(50);
  const [logs, setLogs] = useState("");
  const attempt = useTry();
  const events = on === "pasted" ? splitEvents(logs).slice(0, MOST_TRIED) : [];
  const ready = tried !== null && !attempt.isPending && (on === "recent" || events.length > 0);
  const run = () => tried && attempt.mutate({ tried, ...(on === "recent" ? { recent } : { events }) });
  useAction("writing.run", run, ready);
  const stale = attempt.isSuccess && JSON.stringify(attempt.variables.tried) !== JSON.stringify(tried);
  return (
    <section className={classes.section} aria-label="What would change">
      <Title order={3}>What would change</Title>
      <div className={classes.bar}>
        <SegmentedControl
          size="xs"
          aria-label="Try it on"
          data={[
            { value: "recent", label: "The latest events" },
            { value: "pasted", label: "Pasted logs" },
          ]}
          value={on}
          onChange={(value) => setOn(value)}
        />
        {on === "recent" && (
          <NumberInput
            size="xs"
            w={90}
            aria-label="How many of the latest events"
            min={1}
            max={MOST_TRIED}
            value={recent}
            onChange={(value) => setRecent(Math.max(1, Math.min(MOST_TRIED, Number(value) || 1)))}
          />
        )}
        <RefusalTooltip permission="knowledge.write">
          {(disabled) => (
            <Button
              variant="default"
              leftSection={<IconPlayerPlay size={14} aria-hidden="true" />}
              rightSection={<Keys action="writing.run" />}
              disabled={disabled || !ready}
              loading={attempt.isPending}
              onClick={run}
            >
              Try
            </Button>
          )}
        </RefusalTooltip>
        {tried === null && (
          <Text size="sm" c="dimmed">
            {waitsFor}
          </Text>
        )}
      </div>
      {on === "pasted" && (
        <Textarea
          aria-label="Logs to try it on"
          placeholder="Paste raw logs here"
          classNames={{ input: classes.logs }}
          rows={4}
          spellCheck={false}
          value={logs}
          onChange={(event) => setLogs(event.currentTarget.value)}
        />
      )}
      <Problem error={attempt.error} />
      {attempt.isPending && <RowsSkeleton rows={5} />}
      {attempt.isSuccess && (
        <>
          {stale && (
            <Text size="sm" role="status">
              Tried before your last change; try again to be sure.
            </Text>
          )}
          <Changes
            found={attempt.data}
            matched={"example" in attempt.variables.tried ? "of its template" : "matched"}
          />
        </>
      )}
    </section>
  );
}

/** The events that would be decided differently, and on demand all that were tried. */
function Changes({ found, matched: word }: { found: KnowledgeTry; matched: string }) {
  const [all, setAll] = useState(false);
  const { results, changed } = found;
  const matched = results.filter((result) => result.matched).length;
  const shown = all ? results : results.filter((result) => result.changed);
  if (results.length === 0) return <Empty title="There are no events yet">Paste a log to try it on.</Empty>;
  return (
    <>
      <Group gap="sm" my="xs">
        <Text fw={600} role="status">
          {changed === 0 ? "Nothing would change" : `${changed} of ${results.length} would change`}
        </Text>
        <Text size="sm" c="dimmed">
          {matched} of {results.length} {word}
        </Text>
        {changed < results.length && (
          <Switch size="xs" label="Show all" checked={all} onChange={(event) => setAll(event.currentTarget.checked)} />
        )}
      </Group>
      {shown.map((result, at) => (
        <Change key={at} {...result} />
      ))}
    </>
  );
}

function Change({ raw, event_id, before, after, matched, changed }: KnowledgeTry["results"][number]) {
  const text = (
    <span className={classes.raw} dir="ltr">
      <VisibleText text={safeLine(raw.slice(0, 400))} />
    </span>
  );
  return (
    <article className={classes.change} aria-label={changed ? "Would change" : "Stays"}>
      <div className={classes.raw}>
        {event_id === null ? (
          text
        ) : (
          <Link to="/events/$eventId" params={{ eventId: event_id }}>
            {text}
          </Link>
        )}
      </div>
      <div className={classes.arrow}>
        <Outcome decision={before} />
        {changed ? (
          <>
            <IconArrowRight size={14} aria-label="would become" />
            <Outcome decision={after} />
          </>
        ) : (
          <span className={classes.dimmed}>stays{matched ? ", matched" : ""}</span>
        )}
      </div>
    </article>
  );
}

function Outcome({ decision }: { decision: Decision }) {
  return (
    <>
      <ClassBadge uid={decision.class_uid} name={decision.class_name} activity={decision.activity_name} />
      <StatusBadge status={decision.status} size="xs" />
      <Confidence value={decision.confidence} unsure={decision.status === "needs_review"} width={36} />
    </>
  );
}
