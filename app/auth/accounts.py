"""The people who may sign in: made, changed, removed, and never left without an admin."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from threading import RLock
from typing import TYPE_CHECKING

from app.auth.passwords import check_password, hash_password, outdated, verify_password
from app.auth.permissions import Role
from app.errors import ApiError
from app.storage.accounts import StoredAccount
from app.storage.events import stored_time

if TYPE_CHECKING:
    from app.storage.accounts import AccountRepository

FIRST_ADMIN = "admin"
"""The account of whoever opens the one-time link."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")


class Accounts:
    """The accounts with their rules; names are lower case. Safe to share by threads."""

    def __init__(
        self,
        repository: AccountRepository,
        password_min_length: int,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """``now`` gives the time (aware)."""
        self._repository = repository
        self._shortest = password_min_length
        self._now = now
        self._lock = RLock()

    def all(self) -> list[StoredAccount]:
        """All accounts, by name."""
        return self._repository.all()

    def get(self, name: str) -> StoredAccount:
        """One account.

        Raises:
            ApiError: there is none (404).
        """
        found = self._repository.get(plain_name(name))
        if found is None:
            raise ApiError("not_found", "there is no account with this name", HTTPStatus.NOT_FOUND, name=name)
        return found

    def find(self, name: str) -> StoredAccount | None:
        """One account that may be used, ``None`` where there is none or it is disabled."""
        found = self._repository.get(plain_name(name))
        return None if found is None or found.disabled else found

    def anyone(self) -> bool:
        """Whether somebody could sign in without the one-time link."""
        return any(_can_sign_in(account) for account in self.all())

    def create(
        self, name: str, role: Role, display_name: str = "", password: str | None = None, *, must_set: bool = True
    ) -> StoredAccount:
        """A new account; without a password nobody can sign in to it until one is set.

        ``must_set``: its person has to choose another password first.

        Raises:
            ApiError: the name is taken (409) or no name, or the password is weak (400).
        """
        name = plain_name(name)
        if not _NAME.fullmatch(name):
            raise ApiError("invalid_request", "a name is up to 64 letters, digits and . _ @ + -", name=name)
        kept = self._hashed(password, name) if password is not None else ""
        with self._lock:
            if self._repository.get(name) is not None:
                raise ApiError("exists", "there is an account with this name already", HTTPStatus.CONFLICT, name=name)
            return self._repository.save(
                StoredAccount(
                    name=name,
                    display_name=display_name or name,
                    role=role,
                    method="password",
                    created_at=stored_time(self._now()),
                    password_hash=kept,
                    must_set=must_set,
                )
            )

    def change(
        self, name: str, *, display_name: str | None = None, role: Role | None = None, disabled: bool | None = None
    ) -> StoredAccount:
        """Change what is given.

        Raises:
            ApiError: no such account (404), its provider says the role (400), or no admin would be left (409).
        """
        with self._lock:
            before = self.get(name)
            if role is not None and before.method == "oidc" and role != before.role:
                raise ApiError("invalid_request", "the role of this account comes from the OpenID provider", name=name)
            after = replace(
                before,
                display_name=before.display_name if display_name is None else display_name,
                role=before.role if role is None else role,
                disabled=before.disabled if disabled is None else disabled,
            )
            self._keep_an_admin(before, after)
            return self._repository.save(after)

    def remove(self, name: str) -> StoredAccount:
        """Remove an account; what it did stays.

        Raises:
            ApiError: no such account (404), or no admin would be left (409).
        """
        with self._lock:
            before = self.get(name)
            after = replace(before, removed=True, password_hash="", subject="")
            self._keep_an_admin(before, after)
            return self._repository.save(after)

    def set_password(self, name: str, password: str, *, must_set: bool = False) -> StoredAccount:
        """Give an account a password.

        Raises:
            ApiError: no such account (404), it signs in elsewhere, or the password is weak (400).
        """
        account = self.get(name)
        if account.method == "oidc":
            raise ApiError("invalid_request", "this account signs in with the OpenID provider", name=name)
        kept = self._hashed(password, account.name)
        with self._lock:
            return self._repository.save(replace(self.get(name), password_hash=kept, must_set=must_set))

    def with_password(self, name: str, password: str) -> StoredAccount | None:
        """The account that ``name`` and ``password`` open; ``None``, after the same time, whatever is wrong."""
        account = self.find(name)
        kept = account.password_hash if account is not None and account.method == "password" else ""
        if not verify_password(kept, password) or account is None:
            return None
        if outdated(kept):
            account = replace(account, password_hash=hash_password(password))
        return self._signed_in(account)

    def first_admin(self) -> StoredAccount:
        """The account behind the one-time link, made where it is missing; nothing is allowed before a password."""
        with self._lock:
            account = self._repository.get(FIRST_ADMIN)
            if account is None:
                return self._signed_in(self.create(FIRST_ADMIN, Role.ADMIN, "Administrator"))
            return self._signed_in(replace(account, role=Role.ADMIN, disabled=False, must_set=True))

    def of_provider(self, subject: str, wanted_name: str, display_name: str, role: Role) -> StoredAccount | None:
        """The account of an OpenID subject, made at the first sign-in, with today's role; ``None`` when disabled.

        A name that is taken gets a number: whoever controls names at the provider must not become somebody here.
        """
        with self._lock:
            account = self._repository.by_subject(subject)
            if account is None:
                account = StoredAccount(
                    name=self._free_name(wanted_name),
                    display_name=display_name or wanted_name,
                    role=role,
                    method="oidc",
                    created_at=stored_time(self._now()),
                    subject=subject,
                )
            if account.disabled:
                return None
            return self._signed_in(
                replace(account, role=role, display_name=display_name or account.display_name)
            )  # fmt: skip

    def _signed_in(self, account: StoredAccount) -> StoredAccount:
        return self._repository.save(replace(account, last_sign_in_at=stored_time(self._now())))

    def _free_name(self, wanted: str) -> str:
        base = re.sub(r"[^a-z0-9._@+-]", "-", plain_name(wanted)).lstrip("._@+-")[:56] or "user"
        taken = {account.name for account in self.all()}
        candidates = [base, *(f"{base}-{number}" for number in range(2, len(taken) + 3))]
        return next(name for name in candidates if name not in taken)

    def _hashed(self, password: str, name: str) -> str:
        check_password(password, name, self._shortest)
        return hash_password(password)

    def _keep_an_admin(self, before: StoredAccount, after: StoredAccount) -> None:
        if not _is_admin(before) or _is_admin(after):
            return
        others = [a for a in self.all() if a.name != before.name and _is_admin(a) and _can_sign_in(a)]
        if not others:
            raise ApiError(
                "last_admin", "this is the last admin who can sign in; make another one first", HTTPStatus.CONFLICT,
                name=before.name,
            )  # fmt: skip


def plain_name(name: str) -> str:
    """``name`` as it is kept and compared."""
    return name.strip().lower()


def _is_admin(account: StoredAccount) -> bool:
    return account.role == Role.ADMIN and not account.disabled and not account.removed


def _can_sign_in(account: StoredAccount) -> bool:
    return not account.disabled and bool(account.password_hash or account.subject)
