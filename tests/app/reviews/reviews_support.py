"""What the tests of reviews share: logs and classes."""

from __future__ import annotations

import json

AUTHENTICATION, API, FILE = 3002, 6003, 1001


def basket(user="alice", kind="basket.opened", **more):
    """A log of a product that nobody described; the user varies, the kind does not."""
    return json.dumps({"app": "shopfront", "kind": kind, "user": user, "from": "192.0.2.7", **more})
