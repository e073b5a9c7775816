"""Everything that signing in needs, in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.auth.accounts import Accounts
from app.auth.audit import Audit
from app.auth.first_link import FirstLink
from app.auth.oidc import Provider, open_provider
from app.auth.sessions import Sessions
from app.auth.signing import SigningKey, load_key
from app.auth.throttle import Throttle

if TYPE_CHECKING:
    from app.settings import Settings
    from app.storage.audit import AuditRepository
    from app.storage.store import Store


@dataclass(frozen=True)
class Access:
    """The people who sign in, their sessions, and the record of what was done. Safe to share by threads."""

    settings: Settings
    key: SigningKey
    accounts: Accounts
    sessions: Sessions
    audit: Audit
    entries: AuditRepository
    throttle: Throttle
    first_link: FirstLink
    provider: Provider | None
    """The OpenID provider, where one is configured."""

    def new_first_link(self) -> str | None:
        """The secret of a one-time link, ``None`` where somebody can sign in already."""
        if self.accounts.anyone():
            return None
        return self.first_link.make()


def open_access(settings: Settings, store: Store) -> Access:
    """The access that the settings describe, over the tables of ``store``.

    Raises:
        ConfigurationError: the key cannot be read, or the settings of the OpenID provider are incomplete.
    """
    secret = settings.session_key.get_secret_value() if settings.session_key else None
    key = load_key(secret, settings.data_dir)
    accounts = Accounts(store.accounts, settings.password_min_length)
    return Access(
        settings=settings,
        key=key,
        accounts=accounts,
        sessions=Sessions(store.sessions, accounts, key, idle_s=settings.session_idle_s, max_s=settings.session_max_s),
        audit=Audit(store.audit),
        entries=store.audit,
        throttle=Throttle(),
        first_link=FirstLink(),
        provider=open_provider(settings, key),
    )
