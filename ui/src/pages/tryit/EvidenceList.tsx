import { Link } from "@tanstack/react-router";
import type { Evidence } from "@/api";
import { VisibleText } from "@/components";
import classes from "./tryit.module.css";

const KINDS = { class: "Class", guide: "Guide", example: "Example", decision: "Decision" } as const;
const MOST = 6;

/** What a decision rests on; classes, guides and examples open in Knowledge. */
export function EvidenceList({ evidence }: { evidence: readonly Evidence[] }) {
  if (evidence.length === 0) return null;
  return (
    <ul className={classes.evidence} aria-label="Evidence">
      {evidence.slice(0, MOST).map((piece) => (
        <li key={piece.chunk_id}>
          <span className={classes.number}>{KINDS[piece.kind]}</span>
          {piece.kind === "decision" ? (
            <span className={classes.raw}>
              <VisibleText text={piece.title} />
            </span>
          ) : (
            <Link to="/knowledge" search={{ chunk: piece.chunk_id }}>
              <VisibleText text={piece.title} />
            </Link>
          )}
        </li>
      ))}
      {evidence.length > MOST && <li className={classes.number}>and {evidence.length - MOST} more</li>}
    </ul>
  );
}
