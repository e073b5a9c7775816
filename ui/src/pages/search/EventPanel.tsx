import { ActionIcon, Tooltip } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useEvent } from "@/api";
import { ChatButton, EventChat } from "@/chat/EventChat";
import { SidePanel } from "@/components";
import { CopyMenu } from "../event/CopyMenu";
import { EventView } from "../event/EventView";

interface Props {
  eventId: string;
  onOpen: (eventId: string) => void;
  onClose: () => void;
  /** Whether the chat about the event is open beside it; without it there is none. */
  chat?: { isOpen: boolean; onOpenChange: (isOpen: boolean) => void };
}

/** One event beside the list. */
export function EventPanel({ eventId, onOpen, onClose, chat }: Props) {
  const event = useEvent(eventId);
  const view = <EventView eventId={eventId} onOpenEvent={onOpen} />;
  return (
    <SidePanel
      label="Event"
      title="Event"
      onClose={onClose}
      actions={
        <>
          {chat && <ChatButton compact />}
          {event.data && <CopyMenu event={event.data} />}
          <Tooltip label="Open on its own page">
            <ActionIcon
              aria-label="Open on its own page"
              renderRoot={(props) => <Link to="/events/$eventId" params={{ eventId }} {...props} />}
            >
              <IconExternalLink size={16} />
            </ActionIcon>
          </Tooltip>
        </>
      }
    >
      {chat ? (
        <EventChat eventId={eventId} layout="panel" onOpenEvent={onOpen} {...chat}>
          {view}
        </EventChat>
      ) : (
        view
      )}
    </SidePanel>
  );
}
