"""``/api/tokens``: make, list and revoke service tokens. Admins only."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Response, current_app, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI
from pydantic import ValidationError

from app.auth.audit import audited
from app.errors import ApiError
from app.routes import schemas
from app.wire import json_response, read_json

if TYPE_CHECKING:
    from app.services import Services

bp = APIBlueprint(
    "tokens", __name__, url_prefix="/api/tokens", abp_tags=[Tag(name="tokens", description="Service tokens.")]
)


@bp.get("", summary="List tokens", responses=schemas.answers(schemas.TokensOut, 401, 403, 503))
def get_tokens() -> Response:
    """All tokens, revoked ones too, without their secrets."""
    services: Services = current_app.extensions["logatlas"]
    tokens = [
        {
            "token_id": token.token_id,
            "name": token.name,
            "scopes": sorted(token.scopes),
            "created_at": token.created_at,
            "expires_at": token.expires_at,
            "revoked_at": token.revoked_at,
        }
        for token in services.tokens.list_all()
    ]
    return json_response({"tokens": tokens, "next_cursor": None})


@bp.post(
    "",
    summary="Make a token",
    responses=schemas.answers(schemas.NewTokenOut, 400, 401, 403, 503, status=201),
    openapi_extensions={
        "requestBody": {"content": {"application/json": {"schema": schemas.TokenIn.model_json_schema()}}}
    },
)
def post_token() -> Response:
    """Make a token; the answer is the only place where its secret is ever shown."""
    services: Services = current_app.extensions["logatlas"]
    try:
        wanted = schemas.TokenIn.model_validate(read_json(request.get_data()))
    except ValidationError as error:
        problems = [{"field": ".".join(map(str, e["loc"])), "problem": e["msg"]} for e in error.errors()]
        raise ApiError("invalid_request", "a token needs a name and scopes", problems=problems) from None
    if wanted.expires_at is not None and wanted.expires_at <= datetime.now(UTC):
        raise ApiError("invalid_request", "expires_at is in the past")
    audited(target=wanted.name, scopes=sorted(set(wanted.scopes)))
    token_id, secret = services.tokens.create(
        wanted.name, sorted({scope.value for scope in wanted.scopes}), wanted.expires_at
    )
    made = {
        "token_id": token_id, "name": wanted.name, "scopes": sorted(set(wanted.scopes)),
        "expires_at": wanted.expires_at, "token": secret,
    }  # fmt: skip
    return json_response(made, HTTPStatus.CREATED)


@bp.delete("/<id>", summary="Revoke a token", responses=schemas.answers(schemas.TokensOut, 401, 403, 503))
def delete_token(path: schemas.IdPath) -> Response:
    """Revoke a token: it is refused from now on."""
    services: Services = current_app.extensions["logatlas"]
    if not services.tokens.revoke(path.id):
        raise ApiError("not_found", "there is no valid token with this id", HTTPStatus.NOT_FOUND, id=path.id)
    return json_response({"token_id": path.id, "revoked": True})


def register(app: OpenAPI) -> None:
    """Add the routes to ``app``."""
    app.register_api(bp)
