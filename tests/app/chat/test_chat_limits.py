"""What a peer of the chat may not do, with a real server and small limits."""

from __future__ import annotations

import json
import os
import socket
import struct
import time
from contextlib import ExitStack

import pytest
from chat_support import Talk, until


@pytest.fixture(scope="module")
def settings():
    return {
        "LOGATLAS_CHAT_QUESTIONS_A_MINUTE": "3", "LOGATLAS_CHAT_MESSAGES_A_MINUTE": "60", "LOGATLAS_CHAT_TURNS": "2",
        "LOGATLAS_CHAT_IDLE_S": "3", "LOGATLAS_CHAT_PING_S": "0.5", "LOGATLAS_CHAT_SOCKETS": "52",
        "LOGATLAS_THREADS": "4",
    }  # fmt: skip


@pytest.mark.parametrize(
    "frame",
    ["", "nonsense", "[]", "null", '{"type": "hello"', '{"type": "shout"}', '{"type": "ask", "text": "no key"}',
     '{"type": "hello", "more": 1}', '{"type": "hello", "event_id": "not an id"}', "[" * 5000,
     json.dumps({"type": "ask", "key": "12345678", "text": "x" * 4001}), '{"type":"ping","x":"\\ud800"}'],
)  # fmt: skip
def test_a_message_that_is_none_is_refused_and_the_connection_stays(ben, frame):
    with ben.socket() as ws:
        talk = Talk(ws)
        ws.send(frame)
        error = talk.next()
        assert (error["type"], error["code"], error["fatal"]) == ("error", "bad_message", False)
        assert "x" * 100 not in error["message"]
        talk.send("ping")
        assert talk.next() == {"type": "pong"}


def test_nothing_can_be_asked_before_hello(server):
    with server.person("eve").socket() as ws:
        talk = Talk(ws)
        talk.ask("words 1", key="before-hello")
        assert (error := talk.next())["code"] == "no_hello"
        assert error["key"] == "before-hello"


def test_oversize_and_binary_frames_close_with_their_codes(server):
    eve = server.person("eve")
    with eve.talk(compression=None) as talk:
        talk.ws.send("x" * (64 * 1024 + 1))
        assert talk.closed()[0] == 1009
    with eve.talk() as talk:
        talk.ws.send("x" * 1_000_000)
        assert talk.closed()[0] == 1009
    with eve.talk() as talk:
        talk.ws.send([json.dumps({"type": "ping"})[:5], "x" * 40_000, "x" * 40_000])
        assert talk.closed()[0] == 1009
    with eve.talk() as talk:
        talk.ws.send(b"\x00\x01")
        assert talk.closed()[0] == 1003


def test_frames_that_break_the_protocol_end_only_their_own_connection(server):
    eve = server.person("eve")
    with eve.talk(compression=None) as talk, eve.talk() as other:
        # A text frame, masked, that is not UTF-8.
        talk.ws.socket.sendall(b"\x81\x82\x00\x00\x00\x00\xff\xfe")
        assert talk.closed()[0] in (1007, 1006)
        other.send("ping")
        assert other.next()["type"] == "pong"
    with eve.socket(compression=None) as ws:
        # A reserved opcode.
        ws.socket.sendall(b"\x83\x80\x00\x00\x00\x00")
        assert Talk(ws).closed()[0] in (1002, 1006)


def test_questions_and_turns_are_limited_by_person(server, ana):
    with ana.talk() as talk, ana.talk() as second:
        assert talk.answer("words 1")["status"] == "done"
        assert talk.answer("words 1")["status"] == "done"
        talk.ask("words 1", key="a-third-turn")
        assert (error := talk.next())["code"] == "conversation_full"
        assert error["key"] == "a-third-turn"
        assert second.answer("words 1")["status"] == "done"
        second.ask("words 1", key="too-many-questions")
        assert (error := second.next())["code"] == "rate_limited"
        assert (error["key"], error["fatal"]) == (None, False) or error["key"] == "too-many-questions"
    with server.person("root").talk() as other:
        assert other.answer("words 1")["status"] == "done"


def test_messages_are_limited_by_person_over_all_their_sockets(server):
    vic = server.person("vic")
    with vic.talk() as one, vic.talk() as two:
        for n in range(70):
            (one, two)[n % 2].send("ping")
        answers = [(one, two)[n % 2].next() for n in range(70)]
        assert {m["type"] for m in answers} == {"pong", "error"}
        assert {m["code"] for m in answers if m["type"] == "error"} == {"rate_limited"}
        assert sum(m["type"] == "pong" for m in answers) == 58


def test_fifty_idle_sockets_do_not_keep_others_from_being_served(server, ben):
    eve = server.person("root")
    with ExitStack() as stack:
        talks = [stack.enter_context(eve.talk()) for _ in range(50)]
        began = time.monotonic()
        for _ in range(20):
            assert ben.http.get("/api/session").status_code == 200
        assert time.monotonic() - began < 10
        with server.client() as client:
            text = client.get("/metrics").text
            assert "logatlas_chat_sockets 50.0" in text
        # Two more are let in, and the third is told why it is not.
        more = [stack.enter_context(ben.socket()) for _ in range(3)]
        code, reason, said = Talk(more[2]).closed()
        assert (code, reason, said[0]["code"]) == (1013, "too_many_sockets", "too_many_sockets")
        assert talks[0].ready["type"] == "ready"
    until(lambda: gauge(server, "logatlas_chat_sockets") == 0)


def test_an_idle_socket_is_closed_though_it_answers_pings(server):
    with server.person("eve").talk() as talk:
        began = time.monotonic()
        code, reason, _ = talk.closed(timeout=10)
        assert (code, reason) == (1000, "idle")
        assert 2 < time.monotonic() - began < 8


def test_a_peer_that_vanished_is_noticed_by_its_missing_pong(server):
    eve = server.person("eve")
    host, port = server.url.removeprefix("http://").split(":")
    cookies = "; ".join(f"{name}={value}" for name, value in eve.http.cookies.items())
    before = gauge(server, "logatlas_chat_sockets")
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall(
            f"GET /ws/chat HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\nOrigin: {server.url}\r\n"
            f"Cookie: {cookies}\r\n\r\n".encode()
        )
        assert raw.recv(4096).startswith(b"HTTP/1.1 101")
        body, mask = b'{"type":"hello"}', os.urandom(4)
        masked = bytes(byte ^ mask[n % 4] for n, byte in enumerate(body))
        raw.sendall(b"\x81" + struct.pack("B", 0x80 | len(body)) + mask + masked)
        until(lambda: gauge(server, "logatlas_chat_sockets") == before + 1)
        # It reads nothing and answers no ping.
        until(lambda: gauge(server, "logatlas_chat_sockets") == before, timeout=8)


def test_a_handshake_without_a_key_is_a_bad_request(server, ana):
    answer = ana.http.get("/ws/chat", headers={"Upgrade": "websocket", "Connection": "Upgrade"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


def gauge(server, name) -> float:
    with server.client() as client:
        line = next(line for line in client.get("/metrics").text.splitlines() if line.startswith(f"{name} "))
    return float(line.split()[1])
