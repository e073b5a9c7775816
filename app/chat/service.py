"""The chat: conversations that go on whoever is connected, what people may do in them, and how they are kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import structlog

from agents.errors import LogatlasError
from app.auth.principal import Principal
from app.chat.answering import Agent, Answering, Current
from app.chat.conversation import Conversation, Follower, Question
from app.chat.data import AskedData
from app.chat.keeping import Keeper
from app.chat.limits import WAITING_OF_CONVERSATION, Limits, Rate
from app.chat.metrics import ChatMetrics
from app.chat.open_conversations import OpenConversations, may_ask
from app.chat.protocol import Ask, Feedback, FeedbackTaken, Hello, Ready, TurnOut, TurnStarted
from app.chat.refusal import Refusal
from app.chat.shown import RESTARTED, answer_row, moment, stored, title_of
from app.chat.transcripts import Transcripts
from app.storage.chat import UNFINISHED, ChatRepository, StoredConversation, next_revision
from app.storage.events import id_or_none
from app.wire import write_json

log = structlog.get_logger(__name__)

_TICK_S = 1.0
_RETRY_S = 5.0


class Chat:
    """Everything that one server's chats need. Safe to share by threads."""

    def __init__(
        self,
        agent: Agent,
        repository: ChatRepository,
        data: Callable[[Current], AskedData],
        transcripts: Transcripts,
        metrics: ChatMetrics,
        limits: Limits,
        *,
        at_a_time: int,
    ) -> None:
        """``at_a_time`` answers are made side by side; ``data`` is what somebody may ask our own data."""
        self.limits = limits
        self.metrics = metrics
        self.transcripts = transcripts
        self.messages = Rate(limits.messages_a_minute)
        self._questions = Rate(limits.questions_a_minute)
        self._repository = repository
        self._data = data
        self._conversations = OpenConversations(repository)
        self._keeper = Keeper(repository, transcripts.wake)
        self._answering = Answering(
            agent,
            data,
            self._keeper.keep,
            metrics,
            at_a_time=at_a_time,
            waiting=limits.waiting,
            longest_s=limits.answer_s,
        )
        self._lock = threading.Lock()
        self._sockets: set[Follower] = set()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chat", daemon=True)
        self.ending: Callable[[], bool] = lambda: False
        """Asked every second: whether the server is stopping, so that open sockets must not hold it up."""

    # -- running

    def start(self) -> None:
        """Begin to answer, after what an earlier process left unfinished is marked so; returns at once."""
        self._answering.start()
        self.transcripts.start()
        self._thread.start()

    def close(self) -> None:
        """End every answer and every connection; what was asked is kept."""
        self._end()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        self._answering.close(RESTARTED)
        self._keeper.save_again()
        self.transcripts.close()

    @property
    def sockets(self) -> int:
        """How many connections are open."""
        return len(self._sockets)

    @property
    def waiting(self) -> int:
        """How many questions wait."""
        return len(self._answering.line)

    @property
    def answering(self) -> int:
        """How many answers are being made."""
        return self._answering.line.busy

    def enter(self, socket: Follower) -> bool:
        """Count a connection; False when there are as many as may be, or the server stops."""
        with self._lock:
            if len(self._sockets) >= self.limits.sockets or self._closed.is_set():
                return False
            self._sockets.add(socket)
            return True

    def left(self, socket: Follower) -> None:
        """Note that a connection is gone."""
        with self._lock:
            self._sockets.discard(socket)

    # -- over a socket

    def hello(self, hello: Hello, who: Principal, follower: Follower) -> Conversation:
        """Let ``follower`` follow a conversation, a new one where none is named. It is told ``ready`` first.

        Raises:
            Refusal: there is none with this id that ``who`` may read.
            StorageError, StorageUnavailableError
        """
        event_id = _event_id(hello.event_id)
        if hello.conversation_id is None:
            conversation = self._conversations.begin(who, event_id)
        else:
            conversation = self._conversations.get(hello.conversation_id, who)
        # Asked before the lock is taken: it reads the store.
        about = conversation.stored.event_id or event_id
        suggestions = self._suggestions(about, who)
        with conversation.lock:
            transcript = conversation.transcript
            seen = hello.last_seq
            resumed = seen is not None and transcript.kept(seen)
            place = seen if resumed and seen is not None else transcript.seq
            ready = Ready(
                type="ready",
                seq=place,
                conversation_id=conversation.stored.conversation_id,
                title=conversation.stored.title,
                owner=conversation.stored.owner,
                may_ask=may_ask(conversation.stored, who),
                event_id=about,
                turns=transcript.turns(place),
                suggestions=list(suggestions),
                model=self._answering.agent.model_name,
                resumed=resumed,
                shared=conversation.stored.shared,
            )
            follower.put(write_json(ready.model_dump(mode="json")))
            for message in transcript.since(place):
                follower.put(message)
            conversation.followers.add(follower)
        return conversation

    def leave(self, conversation: Conversation, follower: Follower) -> None:
        """Let ``follower`` follow no more; an answer that is being made goes on."""
        with conversation.lock:
            conversation.followers.discard(follower)
            conversation.used_at = time.monotonic()

    def ask(self, conversation: Conversation, ask: Ask, who: Principal, current: Current, follower: Follower) -> None:
        """Take a question: when this returns it is stored, told and in the line.

        Raises:
            Refusal: it cannot be taken.
            StorageError, StorageUnavailableError: it was not taken.
        """
        self._check_owner(conversation, who, ask.key)
        with conversation.asking:
            with conversation.lock:
                before = next((turn for turn in conversation.transcript.turns() if turn.key == ask.key), None)
                if before is not None:
                    told = TurnStarted(type="turn", seq=conversation.transcript.seq, turn=before)
                    follower.put(write_json(told.model_dump(mode="json")))
                    return
            self._check_limits(conversation, ask, who)
            if ask.replaces is not None:
                self._end_replaced(conversation, ask)
            question = self._take(conversation, ask, who, current)
        if not self._answering.line.add(question):
            self._answering.finish(question, {"status": "failed", "error": "too many questions wait; try again"})

    def stop(self, conversation: Conversation, who: Principal) -> None:
        """End the answer that is being made, or the question that waits; nothing where there is none.

        Raises:
            Refusal: the conversation is somebody else's.
        """
        self._check_owner(conversation, who)
        with conversation.lock:
            question = next((conversation.questions[number] for number in sorted(conversation.questions)), None)
        if question is not None:
            self._answering.stop(question)

    def feedback(self, conversation: Conversation, feedback: Feedback, who: Principal) -> None:
        """Keep what somebody thinks of an answer.

        Raises:
            Refusal: there is no such answer, or it is somebody else's.
            StorageError, StorageUnavailableError: it is not kept.
        """
        self._check_owner(conversation, who)
        # Held while storing, so that an edit of the question does not come between.
        with conversation.asking, conversation.lock:
            turn = conversation.transcript.turn(feedback.turn)
            if turn is None or turn.status in UNFINISHED:
                raise Refusal("no_answer", "there is no such answer", turn=feedback.turn)
            note = feedback.note if feedback.rating else ""
            rated = turn.model_copy(update={"rating": feedback.rating, "note": note})
            row = answer_row(
                conversation.stored.conversation_id, rated, next_revision(), conversation.agent.get(turn.turn)
            )
            self._repository.insert([row])
            conversation.tell(FeedbackTaken, turn=turn.turn, rating=feedback.rating, note=note)
        self.transcripts.wake()

    # -- over HTTP

    def read(self, conversation_id: str, who: Principal) -> tuple[StoredConversation, list[TurnOut]]:
        """A conversation and its turns as they are now.

        Raises:
            ApiError: ``not_found``: there is none that ``who`` may read.
            StorageError, StorageUnavailableError
        """
        return self._conversations.read(conversation_id, who)

    def change(
        self, conversation_id: str, who: Principal, *, title: str | None, shared: bool | None
    ) -> StoredConversation:
        """Give one's own conversation another title, or share it, or share it no more.

        Raises:
            ApiError: ``not_found``: there is none, or it is somebody else's.
            StorageError, StorageUnavailableError
        """
        found = self._conversations.own(conversation_id, who)
        change = {key: value for key, value in (("title", title), ("shared", shared)) if value is not None}
        known = self._conversations.known(found.conversation_id)
        if known is None:
            return self._repository.save(replace(found, **change))  # type: ignore[arg-type]
        with known.asking:
            saved = self._repository.save(replace(known.stored, **change))  # type: ignore[arg-type]
            with known.lock:
                known.stored = saved
                readers = list(known.followers) if shared is False else []
        for reader in readers:
            if not reader.reads(saved):
                reader.end("session_ended", "the conversation is not shared any more")
        return saved

    def delete(self, conversation_id: str, who: Principal) -> None:
        """Delete one's own conversation: at once for everybody, and from every store as soon as that can be.

        Raises:
            ApiError: ``not_found``: there is none, or it is somebody else's.
            StorageError, StorageUnavailableError: it is not deleted.
        """
        found = self._conversations.own(conversation_id, who)
        known = self._conversations.known(found.conversation_id)
        if known is None:
            self.transcripts.delete(found)
            return
        with known.asking:
            for question in list(known.questions.values()):
                self._answering.stop(question)
            with known.lock:
                known.stored = self.transcripts.delete(known.stored)
                followers = list(known.followers)
        self._conversations.drop(found.conversation_id)
        self._keeper.drop(found.conversation_id)
        for follower in followers:
            follower.end("not_found", "the conversation was deleted")

    def _suggestions(self, event_id: str | None, who: Principal) -> Sequence[str]:
        if event_id is None:
            return ()
        # Suggestions help; without them one can still ask.
        with suppress(LogatlasError):
            decided = self._data(lambda: who).event(event_id)
            if decided is not None:
                return self._answering.agent.suggestions(decided)
        return ()

    # -- inside: questions

    def _check_owner(self, conversation: Conversation, who: Principal, key: str | None = None) -> None:
        if conversation.stored.deleted_at is not None:
            raise Refusal("not_found", "the conversation was deleted", key=key)
        if conversation.stored.owner != who.actor:
            raise Refusal("forbidden", "this is somebody else's conversation: begin one of your own", key=key)

    def _check_limits(self, conversation: Conversation, ask: Ask, who: Principal) -> None:
        with conversation.lock:
            last = conversation.transcript.last
            number = last.turn if last else 0
            unfinished = sum(n != ask.replaces for n in conversation.questions)
        if ask.replaces is not None and ask.replaces != number:
            raise Refusal("not_last", "only the last question can be changed", key=ask.key)
        if ask.replaces is None and number >= self.limits.turns:
            raise Refusal(
                "conversation_full", f"a conversation has at most {self.limits.turns} turns: begin another", key=ask.key
            )
        if unfinished >= WAITING_OF_CONVERSATION:
            raise Refusal("busy", "earlier questions of this conversation wait for their answers", key=ask.key)
        if len(self._answering.line) >= self.limits.waiting:
            raise Refusal("busy", "too many questions wait; try again soon", key=ask.key)
        if wait := self._questions.take(who.actor):
            raise Refusal("rate_limited", f"too many questions; try again in {wait} s", key=ask.key)

    def _end_replaced(self, conversation: Conversation, ask: Ask) -> None:
        with conversation.lock:
            question = conversation.questions.get(ask.replaces or 0)
        if question is not None:
            self._answering.stop(question)

    def _take(self, conversation: Conversation, ask: Ask, who: Principal, current: Current) -> Question:
        event_id = _event_id(ask.event_id, ask.key) or conversation.stored.event_id
        now = datetime.now(UTC)
        with conversation.lock:
            last = conversation.transcript.last
        number = ask.replaces or (last.turn if last else 0) + 1
        turn = TurnOut(
            turn=number,
            key=ask.key,
            question=ask.text,
            asked_at=moment(now),
            asked_by=who.name,
            event_id=event_id,
            status="queued",
            content="",
        )
        kept = conversation.stored
        kept = replace(
            kept,
            title=kept.title or title_of(ask.text),
            event_id=kept.event_id or event_id,
            turns=max(kept.turns, number),
            updated_at=now,
        )
        self._repository.insert(stored(kept.conversation_id, turn, next_revision()))
        saved = self._repository.save(kept)
        question = Question(conversation, turn, who.actor, current)
        with conversation.lock:
            conversation.stored, conversation.is_new = saved, False
            conversation.questions[number] = question
            conversation.past.pop(number, None)
            conversation.tell(TurnStarted, turn=turn)
        return question

    # -- inside: in the background

    def _run(self) -> None:
        cleaned, save_at = False, 0.0
        while not self._closed.wait(_TICK_S):
            if self.ending():
                self._end()
                return
            now = time.monotonic()
            if now >= save_at:
                save_at = now + _RETRY_S
                cleaned = cleaned or self._keeper.clean_up(self._conversations.unfinished())
                self._keeper.save_again()
            self._conversations.forget(now)

    def _end(self) -> None:
        self._closed.set()
        with self._lock:
            sockets = list(self._sockets)
        for socket in sockets:
            socket.end("", "the server stops")


def _event_id(text: str | None, key: str | None = None) -> str | None:
    if not text:
        return None
    if (found := id_or_none(text)) is None:
        raise Refusal("bad_message", "event_id is not the id of an event", key=key)
    return found
