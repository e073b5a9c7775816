import { Text } from "@mantine/core";
import { useEvent, type Decision, type EventDetail } from "@/api";
import { ClassBadge, ErrorState, RawLog, RowsSkeleton } from "@/components";
import { EventLinks } from "./EventLinks";
import { spansOf } from "./labels";
import { DecisionDetail } from "./OutcomeDetail";

/** The decision that counts: the latest one. */
function latest(event: EventDetail): Decision | undefined {
  return [...event.decisions].sort((a, b) => b.decided_at.localeCompare(a.decided_at))[0];
}

/** An event that was tried earlier, by its id: what a shared address shows. */
export function StoredEvent({ eventId }: { eventId: string }) {
  const event = useEvent(eventId);
  if (event.isPending) return <RowsSkeleton rows={6} />;
  if (event.isError) return <ErrorState error={event.error} onRetry={() => void event.refetch()} />;
  const decision = latest(event.data);
  return (
    <>
      <RawLog raw={event.data.raw} {...(decision && spansOf(decision))} maxHeight={240} />
      {decision ? (
        <>
          <Text component="div" my="xs">
            <ClassBadge uid={decision.class_uid} name={decision.class_name} activity={decision.activity_name} withUid />
          </Text>
          <DecisionDetail decision={decision} />
        </>
      ) : (
        <Text mt="xs">It waits to be decided.</Text>
      )}
      <EventLinks eventId={eventId} />
    </>
  );
}
