"""Holds requests and answers to JSON Schemas made from the types of Trieve's TypeScript SDK.

The types are fetched with npm and turned into schemas by ``scripts/trieve_schemas.mjs`` when first needed; both end
in the ignored ``build`` folder, and nothing of the SDK is part of this repository.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft7Validator

if TYPE_CHECKING:
    from trieve_stub import Exchange

_ROOT = Path(__file__).parents[3]
_PACKAGES = Path(__file__).parent / "trieve-contract"
_SCRIPT = _ROOT / "scripts" / "trieve_schemas.mjs"
_BUILD = _ROOT / "build" / "trieve-contract"

# Route -> (type of the request body, type of the answer); None where there is none.
CONTRACT: dict[tuple[str, str], tuple[str | None, str | None]] = {
    ("GET", "/api/auth/me"): (None, "GetMeResponse"),
    ("POST", "/api/dataset"): ("CreateDatasetReqPayload", "CreateDatasetResponse"),
    ("GET", "/api/dataset/tracking_id/{tracking_id}"): (None, "GetDatasetByTrackingIdResponse"),
    ("GET", "/api/dataset/{dataset_id}"): (None, "GetDatasetResponse"),
    ("POST", "/api/chunk"): ("CreateChunkReqPayloadEnum", "CreateChunkResponse"),
    ("POST", "/api/chunk/search"): ("SearchChunksReqPayload", "SearchResponseBody"),
    ("DELETE", "/api/chunk/{chunk_id}"): (None, None),
    ("POST", "/api/chunks/tracking"): ("GetTrackingChunksData", "GetChunksByTrackingIdsResponse"),
    ("POST", "/api/chunks/scroll"): ("ScrollChunksReqPayload", "ScrollDatasetChunksResponse"),
}
_ERROR = "ErrorResponseBody"


class ContractError(AssertionError):
    """A request or an answer that Trieve's own types do not allow."""


@cache
def why_not() -> str:
    """Why the schemas cannot be had here; empty when they can.

    With ``REQUIRE_SERVICES=1`` in the environment it is an error instead.
    """
    try:
        _schemas()
    except (OSError, subprocess.SubprocessError) as error:
        output = getattr(error, "stderr", None) or ""
        reason = f"no JSON Schemas of trieve-ts-sdk: {error} {output[-500:]}".strip()
        if os.environ.get("REQUIRE_SERVICES") == "1":
            raise ContractError(reason) from error
        return reason
    return ""


def check(exchanges: Iterable[Exchange]) -> None:
    """Raise ContractError for the first exchange that breaks the contract."""
    for exchange in exchanges:
        request, answer = CONTRACT[exchange.method, exchange.route]
        _hold(request, exchange.request, f"request {exchange.method} {exchange.route}")
        expected = answer if exchange.status < 400 else _ERROR
        _hold(expected, exchange.answer, f"{exchange.status} answer to {exchange.method} {exchange.route}")


def _hold(type_name: str | None, value: Any, what: str) -> None:
    if type_name is None:
        if value is not None:
            raise ContractError(f"{what} must be empty, got {value!r:.300}")
        return
    error = next(_validator(type_name).iter_errors(value), None)
    if error is not None:
        raise ContractError(f"{what} is no {type_name}: {error.json_path}: {error.message:.500}")


@cache
def _validator(type_name: str) -> Draft7Validator:
    return Draft7Validator(_schemas()[type_name])


@cache
def _schemas() -> dict[str, Any]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise FileNotFoundError("node and npm are not installed")
    types = sorted({name for pair in CONTRACT.values() for name in pair if name} | {_ERROR})
    sources = [_SCRIPT, *sorted(path for path in _PACKAGES.iterdir() if path.is_file())]
    stamp = hashlib.sha256(repr(types).encode())
    for source in sources:
        stamp.update(source.read_bytes())
    made = _BUILD / f"schemas-{stamp.hexdigest()[:16]}.json"
    if not made.exists():
        _BUILD.mkdir(parents=True, exist_ok=True)
        for source in sources[1:]:
            shutil.copy(source, _BUILD)
        _run(npm, "ci", "--no-audit", "--no-fund", cwd=_BUILD)
        partial = made.with_suffix(".partial")
        _run(node, str(_SCRIPT), str(_BUILD), str(partial), *types, cwd=_ROOT)
        partial.replace(made)
    schemas: dict[str, Any] = json.loads(made.read_text(encoding="utf-8"))
    return schemas


def _run(*command: str, cwd: Path) -> None:
    subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True, timeout=300)
