import { Select, TextInput } from "@mantine/core";
import { useState } from "react";
import { useFacets, useTaxonomy, type QueueFilter } from "@/api";
import { FilterChips, type Chip } from "@/components";
import classes from "./queue.module.css";

interface Props {
  filter: QueueFilter;
  onChange: (change: Partial<QueueFilter>) => void;
}

const AGES = [
  { value: "3600", label: "Older than 1 hour" },
  { value: "86400", label: "Older than 1 day" },
  { value: "604800", label: "Older than 7 days" },
  { value: "2592000", label: "Older than 30 days" },
];
const ORDERS = [
  { value: "uncertain", label: "Least certain first" },
  { value: "newest", label: "Newest first" },
  { value: "oldest", label: "Oldest first" },
];

/** Which part of the queue is shown. */
export function QueueFilters({ filter, onChange }: Props) {
  const taxonomy = useTaxonomy();
  const waiting = useFacets({ q: "status:needs_review" }, ["vendor", "product", "class_uid"], 50);
  const valuesOf = (field: string) => waiting.data?.facets.find((facet) => facet.field === field)?.values ?? [];
  const sources = [...valuesOf("vendor"), ...valuesOf("product")].map(({ value }) => value).filter(Boolean);
  const counts = new Map(valuesOf("class_uid").map(({ value, count }) => [value, count]));
  const classOptions = (taxonomy.data?.classes ?? [])
    .filter(({ uid }) => counts.size === 0 || counts.has(String(uid)) || uid === filter.class_uid)
    .map(({ uid, caption }) => ({ value: String(uid), label: `${caption} (${uid})` }));
  const ages =
    filter.older_than_s === undefined || AGES.some(({ value }) => value === String(filter.older_than_s))
      ? AGES
      : [...AGES, { value: String(filter.older_than_s), label: `Older than ${filter.older_than_s} s` }];
  return (
    <div className={classes.stack}>
      <div className={classes.filters} role="search" aria-label="Filter the queue">
        <Select
          aria-label="Source"
          placeholder="Any source"
          searchable
          clearable
          w={170}
          data={[...new Set([...sources, ...(filter.source ? [filter.source] : [])])].sort()}
          value={filter.source ?? null}
          onChange={(value) => onChange({ source: value ?? undefined })}
        />
        <Select
          aria-label="Class"
          placeholder="Any class"
          searchable
          clearable
          w={210}
          data={classOptions}
          value={filter.class_uid === undefined ? null : String(filter.class_uid)}
          onChange={(value) => onChange({ class_uid: value === null ? undefined : Number(value) })}
        />
        <Select
          aria-label="Age"
          placeholder="Any age"
          clearable
          w={150}
          data={ages}
          value={filter.older_than_s === undefined ? null : String(filter.older_than_s)}
          onChange={(value) => onChange({ older_than_s: value === null ? undefined : Number(value) })}
        />
        <Reviewer
          key={filter.reviewer ?? ""}
          reviewer={filter.reviewer}
          onChange={(reviewer) => onChange({ reviewer })}
        />
        <Select
          aria-label="Order"
          allowDeselect={false}
          w={160}
          data={ORDERS}
          value={filter.order ?? "uncertain"}
          onChange={(value) => onChange({ order: value === "newest" || value === "oldest" ? value : undefined })}
        />
      </div>
      <FilterChips chips={chipsOf(filter, onChange, taxonomy.data?.classes ?? [])} onClear={() => onChange(NOTHING)} />
    </div>
  );
}

const NOTHING = {
  source: undefined,
  class_uid: undefined,
  template_id: undefined,
  reviewer: undefined,
  older_than_s: undefined,
};

/** Whose reviews are shown instead of what waits; applied when the box is left or Enter pressed. */
function Reviewer({ reviewer, onChange }: { reviewer: string | undefined; onChange: (reviewer?: string) => void }) {
  const [typed, setTyped] = useState(reviewer ?? "");
  const apply = () => {
    const wanted = typed.trim() || undefined;
    if (wanted !== reviewer) onChange(wanted);
  };
  return (
    <TextInput
      aria-label="Reviewed by"
      placeholder="Reviewed by…"
      w={130}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={apply}
      onKeyDown={(event) => event.key === "Enter" && apply()}
      autoCapitalize="none"
      spellCheck={false}
    />
  );
}

function chipsOf(
  filter: QueueFilter,
  onChange: Props["onChange"],
  known: readonly { uid: number; caption: string }[],
): Chip[] {
  const named = known.find(({ uid }) => uid === filter.class_uid)?.caption ?? filter.class_uid;
  const all: [keyof typeof NOTHING, string | undefined][] = [
    ["source", filter.source && `source ${filter.source}`],
    ["class_uid", named === undefined ? undefined : `class ${named}`],
    ["template_id", filter.template_id && `template ${filter.template_id.slice(0, 12)}`],
    ["older_than_s", AGES.find(({ value }) => value === String(filter.older_than_s))?.label.toLowerCase()],
    ["reviewer", filter.reviewer && `reviewed by ${filter.reviewer}`],
  ];
  return all.flatMap(([key, label]) => (label ? [{ key, label, onRemove: () => onChange({ [key]: undefined }) }] : []));
}
