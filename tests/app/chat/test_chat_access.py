"""Who may do what in the chat, over the socket and over HTTP, with a real server."""

from __future__ import annotations

import json
import time

import httpx
import pytest
from chat_support import open_socket, until
from websockets.exceptions import InvalidStatus


def refused(url, **options) -> int:
    with pytest.raises(InvalidStatus) as error, open_socket(url, **options):
        pass
    return error.value.response.status_code


def test_strangers_and_pages_of_other_sites_get_no_socket(server, ana):
    assert refused(server.url) == 401
    assert refused(server.url, headers={"Authorization": "Bearer nonsense"}) == 401
    assert refused(server.url, cookies=ana.http.cookies, origin="http://evil.example") == 403
    assert refused(server.url, cookies=ana.http.cookies, origin=None) == 403
    token = {"Authorization": f"Bearer {server.token}"}
    assert refused(server.url, headers=token, origin="http://evil.example") == 403
    with open_socket(server.url, headers=token, origin=None) as ws:
        ws.send(json.dumps({"type": "hello"}))
        assert json.loads(ws.recv(timeout=10))["owner"] == "token:local"


def test_what_is_no_websocket_gets_an_error_in_the_one_shape(ana):
    answer = ana.http.get("/ws/chat")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


def test_two_people_may_not_see_each_others_chats(ana, ben):
    with ana.talk() as talk:
        talk.answer("words 1")
        conversation = talk.ready["conversation_id"]
        with ben.talk(conversation) as other:
            assert (other.ready["type"], other.ready["code"], other.ready["fatal"]) == ("error", "not_found", True)
    assert ben.http.get(f"/api/chats/{conversation}").status_code == 404
    assert ben.http.get(f"/api/chats/{conversation}/export").status_code == 404
    assert ben.http.patch(f"/api/chats/{conversation}", json={"shared": True}).status_code == 404
    assert ben.http.delete(f"/api/chats/{conversation}").status_code == 404
    assert conversation not in ben.http.get("/api/chats").text
    assert conversation in ana.http.get("/api/chats").text


def test_a_shared_conversation_can_be_read_and_followed_but_not_asked(server, ana, ben):
    vic = server.person("vic")
    with ana.talk() as talk:
        talk.answer("words 1")
        conversation = talk.ready["conversation_id"]
        shared = ana.http.patch(f"/api/chats/{conversation}", json={"shared": True, "title": "For the team"})
        assert (shared.json()["shared"], shared.json()["title"]) == (True, "For the team")
        assert vic.http.get(f"/api/chats/{conversation}").json()["may_ask"] is False
        with ben.talk(conversation) as other:
            assert (other.ready["may_ask"], other.ready["shared"], other.ready["owner"]) == (False, True, "ana")
            other.ask("words 1")
            assert other.next()["code"] == "forbidden"
            talk.ask("words 2")
            assert other.until("done")[-1]["turn"]["content"] == "word0 word1 "
            # Taking it back ends it for whoever follows.
            ana.http.patch(f"/api/chats/{conversation}", json={"shared": False})
            assert other.closed()[0] == 1008
    assert vic.http.get(f"/api/chats/{conversation}").status_code == 404


def test_a_viewer_may_read_but_not_ask(server):
    vic = server.person("vic")
    with vic.talk() as talk:
        assert talk.ready["may_ask"] is False
        talk.ask("words 1")
        assert talk.next()["code"] == "forbidden"


def test_admins_see_numbers_and_not_what_is_said(server, ana):
    root = server.person("root")
    with ana.talk() as talk:
        talk.answer("words 1")
    counts = {row["owner"]: row for row in root.http.get("/api/chats/counts").json()["items"]}
    assert counts["ana"]["conversations"] >= 1
    assert "title" not in counts["ana"]
    assert root.http.get(f"/api/chats/{talk.ready['conversation_id']}").status_code == 404
    assert ana.http.get("/api/chats/counts").status_code == 403


def test_an_ended_session_ends_its_socket_with_the_next_message(server):
    eve = server.person("eve")
    with eve.talk() as talk:
        talk.answer("words 1")
        assert eve.http.delete("/api/session").status_code in (200, 204)
        talk.ask("words 1")
        error = talk.next()
        assert (error["code"], error["fatal"]) == ("session_ended", True)
        assert talk.closed()[0] == 1008


def test_a_lost_role_ends_the_right_to_ask(server):
    root, eve = server.person("root"), server.person("eve")
    with eve.talk() as talk:
        talk.answer("words 1")
        assert root.http.patch("/api/accounts/eve", json={"role": "viewer"}).status_code == 200
        talk.ask("words 1")
        assert talk.next()["code"] == "session_ended"
    assert root.http.patch("/api/accounts/eve", json={"role": "analyst"}).status_code == 200


def test_a_revoked_token_ends_its_socket(server):
    with server.client() as admin:
        made = admin.post("/api/tokens", json={"name": "reader", "scopes": ["read"]}).json()
    with open_socket(server.url, headers={"Authorization": f"Bearer {made['token']}"}, origin=None) as ws:
        ws.send(json.dumps({"type": "hello"}))
        assert json.loads(ws.recv(timeout=10))["may_ask"] is False
        with server.client() as admin:
            assert admin.delete(f"/api/tokens/{made['token_id']}").status_code == 200
        ws.send(json.dumps({"type": "ping"}))
        assert json.loads(ws.recv(timeout=10))["code"] == "session_ended"


