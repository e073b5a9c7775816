"""Signing in with an OpenID provider: authorisation code with PKCE, state and nonce (OpenID Connect Core 1.0)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import jwt
import requests
import structlog
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from authlib.integrations.requests_client import OAuth2Session  # type: ignore[import-untyped]
from joserfc import jwt as jose
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from agents.errors import ConfigurationError, UnavailableError
from app.auth.permissions import Role
from app.auth.roles import parse_role_map, role_of
from app.errors import ApiError

if TYPE_CHECKING:
    from app.auth.signing import SigningKey
    from app.settings import Settings

log = structlog.get_logger(__name__)

FLOW_S = 600
"""Seconds that somebody may take at the provider."""

_TIMEOUT_S = 10
_METADATA_S = 3600.0
# Signatures that only the provider can make; those with a shared secret, and none at all, do not pass.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
_LEEWAY_S = 60
_NETWORK_ERRORS = (requests.RequestException, ValueError)


class ProviderUnavailableError(UnavailableError):
    """The OpenID provider does not answer, or not as one does."""

    code = "oidc_unavailable"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is, as the provider says; ``subject`` is issuer and ``sub``, ``next`` the page to go on with."""

    subject: str
    name: str
    display_name: str
    role: Role
    next: str


class Provider:
    """One OpenID provider. It is asked when first needed, so that it may be away when the service starts."""

    def __init__(
        self,
        settings: Settings,
        issuer: str,
        client_id: str,
        key: SigningKey,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """``clock`` gives seconds, for the age of what the provider said about itself.

        Raises:
            ConfigurationError: the settings of roles are malformed, or the issuer is not on TLS (nor this machine).
        """
        parts = urlsplit(issuer)
        if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
            raise ConfigurationError("LOGATLAS_OIDC_ISSUER must be an https:// address")
        self.name = settings.oidc_name
        self._issuer = issuer
        self._client_id = client_id
        self._secret = settings.oidc_client_secret
        self._scopes = settings.oidc_scopes
        self._claim = settings.oidc_role_claim
        self._roles = parse_role_map(settings.oidc_role_map)
        self._default = None if settings.oidc_default_role == "none" else Role(settings.oidc_default_role)
        self._key = key
        self._clock = clock
        self._lock = Lock()
        self._said: dict[str, Any] | None = None
        self._keys: KeySet | None = None
        self._said_at = 0.0

    def start(self, redirect_uri: str, next_page: str) -> tuple[str, str]:
        """Where to send the browser, and the cookie that it must bring back.

        Raises:
            ProviderUnavailableError: the provider does not answer.
        """
        metadata = self._metadata()
        flow = secrets.token_urlsafe(32)
        with self._session(redirect_uri) as client:
            url, _ = client.create_authorization_url(
                metadata["authorization_endpoint"],
                state=self._key.tag("oidc-state", flow),
                nonce=self._key.tag("oidc-nonce", flow),
                code_verifier=self._key.tag("oidc-verifier", flow),
            )
        ends = datetime.now(UTC) + timedelta(seconds=FLOW_S)
        cookie = jwt.encode({"flow": flow, "next": next_page, "exp": ends}, self._key.derive("oidc"), "HS256")
        return url, cookie

    def finish(self, redirect_uri: str, answer: Mapping[str, str], cookie: str) -> Identity:
        """Who came back from the provider with ``answer`` (the query) and the cookie of ``start``.

        Raises:
            ApiError: ``oidc_failed`` (400): not what ``start`` began, or the provider refused;
                ``oidc_refused`` (403): the person has no role here.
            ProviderUnavailableError: the provider does not answer.
        """
        flow, next_page = self._begun(answer, cookie)
        if "code" not in answer:
            # The provider's own words may hold anything; only its short code is shown.
            raise _failed("the provider did not sign you in", error=answer.get("error", "")[:100])
        metadata = self._metadata()
        try:
            with self._session(redirect_uri) as client:
                token = client.fetch_token(
                    metadata["token_endpoint"],
                    grant_type="authorization_code",
                    code=answer["code"],
                    code_verifier=self._key.tag("oidc-verifier", flow),
                    timeout=_TIMEOUT_S,
                )
                claims = self._verified(str(token.get("id_token", "")), self._key.tag("oidc-nonce", flow))
                claims = self._with_user_info(client, metadata, claims)
        except AuthlibBaseError as error:
            raise _failed("the provider did not accept the sign-in", error=str(error.error)[:100]) from None
        except _NETWORK_ERRORS as error:
            raise self._unavailable(error) from None
        role = role_of(claims, self._claim, self._roles, self._default)
        name = str(claims.get("preferred_username") or claims.get("email") or claims["sub"])
        if role is None:
            raise ApiError("oidc_refused", "none of your groups has a role here", HTTPStatus.FORBIDDEN, name=name)
        return Identity(f"{self._issuer} {claims['sub']}", name, str(claims.get("name") or ""), role, next_page)

    def _begun(self, answer: Mapping[str, str], cookie: str) -> tuple[str, str]:
        try:
            claims = jwt.decode(cookie, self._key.derive("oidc"), ["HS256"], options={"require": ["exp"]})
        except jwt.InvalidTokenError:
            raise _failed("the sign-in took too long, or was begun elsewhere; begin again") from None
        flow = str(claims["flow"])
        if not secrets.compare_digest(self._key.tag("oidc-state", flow).encode(), answer.get("state", "").encode()):
            raise _failed("the sign-in was begun elsewhere; begin again")
        # RFC 9207: another provider's answer is not taken for this one's.
        if answer.get("iss", self._issuer) != self._issuer:
            raise _failed("the answer comes from another provider")
        return flow, str(claims["next"])

    def _verified(self, id_token: str, nonce: str) -> dict[str, Any]:
        """The claims of an ID token, checked as OpenID Connect Core 3.1.3.7 says."""
        registry = jose.JWTClaimsRegistry(
            leeway=_LEEWAY_S,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            try:
                token = jose.decode(id_token, self._key_set(), algorithms=_ALGORITHMS)
            except (JoseError, ValueError):
                # Keys rotate: asked once more before the token is refused.
                token = jose.decode(id_token, self._key_set(again=True), algorithms=_ALGORITHMS)
            registry.validate(token.claims)
        except (JoseError, ValueError) as error:
            raise _failed("the provider's ID token is not valid", error=type(error).__name__) from None
        if token.claims.get("azp", self._client_id) != self._client_id:
            raise _failed("the provider's ID token is for another client")
        return dict(token.claims)

    def _with_user_info(
        self, client: OAuth2Session, metadata: Mapping[str, Any], claims: dict[str, Any]
    ) -> dict[str, Any]:
        """``claims`` with what only the provider's user info tells, which many use for groups and names."""
        endpoint = metadata.get("userinfo_endpoint")
        if not endpoint:
            return claims
        answer = client.get(endpoint, timeout=_TIMEOUT_S)
        answer.raise_for_status()
        more = answer.json()
        if not isinstance(more, dict) or more.get("sub") != claims["sub"]:
            raise _failed("the provider's user info is about somebody else")
        return {**more, **claims}

    def _metadata(self) -> dict[str, Any]:
        with self._lock:
            if self._said is None or self._clock() - self._said_at > _METADATA_S:
                said = self._get(self._issuer.rstrip("/") + "/.well-known/openid-configuration")
                if said.get("issuer") != self._issuer:
                    raise ProviderUnavailableError("the OpenID provider says that it is another one: check the issuer")
                missing = {"authorization_endpoint", "token_endpoint", "jwks_uri"} - set(said)
                if missing:
                    names = ", ".join(sorted(missing))
                    raise ProviderUnavailableError(f"the OpenID provider does not name its {names}")
                self._said, self._keys, self._said_at = said, None, self._clock()
            return self._said

    def _key_set(self, *, again: bool = False) -> KeySet:
        metadata = self._metadata()
        with self._lock:
            if self._keys is None or again:
                self._keys = KeySet.import_key_set(self._get(metadata["jwks_uri"]))  # type: ignore[arg-type]
            return self._keys

    def _get(self, url: str) -> dict[str, Any]:
        try:
            answer = requests.get(url, timeout=_TIMEOUT_S, headers={"Accept": "application/json"})
            answer.raise_for_status()
            said = answer.json()
        except _NETWORK_ERRORS as error:
            raise self._unavailable(error) from None
        if not isinstance(said, dict):
            raise ProviderUnavailableError("the OpenID provider does not answer as one")
        return said

    def _session(self, redirect_uri: str) -> OAuth2Session:
        return OAuth2Session(
            self._client_id,
            self._secret.get_secret_value() if self._secret else None,
            token_endpoint_auth_method="client_secret_basic" if self._secret else "none",
            scope=self._scopes,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
        )

    def _unavailable(self, error: Exception) -> ProviderUnavailableError:
        # The type only: messages of the library carry URLs, and those carry codes.
        log.warning("oidc_provider_away", reason=type(error).__name__)
        return ProviderUnavailableError("the OpenID provider does not answer")


def open_provider(settings: Settings, key: SigningKey) -> Provider | None:
    """The provider that the settings name, ``None`` where they name none.

    Raises:
        ConfigurationError: a setting is missing or malformed.
    """
    if not settings.oidc_issuer:
        return None
    if not settings.oidc_client_id:
        raise ConfigurationError("LOGATLAS_OIDC_ISSUER needs LOGATLAS_OIDC_CLIENT_ID")
    return Provider(settings, settings.oidc_issuer, settings.oidc_client_id, key)


def local_page(wanted: str) -> str:
    """``wanted`` where it is a page of ours, else the front page: a link must not lead away after the sign-in."""
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if plain and len(wanted) <= 2000 and "\\" not in wanted else "/"


def _failed(message: str, **details: object) -> ApiError:
    return ApiError("oidc_failed", message, HTTPStatus.BAD_REQUEST, **details)
