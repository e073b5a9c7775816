import { useState } from "react";
import { isApiError, useEvent, type EventDetail } from "@/api";
import {
  BlockSkeleton,
  ClassBadge,
  Confidence,
  Empty,
  ErrorState,
  RowsSkeleton,
  StatusBadge,
  TimeText,
} from "@/components";
import { CandidatesSection } from "./CandidatesSection";
import { ChunkModal } from "./ChunkModal";
import { ClassSection } from "./ClassSection";
import { EventFacts } from "./EventFacts";
import { FieldsSection } from "./FieldsSection";
import { HistorySection, ReviewsSection } from "./HistorySection";
import { MadeSection } from "./MadeSection";
import { NearSection } from "./NearSection";
import { RawSection } from "./RawSection";
import { currentDecision } from "./decisions";
import classes from "./event.module.css";

interface Props {
  eventId: string;
  /** The piece of evidence that is open, and how to open another; kept by the view itself when left out. */
  chunk?: string | undefined;
  onChunk?: ((chunkId: string | undefined) => void) | undefined;
  /** Opens another event where this one is shown; its own page when left out. */
  onOpenEvent?: ((eventId: string) => void) | undefined;
}

/** All that is known of one event: for its page, and for the panel beside a list. */
export function EventView({ eventId, ...props }: Props) {
  const event = useEvent(eventId);
  if (event.isPending) return <EventSkeleton />;
  if (event.isError) {
    if (isApiError(event.error, "not_found")) {
      return (
        <Empty title="There is no such event">
          It may have been deleted when its time was up, or the link is not complete.
        </Empty>
      );
    }
    return (
      <ErrorState
        error={event.error}
        onRetry={() => {
          void event.refetch();
        }}
      />
    );
  }
  // Another event starts with everything folded as the first did.
  return <EventBody key={eventId} event={event.data} {...props} />;
}

function EventBody({ event, chunk, onChunk, onOpenEvent }: Omit<Props, "eventId"> & { event: EventDetail }) {
  const [ownChunk, setOwnChunk] = useState<string>();
  const [focus, setFocus] = useState<string | null>(null);
  const openChunk = onChunk ?? setOwnChunk;
  const decision = currentDecision(event);
  return (
    <div className={classes.container} data-event-id={event.event_id}>
      <div className={classes.detail}>
        {decision ? (
          <div className={classes.line}>
            <ClassBadge uid={decision.class_uid} name={decision.class_name} activity={decision.activity_name} withUid />
            <StatusBadge status={decision.status} />
            <Confidence value={decision.confidence} unsure={decision.status === "needs_review"} />
            <span className={classes.note}>
              {decision.category_name} · decided <TimeText at={decision.decided_at} style="ago" />
            </span>
          </div>
        ) : (
          <div className={classes.line} role="status">
            <StatusBadge status={null} /> This event waits to be decided.
          </div>
        )}
        <EventFacts event={event} />
        <div className={classes.columns}>
          <div className={classes.detail}>
            <RawSection event={event} decision={decision} focus={focus} />
            {decision && <CandidatesSection decision={decision} onOpenChunk={openChunk} onFocus={setFocus} />}
            <FieldsSection event={event} decision={decision} />
          </div>
          <div className={classes.detail}>
            {decision && <MadeSection decision={decision} />}
            {decision && <ClassSection decision={decision} />}
            <HistorySection event={event} />
            <ReviewsSection reviews={event.reviews} />
            <NearSection event={event} onOpen={onOpenEvent} />
          </div>
        </div>
      </div>
      <ChunkModal chunkId={onChunk ? chunk : ownChunk} onClose={() => openChunk(undefined)} />
    </div>
  );
}

function EventSkeleton() {
  return (
    <div className={classes.detail} role="status" aria-label="Loading the event" aria-busy="true">
      <BlockSkeleton height={24} />
      <BlockSkeleton height={180} />
      <RowsSkeleton rows={8} />
    </div>
  );
}
