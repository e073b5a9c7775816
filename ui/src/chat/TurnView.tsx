import { Button } from "@mantine/core";
import { IconAlertTriangle, IconClock, IconPlayerStop } from "@tabler/icons-react";
import { memo, useCallback, type ReactNode } from "react";
import { CopyButton, TimeText, VisibleText } from "@/components";
import { CitationMark, EvidenceChips } from "./CitationMark";
import { Feedback, type Rate } from "./Feedback";
import { InternalLink } from "./InternalLink";
import { Markdown } from "./Markdown";
import { ProposalCard } from "./ProposalCard";
import { ToolSteps } from "./ToolSteps";
import { isRunning, type Turn } from "./conversation";
import type { CitationOut } from "./protocol";
import classes from "./chat.module.css";

interface Props {
  turn: Turn;
  conversationId: string;
  /** Who reads; others' questions carry their names. */
  me: string;
  isOnline: boolean;
  onOpen: (citation: CitationOut) => void;
  onRate: Rate;
  /** Asks a failed question again; left out where that makes no sense. */
  onAgain?: ((turn: Turn) => void) | undefined;
}

/** A question and its answer. */
export const TurnView = memo(function TurnView(props: Props) {
  const { turn, conversationId, me, isOnline, onOpen, onRate, onAgain } = props;
  const running = isRunning(turn);
  const renderCitation = useCallback(
    (number: number): ReactNode => {
      const citation = turn.citations.find((one) => one.number === number);
      return citation && <CitationMark citation={citation} onOpen={onOpen} />;
    },
    [turn.citations, onOpen],
  );
  return (
    <article
      className={classes.turn}
      aria-label={`Question ${turn.turn}`}
      data-turn={turn.turn}
      data-status={turn.status}
    >
      <div className={classes.question}>
        <p dir="auto">
          <VisibleText text={turn.question} />
        </p>
        <span className={classes.asked}>
          {turn.asked_by !== me && <b>{turn.asked_by}</b>} <TimeText at={turn.asked_at} />
        </span>
      </div>
      <div className={classes.answer} aria-busy={running}>
        {turn.status === "queued" && (
          <p className={classes.waiting}>
            <IconClock size={14} aria-hidden="true" />
            {turn.place === null ? "Waiting for its turn" : `Waiting, place ${turn.place} in the queue`}
          </p>
        )}
        <ToolSteps tools={turn.tools} running={running} />
        {turn.status === "answering" && turn.content === "" && turn.tools.length === 0 && (
          <p className={classes.waiting}>Reading the evidence…</p>
        )}
        {turn.content !== "" && <Markdown text={turn.content} growing={running} renderCitation={renderCitation} />}
        {turn.status === "stopped" && (
          <p className={classes.waiting}>
            <IconPlayerStop size={14} aria-hidden="true" /> {turn.error || "Stopped before the answer was whole."}
          </p>
        )}
        {turn.status === "failed" && (
          <p className={classes.problem}>
            <IconAlertTriangle size={14} aria-hidden="true" /> {turn.error || "The answer failed."}
          </p>
        )}
        {!running && turn.citations.length > 0 && <EvidenceChips citations={turn.citations} onOpen={onOpen} />}
        {turn.links.length > 0 && (
          <div className={classes.buttons}>
            {turn.links.map((link) => (
              <InternalLink key={link.url} url={link.url} className={classes.linkButton}>
                <VisibleText text={link.label} />
              </InternalLink>
            ))}
          </div>
        )}
        {turn.proposal && <ProposalCard proposal={turn.proposal} id={`${conversationId}/${turn.key}`} />}
        {!running && (
          <div className={classes.footer}>
            {turn.content !== "" && (
              <>
                <Feedback turn={turn} onRate={onRate} disabled={!isOnline} />
                <CopyButton text={() => turn.content.replace(/\[\^\d+\]/g, "")} label="Copy the answer" />
              </>
            )}
            {onAgain && turn.status !== "done" && (
              <Button size="compact-xs" variant="default" onClick={() => onAgain(turn)}>
                Ask again
              </Button>
            )}
            <Details turn={turn} />
          </div>
        )}
      </div>
    </article>
  );
});

/** Who wrote the answer, of which versions, and how long it took. */
function Details({ turn }: { turn: Turn }) {
  const time = turn.ms !== null && (turn.ms < 1000 ? `${Math.round(turn.ms)} ms` : `${(turn.ms / 1000).toFixed(1)} s`);
  const pieces = [
    { model: "written by the model", template: "composed from the evidence", mixed: "model and templates", "": "" }[
      turn.composed
    ],
    !turn.known && "not known here",
    turn.model_version,
    turn.prompt_version,
    time,
  ].filter((piece) => piece !== "" && piece !== false);
  return <span className={classes.details}>{pieces.join(" · ")}</span>;
}
