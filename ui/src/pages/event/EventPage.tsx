import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { eventQuery, useEvent, useLive } from "@/api";
import { rememberEvent } from "@/app/recent";
import { ChatButton, EventChat } from "@/chat/EventChat";
import { Allowed, PageFrame, safeLine } from "@/components";
import { CopyMenu } from "./CopyMenu";
import { EventReview } from "./EventReview";
import { EventView } from "./EventView";
import { currentDecision } from "./decisions";

const route = getRouteApi("/shell/events/$eventId");
const TITLE = 80;

/** One event on a page of its own: what a permalink leads to. */
export function EventPage() {
  return (
    <Allowed permission="events.read">
      <Event />
    </Allowed>
  );
}

function Event() {
  const { eventId } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate();
  const client = useQueryClient();
  const event = useEvent(eventId);
  const data = event.data;
  const decision = data && currentDecision(data);
  useEffect(() => {
    if (data) rememberEvent({ event_id: data.event_id, title: safeLine(data.raw.slice(0, TITLE)) });
  }, [data]);
  // Somebody else's word on its template is shown without a reload.
  useLive("review", (review) => {
    if (data && review.template_ids.includes(data.template_id)) void client.invalidateQueries(eventQuery(eventId));
  });
  const show = (id: string, change: Partial<typeof search>, replace = true) =>
    void navigate({ to: "/events/$eventId", params: { eventId: id }, search: { ...search, ...change }, replace });
  return (
    <PageFrame
      fill
      title="Event"
      actions={
        data && (
          <>
            <ChatButton />
            <CopyMenu event={data} />
          </>
        )
      }
    >
      <EventChat
        eventId={eventId}
        layout="page"
        isOpen={search.chat === true}
        onOpenChange={(isOpen) => show(eventId, { chat: isOpen || undefined })}
        onOpenEvent={(id) => show(id, { chunk: undefined }, false)}
      >
        {data && decision && <EventReview key={eventId} event={data} decision={decision} />}
        <EventView eventId={eventId} chunk={search.chunk} onChunk={(id) => show(eventId, { chunk: id })} />
      </EventChat>
    </PageFrame>
  );
}
