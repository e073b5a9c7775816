"""Collections in a folder of this machine: Qdrant Edge, in process, one writer."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Condition, Lock
from typing import Any

import orjson
import qdrant_edge as edge

from agents.knowledge.base import KnowledgeRequestError, KnowledgeUnavailableError
from agents.knowledge.qdrant_layout import (
    BM25,
    DENSE,
    INDEXED_FIELDS,
    CollectionState,
    Leg,
    Point,
    Selection,
    Sparse,
    StoredPoint,
    new_revision,
)

_REMEDY = (
    "it looks damaged. Restore it from a backup, or delete the folder: "
    "'logatlas knowledge sync' then writes classes and guides anew"
)


class FolderHome:
    """A folder with a lock file, a state file and one sub-folder per collection.

    Only one process (and one instance in it) may have a folder open; the operating system frees the lock of a
    process that died.

    Raises:
        KnowledgeUnavailableError: the folder is in use (the message names the process), or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._state_file = path / "state.json"
        self._state: CollectionState | None = None
        self._saving = Lock()
        self._lock = _acquire(path)

    def load(self) -> CollectionState | None:
        """See ``Home.load``. Removes what a crash left of collections that never became active."""
        state = self._read_state()
        for folder in filter(Path.is_dir, self._path.glob("chunks-*")):
            unfinished = self._marker(folder.name).exists()
            if unfinished or (state is not None and folder.name != state.name):
                shutil.rmtree(folder, ignore_errors=True)
                self._marker(folder.name).unlink(missing_ok=True)
            elif state is None:
                raise KnowledgeUnavailableError(f"knowledge base {self._path} has lost its state.json; {_REMEDY}")
        self._state = state
        return state

    def open(self, state: CollectionState) -> FolderCollection:
        """See ``Home.open``."""
        try:
            shard = edge.EdgeShard.load(str(self._path / state.name), _config(state))
        except Exception as error:
            raise KnowledgeUnavailableError(
                f"knowledge base {self._path} cannot be opened; {_REMEDY} ({_reason(error)})"
            ) from error
        return FolderCollection(shard)

    def create(self, state: CollectionState) -> FolderCollection:
        """See ``Home.create``."""
        with self._writing():
            # Marked until it becomes active, so that a crash in between is seen at the next start.
            self._marker(state.name).touch()
            folder = self._path / state.name
            if folder.exists():
                shutil.rmtree(folder)
        with _engine_errors():
            shard = edge.EdgeShard.create(str(folder), _config(state))
            for field in INDEXED_FIELDS:
                shard.update(edge.UpdateOperation.create_field_index(field, edge.PayloadSchemaType.Keyword))
            shard.flush()
        return FolderCollection(shard)

    def revision(self) -> str:
        """See ``Home.revision``."""
        if self._state is None:
            raise KnowledgeUnavailableError(f"knowledge base {self._path} is not open")
        return self._state.revision

    def revise(self) -> None:
        """See ``Home.revise``."""
        with self._saving:
            if self._state is not None:
                self._save(replace(self._state, revision=new_revision()))

    def activate(self, state: CollectionState) -> None:
        """See ``Home.activate``."""
        with self._saving:
            self._save(state)
        with self._writing():
            self._marker(state.name).unlink(missing_ok=True)

    def drop(self, state: CollectionState) -> None:
        """See ``Home.drop``."""
        with self._writing():
            shutil.rmtree(self._path / state.name)

    def check(self) -> None:
        """See ``Home.check``."""
        if not self._path.is_dir():
            raise KnowledgeUnavailableError(f"the folder of the knowledge base is gone: {self._path}")

    def close(self) -> None:
        """See ``Home.close``."""
        if self._lock >= 0:
            # Unlocked on purpose, not only closed: a child forked meanwhile would keep the lock.
            fcntl.flock(self._lock, fcntl.LOCK_UN)
            os.close(self._lock)
            self._lock = -1

    def _save(self, state: CollectionState) -> None:
        """Replace the state file by a complete one, on disk before this returns."""
        draft = self._state_file.with_suffix(".tmp")
        with self._writing():
            with draft.open("wb") as file:
                file.write(orjson.dumps(state.to_json()))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._state_file)
        self._state = state

    def _marker(self, name: str) -> Path:
        return self._path / f"{name}.unfinished"

    def _read_state(self) -> CollectionState | None:
        try:
            return CollectionState.from_json(orjson.loads(self._state_file.read_bytes()))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise KnowledgeUnavailableError(f"knowledge base {self._path} cannot be read: {error.strerror}") from error
        except (KeyError, TypeError, ValueError) as error:
            raise KnowledgeUnavailableError(f"the state.json of knowledge base {self._path}: {_REMEDY}") from error

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise KnowledgeUnavailableError(
                f"knowledge base {self._path} cannot be written: {error.strerror}"
            ) from error


