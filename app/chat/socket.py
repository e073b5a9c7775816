"""One connection of ``/ws/chat``: reads messages, checks each of them, and sends what happens."""

from __future__ import annotations

import threading
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import structlog
from pydantic import TypeAdapter, ValidationError
from simple_websocket import ConnectionClosed

from agents.errors import LogatlasError, UnavailableError
from app.auth.permissions import CHAT_ASK, CHAT_READ
from app.chat.conversation import Conversation
from app.chat.open_conversations import may_read
from app.chat.protocol import Ask, ClientMessage, Error, Feedback, Hello, Ping, Pong, Stop
from app.chat.refusal import Refusal
from app.wire import write_json

if TYPE_CHECKING:
    from simple_websocket import Server

    from app.auth.principal import Principal
    from app.chat.answering import Current
    from app.chat.service import Chat
    from app.chat.wire import Wire
    from app.storage.chat import StoredConversation

log = structlog.get_logger(__name__)

CLOSE_NORMAL, CLOSE_GOING_AWAY, CLOSE_BINARY, CLOSE_POLICY, CLOSE_LATER = 1000, 1001, 1003, 1008, 1013
WAITING_BYTES = 2**20
"""Most that waits to be sent; a reader that is further behind is too slow."""
HELLO_S = 15.0
"""Seconds that a page has to say hello."""
_TICK_S = 1.0
_RECHECK_S = 10.0
_GOODBYE_S = 2.0
_MOST_REFUSED = 200
"""Messages refused for their rate in one minute, after which the connection is ended."""
_MESSAGES: TypeAdapter[Any] = TypeAdapter(ClientMessage)
_PONG = write_json(Pong(type="pong").model_dump(mode="json"))


