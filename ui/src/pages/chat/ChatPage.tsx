import { getRouteApi, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useSession } from "@/api";
import { Allowed, PageFrame, PanelLayout } from "@/components";
import { EventPanel } from "../search/EventPanel";
import { ConversationList } from "./ConversationList";
import { ConversationPane } from "./ConversationPane";
import classes from "@/chat/chat.module.css";

const route = getRouteApi("/shell/chat");

/** All conversations, and one of them; the event that it is about opens beside it. */
export function ChatPage() {
  return (
    <Allowed permission="chat.read">
      <Chat />
    </Allowed>
  );
}

function Chat() {
  const { conversationId = null } = useParams({ strict: false });
  const search = route.useSearch();
  const navigate = useNavigate();
  const me = useSession().data?.user?.name ?? "";
  const [pane, setPane] = useState<Pane>({ id: conversationId, number: 0, becomes: null });
  // A new conversation gets its address with its first question and stays what it is.
  if (pane.id !== conversationId) {
    const isSame = conversationId !== null && pane.becomes === conversationId;
    setPane({ id: conversationId, number: isSame ? pane.number : pane.number + 1, becomes: null });
  }
  const show = (id: string | null, event: string | undefined, replace = false) => {
    const next = { ...search, event };
    if (id === null) void navigate({ to: "/chat", search: next, replace });
    else void navigate({ to: "/chat/$conversationId", params: { conversationId: id }, search: next, replace });
  };
  const begun = (id: string) => {
    if (conversationId !== null) return;
    setPane((now) => ({ ...now, becomes: id }));
    show(id, search.event, true);
  };
  const openEvent = (event: string | undefined) => show(conversationId, event, true);
  return (
    <PageFrame title="Chat" fill>
      <div className={classes.page}>
        <ConversationList
          current={conversationId}
          search={search}
          isBeside={search.event !== undefined}
          onSearch={(change) => {
            const next = { ...search, ...change };
            if (conversationId === null) void navigate({ to: "/chat", search: next, replace: true });
            else
              void navigate({ to: "/chat/$conversationId", params: { conversationId }, search: next, replace: true });
          }}
        />
        <PanelLayout
          name="chat-event"
          panel={
            search.event && (
              <EventPanel eventId={search.event} onOpen={openEvent} onClose={() => openEvent(undefined)} />
            )
          }
        >
          <ConversationPane
            key={`${me}/${pane.number}`}
            me={me}
            conversationId={conversationId}
            eventId={search.event ?? null}
            onBegun={begun}
            onOpenEvent={openEvent}
            onDeleted={() => show(null, undefined, true)}
          />
        </PanelLayout>
      </div>
    </PageFrame>
  );
}

interface Pane {
  id: string | null;
  number: number;
  /** The address that the new conversation in it is about to get. */
  becomes: string | null;
}
