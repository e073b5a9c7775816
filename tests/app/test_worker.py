"""What never reaches the application is answered in the one shape too."""

from __future__ import annotations

import json
import socket

import pytest
from gunicorn.http import errors as http

from app.worker import Worker


def ask(address, request):
    """Status, headers and body of the answer to raw bytes."""
    with socket.create_connection(address, timeout=30) as connection:
        connection.sendall(request)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *fields = head.decode().split("\r\n")
    return int(status.split()[1]), {k.lower(): v for k, v in (f.split(": ", 1) for f in fields)}, body


@pytest.mark.parametrize(
    ("request_bytes", "status", "code"),
    [
        (b"GET /api/knowledge?q=" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414, "uri_too_long"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + b"x" * 20_000 + b"\r\n\r\n", 431, "headers_too_large"),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431, "headers_too_large"),
        (b"secret nonsense\r\n\r\n", 400, "bad_request"),
        (b"GET / HTTP/9.9\r\nHost: a\r\n\r\n", 400, "bad_request"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400, "bad_request"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\n\r\n", 417, "expectation_failed"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: rot13\r\n\r\n", 501, "not_implemented"),
    ],
)
def test_a_request_that_gunicorn_refuses(server_address, request_bytes, status, code):
    got, headers, body = ask(server_address, request_bytes)
    error = json.loads(body)["error"]
    assert (got, error["code"]) == (status, code)
    assert set(error) == {"code", "message", "details"}
    assert headers["content-type"] == "application/json"
    assert int(headers["content-length"]) == len(body)
    assert headers["x-request-id"]
    assert "secret" not in error["message"]


def test_a_long_search_fits_the_request_line(server_address):
    query = b"GET /api/knowledge?q=" + b"x" * 2000 + b"&limit=" + b"0" * 5000 + b"1 HTTP/1.1\r\n"
    fields = b"Host: a\r\nAuthorization: Bearer admin-token-for-tests\r\nConnection: close\r\n\r\n"
    status, _, body = ask(server_address, query + fields)
    assert status == 200, body


@pytest.mark.parametrize("fault", [RuntimeError("secret"), http.InvalidResponseHeader("secret")])
def test_a_fault_of_ours_is_500_and_says_nothing(fault):
    worker = Worker.__new__(Worker)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        worker.handle_error(None, ours, ("", -1), fault)
        answer = theirs.recv(65536)
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "internal"
    assert b"secret" not in answer
