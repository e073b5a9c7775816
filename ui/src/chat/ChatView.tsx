import { Button } from "@mantine/core";
import { IconArrowDown } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import {
  useCallback,
  useEffect,
  useEffectEvent,
  useImperativeHandle,
  useRef,
  useState,
  type ReactNode,
  type Ref,
} from "react";
import { usePermission } from "@/api/session";
import { BlockSkeleton } from "@/components";
import { ChunkModal } from "@/pages/event/ChunkModal";
import { useActions } from "@/shortcuts";
import { Announcer } from "./Announcer";
import { Composer } from "./Composer";
import { ConnectionLine } from "./ConnectionLine";
import { Suggestions } from "./Suggestions";
import { TurnView } from "./TurnView";
import { openCitation, spotOf } from "./citations";
import type { ChatClient, ChatState } from "./client";
import { isRunning, namedIn, type Turn } from "./conversation";
import { draftOf, keepDraft, slotOf } from "./kept";
import { MAX_QUESTION_CHARACTERS, type CitationOut } from "./protocol";
import { darken, name } from "./spotlight";
import { useStickToEnd } from "./useStickToEnd";
import classes from "./chat.module.css";

export interface ChatHandle {
  focus: () => void;
}

interface Props {
  ref?: Ref<ChatHandle>;
  client: ChatClient;
  state: ChatState;
  me: string;
  /** The event that is open beside the chat. */
  eventId: string | null;
  /** Shows an event where this chat shows events. */
  onOpenEvent: (eventId: string) => void;
  /** Escape, when nothing runs. */
  onEscape?: (() => void) | undefined;
  /** Whether the box has the focus from the start. */
  takesFocus?: boolean;
  /** What stands in a conversation without questions. */
  empty: ReactNode;
  placeholder: string;
}

