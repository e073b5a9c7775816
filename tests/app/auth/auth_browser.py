"""A browser and a clock, as far as signing in needs them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

PASSWORD = "correct horse battery staple"
ORIGIN = "http://localhost"


@dataclass
class Clock:
    """The time, and what tests add to it."""

    added: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.added

    def forward(self, **amount: float) -> None:
        self.added += timedelta(**amount)


@dataclass
class Browser:
    """A browser as far as signing in goes: keeps cookies, sends Origin and the CSRF token."""

    client: object
    csrf: str = ""

    def get(self, path, **options):
        return self.client.get(path, **options)

    def send(self, method, path, json=None, headers=None, **options):
        headers = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin", "X-CSRF-Token": self.csrf} | (headers or {})
        headers = {name: value for name, value in headers.items() if value is not None}
        return self.client.open(path, method=method, json=json, headers=headers, **options)

    def post(self, path, json=None, **options):
        return self.send("POST", path, json, **options)

    def sign_in(self, name, password=PASSWORD, **options):
        answer = self.post("/api/session", {"name": name, "password": password}, **options)
        if answer.status_code == 200:
            self.csrf = answer.json["csrf_token"]
        return answer
