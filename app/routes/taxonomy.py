"""``GET /api/taxonomy``: the categories, classes and activities that events are classified into."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import ocsf_json_schema
from flask import Response, current_app, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI

from agents.ocsf import load_taxonomy
from agents.ocsf.taxonomy import plain_text
from app.routes import schemas
from app.routes import search_schemas as shapes
from app.wire import json_response, write_json

if TYPE_CHECKING:
    from app.services import Services

bp = APIBlueprint(
    "taxonomy", __name__, url_prefix="/api", abp_tags=[Tag(name="taxonomy", description="OCSF, the version in use.")]
)


@bp.get("/taxonomy", summary="Taxonomy", responses=schemas.answers(shapes.TaxonomyOut, 401, 403))
def get_taxonomy() -> Response:
    """All categories and classes with their activities; a browser keeps it and asks whether it is still the same."""
    services: Services = current_app.extensions["logatlas"]
    response = json_response({})
    response.data = _document(services.taxonomy.version)
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


def register(app: OpenAPI) -> None:
    """Add the route to ``app``."""
    app.register_api(bp)


@cache
def _document(version: str) -> bytes:
    taxonomy = load_taxonomy(version)
    classes = [
        {
            "uid": c.uid,
            "name": c.name,
            "caption": c.caption,
            "description": c.description,
            "category_uid": c.category_uid,
            "category_name": c.category_name,
            "deprecated": c.deprecated,
            "activities": [
                {"activity_id": a.activity_id, "caption": a.caption, "description": a.description}
                for a in c.activities.values()
            ],
        }
        for c in taxonomy.classes.values()
    ]
    return write_json({"ocsf_version": taxonomy.version, "categories": _categories(version), "classes": classes})


def _categories(version: str) -> list[dict[str, Any]]:
    """Categories by uid, and what classes without a category (Base Event) have."""
    told: dict[str, Any] = ocsf_json_schema.get_ocsf_schema(version=version).get("categories", {}).get("attributes", {})
    described = {int(c["uid"]): plain_text(c.get("description", "")) for c in told.values()}
    names = {c.category_uid: c.category_name for c in load_taxonomy(version).classes.values()}
    return [{"uid": uid, "caption": name, "description": described.get(uid, "")} for uid, name in sorted(names.items())]
