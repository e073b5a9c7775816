import { Tooltip } from "@mantine/core";
import { safeLine } from "@/components";
import { spotOf } from "./citations";
import type { CitationOut } from "./protocol";
import { point } from "./spotlight";
import classes from "./chat.module.css";

interface Props {
  citation: CitationOut;
  onOpen: (citation: CitationOut) => void;
}

/** While the pointer or the focus is on a citation, its place in the log is stressed. */
const pointing = (citation: CitationOut) => ({
  onPointerEnter: () => point(spotOf(citation)),
  onPointerLeave: () => point(null),
  onFocus: () => point(spotOf(citation)),
  onBlur: () => point(null),
});

/** `[^number]` in an answer: opens what the sentence rests on. */
export function CitationMark({ citation, onOpen }: Props) {
  const label = safeLine(citation.label);
  return (
    <Tooltip label={label}>
      <button
        type="button"
        className={classes.cite}
        aria-label={`Evidence ${citation.number}: ${label}`}
        onClick={() => onOpen(citation)}
        {...pointing(citation)}
      >
        {citation.number}
      </button>
    </Tooltip>
  );
}

/** The evidence of an answer, each item once. */
export function EvidenceChips({ citations, onOpen }: { citations: readonly CitationOut[] } & Pick<Props, "onOpen">) {
  return (
    <ul className={classes.chips} aria-label="Evidence">
      {citations.map((citation) => (
        <li key={citation.number}>
          <button type="button" className={classes.chip} onClick={() => onOpen(citation)} {...pointing(citation)}>
            <span className={classes.chipNumber}>{citation.number}</span>
            <span className={classes.chipLabel}>{safeLine(citation.label)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
