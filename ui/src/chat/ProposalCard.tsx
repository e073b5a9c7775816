import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconCheck, IconGavel } from "@tabler/icons-react";
import { useState } from "react";
import { messageOf, useEvent, usePermission, useStore, useUndoReview, type Review } from "@/api";
import { ClassBadge } from "@/components";
import { currentDecision } from "@/pages/event/decisions";
import { ConflictDialog } from "@/pages/queue/ConflictDialog";
import { desk, stateOf, withoutReview, type Choice } from "@/pages/queue/desk";
import { useReviewing } from "@/pages/queue/useReviewing";
import type { ProposalOut } from "./protocol";
import { createStore } from "@/api/store";
import { Markdown } from "./Markdown";
import classes from "./chat.module.css";

interface Props {
  proposal: ProposalOut;
  /** What names this proposal, so that one that was dismissed stays so. */
  id: string;
}

const dismissed = createStore<ReadonlySet<string>>(new Set());

/** A review that the chat proposes. Nothing of it holds until it is accepted, as any review of the analyst's own. */
export function ProposalCard({ proposal, id }: Props) {
  const event = useEvent(proposal.event_id);
  const { allowed, reason } = usePermission("reviews.write");
  const { review, giveUp } = useReviewing();
  const undoReview = useUndoReview();
  const state = useStore(desk);
  const isDismissed = useStore(dismissed).has(id);
  const [resolving, setResolving] = useState(false);
  const decision = event.data && currentDecision(event.data);
  const row = decision && {
    event_id: proposal.event_id,
    template_id: decision.template_id,
    decision_id: decision.decision_id,
  };
  const own = row ? stateOf(state, row) : null;
  const choice: Choice = {
    action: proposal.kind,
    class_uid: proposal.class_uid,
    class_name: proposal.class_name,
    ...(proposal.activity_id !== null && { activity_id: proposal.activity_id }),
  };
  const words = proposal.kind === "override" ? `Override to ${proposal.class_name}` : `Confirm ${proposal.class_name}`;
  const isAccepted = own?.kind === "saved" && own.choice.class_uid === proposal.class_uid;
  const holds =
    decision?.class_uid === proposal.class_uid && (decision.status === "overridden" || decision.status === "confirmed");

  const undo = async (saved: Review) => {
    try {
      await undoReview.mutateAsync(saved.review_id);
      desk.set((all) => withoutReview(all, saved.review_id));
      notifications.show({ message: "The review was undone." });
    } catch (error) {
      notifications.show({ color: "red", title: "The review was not undone", message: messageOf(error) });
    }
  };
  const accept = async (replace = false) => {
    if (!row) return;
    await review(row, choice, replace);
    const after = desk.get().rows[proposal.event_id];
    if (after?.kind === "conflict") setResolving(true);
    if (after?.kind === "saved") sayAccepted(after.review, () => void undo(after.review));
  };

  if (isDismissed) return <p className={classes.note}>You dismissed the proposal “{words}”.</p>;
  return (
    <section className={classes.proposal} aria-label={`Proposal: ${words}`}>
      <div className={classes.proposalHead}>
        <IconGavel size={15} aria-hidden="true" />
        <b>{words}</b>
        <ClassBadge uid={proposal.class_uid} name={proposal.class_name} withUid />
      </div>
      {proposal.reason !== "" && <Markdown text={proposal.reason} renderCitation={() => null} />}
      {own?.kind === "failed" && (
        <p className={classes.problem} role="alert">
          Not saved. {own.message}
        </p>
      )}
      {isAccepted || holds ? (
        <p className={classes.note} role="status">
          <IconCheck size={14} aria-hidden="true" /> Accepted: the event and its template are {proposal.class_name} now.
        </p>
      ) : (
        <div className={classes.buttons}>
          <Button
            size="compact-sm"
            disabled={!allowed || !row || own?.kind === "settling"}
            loading={own?.kind === "sending"}
            onClick={() => (own?.kind === "conflict" ? setResolving(true) : void accept())}
          >
            Accept
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => dismissed.set((all) => new Set([...all, id]))}>
            Dismiss
          </Button>
          <span className={classes.note}>
            {allowed ? "It becomes a review of yours, for the whole template." : reason}
          </span>
        </div>
      )}
      {event.isError && <p className={classes.problem}>The event cannot be read: {messageOf(event.error)}</p>}
      {resolving && row && own?.kind === "conflict" && (
        <ConflictDialog
          conflict={own}
          onClose={() => setResolving(false)}
          onKeepTheirs={() => {
            setResolving(false);
            giveUp(row, own.review);
          }}
          onReplace={() => {
            setResolving(false);
            void accept(true);
          }}
        />
      )}
    </section>
  );
}

function sayAccepted(saved: Review, onUndo: () => void): void {
  const id = notifications.show({
    title: saved.action === "override" ? `Overridden to ${saved.class_name}` : `Confirmed ${saved.class_name}`,
    message: (
      <Button
        size="compact-xs"
        variant="default"
        onClick={() => {
          notifications.hide(id);
          onUndo();
        }}
      >
        Undo
      </Button>
    ),
    autoClose: 10_000,
  });
}
