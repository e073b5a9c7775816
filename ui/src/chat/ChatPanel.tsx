import { ActionIcon, CloseButton, Tooltip } from "@mantine/core";
import { IconExternalLink, IconPlus } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useEffect, useState, type Ref } from "react";
import { useSession } from "@/api/session";
import { Allowed } from "@/components";
import { useAction } from "@/shortcuts";
import { ChatView, useIsLater, type ChatHandle } from "./ChatView";
import { ModelMark } from "./ModelMark";
import { runningTurn } from "./conversation";
import { conversationOf, keepConversation } from "./kept";
import { useChat } from "./useChat";
import classes from "./chat.module.css";

interface Props {
  ref?: Ref<ChatHandle>;
  eventId: string;
  onClose: () => void;
  onOpenEvent: (eventId: string) => void;
}

/** The chat beside an event: the conversation that was last had about it, or a new one. */
export default function ChatPanel({ eventId, ...props }: Props) {
  const me = useSession().data?.user?.name ?? "";
  return (
    <Allowed permission="chat.read">
      <EventConversation key={`${me}/${eventId}`} me={me} eventId={eventId} {...props} />
    </Allowed>
  );
}

function EventConversation({ me, eventId, ...props }: Props & { me: string }) {
  const [chosen, setChosen] = useState(() => ({ id: conversationOf(me, eventId), number: 0 }));
  const beginAnew = () => {
    keepConversation(me, eventId, null);
    setChosen(({ number }) => ({ id: null, number: number + 1 }));
  };
  return (
    <Panel
      key={chosen.number}
      me={me}
      eventId={eventId}
      conversationId={chosen.id}
      onBeginAnew={beginAnew}
      takesFocus={chosen.number > 0}
      {...props}
    />
  );
}

interface PanelProps extends Props {
  me: string;
  conversationId: string | null;
  onBeginAnew: () => void;
  takesFocus: boolean;
}

function Panel({ ref, me, eventId, conversationId, onClose, onOpenEvent, onBeginAnew, takesFocus }: PanelProps) {
  const { client, state } = useChat(me, { conversationId, eventId });
  const { about, turns, link } = state;
  const begun = turns.length > 0 ? about?.conversation_id : undefined;
  useEffect(() => {
    if (begun !== undefined) keepConversation(me, eventId, begun);
  }, [begun, me, eventId]);
  // The conversation that this browser remembers was deleted, or is no longer shared.
  const isGone = link.state === "refused" && conversationId !== null && begun === undefined;
  useEffect(() => {
    if (isGone) onBeginAnew();
    // Once is enough.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [isGone]);
  const isRunning = runningTurn(state) !== undefined;
  const isShown = useIsLater(true);
  useAction("panel.close", onClose, isShown && !isRunning);
  return (
    <aside className={classes.panel} aria-label="Chat">
      <header className={classes.head}>
        <h2>Chat</h2>
        <ModelMark about={about} />
        <span className={classes.grow} />
        {begun !== undefined && (
          <>
            <Tooltip label="Open on its own page">
              <ActionIcon
                size="sm"
                aria-label="Open on its own page"
                renderRoot={(root) => (
                  <Link
                    to="/chat/$conversationId"
                    params={{ conversationId: begun }}
                    search={{ event: eventId }}
                    {...root}
                  />
                )}
              >
                <IconExternalLink size={15} />
              </ActionIcon>
            </Tooltip>
            <Tooltip label="New conversation">
              <ActionIcon size="sm" aria-label="New conversation" onClick={onBeginAnew}>
                <IconPlus size={15} />
              </ActionIcon>
            </Tooltip>
          </>
        )}
        <Tooltip label="Close (Esc)">
          <CloseButton aria-label="Close the chat" size="sm" onClick={onClose} />
        </Tooltip>
      </header>
      <ChatView
        ref={ref}
        takesFocus={takesFocus}
        client={client}
        state={state}
        me={me}
        eventId={eventId}
        onOpenEvent={onOpenEvent}
        onEscape={onClose}
        placeholder="Ask about this decision"
        empty={
          <div className={classes.empty}>
            <b>Why was this mapped that way?</b>
            <p>
              Answers come from the evidence of the decision and name it. Point at a number to see its place in the log;
              click it to open it.
            </p>
          </div>
        }
      />
    </aside>
  );
}
