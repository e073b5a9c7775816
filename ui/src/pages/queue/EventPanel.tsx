import { Button } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import { useEvent, type QueueItem } from "@/api";
import { ChatButton, EventChat } from "@/chat/EventChat";
import { SidePanel, safeLine, sourceName } from "@/components";
import { CopyMenu } from "../event/CopyMenu";
import { EventView } from "../event/EventView";

interface Props {
  eventId: string;
  /** The row of the event, where it is one of the loaded ones. */
  item: QueueItem | null;
  onClose: () => void;
  onOpen: (eventId: string) => void;
  onOnlyTemplate: (templateId: string) => void;
  isChatOpen: boolean;
  onChatOpenChange: (isOpen: boolean) => void;
}

/** Long enough that holding j does not load every event on the way, too short to be noticed. */
const REST_MS = 90;

/** The event beside the list. */
export function EventPanel({ eventId, item, onClose, onOpen, onOnlyTemplate, ...chat }: Props) {
  const [rested] = useDebouncedValue(eventId, REST_MS);
  const event = useEvent(rested);
  return (
    <SidePanel
      label="Event"
      title={item ? safeLine(sourceName(item) || "Event") : "Event"}
      onClose={onClose}
      actions={
        <>
          {item && item.template_count > 1 && (
            <Button size="compact-xs" variant="default" onClick={() => onOnlyTemplate(item.template_id)}>
              Only this template ({item.template_count.toLocaleString()})
            </Button>
          )}
          <ChatButton compact />
          {event.data && <CopyMenu event={event.data} />}
          <Button
            size="compact-xs"
            variant="default"
            renderRoot={(props) => <Link to="/events/$eventId" params={{ eventId }} {...props} />}
          >
            Own page
          </Button>
        </>
      }
    >
      <EventChat
        eventId={rested}
        layout="panel"
        isOpen={chat.isChatOpen}
        onOpenChange={chat.onChatOpenChange}
        onOpenEvent={onOpen}
      >
        <EventView eventId={rested} onOpenEvent={onOpen} />
      </EventChat>
    </SidePanel>
  );
}