def test_conversations_are_found_by_their_words_page_by_page(ana):
    with ana.talk() as talk:
        for question in ("quokka one", "words 1"):
            talk.answer(question)
    with ana.talk() as other:
        other.answer("about Quokka and wombat")
    with ana.talk() as third:
        third.answer("nothing of that")
    found = ana.http.get("/api/chats", params={"q": "QUOKKA"}).json()["items"]
    assert [c["conversation_id"] for c in found] == [other.ready["conversation_id"], talk.ready["conversation_id"]]
    assert found[0]["match"] == "about Quokka and wombat"
    assert [c["turns"] for c in found] == [1, 2]
    assert len(ana.http.get("/api/chats", params={"q": "wombat quokka"}).json()["items"]) == 1
    first = ana.http.get("/api/chats", params={"q": "quokka", "limit": 1}).json()
    second = ana.http.get("/api/chats", params={"q": "quokka", "limit": 1, "cursor": first["next_cursor"]}).json()
    assert [c["conversation_id"] for c in first["items"] + second["items"]] == [c["conversation_id"] for c in found]
    assert second["next_cursor"] is None
    assert ana.http.get("/api/chats", params={"cursor": "nonsense"}).status_code == 400


def test_export_is_whole_and_what_was_asked_cannot_pose_as_markdown(server, ana):
    decision = server.classify()
    with ana.talk(event_id=decision["event_id"]) as talk:
        talk.answer("why ``` # not a heading")
        talk.send("feedback", turn=1, rating="up", note="*fine*")
        talk.until("feedback")
    path = f"/api/chats/{talk.ready['conversation_id']}/export"
    markdown = ana.http.get(path)
    assert markdown.headers["content-type"].startswith("text/markdown")
    assert "````text\nwhy ``` # not a heading\n````" in markdown.text
    assert "It is Authentication.[^1-1]" in markdown.text
    assert f"[^1-1]: the log; event\\_id `{decision['event_id']}`" in markdown.text.replace("event_id", "event\\_id")
    assert "Rated up: \\*fine\\*" in markdown.text
    document = ana.http.get(path, params={"format": "json"}).json()
    assert document["turns"][0]["rating"] == "up"


def test_sharing_deleting_and_exporting_are_audited_without_contents(server, ana):
    root = server.person("root")
    with ana.talk() as talk:
        talk.answer("words 1 secretword")
    path = f"/api/chats/{talk.ready['conversation_id']}"
    ana.http.patch(path, json={"shared": True, "title": "secretword"})
    ana.http.get(f"{path}/export")
    ana.http.delete(path)
    entries = root.http.get("/api/audit", params={"limit": 50}).json()
    text = json.dumps(entries)
    for action in ("chat.change", "chat.export", "chat.delete"):
        assert action in text
    assert "secretword" not in text
    assert "secretword" not in server.log


def transcripts(server) -> dict[str, str]:
    """The chunks of transcripts in the folder of the stopped server, by id."""
    from serve_chat import WordEmbedder

    from agents.knowledge.base import Kind
    from agents.knowledge.qdrant import QdrantEdgeKnowledge

    base = QdrantEdgeKnowledge(server.folder / "transcripts", WordEmbedder(server.folder))
    chunks, _ = base.browse(Kind.TRANSCRIPT, limit=200)
    base.close()
    return {chunk.chunk_id: chunk for chunk in chunks}


def test_deletion_reaches_both_stores_also_after_one_of_them_was_away(tmp_path):
    from chat_support import ChatServer

    from app.storage import open_store

    server = ChatServer(tmp_path).start()
    ana = server.person("ana")
    with ana.talk() as talk, ana.talk() as kept:
        talk.answer("words 1 wombat")
        talk.answer("words 2")
        kept.answer("words 3 quokka")
        gone, stays = talk.ready["conversation_id"], kept.ready["conversation_id"]
        # Both are in the knowledge base; then its embeddings go away, and one conversation is deleted meanwhile.
        time.sleep(1.5)
        (tmp_path / "no-embeddings").touch()
        kept.answer("words 4")
        until(lambda: server_part(server, "transcripts") == "degraded")
        assert ana.http.delete(f"/api/chats/{gone}").status_code == 200
        assert talk.closed()[0] == 1008
        assert ana.http.get(f"/api/chats/{gone}").status_code == 404
        assert ana.http.get("/api/chats", params={"q": "wombat"}).json()["items"] == []
    assert server.stop() == 0
    # What is left to do is remembered over the restart.
    (tmp_path / "no-embeddings").unlink()
    server.start()
    until(lambda: server_part(server, "transcripts") == "ok")
    time.sleep(3)
    assert server.stop() == 0
    found = transcripts(server)
    assert not [chunk_id for chunk_id in found if gone in chunk_id]
    assert {f"transcript:{stays}:{turn}:{role}" for turn in (1, 2) for role in ("user", "assistant")} == set(found)
    chunk = found[f"transcript:{stays}:1:assistant"]
    assert chunk.text == "word0 word1 word2"
    assert (chunk.metadata["role"], chunk.metadata["user"], chunk.metadata["turn"]) == ("assistant", "ana", 1)
    store = open_store(None, tmp_path)
    try:
        assert store.chat.conversation(gone) == []
        row = store.chat.get(gone)
        assert (row.title, row.erased, row.shared) == ("", True, False)
        assert store.chat.unwritten(10) == []
    finally:
        store.close()


def server_part(server, name) -> str:
    return httpx.get(f"{server.url}/readyz", timeout=30).json()["parts"][name]["status"]
