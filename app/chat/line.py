"""The line of questions that wait for an answer: fair to people first, to their conversations next."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Condition
from typing import Generic, Protocol, TypeVar


class Waiting(Protocol):
    """A question in the line."""

    @property
    def user(self) -> str:
        """Who asked."""
        ...

    @property
    def conversation_id(self) -> str:
        """Where; of one conversation only one is answered at a time."""
        ...


_W = TypeVar("_W", bound=Waiting)


class Line(Generic[_W]):
    """Questions by user, taken in turn: whoever was served goes to the end. Safe to share by threads.

    Within a user the oldest question goes first whose conversation is not being answered.
    """

    def __init__(self, most: int) -> None:
        """``most`` is how many may wait."""
        self._most = most
        self._users: OrderedDict[str, list[_W]] = OrderedDict()
        self._busy: set[str] = set()
        self._changed = Condition()
        self._closed = False
        self.on_change: Callable[[], None] = lambda: None
        """Called after the line moved, without a lock."""

    def __len__(self) -> int:
        with self._changed:
            return sum(map(len, self._users.values()))

    @property
    def busy(self) -> int:
        """How many are being answered."""
        return len(self._busy)

    def is_busy(self, conversation_id: str) -> bool:
        """Whether a question of this conversation is being answered."""
        return conversation_id in self._busy

    def add(self, item: _W) -> bool:
        """Put a question at its place; False when the line is full."""
        with self._changed:
            if self._closed or sum(map(len, self._users.values())) >= self._most:
                return False
            self._users.setdefault(item.user, []).append(item)
            self._changed.notify()
        self.on_change()
        return True

    def take(self) -> _W | None:
        """The next question, waited for; ``None`` once the line is closed. Its conversation is busy until ``done``."""
        with self._changed:
            while not self._closed:
                if (item := self._next()) is not None:
                    self._busy.add(item.conversation_id)
                    break
                self._changed.wait()
            else:
                return None
        self.on_change()
        return item

    def done(self, item: _W) -> None:
        """Its conversation may be answered again."""
        with self._changed:
            self._busy.discard(item.conversation_id)
            self._changed.notify_all()

    def remove(self, item: _W) -> bool:
        """Take a waiting question out; False when it does not wait any more."""
        with self._changed:
            waiting = self._users.get(item.user, [])
            if item not in waiting:
                return False
            self._drop(item)
        self.on_change()
        return True

    def places(self) -> list[_W]:
        """The waiting questions in the order in which they will be answered."""
        with self._changed:
            users = OrderedDict((user, list(items)) for user, items in self._users.items())
        order = []
        while users:
            user, items = next(iter(users.items()))
            order.append(items.pop(0))
            users.move_to_end(user)
            if not items:
                del users[user]
        return order

    def close(self) -> list[_W]:
        """End the line; what waited."""
        waiting = self.places()
        with self._changed:
            self._closed = True
            self._users.clear()
            self._changed.notify_all()
        return waiting

    def _next(self) -> _W | None:
        for items in self._users.values():
            for item in items:
                if item.conversation_id not in self._busy:
                    self._drop(item)
                    if item.user in self._users:
                        self._users.move_to_end(item.user)
                    return item
        return None

    def _drop(self, item: _W) -> None:
        items = self._users[item.user]
        items.remove(item)
        if not items:
            del self._users[item.user]
