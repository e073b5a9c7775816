import { ActionIcon, Collapse, Tooltip, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconChevronRight, IconFilter, IconMinus, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import type { Facets as FacetsAnswer } from "@/api/types";
import { RowsSkeleton } from "./Skeletons";
import { safeLine } from "./visible-text";
import classes from "./Facets.module.css";

export type FacetChoice = "include" | "exclude" | "only";

interface Props {
  facets: FacetsAnswer["facets"] | undefined;
  labels?: Record<string, string>;
  onChoose: (field: string, value: string, choice: FacetChoice) => void;
  /** What the filter says about a value now. */
  stateOf?: (field: string, value: string) => "included" | "excluded" | undefined;
}

/** The most common values of fields with counts; each can be included, excluded, or made the only one. */
export function Facets({ facets, labels = {}, onChoose, stateOf }: Props) {
  if (!facets) return <RowsSkeleton rows={12} />;
  return facets.map((facet) => (
    <Facet
      key={facet.field}
      facet={facet}
      label={labels[facet.field] ?? facet.field}
      onChoose={onChoose}
      stateOf={stateOf}
    />
  ));
}

function Facet({
  facet,
  label,
  onChoose,
  stateOf,
}: {
  facet: FacetsAnswer["facets"][number];
  label: string;
  onChoose: Props["onChoose"];
  stateOf: Props["stateOf"] | undefined;
}) {
  const [open, setOpen] = useState(true);
  const most = Math.max(1, ...facet.values.map((value) => value.count));
  return (
    <section className={classes.facet} aria-label={label}>
      <UnstyledButton className={classes.heading} onClick={() => setOpen(!open)} aria-expanded={open}>
        {open ? <IconChevronDown size={14} aria-hidden="true" /> : <IconChevronRight size={14} aria-hidden="true" />}
        {label}
      </UnstyledButton>
      <Collapse expanded={open} transitionDuration={0}>
        <ul className={classes.values}>
          {facet.values.map((value) => {
            const shown = safeLine(value.label || value.value) || "(empty)";
            return (
              <li key={value.value} className={classes.value} data-state={stateOf?.(facet.field, value.value)}>
                <button
                  type="button"
                  className={classes.name}
                  title={shown}
                  onClick={() => onChoose(facet.field, value.value, "include")}
                >
                  <span className={classes.bar} style={{ width: `${(value.count / most) * 100}%` }} />
                  <span className={classes.text}>{shown}</span>
                </button>
                <span className={classes.count}>{value.count.toLocaleString()}</span>
                <span className={classes.tools}>
                  <Choice
                    label={`Include ${shown}`}
                    icon={IconPlus}
                    run={() => onChoose(facet.field, value.value, "include")}
                  />
                  <Choice
                    label={`Exclude ${shown}`}
                    icon={IconMinus}
                    run={() => onChoose(facet.field, value.value, "exclude")}
                  />
                  <Choice
                    label={`Only ${shown}`}
                    icon={IconFilter}
                    run={() => onChoose(facet.field, value.value, "only")}
                  />
                </span>
              </li>
            );
          })}
          {facet.values.length === 0 && <li className={classes.other}>No values</li>}
          {facet.other > 0 && <li className={classes.other}>{facet.other.toLocaleString()} in other values</li>}
        </ul>
      </Collapse>
    </section>
  );
}

function Choice({ label, icon: ChoiceIcon, run }: { label: string; icon: typeof IconPlus; run: () => void }) {
  return (
    <Tooltip label={label}>
      <ActionIcon size={20} aria-label={label} onClick={run}>
        <ChoiceIcon size={12} />
      </ActionIcon>
    </Tooltip>
  );
}
