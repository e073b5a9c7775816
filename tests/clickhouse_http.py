"""A test server that speaks ClickHouse's HTTP interface over chDB, for the real clickhouse-connect client.

It runs in a process of its own (chDB opens one path per process) and can be told to misbehave. What it speaks:
``GET /ping``; queries in the URL, the body or a form, with bound parameters, settings and database; inserts with
their data after the statement, plain or lz4/gzip/zstd/deflate compressed, chunked or not; compressed answers; HTTP
basic authentication; ``X-ClickHouse-Exception-Code``, ``-Summary``, ``-Format``, ``-Timezone``. Sessions, progress
headers and the newer native protocol are declined, as an old server or a proxy would.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

USER, PASSWORD = "atlas", "s3cret-pass/word"
# URL parameters that speak to the interface; every other one is a setting of the query.
INTERFACE = {
    "query", "database", "default_format", "session_id", "session_check", "session_timeout", "query_id", "user",
    "password", "wait_end_of_query", "buffer_size", "compress", "decompress", "enable_http_compression",
    "client_protocol_version", "quota_key", "role", "send_progress_in_http_headers",
    "http_headers_progress_interval_ms", "cancel_http_readonly_queries_on_client_close",
}  # fmt: skip


class ClickHouseServer:
    """The server as tests see it: start, stop, and switch faults on and off."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.port = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return self.url_of("logatlas")

    def url_of(self, database: str, *, password: str = PASSWORD) -> str:
        return f"http://{USER}:{password.replace('/', '%2F')}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start on the same port and path as before, or on a free port the first time."""
        command = [sys.executable, __file__, str(self.path), str(self.port)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self._process.stdout.readline()
        assert line, "the test server did not start"
        self.port = int(line)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()
            self._process = None

    def fail(self, mode: str = "", status: int = 503, code: int = 0, times: int = 1_000_000) -> None:
        """From now on, for ``times`` queries: misbehave; '' heals.

        'status': answer that status, with ``code`` as exception. 'hang': do not answer. 'close': close the
        connection unheard. 'lose': do what is asked, and close the connection instead of answering.
        """
        body = json.dumps({"mode": mode, "status": status, "code": code, "times": times}).encode()
        urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_fault", body, timeout=10).close()


class Fault:
    mode, status, code, times = "", 503, 0, 0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    connection: object
    engine: object = None
    path_lock = threading.Lock()

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        if urlsplit(self.path).path == "/ping":
            self.answer(200, b"Ok.\n")
        else:
            self.query()

    def do_POST(self) -> None:
        if self.path == "/_fault":
            for name, value in json.loads(self.body()).items():
                setattr(Fault, name, value)
            self.answer(200, b"")
        else:
            self.query()

    def query(self) -> None:
        body = self.body()
        if Fault.mode not in ("", "lose") and Fault.times > 0:
            Fault.times -= 1
            if Fault.mode == "close":
                self.close_connection = True
                self.connection.close()
                return
            if Fault.mode == "hang":
                time.sleep(3600)
            headers = {"X-ClickHouse-Exception-Code": str(Fault.code)} if Fault.code else {}
            self.answer(Fault.status, b"Code: %d. DB::Exception: SELECT secret FROM x. (X_Y)" % Fault.code, headers)
            return
        if not self.authenticated():
            self.fail(403, "Code: 516. DB::Exception: atlas: Authentication failed. (AUTHENTICATION_FAILED)")
            return
        parameters = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        content = self.headers.get("Content-Type", "")
        if content.startswith("multipart/form-data"):
            parameters |= form(body, content)
            body = b""
        sql = parameters.get("query", "").encode("utf-8", "surrogateescape")
        if encoding := self.headers.get("Content-Encoding"):
            try:
                body = decompress(body, encoding)
            except Exception:  # noqa: BLE001 - each compressor has its own, and all mean the same
                self.fail(500, "Code: 33. DB::Exception: Cannot read all data. (CANNOT_READ_ALL_DATA)")
                return
        sql = sql + b"\n" + body if sql and body else sql or body
        self.run(sql, parameters)

    def run(self, sql: bytes, parameters: dict[str, str]) -> None:
        bound = {name[6:]: value for name, value in parameters.items() if name.startswith("param_")}
        settings = {
            name: value for name, value in parameters.items() if name not in INTERFACE and not name.startswith("param_")
        }
        connection = self.server.connect()
        try:
            if database := parameters.get("database"):
                connection.query("USE `" + database + "`", "TabSeparated")
            for name, value in settings.items():
                connection.query(f"SET {name} = '{value}'", "TabSeparated")
            answer, written, form_name = execute(connection, sql, bound, parameters.get("default_format"))
        except Exception as error:  # noqa: BLE001 - whatever the engine says is the answer
            self.fail(500, str(error))
            return
        finally:
            connection.close()
        if Fault.mode == "lose" and Fault.times > 0:
            Fault.times -= 1
            self.close_connection = True
            self.connection.close()
            return
        headers = {
            "X-ClickHouse-Summary": json.dumps({"written_rows": str(written), "read_rows": "0"}),
            "X-ClickHouse-Timezone": "UTC",
            "X-ClickHouse-Query-Id": parameters.get("query_id", ""),
        }
        if form_name:
            headers["X-ClickHouse-Format"] = form_name
        accepted = [part.strip() for part in self.headers.get("Accept-Encoding", "").split(",")]
        if parameters.get("enable_http_compression") == "1":
            for name, compress in (("lz4", lz4_compress), ("gzip", gzip.compress)):
                if name in accepted and answer:
                    answer, headers["Content-Encoding"] = compress(answer), name
                    break
        self.answer(200, answer, headers)

    def authenticated(self) -> bool:
        expected = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        return self.headers.get("Authorization") == expected

    def fail(self, status: int, message: str) -> None:
        code = re.search(r"Code: (\d+)", message)
        headers = {"X-ClickHouse-Exception-Code": code[1]} if code else {}
        self.answer(status, message.encode("utf-8", "replace"), headers)

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def execute(connection, sql: bytes, bound: dict[str, str], default: str | None) -> tuple[bytes, int, str]:
    """The answer's bytes, the rows written, and the answer's format ('' for statements that answer nothing)."""
    insert = re.match(rb"(?is)\s*(INSERT\s+INTO\s+.+?)\s+FORMAT\s+(\w+)\s*?\n", sql)
    if insert:
        with tempfile.NamedTemporaryFile() as file:
            file.write(sql[insert.end() :])
            file.flush()
            statement = f"{insert[1].decode()} FROM INFILE '{file.name}' FORMAT {insert[2].decode()}"
            return b"", connection.query(statement, "TabSeparated").rows_read(), ""
    named = re.search(rb"(?i)\bFORMAT\s+(\w+)\s*;?\s*$", sql)
    form_name = named[1].decode() if named else default or "TabSeparated"
    if named:
        return connection.query(sql, form_name, params=bound).bytes(), 0, form_name
    # The names line tells an empty result from no result at all.
    answer = connection.query(sql, f"{form_name}WithNames", params=bound).bytes()
    return answer.partition(b"\n")[2], 0, form_name if answer else ""


def form(body: bytes, content_type: str) -> dict[str, str]:
    from werkzeug.formparser import parse_form_data

    environ = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": content_type}
    _, fields, _ = parse_form_data({**environ, "REQUEST_METHOD": "POST"})
    return fields.to_dict()


def lz4_compress(data: bytes) -> bytes:
    import lz4.frame

    return lz4.frame.compress(data)


def decompress(data: bytes, encoding: str) -> bytes:
    if encoding == "lz4":
        import lz4.frame

        return lz4.frame.decompress(data)
    if encoding == "zstd":
        from backports import zstd

        return zstd.decompress(data)
    return gzip.decompress(data) if encoding == "gzip" else zlib.decompress(data)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *args: object) -> None:
        """Nothing: clients that go away, or are killed, are part of the tests."""

    def __init__(self, address: tuple[str, int], path: str) -> None:
        super().__init__(address, Handler)
        import chdb

        self._chdb, self._path = chdb, path
        # One connection stays open, so that the engine is not started anew for every request.
        self._kept = self.connect()

    def connect(self):
        return self._chdb.connect(self._path)


def main() -> None:
    server = Server(("127.0.0.1", int(sys.argv[2])), sys.argv[1])
    print(server.server_port, flush=True)
    # The parent may be killed: without it this process ends too.
    parent = os.getppid()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        while os.getppid() == parent:
            time.sleep(0.5)


if __name__ == "__main__":
    main()
