import { ActionIcon, Button, Group, Menu, Modal, Switch, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDots, IconDownload, IconLink, IconTrash } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { messageOf } from "@/api";
import { CONVERSATION_FORMATS, conversationExportUrl, useChangeConversation, useDeleteConversation } from "@/api/chat";
import { ChatView, type ChatHandle } from "@/chat/ChatView";
import { ModelMark } from "@/chat/ModelMark";
import classes from "@/chat/chat.module.css";
import { forgetConversation } from "@/chat/kept";
import { useChat } from "@/chat/useChat";
import { Empty, copyText, safeLine } from "@/components";
import { useAction } from "@/shortcuts";

interface Props {
  me: string;
  /** Null begins a new one. */
  conversationId: string | null;
  /** The event that is open beside it. */
  eventId: string | null;
  onBegun: (conversationId: string) => void;
  onOpenEvent: (eventId: string) => void;
  onDeleted: () => void;
}

/** One conversation on the page of the chat: what can be done with it as a whole, and the conversation itself. */
export function ConversationPane({ me, conversationId, eventId, onBegun, onOpenEvent, onDeleted }: Props) {
  const { client, state } = useChat(me, { conversationId, eventId: null });
  const handle = useRef<ChatHandle>(null);
  const queries = useQueryClient();
  const { about, turns, link } = state;
  const begun = turns.length > 0 ? about?.conversation_id : undefined;
  useEffect(() => {
    if (begun !== undefined) onBegun(begun);
    // Told once; what it leads to is the page's.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [begun]);
  // The list says how many questions there are.
  useEffect(() => {
    void queries.invalidateQueries({ queryKey: ["conversations"] });
  }, [turns.length, queries]);
  useAction("chat.open", () => handle.current?.focus());
  if (link.state === "refused") {
    return (
      <Empty title="There is no such conversation">
        {state.problem?.message ?? "It may have been deleted, or is not shared with you."}
      </Empty>
    );
  }
  const title = [about?.title, turns[0]?.question].find((words) => words) ?? "New conversation";
  const isMine = about?.may_ask === true || about?.owner === me;
  return (
    <section className={classes.panel} aria-label="Conversation">
      <header className={classes.head}>
        <h2>{safeLine(title)}</h2>
        <ModelMark about={about} />
        {about && !isMine && <span className={classes.note}>by {about.owner}</span>}
        <span className={classes.grow} />
        {about?.event_id && about.event_id !== eventId && (
          <Button
            size="compact-xs"
            variant="default"
            onClick={() => {
              if (about.event_id) onOpenEvent(about.event_id);
            }}
          >
            Show the event
          </Button>
        )}
        {begun !== undefined && (
          <Tools
            id={begun}
            shared={about?.shared ?? false}
            isMine={isMine}
            onShared={(shared) => client.about({ shared })}
            onDeleted={() => {
              forgetConversation(me, begun);
              onDeleted();
            }}
          />
        )}
      </header>
      <ChatView
        ref={handle}
        client={client}
        state={state}
        me={me}
        eventId={eventId}
        onOpenEvent={onOpenEvent}
        placeholder="Ask about decisions, sources, classes or guides"
        empty={
          <div className={classes.empty}>
            <b>What do you want to know?</b>
            <p>
              Ask what a class, a field or an event id means, or how a source changed. For one event, open it and press
              c.
            </p>
          </div>
        }
      />
    </section>
  );
}

interface ToolsProps {
  id: string;
  shared: boolean;
  isMine: boolean;
  onShared: (shared: boolean) => void;
  onDeleted: () => void;
}

function Tools({ id, shared, isMine, onShared, onDeleted }: ToolsProps) {
  const change = useChangeConversation();
  const remove = useDeleteConversation();
  const [asking, setAsking] = useState(false);
  const share = (next: boolean) =>
    change.mutate(
      { id, shared: next },
      {
        onSuccess: () => onShared(next),
        onError: (error) => notifications.show({ color: "red", title: "Not changed", message: messageOf(error) }),
      },
    );
  const deleteIt = async () => {
    try {
      // The server ends the conversation for all who follow it: this part may be gone before the answer comes.
      await remove.mutateAsync(id);
      onDeleted();
    } catch (error) {
      notifications.show({ color: "red", title: "Not deleted", message: messageOf(error) });
    }
  };
  const copyLink = async () => {
    const done = await copyText(`${location.origin}/chat/${id}`);
    notifications.show(
      done
        ? { message: shared ? "Link copied" : "Link copied. Others can open it once you share the conversation." }
        : { color: "red", message: "The browser did not allow copying." },
    );
  };
  return (
    <>
      {isMine && (
        <Switch
          size="xs"
          label="Shared"
          aria-label="Share with everybody who may read events"
          checked={shared}
          disabled={change.isPending}
          onChange={(event) => share(event.currentTarget.checked)}
        />
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label="More for this conversation">
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconLink size={14} />} onClick={() => void copyLink()}>
            Copy the link
          </Menu.Item>
          <Menu.Label>Export</Menu.Label>
          {CONVERSATION_FORMATS.map(({ format, label, about }) => (
            <Menu.Item
              key={format}
              component="a"
              href={conversationExportUrl(id, format)}
              download
              leftSection={<IconDownload size={14} />}
            >
              {label}, {about}
            </Menu.Item>
          ))}
          {isMine && (
            <>
              <Menu.Divider />
              <Menu.Item color="red" leftSection={<IconTrash size={14} />} onClick={() => setAsking(true)}>
                Delete…
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      <Modal opened={asking} onClose={() => setAsking(false)} title="Delete this conversation?" size="sm">
        <Text size="sm">
          It goes for everybody, from the event store and from the knowledge base. This cannot be undone.
        </Text>
        <Group gap="xs" justify="flex-end" mt="md">
          <Button variant="default" data-autofocus onClick={() => setAsking(false)}>
            Keep
          </Button>
          <Button color="red" loading={remove.isPending} onClick={() => void deleteIt()}>
            Delete
          </Button>
        </Group>
      </Modal>
    </>
  );
}
