"""How long a sign-in has to wait, whose address counts, and which page may follow."""

from __future__ import annotations

import pytest

from agents.errors import ConfigurationError
from app.auth.first_link import LIFETIME_S, FirstLink
from app.auth.oidc import local_page
from app.auth.permissions import Role
from app.auth.proxies import TrustedProxies, parse_networks
from app.auth.roles import groups_of, parse_role_map, role_of
from app.auth.signing import load_key
from app.auth.throttle import Throttle
from app.errors import ApiError


class Seconds:
    now = 1000.0

    def __call__(self):
        return self.now


def waits(throttle, name, address):
    try:
        throttle.attempt(name, address)
    except ApiError as error:
        return error.details["retry_after_s"]
    return 0


def test_each_failure_doubles_the_wait():
    clock = Seconds()
    throttle = Throttle(clock)
    seen = []
    for _ in range(10):
        while wait := waits(throttle, "ana", "192.0.2.1"):
            seen.append(wait)
            clock.now += wait
    assert seen == [1, 2, 4, 8, 16]


def test_a_success_starts_anew_for_the_account():
    throttle = Throttle(Seconds())
    for _ in range(4):
        throttle.attempt("ana", "192.0.2.1")
    throttle.succeeded("ana", "192.0.2.1")
    assert [waits(throttle, "ana", "192.0.2.1") for _ in range(5)] == [0] * 5


def test_one_address_cannot_try_many_accounts_even_with_one_of_its_own():
    throttle = Throttle(Seconds())
    for number in range(24):
        throttle.attempt(f"user{number}", "192.0.2.1")
        throttle.attempt("mallory", "192.0.2.1")
        throttle.succeeded("mallory", "192.0.2.1")
    throttle.attempt("last", "192.0.2.1")
    assert waits(throttle, "next", "192.0.2.1") > 0
    assert waits(throttle, "next", "192.0.2.2") == 0


def test_ipv6_neighbours_count_as_one():
    throttle = Throttle(Seconds())
    for number in range(25):
        throttle.attempt(f"user{number}", f"2001:db8::{number:x}")
    assert waits(throttle, "next", "2001:db8::ffff") > 0
    assert waits(throttle, "next", "2001:db8:0:1::1") == 0


def test_failures_are_forgotten():
    clock = Seconds()
    throttle = Throttle(clock)
    for _ in range(5):
        throttle.attempt("ana", "192.0.2.1")
    clock.now += 3601
    assert [waits(throttle, "ana", "192.0.2.1") for _ in range(5)] == [0] * 5


def test_the_first_link_ends_after_a_day():
    clock = Seconds()
    link = FirstLink(clock)
    secret = link.make()
    clock.now += LIFETIME_S
    assert not link.redeem(secret)


# -- proxies


@pytest.mark.parametrize(
    ("remote", "forwarded", "seen"),
    [
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("::ffff:127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("192.0.2.1", "203.0.113.9", "192.0.2.1"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9, nonsense", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("", "203.0.113.9", ""),
    ],
)
def test_only_trusted_proxies_say_who_asks(remote, forwarded, seen):
    environ = {"REMOTE_ADDR": remote, "HTTP_X_FORWARDED_FOR": forwarded, "wsgi.url_scheme": "http"}
    environ |= {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_HOST": "logs.example"}
    TrustedProxies(lambda *_: [], parse_networks("127.0.0.0/8, 10.0.0.0/8"))(environ, None)
    assert environ["REMOTE_ADDR"] == seen
    trusted = remote.endswith("127.0.0.1")
    assert (environ["wsgi.url_scheme"] == "https") == trusted
    assert (environ.get("HTTP_HOST") == "logs.example") == trusted


def test_a_proxy_that_is_none_is_named():
    with pytest.raises(ConfigurationError, match="LOGATLAS_TRUSTED_PROXIES"):
        parse_networks("127.0.0.1, proxy.example")


# -- the key


def test_the_key_is_made_once_and_kept_to_ourselves(tmp_path):
    first = load_key(None, tmp_path)
    assert (tmp_path / "session.key").stat().st_mode & 0o777 == 0o600
    assert load_key(None, tmp_path).tag("a", "x") == first.tag("a", "x")
    assert first.tag("a", "x") != first.tag("b", "x")
    assert load_key("k" * 32, tmp_path).tag("a", "x") != first.tag("a", "x")
    (tmp_path / "session.key").write_bytes(b"short")
    with pytest.raises(ConfigurationError, match="holds no key"):
        load_key(None, tmp_path)


# -- roles of an OpenID provider


@pytest.mark.parametrize(
    ("claims", "claim", "role"),
    [
        ({"groups": ["soc"]}, "groups", Role.ANALYST),
        ({"groups": ["soc", "soc-admins", 7]}, "groups", Role.ADMIN),
        ({"groups": "soc"}, "groups", Role.ANALYST),
        ({"groups": ["other"]}, "groups", None),
        ({}, "groups", None),
        ({"realm_access": {"roles": ["soc"]}}, "realm_access.roles", Role.ANALYST),
        ({"https://x.example/groups": ["soc"]}, "https://x.example/groups", Role.ANALYST),
        ({"groups": {"soc": True}}, "groups", None),
    ],
)
def test_groups_give_roles(claims, claim, role):
    roles = parse_role_map("soc-admins=admin, soc=analyst")
    assert role_of(claims, claim, roles, None) == role
    assert role_of(claims, claim, roles, Role.VIEWER) == (role or Role.VIEWER)


def test_groups_with_commas_are_separated_otherwise():
    assert parse_role_map("cn=soc,ou=groups=analyst; x=viewer") == {
        "cn=soc,ou=groups": Role.ANALYST, "x": Role.VIEWER,
    }  # fmt: skip
    assert groups_of({"a": None}, "a.b") == []


@pytest.mark.parametrize("text", ["soc", "soc=god", "=admin"])
def test_a_malformed_map_is_named(text):
    with pytest.raises(ConfigurationError, match="LOGATLAS_OIDC_ROLE_MAP"):
        parse_role_map(text)


@pytest.mark.parametrize("page", ["//evil.example", "https://evil.example", "/\\evil.example", "", "x", "/a\nb"])
def test_a_sign_in_never_leads_away(page):
    assert local_page(page) == "/"
    assert local_page("/queue?source=x#y") == "/queue?source=x#y"
