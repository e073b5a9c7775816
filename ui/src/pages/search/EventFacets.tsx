import { ActionIcon, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useState } from "react";
import { isApiError, useFacets, type EventFilter } from "@/api";
import { ErrorState, Facets, STATUS_LABELS, type FacetChoice } from "@/components";
import { excluding, including, only, stateOf, without } from "./query-text";
import classes from "./search.module.css";

const FIELDS = ["status", "class_uid", "vendor", "product", "host", "format", "decided_by"] as const;
const LABELS: Record<string, string> = {
  status: "Status",
  class_uid: "Class",
  vendor: "Vendor",
  product: "Product",
  host: "Host",
  format: "Format",
  decided_by: "Decided by",
};

interface Props {
  filter: EventFilter;
  onSearch: (q: string) => void;
}

/** What nobody has decided yet is asked for by status, whichever facet shows it. */
const asked = (field: string, value: string) => (field === "decided_by" && value === "none" ? "status" : field);

/** `q` after a choice. Choosing what holds already takes it back. */
export function chosen(q: string, field: string, value: string, choice: FacetChoice): string {
  const now = stateOf(q, field, value);
  if (choice === "only") return only(q, field, value);
  if (choice === "include") return now === "included" ? without(q, field, value) : including(q, field, value);
  return now === "excluded" ? without(q, field, value) : excluding(q, field, value);
}

/** The most common values of the events found, to include, exclude or look at alone. */
export function EventFacets({ filter, onSearch }: Props) {
  const facets = useFacets(filter, FIELDS);
  const [wanted, setWanted] = useState("");
  const q = filter.q ?? "";
  if (facets.isError && !facets.data) {
    // What is wrong with the text is told below the box.
    if (isApiError(facets.error) && facets.error.status === 400) return null;
    return <ErrorState error={facets.error} title="No counts" onRetry={() => void facets.refetch()} />;
  }
  const needle = wanted.trim().toLowerCase();
  const shown = facets.data?.facets.map((facet) => ({
    ...facet,
    values: facet.values
      .map((value) => ({ ...value, label: facet.field === "status" ? statusLabel(value) : value.label }))
      .filter((value) => needle === "" || `${value.label} ${value.value}`.toLowerCase().includes(needle)),
  }));
  return (
    <div className={classes.facets} aria-busy={facets.isFetching} data-stale={facets.isPlaceholderData || undefined}>
      <TextInput
        aria-label="Find a value"
        placeholder="Find a value"
        value={wanted}
        onChange={(event) => setWanted(event.currentTarget.value)}
        rightSection={
          wanted && (
            <ActionIcon size="sm" aria-label="Show all values" onClick={() => setWanted("")}>
              <IconX size={12} />
            </ActionIcon>
          )
        }
        mb="xs"
      />
      <Facets
        facets={shown}
        labels={LABELS}
        stateOf={(field, value) => stateOf(q, asked(field, value), value)}
        onChoose={(field, value, choice) => onSearch(chosen(q, asked(field, value), value, choice))}
      />
    </div>
  );
}

function statusLabel({ value, label }: { value: string; label: string }): string {
  if (value === "" || value === "none") return "Waiting";
  return (STATUS_LABELS as Record<string, string>)[value] ?? label;
}
