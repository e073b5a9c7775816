"""Sessions: a signed token in a cookie, and a row that can be ended at any time."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

import jwt
import uuid_utils

from app.auth.permissions import Role
from app.auth.principal import Method, Principal
from app.storage.events import stored_time
from app.storage.sessions import StoredSession

if TYPE_CHECKING:
    from app.auth.accounts import Accounts
    from app.auth.signing import SigningKey
    from app.storage.accounts import StoredAccount
    from app.storage.sessions import SessionRepository

_ALGORITHM = "HS256"
_ISSUER = "logatlas"
_AGENT_LIMIT = 300
_SEEN_EVERY = timedelta(seconds=60)
"""How exactly it is known when a session was last used; each time costs a write."""


class Sessions:
    """Opens, reads, renews and ends sessions. Safe to share by threads.

    A session ends ``idle_s`` seconds after its last request and ``max_s`` after its start, when it is ended, and
    with its account.
    """

    def __init__(
        self,
        repository: SessionRepository,
        accounts: Accounts,
        key: SigningKey,
        *,
        idle_s: int,
        max_s: int,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """``now`` gives the time (aware)."""
        self._repository = repository
        self._accounts = accounts
        self._key = key
        self._jwt_key = key.derive("session")
        self._idle = timedelta(seconds=idle_s)
        self._max = timedelta(seconds=max_s)
        self._now = now

    def open(self, account: StoredAccount, method: Method, address: str, agent: str) -> tuple[str, StoredSession]:
        """A new session of ``account``: the cookie's value, and the session.

        Raises:
            StorageError, StorageUnavailableError
        """
        now = stored_time(self._now())
        session = self._repository.save(
            StoredSession(
                session_id=str(uuid_utils.uuid4()),
                user=account.name,
                method=method,
                created_at=now,
                last_seen_at=now,
                expires_at=now + min(self._idle, self._max),
                address=address,
                agent=agent[:_AGENT_LIMIT],
            )
        )
        return self._signed(session), session

    def read(self, cookie: str) -> tuple[StoredSession, Principal] | None:
        """The living session in a cookie and who it lets in; ``None`` when forged, expired, ended or disabled."""
        try:
            claims = jwt.decode(
                cookie,
                self._jwt_key,
                algorithms=[_ALGORITHM],
                issuer=_ISSUER,
                options={"require": ["exp", "sid", "sub"], "verify_exp": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError:
            return None
        # Compared here, so that the clock is the one of the row.
        if self._now().timestamp() >= float(claims["exp"]):
            return None
        session = self._repository.get(str(claims["sid"]), self._now())
        if session is None or session.user != claims["sub"]:
            return None
        principal = self.principal(session)
        return None if principal is None else (session, principal)

    def principal(self, session: StoredSession) -> Principal | None:
        """Who ``session`` lets in, with the role of this moment; ``None`` when the account is gone or disabled."""
        account = self._accounts.find(session.user)
        # An account of the same name made later is somebody else.
        if account is None or account.created_at > session.created_at:
            return None
        return Principal(
            name=account.name,
            role=Role(account.role),
            method=cast(Method, session.method),
            session_id=session.session_id,
            must_set=account.must_set,
        )

    def alive(self, session_id: str) -> bool:
        """Whether a session still lets its user in: for answers that go on for long, to ask again now and then."""
        session = self._repository.get(session_id, self._now())
        return session is not None and self.principal(session) is not None

    def current(self, session_id: str) -> Principal | None:
        """Who a session lets in at this moment; ``None`` when it has ended."""
        session = self._repository.get(session_id, self._now())
        return None if session is None else self.principal(session)

    def renew(self, session: StoredSession) -> str | None:
        """A new cookie when ``session`` was last seen a while ago, ``None`` when its cookie is new enough."""
        now = stored_time(self._now())
        if now - session.last_seen_at < min(_SEEN_EVERY, self._idle / 4):
            return None
        expires_at = min(now + self._idle, session.created_at + self._max)
        renewed = self._repository.save(replace(session, last_seen_at=now, expires_at=expires_at))
        return None if renewed.ended_at else self._signed(renewed)

    def living(self, user: str | None = None) -> list[StoredSession]:
        """The sessions of ``user`` or of everybody, the last used first."""
        return self._repository.living(self._now(), user)

    def end(self, session_id: str) -> StoredSession | None:
        """End a session at once; ``None`` where none with this id lives."""
        session = self._repository.get(session_id, self._now())
        if session is None:
            return None
        return self._repository.save(replace(session, ended_at=stored_time(self._now())))

    def end_all(self, user: str) -> int:
        """End every session of ``user``; how many those were."""
        return sum(self.end(session.session_id) is not None for session in self.living(user))

    def csrf_token(self, session_id: str) -> str:
        """What pages of ours send along with changes, and no other page can know."""
        return self._key.tag("csrf", session_id)

    def csrf_matches(self, session_id: str, token: str) -> bool:
        """Whether ``token`` is the one of ``csrf_token``."""
        return hmac.compare_digest(self.csrf_token(session_id).encode(), token.encode("utf-8", "surrogatepass"))

    def _signed(self, session: StoredSession) -> str:
        claims = {
            "iss": _ISSUER,
            "sub": session.user,
            "sid": session.session_id,
            "iat": int(session.last_seen_at.timestamp()),
            "exp": int(session.expires_at.timestamp()) + 1,
        }
        return jwt.encode(claims, self._jwt_key, algorithm=_ALGORITHM)