class ChatSocket:
    """A follower of conversations, served by the thread that calls ``run``. ``put`` and ``end`` are for any thread."""

    def __init__(self, ws: Server, wire: Wire, chat: Chat, who: Principal, current: Current) -> None:
        """``who`` connected; ``current`` tells the same person with the rights of the moment, ``None`` if none."""
        self._ws = ws
        self._wire = wire
        self._chat = chat
        self._who = who
        self._could_ask = who.may(CHAT_ASK)
        self._current = current
        self._lock = threading.Lock()
        self._outgoing: deque[bytes] = deque()
        self._bytes = 0
        self._ending: tuple[int, str] | None = None
        self._conversation: Conversation | None = None
        self._refused = 0
        self._heard_at = self._checked_at = time.monotonic()
        wire.backlog = ws.input_buffer

    # -- for any thread

    def put(self, message: bytes) -> None:
        """See ``Follower``. When too much waits, all of it is dropped, and the connection ends."""
        with self._lock:
            if self._ending is not None:
                return
            if self._bytes > WAITING_BYTES:
                self._outgoing.clear()
                self._bytes = 0
                self._ending = (CLOSE_LATER, "too_slow")
            else:
                self._outgoing.append(message)
                self._bytes += len(message)
        self._ws.event.set()

    def end(self, code: str, reason: str) -> None:
        """See ``Follower``."""
        if code:
            self.put(_error(Error(type="error", code=code, message=reason, fatal=True)))
        with self._lock:
            self._ending = self._ending or (CLOSE_POLICY if code else CLOSE_GOING_AWAY, reason)
        self._ws.event.set()

    def reads(self, stored: StoredConversation) -> bool:
        """See ``Follower``."""
        return may_read(stored, self._who)

    # -- the thread of the connection

    def run(self) -> None:
        """Serve until the connection ends, one way or the other."""
        if not self._chat.enter(self):
            self.put(_error(Error(type="error", code="too_many_sockets", message="try again soon", fatal=True)))
            self._ending = (CLOSE_LATER, "too_many_sockets")
        try:
            self._serve()
        except (ConnectionClosed, OSError):
            pass
        finally:
            self._chat.left(self)
            if self._conversation is not None:
                self._chat.leave(self._conversation, self)
            self._say_goodbye()

    def _serve(self) -> None:
        while self._ws.connected and self._ws.thread.is_alive():
            self._send()
            if self._ending is not None:
                return
            if self._ws.input_buffer:
                self._handle(self._ws.input_buffer.pop(0))
                continue
            self._ws.event.wait(_TICK_S)
            self._ws.event.clear()
            self._look_at_the_clock()

    def _send(self) -> None:
        while True:
            with self._lock:
                if not self._outgoing:
                    return
                message = self._outgoing.popleft()
                self._bytes -= len(message)
            self._ws.send(message.decode())

    def _look_at_the_clock(self) -> None:
        now = time.monotonic()
        if self._conversation is None:
            if now - self._heard_at > HELLO_S:
                self._finish(CLOSE_POLICY, "no hello")
            return
        if now - self._heard_at > self._chat.limits.idle_s and not self._conversation.questions:
            self._finish(CLOSE_NORMAL, "idle")
        elif now - self._checked_at > _RECHECK_S:
            self._refused = 0
            with suppress(Refusal):
                self._check()
                return
            self._end_session()

    def _handle(self, data: object) -> None:
        if not isinstance(data, str):
            self._finish(CLOSE_BINARY, "messages are text")
            return
        key: str | None = None
        try:
            message = _parsed(data)
            if isinstance(message, Ask):
                key = message.key
            self._check()
            self._count()
            self._do(message)
        except Refusal as refusal:
            self._refuse(refusal.error)
        except LogatlasError as error:
            code = "unavailable" if isinstance(error, UnavailableError) else error.code
            self._refuse(Error(type="error", code=code, message=error.message, key=key))
        except (ConnectionClosed, OSError):
            raise
        except Exception:
            log.exception("a chat message failed")
            self._refuse(Error(type="error", code="internal", message="something went wrong on our side", key=key))

    def _do(self, message: Hello | Ask | Stop | Feedback | Ping) -> None:
        if isinstance(message, Ping):
            self.put(_PONG)
            return
        self._heard_at = time.monotonic()
        if isinstance(message, Hello):
            self._hello(message)
            return
        conversation = self._conversation
        if conversation is None:
            raise Refusal("no_hello", "say hello first", key=getattr(message, "key", None))
        if not self._who.may(CHAT_ASK):
            if self._could_ask:
                self._end_session()
                return
            reason = self._who.refusal(CHAT_ASK)
            raise Refusal("forbidden", reason, key=getattr(message, "key", None))
        if isinstance(message, Ask):
            self._chat.ask(conversation, message, self._who, self._current, self)
        elif isinstance(message, Stop):
            self._chat.stop(conversation, self._who)
        else:
            self._chat.feedback(conversation, message, self._who)

    def _hello(self, hello: Hello) -> None:
        if self._conversation is not None:
            self._chat.leave(self._conversation, self)
            self._conversation = None
        try:
            self._conversation = self._chat.hello(hello, self._who, self)
        except Refusal as refusal:
            refusal.error.fatal = refusal.error.code == "not_found"
            raise

    def _check(self) -> None:
        """Learn what whoever connected may do now.

        Raises:
            Refusal: nothing any more.
        """
        self._checked_at = time.monotonic()
        try:
            who = self._current()
        except LogatlasError:
            # The store is away: nobody can have ended the session.
            return
        if who is None or not who.may(CHAT_READ) or who.actor != self._who.actor:
            raise Refusal("session_ended", "the session has ended; sign in again", fatal=True)
        self._who = who

    def _count(self) -> None:
        if wait := self._chat.messages.take(self._who.actor):
            self._refused += 1
            fatal = self._refused > _MOST_REFUSED
            raise Refusal("rate_limited", f"too many messages; try again in {wait} s", fatal=fatal)

    def _end_session(self) -> None:
        self._refuse(
            Error(type="error", code="session_ended", message="the session has ended; sign in again", fatal=True)
        )

    def _refuse(self, error: Error) -> None:
        self._chat.metrics.refused(error.code)
        self.put(_error(error))
        if error.fatal:
            self._finish(CLOSE_POLICY, error.code)

    def _finish(self, code: int, reason: str) -> None:
        with self._lock:
            self._ending = self._ending or (code, reason)

    def _say_goodbye(self) -> None:
        """Close as both sides should, and as long as that takes only a moment; otherwise close anyway."""
        if self._ending is not None and self._ws.connected:
            with suppress(ConnectionClosed, OSError):
                self._ws.close(*self._ending)
        self._ws.thread.join(_GOODBYE_S)
        if self._ws.thread.is_alive():
            self._wire.abort()
            self._ws.thread.join(_GOODBYE_S)


def _parsed(data: str) -> Any:
    try:
        return _MESSAGES.validate_json(data)
    except ValidationError as error:
        # What was sent is not repeated: it may be anything.
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Refusal("bad_message", f"{place}: {first['msg']}" if place else first["msg"]) from None


def _error(error: Error) -> bytes:
    return write_json(error.model_dump(mode="json"))
