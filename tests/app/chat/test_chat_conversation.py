"""A real WebSocket to a real server: answers, several sockets, lost connections, stop, edit, feedback, the line."""

from __future__ import annotations

import threading
import time

import pytest
from chat_support import Talk, until


@pytest.fixture(scope="module")
def settings():
    return {"LOGATLAS_CHAT_ANSWERS": "2", "LOGATLAS_CHAT_QUESTIONS_A_MINUTE": "1000"}


def test_an_answer_streams_with_its_tools_and_citations_and_is_stored(server, ana):
    decision = server.classify()
    with ana.talk(event_id=decision["event_id"]) as talk:
        assert talk.ready["may_ask"]
        assert talk.ready["suggestions"] == ["Why Authentication?"]
        key = talk.ask("why is it so?")
        messages = talk.until("done")
    assert [m["type"] for m in messages] == ["turn", "tool", "tool", "citation", "token", "done"]
    assert [m["seq"] for m in messages] == list(range(talk.ready["seq"] + 1, talk.ready["seq"] + 7))
    assert messages[0]["turn"]["key"] == key
    assert [m["tool"]["status"] for m in messages[1:3]] == ["running", "done"]
    assert messages[2]["tool"]["label"] == "Reading the decision"
    turn = messages[-1]["turn"]
    assert turn["content"] == messages[4]["text"] == "It is Authentication.[^1]"
    assert turn["citations"][0]["spans"] == [[0, 3]]
    assert turn["proposal"]["class_uid"] == 3002
    stored = ana.http.get(f"/api/chats/{talk.ready['conversation_id']}").json()
    assert stored["turns"] == [turn]
    assert stored["title"] == "why is it so?"
    assert stored["event_id"] == decision["event_id"]


def test_several_sockets_of_a_conversation_all_follow(ana):
    with ana.talk() as first:
        first.answer("words 1")
        conversation = first.ready["conversation_id"]
        with ana.talk(conversation) as second:
            assert [t["content"] for t in second.ready["turns"]] == ["word0 "]
            first.ask("words 5")
            here, there = first.until("done"), second.until("done")
    assert here == there


def test_a_lost_connection_resumes_the_same_answer_and_misses_nothing(ana):
    with ana.talk() as talk:
        conversation = talk.ready["conversation_id"]
        talk.ask("words 60")
        seen = talk.until("token")
    # The connection is gone in the middle of the answer.
    time.sleep(0.2)
    with ana.talk(conversation, last_seq=seen[-1]["seq"]) as again:
        assert again.ready["resumed"]
        assert again.ready["seq"] == seen[-1]["seq"]
        # What it had seen is what `ready` says; the rest follows, each message once.
        assert again.ready["turns"][0]["content"] == "word0 "
        rest = again.until("done")
    assert [m["seq"] for m in rest] == list(range(seen[-1]["seq"] + 1, rest[-1]["seq"] + 1))
    told = [m["text"] for m in [*seen, *rest] if m["type"] == "token"]
    assert told == [f"word{n} " for n in range(60)]
    assert rest[-1]["turn"]["content"] == "".join(told)


def test_without_the_missed_messages_the_state_of_the_answer_is_told(ana):
    with ana.talk() as talk:
        conversation = talk.ready["conversation_id"]
        talk.ask("words 60")
        talk.until("token")
    with ana.talk(conversation, last_seq=1) as again:
        assert not again.ready["resumed"]
        turn = again.ready["turns"][0]
        assert turn["status"] == "answering"
        assert turn["content"].startswith("word0 ")
        rest = again.until("done")
    told = turn["content"] + "".join(m["text"] for m in rest if m["type"] == "token")
    assert told == rest[-1]["turn"]["content"]


def test_stop_ends_at_once_and_frees_the_agent(server, ana):
    (server.folder / "ended").unlink(missing_ok=True)
    with ana.talk() as talk:
        talk.ask("hold")
        talk.until("token")
        began = time.monotonic()
        talk.send("stop")
        turn = talk.until("done")[-1]["turn"]
        assert time.monotonic() - began < 1.0
        assert turn["status"] == "stopped"
        assert turn["content"].startswith("held ")
        until(lambda: (server.folder / "ended").exists(), timeout=2)
        assert talk.answer("words 1")["status"] == "done"


def test_the_same_key_is_one_question(ana):
    with ana.talk() as talk:
        first = talk.answer("words 2", key="a-key-of-mine")
        talk.ask("words 2", key="a-key-of-mine")
        again = talk.next()
        assert (again["type"], again["turn"]) == ("turn", first)
        talk.send("ping")
        assert talk.next()["type"] == "pong"
    assert len(ana.http.get(f"/api/chats/{talk.ready['conversation_id']}").json()["turns"]) == 1


def test_the_last_question_can_be_changed_and_the_agent_remembers_the_changed_one(ana):
    with ana.talk() as talk:
        talk.answer("words 1")
        talk.answer("words 2")
        changed = talk.answer("past", replaces=2)
        assert (changed["turn"], changed["content"]) == (2, "1 before, last words 1")
        talk.ask("past", replaces=1, key="key-of-an-old-one")
        refused = talk.next()
        assert (refused["code"], refused["key"], refused["fatal"]) == ("not_last", "key-of-an-old-one", False)
        assert talk.answer("past")["content"] == "2 before, last past"
    turns = ana.http.get(f"/api/chats/{talk.ready['conversation_id']}").json()["turns"]
    assert [t["question"] for t in turns] == ["words 1", "past", "past"]


