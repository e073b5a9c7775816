"""Requests that several tests send."""

from __future__ import annotations


def classify_one(client, raw, source=None):
    """The decision on one event."""
    answer = client.post("/classify", json={"raw": raw, **({"source": source} if source else {})})
    assert answer.status_code == 200, answer.text
    return answer.json
