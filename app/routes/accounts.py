"""``/api/accounts``: make, change and remove the accounts of people. Admins only."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Response, current_app, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI

from app.auth.audit import audited
from app.routes import access_schemas as shapes
from app.routes import schemas
from app.wire import json_response

if TYPE_CHECKING:
    from app.auth.access import Access
    from app.services import Services
    from app.storage.accounts import StoredAccount

bp = APIBlueprint(
    "accounts", __name__, url_prefix="/api/accounts",
    abp_tags=[Tag(name="accounts", description="People who may sign in.")],
)  # fmt: skip


@bp.get("", summary="List accounts", responses=schemas.answers(shapes.AccountsOut, 401, 403, 503))
def get_accounts() -> Response:
    """All accounts, by name."""
    items = [account_out(account) for account in _access().accounts.all()]
    return json_response({"items": items, "next_cursor": None})


@bp.post(
    "",
    summary="Make an account",
    responses=schemas.answers(shapes.AccountOut, 400, 401, 403, 409, 503, status=201),
    openapi_extensions=shapes.body(shapes.AccountIn),
)
def post_account() -> Response:
    """Make an account. Its person chooses another password at the first sign-in unless `must_set_password` is false."""
    wanted = shapes.read(shapes.AccountIn, request.get_data())
    audited(target=wanted.name, role=wanted.role)
    account = _access().accounts.create(
        wanted.name, wanted.role, wanted.display_name, wanted.password, must_set=wanted.must_set_password
    )
    return json_response(account_out(account), HTTPStatus.CREATED)


@bp.patch(
    "/<name>",
    summary="Change an account",
    responses=schemas.answers(shapes.AccountOut, 400, 401, 403, 404, 409, 503),
    openapi_extensions=shapes.body(shapes.AccountChangeIn),
)
def patch_account(path: shapes.NameQuery) -> Response:
    """Change name shown, role, or whether it is disabled, which ends its sessions. A new role holds at once."""
    access = _access()
    wanted = shapes.read(shapes.AccountChangeIn, request.get_data())
    audited(target=path.name, **wanted.model_dump(mode="json", exclude_none=True))
    account = access.accounts.change(
        path.name, display_name=wanted.display_name, role=wanted.role, disabled=wanted.disabled
    )
    if account.disabled:
        access.sessions.end_all(account.name)
    return json_response(account_out(account))


@bp.delete("/<name>", summary="Remove an account", responses=schemas.answers(None, 401, 403, 404, 409, 503))
def delete_account(path: shapes.NameQuery) -> Response:
    """Remove an account and end its sessions. The last admin who can sign in stays."""
    access = _access()
    account = access.accounts.remove(path.name)
    access.sessions.end_all(account.name)
    return json_response({"name": account.name, "removed": True})


@bp.post(
    "/<name>/password",
    summary="Set a password",
    responses=schemas.answers(shapes.AccountOut, 400, 401, 403, 404, 503),
    openapi_extensions=shapes.body(shapes.NewPasswordIn),
)
def post_password(path: shapes.NameQuery) -> Response:
    """Give somebody a new password and end their sessions."""
    access = _access()
    wanted = shapes.read(shapes.NewPasswordIn, request.get_data())
    account = access.accounts.set_password(path.name, wanted.new_password, must_set=wanted.must_set_password)
    access.sessions.end_all(account.name)
    return json_response(account_out(account))


def register(app: OpenAPI) -> None:
    """Add the routes to ``app``."""
    app.register_api(bp)


def account_out(account: StoredAccount) -> dict[str, Any]:
    """An account as the API shows it."""
    return {
        "name": account.name,
        "display_name": account.display_name,
        "role": account.role,
        "method": account.method,
        "created_at": account.created_at,
        "last_sign_in_at": account.last_sign_in_at,
        "disabled": account.disabled,
    }


def _access() -> Access:
    services: Services = current_app.extensions["logatlas"]
    return services.access