def test_changing_a_question_that_is_being_answered_stops_its_answer(ana):
    with ana.talk() as talk:
        talk.ask("hold")
        talk.until("token")
        talk.ask("words 1", replaces=1)
        stopped, done = talk.until("done")[-1], talk.until("done")[-1]
    assert stopped["turn"]["status"] == "stopped"
    assert (done["turn"]["turn"], done["turn"]["content"]) == (1, "word0 ")


def test_feedback_is_kept_with_the_turn(ana):
    with ana.talk() as talk:
        talk.answer("words 1")
        talk.send("feedback", turn=1, rating="down", note="too short")
        assert talk.next() | {"seq": 0} == {
            "type": "feedback", "seq": 0, "turn": 1, "rating": "down", "note": "too short"
        }  # fmt: skip
        conversation = talk.ready["conversation_id"]
        turn = ana.http.get(f"/api/chats/{conversation}").json()["turns"][0]
        assert (turn["rating"], turn["note"], turn["content"]) == ("down", "too short", "word0 ")
        talk.send("feedback", turn=1, rating=None)
        assert talk.next()["rating"] is None
        talk.send("feedback", turn=7, rating="up")
        assert talk.next()["code"] == "no_answer"


def test_an_agent_that_fails_says_so_without_details(server, ana):
    with ana.talk() as talk:
        turn = talk.answer("fail")
    assert turn["status"] == "failed"
    assert turn["error"]
    assert "secret detail" not in str(turn)


def test_those_who_wait_are_told_their_place_and_the_line_is_fair(server, ana, ben):
    (server.folder / "released").unlink(missing_ok=True)
    with ana.talk() as one, ana.talk() as two, ana.talk() as three, ben.talk() as four:
        one.ask("hold")
        one.until("token")
        two.ask("hold")
        two.until("token")
        # Both threads are busy now. Ana asks once more, then Ben; then Ana stops one: it is her turn, she was first.
        three.ask("words 1")
        assert three.until("queued")[-1]["place"] == 1
        four.ask("words 1")
        assert four.until("queued")[-1]["place"] == 2
        with ana.talk() as five:
            five.ask("words 1")
            # Ben is served before Ana's second waiting question.
            assert five.until("queued")[-1]["place"] == 3
            one.send("stop")
            one.until("done")
            for talk in (three, four, five):
                assert talk.until("done")[-1]["turn"]["status"] == "done"
        (server.folder / "released").touch()
        assert two.until("done")[-1]["turn"]["content"] == "held released"
    (server.folder / "released").unlink()


def test_a_question_that_waits_can_be_stopped(server, ana):
    with ana.talk() as one, ana.talk() as two, ana.talk() as three:
        for talk in (one, two):
            talk.ask("hold")
            talk.until("token")
        three.ask("words 3")
        three.until("queued")
        three.send("stop")
        turn = three.until("done")[-1]["turn"]
        assert (turn["status"], turn["content"]) == ("stopped", "")
        for talk in (one, two):
            talk.send("stop")
            talk.until("done")


def test_one_conversation_is_answered_one_question_at_a_time(ana):
    with ana.talk() as talk:
        talk.ask("hold")
        talk.until("token")
        keys = [talk.ask(f"words {n}") for n in (1, 2, 3)]
        waiting = [talk.until("queued")[-1]["turn"] for _ in keys]
        assert waiting == [2, 3, 4]
        talk.ask("words 4", key="one-too-many")
        assert talk.until("error")[-1] | {"message": ""} == {
            "type": "error", "seq": 0, "code": "busy", "message": "", "turn": None, "key": "one-too-many",
            "fatal": False,
        }  # fmt: skip
        talk.send("stop")
        done = [talk.until("done")[-1]["turn"] for _ in range(4)]
    assert [t["turn"] for t in done] == [1, 2, 3, 4]
    assert [t["status"] for t in done] == ["stopped", "done", "done", "done"]


def test_a_slow_reader_blocks_nobody_and_is_told_why_it_is_closed(server, ana, ben):
    import socket

    address = server.url.removeprefix("http://").split(":")
    raw = socket.create_connection((address[0], int(address[1])))
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    with raw, ana.talk() as quick:
        conversation = quick.ready["conversation_id"]
        quick.answer("words 1")
        # A client that reads nothing: its small queue is full, and so is what the system keeps for it.
        with ana.socket(sock=raw, max_queue=1, compression=None) as ws:
            slow = Talk(ws)
            slow.send("hello", conversation_id=conversation)
            slow.next()
            flooded = threading.Thread(target=quick.ask, args=("flood 500",))
            flooded.start()
            done = quick.until("done", timeout=30)
            flooded.join()
            assert sum(m["type"] == "token" for m in done) == 500
            with ben.talk() as other:
                assert other.answer("words 1")["status"] == "done"
            code, reason, _ = slow.closed(timeout=20)
            assert (code, reason) == (1013, "too_slow")
