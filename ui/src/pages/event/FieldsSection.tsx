import { ActionIcon, TextInput, Tooltip } from "@mantine/core";
import { IconZoomIn, IconZoomOut } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import type { Decision, EventDetail, Field } from "@/api";
import { useLit } from "@/chat/spotlight";
import { CopyButton, VisibleText } from "@/components";
import { Section } from "./Section";
import { filtersOf } from "./terms";
import { pathsOf } from "./evidence";
import classes from "./event.module.css";

const FIRST = 40;
const LONG = 400;

/** What was read from the log. A value leads to the events that have it, or to those that have not. */
export function FieldsSection({ event, decision }: { event: EventDetail; decision: Decision | undefined }) {
  const [typed, setTyped] = useState("");
  const [all, setAll] = useState(false);
  const wanted = useDeferredValue(typed.trim().toLowerCase());
  const evident = useMemo(() => pathsOf(decision), [decision]);
  const lit = useLit(event.event_id);
  const fields = event.fields.filter(
    ({ path, value }) =>
      path.toLowerCase().includes(wanted) || value.toLowerCase().includes(wanted) || path === lit.path,
  );
  // What the decision rests on comes first, so that it needs no scrolling.
  const ordered = [...fields.filter((field) => evident.has(field.path)), ...fields.filter((f) => !evident.has(f.path))];
  const isFar = lit.path !== null && ordered.findIndex(({ path }) => path === lit.path) >= FIRST;
  const shown = all || isFar ? ordered : ordered.slice(0, FIRST);
  return (
    <Section
      title={`Fields (${event.fields.length.toLocaleString()})`}
      tools={
        event.fields.length > 8 && (
          <TextInput
            aria-label="Find a field"
            placeholder="Find a field"
            value={typed}
            onChange={(change) => setTyped(change.currentTarget.value)}
          />
        )
      }
    >
      {event.fields.length === 0 ? (
        <p className={classes.note}>No fields: the log is plain text to the parsers.</p>
      ) : (
        <table className={classes.table}>
          <thead>
            <tr>
              <th style={{ width: "36%" }}>Field</th>
              <th>Value</th>
              <th className={classes.actionsCell}>
                <span className="visually-hidden">Filter</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((field, at) => (
              <FieldRow
                key={`${field.path}\n${at}`}
                field={field}
                isEvidence={evident.has(field.path)}
                isLit={field.path === lit.path}
                opening={field.path === lit.path ? lit.openingInFields : 0}
              />
            ))}
          </tbody>
        </table>
      )}
      {event.fields.length > 0 && fields.length === 0 && <p className={classes.note}>No field has “{typed}”.</p>}
      {ordered.length > shown.length && (
        <button type="button" className={`${classes.plainButton} ${classes.link}`} onClick={() => setAll(true)}>
          Show {(ordered.length - shown.length).toLocaleString()} more
        </button>
      )}
    </Section>
  );
}

interface RowProps {
  field: Field;
  isEvidence: boolean;
  /** The chat points at it. */
  isLit: boolean;
  /** Changes when it is to be brought into view. */
  opening: number;
}

function FieldRow({ field, isEvidence, isLit, opening }: RowProps) {
  const row = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    if (opening > 0) row.current?.scrollIntoView({ block: "nearest" });
  }, [opening]);
  const [whole, setWhole] = useState(false);
  const filters = filtersOf(field.path, field.value);
  const isLong = field.value.length > LONG;
  const shown = isLong && !whole ? `${field.value.slice(0, LONG)}…` : field.value;
  return (
    <tr ref={row} data-lit={isLit}>
      <td className={classes.mono}>
        {isEvidence ? <mark className={classes.evidenceMark}>{field.path}</mark> : field.path}
        {isEvidence && <span className="visually-hidden"> (evidence)</span>}
      </td>
      <td className={classes.mono}>
        {filters ? (
          <Link to="/search" search={{ q: filters.include }} className={`${classes.plainButton} ${classes.fieldValue}`}>
            <VisibleText text={shown} />
          </Link>
        ) : (
          <span className={classes.fieldValue}>
            <VisibleText text={shown} />
          </span>
        )}
        {isLong && (
          <button
            type="button"
            className={`${classes.plainButton} ${classes.link}`}
            onClick={() => setWhole(!whole)}
            aria-expanded={whole}
          >
            {whole ? "less" : `all ${field.value.length.toLocaleString()} characters`}
          </button>
        )}
      </td>
      <td className={classes.actionsCell}>
        {filters ? (
          <>
            <FilterLink label={`Only events with this ${field.path}`} q={filters.include} icon={IconZoomIn} />
            <FilterLink label={`Only events without this ${field.path}`} q={filters.exclude} icon={IconZoomOut} />
          </>
        ) : (
          <CopyButton text={field.value} label={`Copy ${field.path}`} />
        )}
      </td>
    </tr>
  );
}

function FilterLink({ label, q, icon: FilterIcon }: { label: string; q: string; icon: typeof IconZoomIn }) {
  return (
    <Tooltip label={label}>
      <ActionIcon size="sm" aria-label={label} renderRoot={(props) => <Link to="/search" search={{ q }} {...props} />}>
        <FilterIcon size={14} aria-hidden="true" />
      </ActionIcon>
    </Tooltip>
  );
}
