import { ActionIcon, Tooltip } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useState } from "react";
import type { Candidate, Decision } from "@/api";
import { ClassBadge, Confidence, percent } from "@/components";
import { Section } from "./Section";
import { KIND_LABELS, evidenceOf } from "./evidence";
import classes from "./event.module.css";

interface Props {
  decision: Decision;
  onOpenChunk: (chunkId: string) => void;
  /** Shows the places of one piece of evidence in the log; null shows all. */
  onFocus: (chunkId: string | null) => void;
}

/** The classes under consideration, likeliest first, and what spoke for each. */
export function CandidatesSection({ decision, onOpenChunk, onFocus }: Props) {
  const [open, setOpen] = useState<ReadonlySet<number>>(() => new Set([decision.class_uid]));
  const toggle = (uid: number) => {
    const next = new Set(open);
    if (!next.delete(uid)) next.add(uid);
    setOpen(next);
  };
  const sure = decision.prediction_set;
  return (
    <Section title={`Candidates (${decision.candidates.length})`} name="candidates">
      {decision.candidates.length === 0 && (
        <p className={classes.note}>There were none: the class was fixed by a person.</p>
      )}
      <ol className={classes.candidates}>
        {decision.candidates.map((candidate, at) => (
          <li
            key={candidate.class_uid}
            className={classes.candidate}
            data-chosen={candidate.class_uid === decision.class_uid}
          >
            <div className={classes.candidateRow}>
              <span className={classes.rank}>{at + 1}</span>
              <span className={classes.oneLine}>
                <ClassBadge uid={candidate.class_uid} name={candidate.class_name} withUid />
              </span>
              <Confidence
                value={candidate.probability}
                label={`Probability of ${candidate.class_name}`}
                unsure={decision.status === "needs_review"}
                width={90}
              />
              <ActionIcon
                size="sm"
                aria-label={`What spoke for ${candidate.class_name}`}
                aria-expanded={open.has(candidate.class_uid)}
                onClick={() => toggle(candidate.class_uid)}
              >
                {open.has(candidate.class_uid) ? (
                  <IconChevronDown size={14} aria-hidden="true" />
                ) : (
                  <IconChevronRight size={14} aria-hidden="true" />
                )}
              </ActionIcon>
            </div>
            {open.has(candidate.class_uid) && (
              <Spoke decision={decision} candidate={candidate} onOpenChunk={onOpenChunk} onFocus={onFocus} />
            )}
          </li>
        ))}
      </ol>
      {sure.length > 1 && (
        <p className={classes.note}>
          One of {sure.map((uid) => decision.candidates.find((c) => c.class_uid === uid)?.class_name ?? uid).join(", ")}{" "}
          is right in 95 % of such cases.
        </p>
      )}
    </Section>
  );
}

function Spoke({ decision, candidate, onOpenChunk, onFocus }: Props & { candidate: Candidate }) {
  const evidence = evidenceOf(decision, candidate);
  return (
    <ul className={classes.spoke} aria-label={`What spoke for ${candidate.class_name}`}>
      {evidence.map((item) => (
        <li key={item.chunk_id} onPointerEnter={() => onFocus(item.chunk_id)} onPointerLeave={() => onFocus(null)}>
          <span className={classes.kind}>{KIND_LABELS[item.kind]}</span>
          <button
            type="button"
            className={`${classes.plainButton} ${classes.link}`}
            onClick={() => onOpenChunk(item.chunk_id)}
            onFocus={() => onFocus(item.chunk_id)}
            onBlur={() => onFocus(null)}
          >
            {item.title || item.chunk_id}
          </button>
          <Tooltip label="1 means that every condition of the guide holds; less is similarity to the event">
            <span>{item.score.toFixed(2)}</span>
          </Tooltip>
          {item.paths.length > 0 && <span className={classes.mono}>{[...new Set(item.paths)].join(", ")}</span>}
        </li>
      ))}
      {candidate.llm_score !== null && (
        <li>
          <span className={classes.kind}>Model</span>
          <span>the language model gave {percentOrNumber(candidate.llm_score)}</span>
        </li>
      )}
      {evidence.length === 0 && candidate.llm_score === null && <li>Only its likeness to the words of the event.</li>}
    </ul>
  );
}

function percentOrNumber(score: number): string {
  return score >= 0 && score <= 1 ? percent(score) : score.toFixed(2);
}
