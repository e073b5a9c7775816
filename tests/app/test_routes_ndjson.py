"""NDJSON over a real connection to the real server: streamed both ways, whoever waits for whom."""

from __future__ import annotations

import http.client
import io
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.routes import ndjson
from app.routes.ndjson import Conversation, LineTooLongError, Outbox, read_lines

NDJSON = "application/x-ndjson"
TOKEN = {"Authorization": "Bearer admin-token-for-tests"}
SERVER = Path(__file__).with_name("serve_stand_ins.py")


@pytest.fixture(scope="module")
def address(server_address):
    """Where the server is."""
    return server_address


def chunked(address):
    """A connection that has sent the head of a chunked NDJSON request, and a function that sends a chunk."""
    connection = http.client.HTTPConnection(*address, timeout=60)
    connection.putrequest("POST", "/classify")
    for name, value in {**TOKEN, "Content-Type": NDJSON, "Transfer-Encoding": "chunked"}.items():
        connection.putheader(name, value)
    connection.endheaders()
    return connection, lambda data: connection.send(b"%x\r\n%b\r\n" % (len(data), data))


def test_each_answer_comes_before_the_next_line_is_sent(address):
    connection, send = chunked(address)
    send(b'{"raw": "0"}\n')
    answer = connection.getresponse()
    for n in range(5):
        assert json.loads(answer.readline())["rationale"] == str(n)
        send(b'{"raw": "%d"}\n' % (n + 1))
    send(b"")
    assert json.loads(answer.readline())["rationale"] == "5"
    assert answer.read() == b""
    connection.close()


def test_a_line_may_arrive_in_pieces(address):
    connection, send = chunked(address)
    for piece in (b'{"ra', b'w": "o', b'ne"}', b"\n{", b'"raw": "two"}'):
        send(piece)
    send(b"")
    answers = [json.loads(line) for line in connection.getresponse().read().splitlines()]
    assert [a["rationale"] for a in answers] == ["one", "two"]
    connection.close()


def test_a_caller_may_send_everything_before_reading(address):
    # Far more than the buffers of both sockets hold: neither side may wait for the other for ever.
    lines = b"".join(b'{"raw": "%d %s"}\n' % (n, b"x" * 4000) for n in range(4000))
    connection = http.client.HTTPConnection(*address, timeout=120)
    connection.request("POST", "/classify", body=lines, headers={**TOKEN, "Content-Type": NDJSON})
    answers = connection.getresponse().read().splitlines()
    assert len(answers) == 4000
    assert [json.loads(a)["rationale"].split()[0] for a in answers[::500]] == [str(n) for n in range(0, 4000, 500)]
    connection.close()


def test_a_body_with_a_length_is_answered_while_it_arrives(address):
    first, second = b'{"raw": "one"}\n', b'{"raw": "two"}\n'
    connection = http.client.HTTPConnection(*address, timeout=60)
    connection.putrequest("POST", "/classify")
    for name, value in {**TOKEN, "Content-Type": NDJSON, "Content-Length": str(len(first + second))}.items():
        connection.putheader(name, value)
    connection.endheaders(first)
    answer = connection.getresponse()
    assert json.loads(answer.readline())["rationale"] == "one"
    connection.send(second)
    assert json.loads(answer.readline())["rationale"] == "two"
    assert answer.read() == b""
    connection.close()


def test_a_connection_serves_further_requests_after_a_stream(address):
    connection = http.client.HTTPConnection(*address, timeout=60)
    for _ in range(3):
        connection.request("POST", "/classify", body=b'{"raw": "a"}\n', headers={**TOKEN, "Content-Type": NDJSON})
        assert json.loads(connection.getresponse().read())["rationale"] == "a"
    connection.close()


def test_a_caller_who_leaves_does_not_hold_the_server(address):
    for _ in range(20):
        connection, send = chunked(address)
        send(b'{"raw": "a"}\n{"raw": "b')
        connection.sock.shutdown(socket.SHUT_RDWR)
        connection.close()
    connection = http.client.HTTPConnection(*address, timeout=60)
    connection.request("GET", "/healthz")
    assert connection.getresponse().read() == b'{"status":"ok"}'
    connection.close()


def test_a_body_that_breaks_off_ends_with_an_error(address):
    connection, send = chunked(address)
    send(b'{"raw": "whole"}\n{"raw": "half')
    connection.sock.shutdown(socket.SHUT_WR)
    whole, error = (json.loads(line) for line in connection.getresponse().read().splitlines())
    assert whole["rationale"] == "whole"
    assert error["error"]["code"] == "incomplete_body"
    connection.close()


def test_streams_run_side_by_side(address):
    def stream(n):
        connection, send = chunked(address)
        send(b'{"raw": "%d"}\n' % n)
        answer = connection.getresponse()
        barrier.wait(timeout=60)
        send(b"")
        text = answer.read()
        connection.close()
        return json.loads(text)["rationale"]

    barrier = threading.Barrier(6)
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(stream, range(6))) == [str(n) for n in range(6)]


@pytest.mark.parametrize("piece", [1, 3, 64])
def test_lines_are_found_wherever_the_pieces_end(piece):
    class Pieces(io.BytesIO):
        def read1(self, _):
            return self.read(piece)

    body = Pieces(b"one\n\n \r\nt\xc3\xa9\r\n" + b"x" * 50 + b"\n" + b"y" * 10 + b"\nend")
    found = [(n, line if isinstance(line, bytes) else line.code) for n, line in read_lines(body, 10)]
    assert found == [
        (1, b"one"), (4, b"t\xc3\xa9"), (5, "event_too_large"), (6, b"y" * 10), (7, b"end"),
    ]  # fmt: skip


def test_an_endless_line_is_not_kept_in_memory():
    class Endless:
        sent = 0

        def read1(self, size):
            self.sent += size
            return b"x" * size if self.sent < 50 * 2**20 else b""

    ((number, line),) = read_lines(Endless(), 1000)
    assert number == 1
    assert isinstance(line, LineTooLongError)


def test_unread_answers_go_to_disk_and_come_back_in_order(monkeypatch):
    monkeypatch.setattr(ndjson, "_IN_MEMORY", 100)
    outbox = Outbox()
    sent = [b"%05d\n" % n for n in range(30_000)]
    reader = iter(outbox)
    for answer in sent[:10_000]:
        outbox.put(answer)
    received = next(reader)
    for answer in sent[10_000:]:
        outbox.put(answer)
    outbox.close()
    assert received + b"".join(reader) == b"".join(sent)
    outbox.discard()


def test_a_full_disk_makes_the_answers_wait_for_the_caller(monkeypatch):
    def full():
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ndjson, "_IN_MEMORY", 10)
    monkeypatch.setattr(ndjson.tempfile, "TemporaryFile", full)
    outbox = Outbox()
    writer = threading.Thread(target=lambda: ([outbox.put(b"%d\n" % n) for n in range(100)], outbox.close()))
    writer.start()
    assert b"".join(outbox).split() == [b"%d" % n for n in range(100)]
    writer.join()
    outbox.discard()


def test_no_more_than_the_window_is_under_way():
    running, most, lock = 0, 0, threading.Lock()

    def answer(line):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        with lock:
            running -= 1
        return {"line": int(line)}

    with ThreadPoolExecutor(8) as pool:
        lines = ((n, b"%d" % n) for n in range(1, 500))
        conversation = Conversation(lines, answer, lambda _: None, pool, window=3)
        answers = b"".join(conversation).splitlines()
    assert [json.loads(a)["line"] for a in answers] == list(range(1, 500))
    assert most <= 3