/** A conversation: its turns, what may be asked next, and the box. */
export function ChatView({ ref, client, state, me, eventId, onOpenEvent, takesFocus = false, ...props }: Props) {
  const { onEscape, empty, placeholder } = props;
  const router = useRouter();
  const box = useRef<HTMLTextAreaElement>(null);
  const suggested = useRef<HTMLUListElement>(null);
  const { about, turns, pending, link } = state;
  const begun = turns.length > 0 ? (about?.conversation_id ?? null) : null;
  const slot = slotOf(me, begun, about?.event_id ?? eventId);
  const [text, setText] = useState(() => draftOf(slot));
  const [editing, setEditing] = useState<number | null>(null);
  const [chunk, setChunk] = useState<string>();
  const [said, setSaid] = useState("");
  const last = turns.at(-1);
  const isBusy = isRunning(last) || pending !== null;
  const { allowed, reason } = usePermission("chat.ask");
  const mayAsk = allowed && about?.may_ask !== false && link.state !== "refused";
  const { scroller, isAtEnd, toEnd } = useStickToEnd(turns, pending);
  useNaming(last);

  const write = (next: string) => {
    setText(next);
    keepDraft(slot, next);
  };
  const focus = useCallback(() => box.current?.focus(), []);
  useImperativeHandle(ref, () => ({ focus }), [focus]);
  useEffect(() => {
    if (takesFocus) focus();
  }, [takesFocus, focus]);
  // The draft of a conversation that turns out to be begun already is found under its own name.
  const draftFor = useRef(slot);
  useEffect(() => {
    if (draftFor.current === slot) return;
    draftFor.current = slot;
    setText((typed) => (typed === "" ? draftOf(slot) : typed));
  }, [slot]);

  const ask = (question: string, replaces: number | null = null) => {
    const wanted = question.trim();
    if (wanted === "" || !client.ask(wanted, eventId, replaces)) return false;
    toEnd();
    return true;
  };
  const send = () => {
    if (!ask(text, editing)) return;
    write("");
    setEditing(null);
  };
  // A question that was refused comes back into the box.
  const sent = useRef(pending);
  const onRefused = useEffectEvent((question: string) => {
    if (text === "") write(question);
  });
  useEffect(() => {
    const before = sent.current;
    sent.current = pending;
    if (before && !pending && state.problem && !turns.some(({ key }) => key === before.key)) onRefused(before.text);
  }, [pending, state.problem, turns]);

  const editLast = () => {
    if (!last || isBusy || last.asked_by !== me || !mayAsk) return;
    setEditing(last.turn);
    write(last.question);
  };
  const endEditing = () => {
    setEditing(null);
    write("");
  };
  const takeBack = () => {
    const question = client.takeBack();
    if (question !== null) write(question);
  };
  const open = useCallback(
    (citation: CitationOut) =>
      setSaid(
        openCitation(citation, {
          openChunk: setChunk,
          openEvent: onOpenEvent,
          go: (url) => router.history.push(url),
        }),
      ),
    [onOpenEvent, router],
  );
  const rate = useCallback(
    (turn: number, rating: "up" | "down" | null, note = "") => client.rate(turn, rating, note),
    [client],
  );
  const again = useCallback((turn: Turn) => client.ask(turn.question, turn.event_id, turn.turn), [client]);
  useActions({ "chat.stop": () => client.stop() }, useIsLater(isRunning(last)));

  const isOffering = mayAsk && !isBusy && editing === null;
  // Later the conversation wants the room.
  const suggestions = isOffering ? state.suggestions.slice(0, turns.length > 0 ? 3 : 4) : [];
  return (
    <div className={classes.view}>
      {/* It scrolls, so it must be reachable by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={classes.turns} ref={scroller} role="region" aria-label="Conversation" tabIndex={0}>
        {about === null && link.state === "connecting" && turns.length === 0 && <BlockSkeleton height={120} />}
        {about !== null && turns.length === 0 && pending === null && empty}
        {turns.map((turn) => (
          <TurnView
            key={turn.key}
            turn={turn}
            conversationId={about?.conversation_id ?? ""}
            me={me}
            isOnline={link.state === "open"}
            onOpen={open}
            onRate={rate}
            onAgain={turn === last && mayAsk && turn.asked_by === me ? again : undefined}
          />
        ))}
        {pending && !turns.some(({ key }) => key === pending.key) && (
          <article className={classes.turn} aria-label="Your question">
            <div className={classes.question}>
              <p dir="auto">{pending.text}</p>
            </div>
            <p className={classes.waiting}>{link.state === "open" ? "Sending…" : "Waits for the connection"}</p>
          </article>
        )}
      </div>
      <div className={classes.bottom}>
        {!isAtEnd && (
          <Button
            className={classes.toEnd}
            size="compact-xs"
            variant="default"
            leftSection={<IconArrowDown size={12} aria-hidden="true" />}
            onClick={toEnd}
          >
            To the latest
          </Button>
        )}
        <ConnectionLine state={state} onRetry={client.retryNow} onTakeBack={takeBack} />
        <Suggestions suggestions={suggestions} list={suggested} onAsk={(question) => ask(question)} onLeave={focus} />
        {about?.may_ask === false || !allowed ? (
          <p className={classes.note}>
            {about && about.owner !== me && allowed
              ? `This is ${about.owner}’s conversation. You can read it; ask in one of your own.`
              : `You can read here, not ask: ${reason ?? "your account may not"}.`}
          </p>
        ) : (
          <Composer
            box={box}
            text={text}
            onFocus={() => client.wake()}
            onText={write}
            onSend={send}
            isRunning={isRunning(last)}
            onStop={() => client.stop()}
            onEscape={onEscape}
            onEditLast={editLast}
            isEditing={editing !== null}
            onEndEditing={endEditing}
            onSuggestions={() => suggested.current?.querySelector("button")?.focus()}
            most={about?.max_question_characters ?? MAX_QUESTION_CHARACTERS}
            placeholder={placeholder}
            disabled={link.state === "refused"}
          />
        )}
      </div>
      <Announcer turn={last} said={said} />
      <ChunkModal chunkId={chunk} onClose={() => setChunk(undefined)} />
    </div>
  );
}

/** Stresses in the raw log what the answer names while it is written, and marks what it has named. */
function useNaming(turn: Turn | undefined): void {
  const running = isRunning(turn);
  const named = turn ? namedIn(turn.content, turn.citations) : [];
  // Only another citation changes what is stressed, not each word.
  const key = `${turn?.key ?? ""} ${named.map(({ number }) => number).join()}`;
  const tell = useEffectEvent(() => {
    const spots = named.map((citation) => spotOf(citation)).filter((spot) => spot !== null);
    const latest = spots.at(-1) ?? null;
    const spans = spots.filter(({ event_id }) => event_id === latest?.event_id).flatMap((spot) => spot.spans);
    name(latest && { event_id: latest.event_id, spans }, running ? latest : null);
  });
  useEffect(() => tell(), [key, running]);
  useEffect(() => darken, []);
}

/** `value`, a moment later: keys bound then go before those of what lies around. */
export function useIsLater(value: boolean): boolean {
  const [later, setLater] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLater(value), 0);
    return () => clearTimeout(timer);
  }, [value]);
  return later && value;
}
