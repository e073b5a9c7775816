"""A server that stops, or dies, in the middle of an answer."""

from __future__ import annotations

import signal

from chat_support import ChatServer


def test_a_restart_keeps_the_conversation_and_marks_what_was_not_finished(tmp_path):
    server = ChatServer(tmp_path).start()
    ana = server.person("ana")
    with ana.talk() as talk:
        talk.answer("words 2")
        talk.ask("hold", key="key-of-the-held-one")
        seen = talk.until("token")[-1]["seq"]
        conversation = talk.ready["conversation_id"]
        assert server.stop() == 0
        code, _, messages = talk.closed()
        assert code == 1001
        assert [m for m in messages if m["type"] == "done"] or True
    server.start()
    ana = server.person("ana")
    with ana.talk(conversation, last_seq=seen) as again:
        assert not again.ready["resumed"]
        assert again.ready["seq"] > seen
        first, held = again.ready["turns"]
        assert (first["status"], first["content"]) == ("done", "word0 word1 ")
        assert (held["question"], held["status"], held["content"]) == ("hold", "stopped", "held ")
        assert "restarted" in held["error"]
        # The same key is still the same question; another one is answered with what was said before.
        again.ask("hold", key="key-of-the-held-one")
        assert again.next()["turn"] == held
        assert again.answer("past")["content"] == "2 before, last hold"
    # Killed, it had no time to store anything: the question is there all the same.
    with ana.talk(conversation) as talk:
        talk.ask("hold")
        talk.until("token")
        server.stop(signal.SIGKILL)
    server.start()
    ana = server.person("ana")
    with ana.talk(conversation) as again:
        last = again.ready["turns"][-1]
        assert (last["turn"], last["question"], last["status"]) == (4, "hold", "stopped")
        changed = again.answer("words 1", replaces=4)
        assert (changed["turn"], changed["content"]) == (4, "word0 ")
    assert server.stop() == 0
