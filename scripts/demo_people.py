"""People who work on the demo days: accounts, reviews and an undo, tokens, a guide of one's own, a refused attempt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from scripts.demo_days import IN_HOUSE

PASSWORD = "four plain words here"  # noqa: S105  (of a folder that is thrown away)
PEOPLE = (
    ("r.silva", "Rita Silva", "analyst"),
    ("k.haddad", "Karim Haddad", "analyst"),
    ("j.tanaka", "Jun Tanaka", "engineer"),
    ("l.novak", "Lena Novak", "viewer"),
)
GUIDE = """\
product: badge-hub
vendor: In-house
title: Badge hub
reference: https://wiki.example.com/badge-hub
hints: [badge-hub]
guides:
  - id: let-in
    title: A turnstile let somebody in
    match:
      message: {contains: ["turnstile"], regex: " let [a-z.]+ in"}
    class: Entity Management
    activity: Read
    meaning: Somebody held a badge to a turnstile, and it opened.
    samples:
      - "2026-11-20T08:00:12Z badge-hub[812]: turnstile 12 let m.keller in, card 48211"
"""
_CONFIRMS = 14
_OVERRIDES = 6


def bring_life(url: str, admin_token: str) -> None:
    """Let the people do what leaves traces on every page.

    Raises:
        httpx.HTTPError: the service refused something that it should not.
    """
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {admin_token}"}, timeout=120) as admin:
        for name, display_name, role in PEOPLE:
            account = {"name": name, "display_name": display_name, "role": role, "password": PASSWORD}
            _ok(admin.post("/api/accounts", json=account | {"must_set_password": False}))
        _tokens(admin)
    rita, karim, jun, lena = (_signed_in(url, name) for name, _, _ in PEOPLE)
    _reviews(rita, karim)
    _ok(jun.post("/api/knowledge", json={"kind": "guide", "yaml": GUIDE}))
    lena.post("/api/reviews", json={"action": "confirm", "target": {"event_id": _waiting(lena, 1)[0]["event_id"]}})
    httpx.post(f"{url}/api/session", json={"name": "r.silva", "password": "not the password"}, timeout=60)
    for person in (rita, karim, jun, lena):
        person.close()


def _tokens(admin: httpx.Client) -> None:
    in_a_year = (datetime.now(UTC) + timedelta(days=365)).isoformat()
    made = {}
    for name, scopes, expires_at in (
        ("vector-dmz", ["ingest"], None),
        ("splunk-forwarder", ["classify", "ingest"], in_a_year),
        ("grafana", ["read"], in_a_year),
        ("old-collector", ["ingest"], None),
    ):
        answer = _ok(admin.post("/api/tokens", json={"name": name, "scopes": scopes, "expires_at": expires_at}))
        made[name] = answer["token_id"]
    _ok(admin.delete(f"/api/tokens/{made['old-collector']}"))


def _signed_in(url: str, name: str) -> httpx.Client:
    client = httpx.Client(base_url=url, timeout=120)
    session = _ok(client.post("/api/session", json={"name": name, "password": PASSWORD}))
    client.headers["X-CSRF-Token"] = session["csrf_token"]
    return client


def _reviews(rita: httpx.Client, karim: httpx.Client) -> None:
    """Rita confirms what is right and Karim corrects what he knows; one review is taken back."""
    waiting = _waiting(rita, 200)
    given = 0
    for item in waiting:
        kind = next((kind for kind in IN_HOUSE if kind.product == item["product"]), None)
        if kind is None and given < _CONFIRMS:
            _review(rita, item, {"action": "confirm"})
            given += 1
    known = {(kind.product, _shape(kind.text)): kind.class_uid for kind in IN_HOUSE}
    overridden = 0
    last = None
    for item in waiting:
        class_uid = next(
            (uid for (product, shape), uid in known.items() if product == item["product"] and shape in item["raw"]),
            None,
        )
        if class_uid is None or overridden >= _OVERRIDES:
            continue
        if item["class_uid"] == class_uid:
            continue
        last = _review(karim, item, {"action": "override", "class_uid": class_uid, "comment": "In-house, see wiki"})
        overridden += last is not None
    if last is not None:
        _ok(karim.post(f"/api/reviews/{last['review_id']}/undo"))


def _shape(text: str) -> str:
    """The longest piece of a text without placeholders."""
    pieces = text.replace("{{", "\0").replace("}}", "\0").replace("\0", "{").split("{")
    return max((piece.rpartition("}")[2] for piece in pieces), key=len)


def _review(client: httpx.Client, item: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any] | None:
    target = {"event_id": item["event_id"]}
    answer = client.post("/api/reviews", json={"target": target, "decision_id": item["decision_id"]} | asked)
    # Another review of the same template may have decided it meanwhile.
    return None if answer.status_code == httpx.codes.CONFLICT else _ok(answer)


def _waiting(client: httpx.Client, limit: int) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = _ok(client.get("/api/queue", params={"limit": limit}))["items"]
    return items


def _ok(answer: httpx.Response) -> Any:
    if answer.is_error:
        raise httpx.HTTPStatusError(answer.text, request=answer.request, response=answer)
    return answer.json()
