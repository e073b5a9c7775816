"""Runs the server as ``logatlas serve`` does, with stand-ins for the parts; prints the ready line."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

from conftest import ADMIN, FakeClassifier, FakeKnowledge, FakeStore, FakeTokens

import app.services
from agents.ocsf import load_taxonomy
from app.auth import Authenticator
from app.readiness import PartHealth, Readiness, State
from app.server import serve
from app.settings import Settings
from app.telemetry import Telemetry


def build_services(settings, *, local_token=None):
    """The stand-ins, made in the worker as the real parts are."""
    tokens = FakeTokens()
    return SimpleNamespace(
        settings=settings,
        taxonomy=load_taxonomy(),
        classifier=FakeClassifier(),
        store=FakeStore(),
        tokens=tokens,
        knowledge=FakeKnowledge(),
        knowledge_sync=SimpleNamespace(start=lambda: None, wait=lambda: True),
        telemetry=Telemetry(),
        decision_chunks=SimpleNamespace(note=lambda _: None, start=lambda: None),
        pins=SimpleNamespace(start=lambda: None),
        live=SimpleNamespace(start=lambda: None),
        chat=SimpleNamespace(start=lambda: None),
        reviews=SimpleNamespace(work=SimpleNamespace(start=lambda: None)),
        readiness=Readiness({"store": lambda: PartHealth(State.OK)}, frozenset({"store"})),
        authenticator=Authenticator(tokens, {"bootstrap": ADMIN, "local": local_token}),
        executor=ThreadPoolExecutor(4),
        first_token=None,
        access=SimpleNamespace(new_first_link=lambda: None),
        close=lambda: Path(settings.data_dir, "closed").touch(),
    )


if __name__ == "__main__":
    app.services.build_services = build_services
    serve(Settings(_env_file=None, data_dir=Path(sys.argv[1]), port=0, log_format="json"))
