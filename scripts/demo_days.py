"""Some days of a believable mixed stream, decided by the real parts, for an empty data folder.

What runs here is what the service runs; only the times of receipt lie in the past. Nothing in the events is real.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice

from agents.classifier import Classified
from agents.events import Source
from app.classification import stored_event
from app.demo import demo_stream
from app.services import Services, build_services
from app.settings import Settings
from app.storage.decisions import StoredDecision

DAYS = 6
_BATCH = 100
_IN_HOUSE_SHARE = 0.07
_NIGHT_SHARE = 0.25
"""How busy an hour outside of work is, against one within."""


@dataclass(frozen=True)
class InHouse:
    """One kind of event of software that no guide knows; ``class_uid`` is what an analyst would call it."""

    product: str
    text: str
    class_uid: int


IN_HOUSE = (
    InHouse("badge-hub", "{at} badge-hub[{pid}] turnstile {n} let {person} in, card {card}", 3004),
    InHouse("badge-hub", "{at} badge-hub[{pid}] turnstile {n} turned {person} away: card {card} is blocked", 3004),
    InHouse("payroll", "{at} WARN payroll-batch run {card} approved by {person}, {n} transfers", 6005),
    InHouse("payroll", "{at} INFO payroll-batch bank details of employee {card} edited by {person}", 3001),
    InHouse("labstore", '{{"ts":"{at}","app":"labstore","what":"sample moved","by":"{person}","rack":{n}}}', 6005),
    InHouse("labstore", '{{"ts":"{at}","app":"labstore","what":"login refused","by":"{person}","tries":{n}}}', 3002),
    InHouse("crane-ctl", "{at} crane-ctl node{n} operator {person} took over manual steering", 6005),
    InHouse("crane-ctl", "{at} crane-ctl node{n} firmware image {card} staged, reboot pending", 5019),
    InHouse("print-vault", "{at} print-vault job {card} of {person} released at device {n}", 1010),
    InHouse("ticketdesk", "{at} ticketdesk agent {person} exported {n} customer records to csv", 6005),
    InHouse("ticketdesk", "{at} ticketdesk role of {person} raised to supervisor by rule {card}", 3005),
    InHouse("fleet", "{at} fleet gateway truck-{n} tunnel to depot re-keyed after {card} s", 4014),
)  # fmt: skip
_PEOPLE = ("m.keller", "a.osei", "j.tanaka", "r.silva", "l.novak", "k.haddad", "s.lind", "t.okafor")


def fill(settings: Settings, events: int, seed: int = 1) -> None:
    """Store ``events`` events of the last ``DAYS`` days with their decisions in the data folder of ``settings``.

    Raises:
        LogatlasError: a part refuses to work.
    """
    services = build_services(settings, make_first_token=False)
    try:
        services.sync_knowledge()
        stream = _stream(services, events, seed)
        while batch := list(islice(stream, _BATCH)):
            _store(services, batch)
    finally:
        services.close()


Received = tuple[datetime, str, Source]


def _stream(services: Services, events: int, seed: int) -> Iterator[Received]:
    chance = random.Random(seed)  # noqa: S311  (made-up events, nothing secret)
    moments = _moments(chance, events)
    clock = iter(moments)
    now = moments[0]
    known = demo_stream(services.catalog, services.taxonomy, seed, lambda: now)
    for now in clock:
        if chance.random() < _IN_HOUSE_SHARE:
            kind = chance.choice(IN_HOUSE)
            yield now, _in_house(kind, chance, now), Source(product=kind.product)
        else:
            guide, raw = next(known)
            yield now, raw, Source(guide.vendor, guide.product)


def _moments(chance: random.Random, events: int) -> list[datetime]:
    """Times of the last days in order: busy from 7 to 19 UTC, quieter at night and on Sundays."""
    end = datetime.now(UTC)
    found: list[datetime] = []
    while len(found) < events:
        at = end - timedelta(days=DAYS) * chance.random()
        busy = 1.0 if 7 <= at.hour < 19 else _NIGHT_SHARE
        if chance.random() < busy * (0.5 if at.weekday() == 6 else 1.0):
            found.append(at)
    return sorted(found)


def _in_house(kind: InHouse, chance: random.Random, at: datetime) -> str:
    return kind.text.format(
        at=at.strftime("%Y-%m-%dT%H:%M:%SZ"), pid=chance.randrange(300, 9000), n=chance.randrange(2, 40),
        card=chance.randrange(10_000, 99_999), person=chance.choice(_PEOPLE),
    )  # fmt: skip


def _store(services: Services, batch: list[Received]) -> None:
    def one(received: Received) -> tuple[datetime, Classified]:
        at, raw, source = received
        return at, services.classifier.classify(raw, source)

    records = []
    for at, classified in services.executor.map(one, batch):
        decided = replace(classified.decision, decided_at=at + timedelta(milliseconds=40))
        records.append((stored_event(classified, at), StoredDecision.from_document(decided.to_dict())))
        services.decision_chunks.note(classified)
    services.store.record_many(records)
