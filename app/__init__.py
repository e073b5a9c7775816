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
    from flask_openapi3.models.info import Info
    from flask_openapi3.openapi import OpenAPI

    from app import errors, telemetry
    from app.auth import guard
    from app.auth.proxies import TrustedProxies, parse_networks
    from app.routes import (
        accounts,
        audit,
        chat_socket,
        chats,
        classify,
        decisions,
        docs,
        evals,
        health,
        knowledge,
        live,
        oidc,
        parts,
        queue,
        reviews,
        schemas,
        search,
        session,
        sessions,
        stats,
        taxonomy,
        tokens,
        ui,
    )

    app = OpenAPI(
        __name__,
        info=Info(
            title="Logatlas",
            version=version("logatlas"),
            description="Maps raw security logs to OCSF classes and activities, with the evidence.",
        ),
        security_schemes={
            "token": {"type": "http", "scheme": "bearer"},
            "session": {"type": "apiKey", "in": "cookie", "name": "logatlas"},
        },
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
    for resource in (classify, decisions, knowledge, evals, tokens, health, docs):
        resource.register(app)
    for resource in (session, sessions, accounts, audit, oidc, ui):
        resource.register(app)
    for resource in (reviews, queue, live):
        resource.register(app)
    for resource in (chat_socket, chats):
        resource.register(app)
    for resource in (search, stats, taxonomy, parts):
        resource.register(app)
    guard.register(app, services.authenticator)
    if networks := parse_networks(services.settings.trusted_proxies):
        app.wsgi_app = TrustedProxies(app.wsgi_app, networks)  # type: ignore[method-assign]

    return app
