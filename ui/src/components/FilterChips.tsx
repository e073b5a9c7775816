import { CloseButton } from "@mantine/core";
import classes from "./FilterChips.module.css";

export interface Chip {
  key: string;
  label: string;
  /** Shown as an exclusion. */
  excluded?: boolean;
  onRemove: () => void;
}

/** The filters that are on; each can be taken off. */
export function FilterChips({ chips, onClear }: { chips: readonly Chip[]; onClear?: () => void }) {
  if (chips.length === 0) return null;
  return (
    <ul className={classes.chips} aria-label="Filters">
      {chips.map((chip) => (
        <li key={chip.key} className={classes.chip} data-excluded={chip.excluded ?? false}>
          <span className={classes.text}>
            {chip.excluded && <b>not </b>}
            {chip.label}
          </span>
          <CloseButton size="xs" aria-label={`Remove the filter ${chip.label}`} onClick={chip.onRemove} />
        </li>
      ))}
      {onClear && chips.length > 1 && (
        <li>
          <button type="button" className={classes.clear} onClick={onClear}>
            Clear all
          </button>
        </li>
      )}
    </ul>
  );
}
