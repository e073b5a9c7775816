"""``/openapi.json``, generated from the routes, and ``/docs``, Swagger UI served from here: no other host is asked."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from flask import Blueprint, Response, current_app, send_from_directory
from flask_openapi3.openapi import OpenAPI

from app.wire import json_response

bp = Blueprint("docs", __name__)

_ASSETS = Path(str(files("flask_openapi3_swagger"))) / "templates" / "swagger"
# Swagger UI sets style attributes and draws its icons from data: URLs; scripts come from files only.
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Logatlas API</title>
<link rel="icon" href="/docs/assets/images/swagger.svg">
<link rel="stylesheet" href="/docs/assets/css/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/assets/js/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
_START = """window.addEventListener("load", function () {
  window.ui = SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    presets: [SwaggerUIBundle.presets.apis],
    validatorUrl: null,
  });
});
"""


@bp.get("/openapi.json")
def openapi_json() -> Response:
    """The OpenAPI 3.1 document of all routes."""
    app = current_app
    assert isinstance(app, OpenAPI)
    return json_response(app.api_doc)


@bp.get("/docs")
def page() -> Response:
    """Swagger UI over ``/openapi.json``."""
    return Response(_PAGE, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": _CSP})


@bp.get("/docs/start.js")
def start() -> Response:
    """What starts Swagger UI; a file, because the page allows no inline script."""
    return Response(_START, content_type="text/javascript; charset=utf-8")


@bp.get("/docs/assets/<path:name>")
def asset(name: str) -> Response:
    """One file of Swagger UI."""
    return send_from_directory(_ASSETS, name, max_age=3600)


def register(app: OpenAPI) -> None:
    """Add the pages to ``app``."""
    app.register_blueprint(bp)
