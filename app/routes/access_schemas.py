"""The JSON of sessions, accounts and the audit as pydantic models."""

from __future__ import annotations

from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.auth.permissions import Role
from app.errors import ApiError
from app.wire import read_json

_Model = TypeVar("_Model", bound=BaseModel)
_PASSWORD = Field(max_length=1024, json_schema_extra={"format": "password"})


class SignInIn(BaseModel):
    """Name and password, or the secret of the one-time link."""

    model_config = ConfigDict(extra="forbid")
    name: str | None = Field(None, max_length=200)
    password: str | None = Field(None, max_length=1024, json_schema_extra={"format": "password"})
    link: str | None = Field(None, max_length=200)

    @model_validator(mode="after")
    def _one_of_both(self) -> SignInIn:
        if (self.link is None) == (self.name is None or self.password is None):
            raise ValueError("send name and password, or link")
        return self


class PasswordChangeIn(BaseModel):
    """A new password, and the present one where there is one."""

    model_config = ConfigDict(extra="forbid")
    current_password: str | None = Field(None, max_length=1024, json_schema_extra={"format": "password"})
    new_password: str = _PASSWORD


class UserOut(BaseModel):
    """Who asks."""

    name: str
    display_name: str
    role: Role
    method: Literal["password", "oidc", "link", "token"]
    must_set_password: bool


class OidcOut(BaseModel):
    """Where signing in with the OpenID provider begins."""

    name: str
    url: str


class SignInOut(BaseModel):
    """The ways to sign in."""

    password: bool
    oidc: OidcOut | None


class SessionOut(BaseModel):
    """Who asks and what is allowed: ``refused`` says why not, by permission."""

    user: UserOut | None
    csrf_token: str | None
    permissions: dict[str, bool]
    refused: dict[str, str]
    expires_at: str | None
    sign_in: SignInOut


class SessionInfoOut(BaseModel):
    """One living session; ``current`` is the one that asks."""

    session_id: str
    user: str
    created_at: str
    last_seen_at: str
    address: str
    agent: str
    current: bool


class SessionsOut(BaseModel):
    """Living sessions, the last used first."""

    items: list[SessionInfoOut]
    next_cursor: str | None


class SessionsQuery(BaseModel):
    """Whose sessions."""

    model_config = ConfigDict(extra="forbid")
    user: str | None = Field(None, max_length=200, description="Admins: only those of this account; empty: all.")


class NameQuery(BaseModel):
    """An account's name in the path."""

    name: str = Field(max_length=200)


class AccountIn(BaseModel):
    """An account to be made; without a password nobody can sign in to it until one is set."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=64)
    display_name: str = Field("", max_length=200)
    role: Role
    password: str | None = Field(None, max_length=1024, json_schema_extra={"format": "password"})
    must_set_password: bool = Field(True, description="The person has to choose another password first.")


class AccountChangeIn(BaseModel):
    """What to change of an account; what is left out stays."""

    model_config = ConfigDict(extra="forbid")
    display_name: str | None = Field(None, max_length=200)
    role: Role | None = None
    disabled: bool | None = None


class NewPasswordIn(BaseModel):
    """A password that an admin gives somebody."""

    model_config = ConfigDict(extra="forbid")
    new_password: str = _PASSWORD
    must_set_password: bool = Field(True, description="The person has to choose another one first.")


class AccountOut(BaseModel):
    """An account."""

    name: str
    display_name: str
    role: Role
    method: Literal["password", "oidc"]
    created_at: str
    last_sign_in_at: str | None
    disabled: bool


class AccountsOut(BaseModel):
    """All accounts, by name."""

    items: list[AccountOut]
    next_cursor: str | None


class AuditQuery(BaseModel):
    """Which part of the audit."""

    model_config = ConfigDict(extra="forbid")
    actor: str = Field("", max_length=200, description="Only what this account (or `token:NAME`) did.")
    action: str = Field("", max_length=100, description="Only this action, or those under its first word (`session`).")
    cursor: str | None = Field(None, min_length=1, max_length=1000, description="`next_cursor` of the page before.")
    limit: int = Field(50, ge=1, le=500, description="Entries on a page.")


class AuditEntryOut(BaseModel):
    """One action."""

    at: str
    actor: str
    role: str
    action: str
    target: str
    outcome: Literal["ok", "refused", "failed"]
    address: str
    detail: dict[str, Any]


class AuditOut(BaseModel):
    """One page, newest first; ``next_cursor`` is null on the last."""

    items: list[AuditEntryOut]
    next_cursor: str | None


def read(model: type[_Model], body: bytes) -> _Model:
    """``body`` as ``model``; what is wrong is named by field, never by value.

    Raises:
        MalformedJsonError, ApiError
    """
    try:
        return model.model_validate(read_json(body))
    except ValidationError as error:
        problems = [{"field": ".".join(map(str, e["loc"])), "problem": e["msg"]} for e in error.errors()]
        raise ApiError("invalid_request", "the request is not as documented", problems=problems) from None


def body(model: type[BaseModel]) -> dict[str, Any]:
    """The documented request body of a route, for ``openapi_extensions``."""
    schema = model.model_json_schema(ref_template="{model}")
    # Enumerations stand inside: there is no place for definitions of a request body's own.
    for name, definition in schema.pop("$defs", {}).items():
        schema = _inlined(schema, name, definition)
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _inlined(value: Any, name: str, definition: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        if value.get("$ref") == name:
            return definition
        return {key: _inlined(item, name, definition) for key, item in value.items()}
    return [_inlined(item, name, definition) for item in value] if isinstance(value, list) else value
