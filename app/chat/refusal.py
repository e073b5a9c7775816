"""Why something is not done, as it is told over the socket."""

from __future__ import annotations

from http import HTTPStatus

from app.chat.protocol import Error
from app.errors import ApiError


class Refusal(Exception):  # noqa: N818 - it is no fault
    """Something that is not done; the connection stays open unless ``fatal``."""

    def __init__(
        self, code: str, message: str, *, turn: int | None = None, key: str | None = None, fatal: bool = False
    ) -> None:
        super().__init__(message)
        self.error = Error(type="error", code=code, message=message, turn=turn, key=key, fatal=fatal)


def conversation_gone(conversation_id: str) -> ApiError:
    """The answer for a conversation that is not there, or not for whoever asks: both look the same."""
    return ApiError(
        "not_found", "there is no conversation with this id", HTTPStatus.NOT_FOUND, id=conversation_id[:100]
    )
