import { SegmentedControl, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTaxonomy, type KnowledgeFilter } from "@/api";
import { FilterChips, fuzzyFilter } from "@/components";
import classes from "./knowledge.module.css";

const KINDS = [
  { value: "all", label: "All" },
  { value: "class", label: "Classes" },
  { value: "guide", label: "Guides" },
  { value: "example", label: "Examples" },
] as const;

type Filter = Pick<KnowledgeFilter, "kind" | "q" | "product" | "class_uid">;
interface Props {
  filter: Filter;
  onFilter: (change: Partial<Filter>) => void;
}

/** Search and filters; what is on is in the URL. */
export function Toolbar({ filter, onFilter }: Props) {
  const [q, setQ] = useState(filter.q ?? "");
  const [shownFor, setShownFor] = useState(filter.q);
  const apply = useDebouncedCallback((text: string) => onFilter({ q: text.trim() || undefined }), 250);
  // The address changed by other means than typing: back, a link.
  if (filter.q !== shownFor) {
    setShownFor(filter.q);
    if ((filter.q ?? "") !== q.trim()) setQ(filter.q ?? "");
  }
  const chips = [
    ...(filter.product === undefined
      ? []
      : [{ key: "product", label: `Product ${filter.product}`, onRemove: () => onFilter({ product: undefined }) }]),
  ];
  return (
    <div className={classes.toolbar}>
      <TextInput
        className={classes.search}
        aria-label="Search knowledge"
        placeholder="Search classes, guides and examples"
        leftSection={<IconSearch size={14} aria-hidden="true" />}
        type="search"
        value={q}
        onChange={(event) => {
          setQ(event.currentTarget.value);
          apply(event.currentTarget.value);
        }}
      />
      <SegmentedControl
        size="xs"
        aria-label="Kind"
        data={KINDS.map(({ value, label }) => ({ value, label }))}
        value={filter.kind ?? "all"}
        onChange={(value) => onFilter({ kind: value === "all" ? undefined : value })}
      />
      <ClassSelect
        label="Class"
        bare
        value={filter.class_uid ?? null}
        onChange={(uid) => onFilter({ class_uid: uid ?? undefined })}
      />
      <FilterChips chips={chips} />
    </div>
  );
}

interface ClassSelectProps {
  label: string;
  /** Without a printed label. */
  bare?: boolean;
  value: number | null;
  onChange: (uid: number | null) => void;
  required?: boolean;
  error?: string | undefined;
}

/** A class by name, uid or category, with type-ahead. */
export function ClassSelect({ label, bare = false, value, onChange, required = false, error }: ClassSelectProps) {
  const taxonomy = useTaxonomy();
  const data = useMemo(
    () =>
      (taxonomy.data?.classes ?? [])
        .filter((known) => !known.deprecated)
        .map((known) => ({
          value: String(known.uid),
          label: `${known.caption} (${known.uid}, ${known.category_name})`,
        })),
    [taxonomy.data],
  );
  return (
    <Select
      {...(bare ? { "aria-label": label, w: 240 } : { label })}
      placeholder={bare ? "Any class" : "Name, uid or category"}
      data={data}
      searchable
      clearable={!required}
      withAsterisk={required}
      error={error}
      nothingFoundMessage="No such class"
      filter={({ options, search }) =>
        fuzzyFilter(
          search,
          options.flatMap((option) => ("value" in option ? [option] : [])),
          (option) => option.label,
        )
      }
      limit={60}
      value={value === null ? null : String(value)}
      onChange={(chosen) => onChange(chosen === null ? null : Number(chosen))}
    />
  );
}
