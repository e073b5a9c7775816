"""The built user interface: its page, its files, and the headers that keep foreign content out of it."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

from flask import Blueprint, Response, current_app, request, send_from_directory
from flask.typing import ResponseReturnValue
from flask_openapi3.openapi import OpenAPI
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

from app.auth.cookies import behind_tls
from app.errors import on_http_exception

bp = Blueprint("ui", __name__)

DIST = Path(__file__).resolve().parents[2] / "ui" / "dist"
"""Where ``npm run build`` leaves the interface."""

# The component library writes style attributes and elements; scripts come from files only.
CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
PERMISSIONS_POLICY = (
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), payment=(), "
    "usb=(), clipboard-write=(self)"
)
_IMMUTABLE = "public, max-age=31536000, immutable"
_OTHERS = ("/api", "/auth", "/ws", "/docs", "/assets", "/classify", "/ingest", "/metrics", "/healthz", "/readyz")
"""What is no page: unknown addresses under these are errors for programs."""
_NOT_BUILT = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Logatlas</title></head>
<body>
<h1>The user interface is not built</h1>
<p>The service runs. Build the interface with <code>make setup</code> (it needs Node 20 or newer) and load this page
again, or use the <a href="/docs">API</a>.</p>
</body>
</html>
"""


@bp.get("/")
def get_index() -> Response:
    """The page of the interface, which finds its way by the address."""
    dist = _dist()
    if not (dist / "index.html").is_file():
        return Response(_NOT_BUILT, HTTPStatus.SERVICE_UNAVAILABLE, content_type="text/html; charset=utf-8")
    answer = send_from_directory(dist, "index.html", max_age=0)
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@bp.get("/assets/<path:name>")
def get_asset(name: str) -> Response:
    """A script, style or picture. Its name holds a hash of its content, so browsers keep it for good."""
    answer = send_from_directory(_dist() / "assets", name)
    answer.headers["Cache-Control"] = _IMMUTABLE
    return answer


def register(app: OpenAPI) -> None:
    """Add the pages to ``app``, and answer unknown addresses: a page for browsers, JSON for programs."""
    app.register_blueprint(bp)
    app.register_error_handler(NotFound, _unknown)
    app.after_request(harden)


def harden(response: Response) -> Response:
    """Add the headers that every answer carries; a view's own Content-Security-Policy stays."""
    headers = response.headers
    headers.setdefault(
        "Content-Security-Policy",
        CSP if response.mimetype == "text/html" else "default-src 'none'; frame-ancestors 'none'",
    )
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Permissions-Policy"] = PERMISSIONS_POLICY
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers.setdefault("Cache-Control", "no-store")
    if behind_tls(current_app.extensions["logatlas"].settings):
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


def _unknown(error: NotFound) -> ResponseReturnValue:
    path = request.path
    wants_page = request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"
    if request.method not in ("GET", "HEAD") or any(path == p or path.startswith(p + "/") for p in _OTHERS):
        return on_http_exception(error)
    if _is_file_beside_page(path):
        answer = send_from_directory(_dist(), path[1:], max_age=3600)
        answer.headers["Cache-Control"] = "no-cache"
        return answer
    return get_index() if wants_page else on_http_exception(error)


def _is_file_beside_page(path: str) -> bool:
    """Whether ``path`` names an icon or the like in the folder of the page itself."""
    name = path[1:]
    if not name or "/" in name or name.startswith("."):
        return False
    found = safe_join(str(_dist()), name)
    return found is not None and Path(found).is_file()


def _dist() -> Path:
    dist: Path = current_app.config.get("UI_DIST", DIST)
    return dist
