"""The service: routes, tokens, storage, settings and the composition of the parts."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.services import Services


def create_app(services: Services) -> Flask:
    """The WSGI application over ``services``, which it finds again in ``app.extensions["logatlas"]``.

    The caller keeps ownership of the services and closes them.
    """
    from flask import Response
    from flask_openapi3.models.info import Info
    from flask_openapi3.openapi import OpenAPI

    from app import errors, telemetry
    from app.auth import tokens as service_tokens
    from app.routes import classify, decisions, docs, health, knowledge, schemas, tokens

    app = OpenAPI(
        __name__,
        info=Info(
            title="Logatlas",
            version=version("logatlas"),
            description="Maps raw security logs to OCSF classes and activities, with the evidence.",
        ),
        security_schemes={"token": {"type": "http", "scheme": "bearer"}},
        validation_error_status=400,
        validation_error_model=schemas.ErrorOut,
        validation_error_callback=errors.invalid_parameters,
        doc_ui=False,
        static_folder=None,
    )
    app.config["MAX_CONTENT_LENGTH"] = services.settings.max_body_bytes
    app.extensions["logatlas"] = services
    telemetry.register(app, services.telemetry)
    errors.register(app)
    for resource in (classify, decisions, knowledge, tokens, health, docs):
        resource.register(app)
    service_tokens.register(app, services.authenticator)

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return app