class FolderCollection:
    """One Qdrant Edge shard. Reads run side by side; writes take turns; closing waits for both."""

    def __init__(self, shard: edge.EdgeShard) -> None:
        self._shard = shard
        self._writes = Lock()
        self._idle = Condition()
        self._users = 0
        self._closed = False

    def write(self, points: Sequence[Point]) -> None:
        """See ``Collection.write``."""
        batch = [
            edge.Point(p.point_id, {DENSE: p.dense, BM25: edge.SparseVector(p.bm25.indices, p.bm25.values)}, p.payload)
            for p in points
        ]
        with self._in_use(), self._writes:
            self._shard.update(edge.UpdateOperation.upsert_points(batch))

    def remove(self, point_ids: Sequence[str]) -> None:
        """See ``Collection.remove``."""
        with self._in_use(), self._writes:
            self._shard.update(edge.UpdateOperation.delete_points(list(point_ids)))

    def flush(self) -> None:
        """See ``Collection.flush``."""
        with self._in_use(), self._writes:
            self._shard.flush()

    def read(
        self, point_ids: Sequence[str], fields: Sequence[str] | None = None, *, dense: bool = False
    ) -> dict[str, StoredPoint]:
        """See ``Collection.read``."""
        with self._in_use():
            records = self._shard.retrieve(
                list(point_ids), with_payload=_payload(fields), with_vector=[DENSE] if dense else False
            )
        return {
            str(record.id): StoredPoint(record.payload or {}, _dense_of(record.vector) if dense else None)
            for record in records
        }

    def rank(self, legs: Sequence[Leg]) -> list[list[tuple[str, float]]]:
        """See ``Collection.rank``."""
        with self._in_use():
            answers = self._shard.query_batch(edge.QueryBatchRequest([_request(leg) for leg in legs]))
        return [[(str(point.id), point.score) for point in answer] for answer in answers]

    def count(self, selection: Selection) -> int:
        """See ``Collection.count``."""
        with self._in_use():
            return self._shard.count(edge.CountRequest(exact=True, filter=_filter(selection)))

    def page(
        self, selection: Selection, limit: int, cursor: str | None, fields: Sequence[str] | None = None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """See ``Collection.page``."""
        request = edge.ScrollRequest(
            offset=cursor, limit=limit, filter=_filter(selection), with_payload=_payload(fields), with_vector=False
        )
        with self._in_use():
            records, rest = self._shard.scroll(request)
        return [record.payload or {} for record in records], None if rest is None else str(rest)

    def close(self) -> None:
        """See ``Collection.close``; flushes."""
        # The engine refuses to close a shard that a thread is using, so the last user is waited for.
        with self._idle:
            if self._closed:
                return
            self._closed = True
            self._idle.wait_for(lambda: self._users == 0)
        with _engine_errors():
            self._shard.close()

    @contextmanager
    def _in_use(self) -> Iterator[None]:
        with self._idle:
            if self._closed:
                raise KnowledgeUnavailableError("the knowledge base is closed")
            self._users += 1
        try:
            with _engine_errors():
                yield
        finally:
            with self._idle:
                self._users -= 1
                self._idle.notify_all()


def _acquire(path: Path) -> int:
    """The descriptor of the locked lock file, which names this process."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise KnowledgeUnavailableError(f"knowledge base {path} cannot be opened: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.pread(lock, 32, 0).decode("ascii", "replace").strip()
        os.close(lock)
        who = f"process {holder}" if holder else "another process"
        raise KnowledgeUnavailableError(
            f"knowledge base {path} is in use by {who}; only one process may open it", path=str(path), pid=holder
        ) from None
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    return lock


def _config(state: CollectionState) -> edge.EdgeConfig:
    return edge.EdgeConfig(
        vectors={DENSE: edge.EdgeVectorParams(size=state.dimension, distance=edge.Distance.Cosine)},
        sparse_vectors={BM25: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)},
    )


def _request(leg: Leg) -> edge.QueryRequest:
    sparse = isinstance(leg.vector, Sparse)
    vector = edge.SparseVector(leg.vector.indices, leg.vector.values) if isinstance(leg.vector, Sparse) else leg.vector
    return edge.QueryRequest(
        limit=leg.limit,
        query=edge.Query.Nearest(vector, using=BM25 if sparse else DENSE),
        filter=_filter(leg.selection),
        params=edge.SearchParams(idf=edge.IdfParams(corpus=_filter(leg.corpus))) if sparse else None,
        with_payload=False,
        with_vector=False,
    )


def _filter(selection: Selection) -> edge.Filter | None:
    must: list[Any] = []
    if selection.kinds:
        kinds = [kind.value for kind in selection.kinds]
        must.append(edge.FieldCondition("kind", match=edge.MatchAny(kinds)))
    if selection.ocsf_version is not None:
        must.append(edge.FieldCondition("ocsf_version", match=edge.MatchValue(selection.ocsf_version)))
    must_not: list[Any] = []
    if selection.exclude_products:
        must_not.append(edge.FieldCondition("product", match=edge.MatchAny(sorted(selection.exclude_products))))
    return edge.Filter(must=must or None, must_not=must_not or None) if must or must_not else None


def _payload(fields: Sequence[str] | None) -> bool | list[str]:
    return True if fields is None else list(fields)


def _dense_of(vector: Any) -> list[float] | None:
    return vector.get(DENSE) if isinstance(vector, dict) else None


@contextmanager
def _engine_errors() -> Iterator[None]:
    """Qdrant Edge's errors (bare ``Exception`` for what the engine reports) as typed ones."""
    try:
        yield
    except (TypeError, ValueError, OverflowError) as error:
        raise KnowledgeRequestError(f"Qdrant Edge cannot take the request: {_reason(error)}") from error
    except Exception as error:
        raise KnowledgeUnavailableError(f"Qdrant Edge failed: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """The first line of an engine's message, which names files and states, at readable length."""
    return str(error).partition("\n")[0][:200]
