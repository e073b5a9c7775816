import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
import respx

from models.errors import DownloadError, ModelsError, UnknownModelError, WeightsCorruptError
from models.fetch import fetch
from models.manifest import Download, Manifest, ModelEntry

CONTENT = bytes(range(256)) * 8192
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves one file with ranges and entity tags; ``plan`` holds what to do with the next requests."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = CONTENT
        self.tag = '"v1"'
        self.plan = []
        self.requests = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/model.gguf"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        server.requests.append(dict(self.headers))
        action = server.plan.pop(0) if server.plan else "serve"
        if isinstance(action, int):
            self.send_response(action)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start = 0
        if (ranged := self.headers.get("Range")) and self.headers.get("If-Range") == server.tag:
            start = int(ranged.removeprefix("bytes=").rstrip("-"))
        if start >= len(server.content):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(server.content)}")
            self.end_headers()
            return
        body = server.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", server.tag)
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if action == "break" else body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def manifest(monkeypatch):
    def give(url, sha256=None):
        entry = ModelEntry(
            "big", "Big", "language", "llama", "MIT", 4096, "big.gguf", download=Download(url, 2_000_000, sha256)
        )
        monkeypatch.setattr("models.fetch.load_manifest", lambda: Manifest({"big": entry}))

    return give


def at_once(_):
    return 0.0


def test_a_model_arrives_whole_with_progress(server, manifest, tmp_path):
    manifest(server.url, DIGEST)
    seen = []
    fetched = fetch("big", tmp_path, lambda done, total: seen.append((done, total)))
    assert fetched.path.read_bytes() == CONTENT
    assert (fetched.sha256, fetched.verified) == (DIGEST, True)
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [file.name for file in tmp_path.iterdir() if "part" in file.name] == []


def test_what_is_there_is_not_downloaded_again(server, manifest, tmp_path):
    manifest(server.url)
    first = fetch("big", tmp_path)
    assert fetch("big", tmp_path) == first
    assert len(server.requests) == 1


def test_an_unknown_digest_is_recorded_and_held_against_later_downloads(server, manifest, tmp_path):
    manifest(server.url)
    fetched = fetch("big", tmp_path)
    assert not fetched.verified
    assert DIGEST in str(fetched)
    assert (tmp_path / "big.gguf.sha256").read_text() == f"{DIGEST}  big.gguf\n"
    fetched.path.unlink()
    server.content, server.tag = b"something else", '"v2"'
    with pytest.raises(WeightsCorruptError, match=DIGEST):
        fetch("big", tmp_path)
    assert not fetched.path.exists()


def test_a_wrong_digest_leaves_nothing_in_place(server, manifest, tmp_path):
    manifest(server.url, "0" * 64)
    with pytest.raises(WeightsCorruptError, match=f"has SHA-256 {DIGEST}"):
        fetch("big", tmp_path)
    assert not (tmp_path / "big.gguf").exists()


def test_a_broken_download_goes_on_where_it_broke(server, manifest, tmp_path):
    manifest(server.url, DIGEST)
    server.plan = ["break", "break"]
    assert fetch("big", tmp_path, pause=at_once).path.read_bytes() == CONTENT
    ranges = [request.get("Range") for request in server.requests]
    half = len(CONTENT) // 2
    assert ranges == [None, f"bytes={half}-", f"bytes={half + half // 2}-"]


def test_a_later_run_goes_on_too(server, manifest, tmp_path):
    manifest(server.url, DIGEST)
    server.plan = ["break", 404]
    with pytest.raises(DownloadError, match="answered 404"):
        fetch("big", tmp_path, pause=at_once)
    fetch("big", tmp_path)
    assert server.requests[-1]["Range"] == f"bytes={len(CONTENT) // 2}-"


def test_a_file_that_changed_in_between_is_begun_anew(server, manifest, tmp_path):
    changed = CONTENT[::-1]
    manifest(server.url, hashlib.sha256(changed).hexdigest())
    server.plan = ["break", 404]
    with pytest.raises(DownloadError):
        fetch("big", tmp_path, pause=at_once)
    server.content, server.tag = changed, '"v2"'
    assert fetch("big", tmp_path).path.read_bytes() == changed


def test_a_part_that_was_already_whole_is_taken(server, manifest, tmp_path):
    manifest(server.url, DIGEST)
    (tmp_path / ".big.gguf.part").write_bytes(CONTENT)
    (tmp_path / ".big.gguf.part.etag").write_text(server.tag)
    assert fetch("big", tmp_path).path.read_bytes() == CONTENT


@pytest.mark.parametrize("status", [429, 500, 503])
def test_passing_trouble_is_retried(server, manifest, tmp_path, status):
    manifest(server.url, DIGEST)
    server.plan = [status, status]
    fetch("big", tmp_path, pause=at_once)
    assert len(server.requests) == 3


def test_lasting_trouble_is_reported(server, manifest, tmp_path):
    manifest(server.url)
    server.plan = [503] * 10
    with pytest.raises(DownloadError, match="answered 503"):
        fetch("big", tmp_path, pause=at_once)
    assert len(server.requests) == 5


def test_refusals_are_not_retried(server, manifest, tmp_path):
    manifest(server.url)
    server.plan = [403]
    with pytest.raises(DownloadError, match="answered 403"):
        fetch("big", tmp_path)
    assert len(server.requests) == 1


@respx.mock
def test_an_unreachable_server_is_retried_and_reported(manifest, tmp_path):
    manifest("https://weights.example/big.gguf")
    route = respx.get("https://weights.example/big.gguf").mock(side_effect=httpx.ConnectError("no route"))
    with pytest.raises(DownloadError, match=r"weights\.example.*no route"):
        fetch("big", tmp_path, pause=at_once)
    assert route.call_count == 5


@respx.mock
def test_redirects_are_followed(manifest, tmp_path):
    manifest("https://weights.example/big.gguf", DIGEST)
    respx.get("https://weights.example/big.gguf").respond(302, headers={"Location": "https://cdn.example/x"})
    respx.get("https://cdn.example/x").respond(200, content=CONTENT)
    assert fetch("big", tmp_path).verified


def test_weights_copied_by_hand_are_checked_and_taken(server, manifest, tmp_path):
    manifest(server.url, DIGEST)
    (tmp_path / "big.gguf").write_bytes(CONTENT)
    assert fetch("big", tmp_path).verified
    assert server.requests == []


def test_wrong_weights_copied_by_hand_are_left_alone_and_reported(server, manifest, tmp_path):
    manifest(server.url, DIGEST)
    (tmp_path / "big.gguf").write_bytes(b"mine")
    with pytest.raises(WeightsCorruptError, match="remove it"):
        fetch("big", tmp_path)
    assert (tmp_path / "big.gguf").read_bytes() == b"mine"


def test_too_small_a_disk_is_reported_before_it_is_full(server, manifest, tmp_path, monkeypatch):
    manifest(server.url)
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with pytest.raises(ModelsError, match="1000 bytes free"):
        fetch("big", tmp_path)


def test_packaged_models_are_not_fetched(tmp_path):
    with pytest.raises(ModelsError, match="logatlas models prepare"):
        fetch("smollm2-135m-instruct", tmp_path)


def test_unknown_models_are_refused(tmp_path):
    with pytest.raises(UnknownModelError):
        fetch("nope", tmp_path)
