"""Every setting of Logatlas, in one table: it feeds the environment, ``.env.sample``, the CLI help and the docs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

import models
from agents.errors import ConfigurationError


class SecretFiles(PydanticBaseSettingsSource):
    """Reads ``NAME_FILE`` for each secret ``NAME``: the file's content without its last line break."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The secret of one field, ``None`` where no file is named."""
        name = setting_name(field, field_name)
        path = os.environ.get(f"{name}_FILE")
        if not path or not is_secret(field):
            return None, name, False
        try:
            return Path(path).read_text(encoding="utf-8").rstrip("\r\n"), name, False
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{name}_FILE cannot be read: {error}") from error

    def __call__(self) -> dict[str, Any]:
        """All secrets that come from files, by environment name."""
        found = {}
        for field_name, field in self.settings_cls.model_fields.items():
            value, name, _ = self.get_field_value(field, field_name)
            if value is not None:
                found[name] = value
        return found


class Settings(BaseSettings):
    """What can be configured. Names in the environment are the aliases; a value there wins over ``.env``."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, populate_by_name=True)

    # -- the service
    data_dir: Path = Field(
        Path("data"), alias="LOGATLAS_DATA_DIR", description="Folder of everything that Logatlas keeps."
    )
    host: str = Field("127.0.0.1", alias="LOGATLAS_HOST", description="Address to listen on.")
    port: int = Field(8000, alias="LOGATLAS_PORT", ge=0, le=65535, description="Port to listen on.")
    threads: int = Field(16, alias="LOGATLAS_THREADS", ge=1, le=256, description="Request threads of the server.")
    live_connections: int = Field(
        32, alias="LOGATLAS_LIVE_CONNECTIONS", ge=0, le=512,
        description="Most open pages that follow live; each holds a thread of its own, beside those of requests.",
    )  # fmt: skip
    bootstrap_token: SecretStr | None = Field(
        None, alias="LOGATLAS_BOOTSTRAP_TOKEN", min_length=16,
        description="First admin token, for scripts and containers; made and printed when not given.",
    )  # fmt: skip
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", alias="LOGATLAS_LOG_LEVEL", description="Lowest level that is logged."
    )
    log_format: Literal["auto", "console", "json"] = Field(
        "auto", alias="LOGATLAS_LOG_FORMAT", description="auto: console on a terminal, else JSON lines."
    )
    max_body_bytes: int = Field(
        64 * 2**20, alias="LOGATLAS_MAX_BODY_BYTES", ge=1024,
        description="Largest request body in bytes; NDJSON streams are bounded per line instead.",
    )  # fmt: skip
    max_event_bytes: int = Field(
        2**20, alias="LOGATLAS_MAX_EVENT_BYTES", ge=64, description="Largest single event in bytes."
    )
    max_batch_events: int = Field(
        10_000, alias="LOGATLAS_MAX_BATCH_EVENTS", ge=1,
        description="Most events in one JSON or plain-text batch; NDJSON is not bounded.",
    )  # fmt: skip

    # -- taxonomy and classifier
    ocsf_version: str = Field("1.8.0", alias="LOGATLAS_OCSF_VERSION", description="OCSF version to classify into.")
    abstain_below: float | None = Field(
        None, alias="LOGATLAS_ABSTAIN_BELOW", ge=0, le=1,
        description="Confidence under which a decision needs review; empty: the ranker's own threshold.",
    )  # fmt: skip
    rerank_margin: float | None = Field(
        None, alias="LOGATLAS_RERANK_MARGIN", ge=0, le=1,
        description="The model is asked when the two best candidates are closer than this; empty: the ranker's own.",
    )  # fmt: skip
    memo_bytes: int = Field(
        512 * 2**20, alias="LOGATLAS_MEMO_BYTES", ge=2**20, description="Size bound of the memo on disk, in bytes."
    )
    memo_entries: int = Field(
        50_000, alias="LOGATLAS_MEMO_ENTRIES", ge=1, description="Most memo entries held in memory."
    )

    # -- language model
    llm: Literal["auto", "llama_cpp", "openai_api", "transformers", "off"] = Field(
        "auto", alias="LOGATLAS_LLM",
        description="Where the language model runs; auto: openai_api when LLM_URL is set, else llama_cpp.",
    )  # fmt: skip
    models_dir: Path = Field(models.WEIGHTS_DIR, alias="LOGATLAS_MODELS_DIR", description="Folder of model weights.")
    llm_name: str = Field(
        models.DEFAULT_LANGUAGE_MODEL, alias="LOGATLAS_LLM_NAME",
        description="Language model: a name in models/manifest.toml, or a path (GGUF file, transformers folder).",
    )  # fmt: skip
    llm_threads: int | None = Field(
        None, alias="LOGATLAS_LLM_THREADS", ge=1, description="CPU threads of the model; empty: all cores."
    )
    llm_gpu_layers: int = Field(
        0, alias="LOGATLAS_LLM_GPU_LAYERS", ge=-1, description="Layers on the GPU; -1: all (needs a GPU build)."
    )
    llm_timeout_s: float = Field(
        10.0, alias="LOGATLAS_LLM_TIMEOUT_S", gt=0, description="Longest wait for a model's answer, in seconds."
    )
    llm_queue: int = Field(
        32, alias="LOGATLAS_LLM_QUEUE", ge=1, description="Most requests waiting for the model in process."
    )
    llm_url: str | None = Field(
        None, alias="LLM_URL", description="Base URL of an OpenAI-compatible server (llama-server, vLLM, Ollama)."
    )
    llm_model: str = Field("default", alias="LLM_MODEL", description="Model name to ask that server for.")
    llm_api_key: SecretStr | None = Field(None, alias="LLM_API_KEY", description="API key of that server.")

    # -- the analyst chat
    chat_phrasing: Literal["auto", "template", "model"] = Field(
        "auto", alias="LOGATLAS_CHAT_PHRASING",
        description="Who words the chat's answers; auto: a large model, templates where the model is small or away.",
    )  # fmt: skip
    chat_llm: Literal["auto", "llama_cpp", "openai_api", "transformers", "off"] | None = Field(
        None, alias="LOGATLAS_CHAT_LLM", description="Where the chat's model runs; empty: the classifier's model."
    )
    chat_llm_name: str | None = Field(
        None, alias="LOGATLAS_CHAT_LLM_NAME", description="The chat's model, as LOGATLAS_LLM_NAME; empty: that one."
    )
    chat_llm_url: str | None = Field(
        None, alias="LOGATLAS_CHAT_LLM_URL", description="Base URL of the chat's model server; empty: LLM_URL."
    )
    chat_llm_model: str | None = Field(
        None, alias="LOGATLAS_CHAT_LLM_MODEL", description="Model name to ask that server for; empty: LLM_MODEL."
    )
    chat_llm_api_key: SecretStr | None = Field(
        None, alias="LOGATLAS_CHAT_LLM_API_KEY",
        description="API key of that server; empty: LLM_API_KEY, where the URL is LLM_URL too.",
    )  # fmt: skip
    chat_llm_timeout_s: float = Field(
        20.0, alias="LOGATLAS_CHAT_LLM_TIMEOUT_S", gt=0,
        description="Longest wait for a piece of the chat model's answer, in seconds.",
    )  # fmt: skip
    chat_answers: int | None = Field(
        None, alias="LOGATLAS_CHAT_ANSWERS", ge=1, le=64,
        description="Answers made at a time; empty: 1 where a model in this process words them, else 4.",
    )  # fmt: skip
    chat_answer_s: float = Field(
        120.0, alias="LOGATLAS_CHAT_ANSWER_S", gt=0, description="Seconds after which an answer is ended."
    )
    chat_waiting: int = Field(
        100, alias="LOGATLAS_CHAT_WAITING", ge=1, description="Most questions that wait for an answer."
    )
    chat_sockets: int = Field(
        64, alias="LOGATLAS_CHAT_SOCKETS", ge=0, le=1024,
        description="Most open chats; each holds a thread of its own, beside those of requests.",
    )  # fmt: skip
    chat_messages_a_minute: int = Field(
        240, alias="LOGATLAS_CHAT_MESSAGES_A_MINUTE", ge=1, description="Most chat messages of one person a minute."
    )
    chat_questions_a_minute: int = Field(
        20, alias="LOGATLAS_CHAT_QUESTIONS_A_MINUTE", ge=1, description="Most questions of one person a minute."
    )
    chat_turns: int = Field(
        200, alias="LOGATLAS_CHAT_TURNS", ge=1, le=10_000, description="Most questions in one conversation."
    )
    chat_idle_s: float = Field(
        1800.0, alias="LOGATLAS_CHAT_IDLE_S", gt=0, description="Seconds without a question that close a chat's socket."
    )
    chat_ping_s: float = Field(
        20.0, alias="LOGATLAS_CHAT_PING_S", gt=0,
        description="Seconds between pings of a chat's socket; one that does not answer is closed.",
    )  # fmt: skip

    # -- knowledge base
    knowledge: Literal["auto", "qdrant_edge", "qdrant", "trieve"] = Field(
        "auto", alias="LOGATLAS_KNOWLEDGE",
        description="auto: trieve when TRIEVE_URL is set, qdrant when QDRANT_URL is, else qdrant_edge.",
    )  # fmt: skip
    embeddings_url: str | None = Field(
        None, alias="EMBEDDINGS_URL",
        description="Base URL of an OpenAI-compatible embedding server; empty: MiniLM in process.",
    )  # fmt: skip
    embeddings_model: str = Field(
        models.DEFAULT_EMBEDDING_MODEL, alias="EMBEDDINGS_MODEL",
        description="Embedding model: a name in models/manifest.toml, a GGUF path, or the server's model name.",
    )  # fmt: skip
    embeddings_api_key: SecretStr | None = Field(
        None, alias="EMBEDDINGS_API_KEY", description="API key of the embedding server."
    )
    qdrant_url: str | None = Field(None, alias="QDRANT_URL", description="URL of a Qdrant server.")
    qdrant_api_key: SecretStr | None = Field(None, alias="QDRANT_API_KEY", description="API key of Qdrant.")
    trieve_url: str | None = Field(None, alias="TRIEVE_URL", description="URL of a self-hosted Trieve server.")
    trieve_api_key: SecretStr | None = Field(None, alias="TRIEVE_API_KEY", description="API key of Trieve.")
    trieve_dataset_id: str | None = Field(
        None, alias="TRIEVE_DATASET_ID", description="Dataset of the knowledge; found by name or made when empty."
    )
    trieve_transcript_dataset_id: str | None = Field(
        None, alias="TRIEVE_TRANSCRIPT_DATASET_ID",
        description="Dataset of the chat's transcripts; found by name or made when empty.",
    )  # fmt: skip
    trieve_search: Literal["hybrid", "fused"] = Field(
        "fused", alias="TRIEVE_SEARCH",
        description="hybrid: the server fuses (needs its model servers); fused: semantic and bm25 fused here.",
    )  # fmt: skip

    # -- who may do what
    public_url: str | None = Field(
        None, alias="LOGATLAS_PUBLIC_URL", pattern=r"^https?://[^/?#]+/?$",
        description="Address that browsers use (https://logatlas.example.org); empty: as each request says.",
    )  # fmt: skip
    trusted_proxies: str = Field(
        "", alias="LOGATLAS_TRUSTED_PROXIES",
        description="Addresses or networks of reverse proxies, by comma; only their X-Forwarded-* headers count.",
    )  # fmt: skip
    session_key: SecretStr | None = Field(
        None, alias="LOGATLAS_SESSION_KEY", min_length=32,
        description="Key that signs sessions (32 characters or more); empty: one is made and kept in the data folder.",
    )  # fmt: skip
    session_idle_s: int = Field(
        3600, alias="LOGATLAS_SESSION_IDLE_S", ge=60, description="Seconds without a request that end a session."
    )
    session_max_s: int = Field(
        43_200, alias="LOGATLAS_SESSION_MAX_S", ge=60, description="Seconds after which one must sign in again."
    )
    password_min_length: int = Field(
        12, alias="LOGATLAS_PASSWORD_MIN_LENGTH", ge=8, le=128, description="Fewest characters of a password."
    )
    oidc_issuer: str | None = Field(
        None, alias="LOGATLAS_OIDC_ISSUER", description="OpenID provider to sign in with; empty: passwords only."
    )
    oidc_name: str = Field("single sign-on", alias="LOGATLAS_OIDC_NAME", description="What the sign-in button says.")
    oidc_client_id: str | None = Field(
        None, alias="LOGATLAS_OIDC_CLIENT_ID", description="Client id that the provider knows Logatlas by."
    )
    oidc_client_secret: SecretStr | None = Field(
        None, alias="LOGATLAS_OIDC_CLIENT_SECRET", description="Its secret; empty: a public client (PKCE only)."
    )
    oidc_scopes: str = Field(
        "openid profile email", alias="LOGATLAS_OIDC_SCOPES", description="Scopes to ask the provider for."
    )
    oidc_role_claim: str = Field(
        "groups", alias="LOGATLAS_OIDC_ROLE_CLAIM", description="Claim with the groups of a person; dots lead inward."
    )
    oidc_role_map: str = Field(
        "", alias="LOGATLAS_OIDC_ROLE_MAP",
        description="Role of each group (soc-admins=admin,soc=analyst); the highest that applies counts.",
    )  # fmt: skip
    oidc_default_role: Literal["none", "viewer", "analyst", "engineer", "admin"] = Field(
        "none", alias="LOGATLAS_OIDC_DEFAULT_ROLE", description="Role of people in no mapped group; none: refused."
    )

    # -- event store
    clickhouse_url: SecretStr | None = Field(
        None, alias="CLICKHOUSE_URL",
        description="DSN of a ClickHouse server (http://user:password@host:8123/logatlas); empty: chDB in process.",
    )  # fmt: skip

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, that over ``NAME_FILE``, that over ``.env``."""
        del file_secret_settings
        return init_settings, env_settings, SecretFiles(settings_cls), dotenv_settings


def load_settings(**overrides: Any) -> Settings:
    """Settings from the environment, secret files and ``.env``, with ``overrides`` (field names) on top.

    Raises:
        ConfigurationError: a value is malformed; the message names the setting, never its value.
    """
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ConfigurationError(f"bad settings: {problems}") from None


def setting_name(field: FieldInfo, field_name: str) -> str:
    """The name of a setting in the environment."""
    return field.alias or field_name.upper()


def is_secret(field: FieldInfo) -> bool:
    """Whether a setting is a secret, and so may come from ``NAME_FILE`` and must never be printed."""
    return "SecretStr" in str(field.annotation)


_ENV_HEADER = """\
# Every setting of Logatlas with its default; copy to `.env` and change what you need.
# The environment wins over this file. A secret NAME may also come from a file named by NAME_FILE.
# Written by `logatlas settings --env-sample`.
"""

_DOCS_HEADER = """\
# Settings

Settings come from the environment, or from a file `.env` in the folder that Logatlas is started in; the environment
wins. A secret `NAME` may also stand in a file whose path is in `NAME_FILE`. `logatlas serve --host --port --data-dir`
override the respective settings. This page is written by `logatlas settings --markdown`.

| setting | default | what it is |
|---|---|---|
"""


def secret_text(secret: SecretStr | None) -> str | None:
    """The content of a secret, for the adapter that needs it."""
    return None if secret is None else secret.get_secret_value()


def env_sample() -> str:
    """The content of ``.env.sample``: every setting, commented out, with its description and default."""
    lines = [_ENV_HEADER]
    for field_name, field in Settings.model_fields.items():
        note = " (secret)" if is_secret(field) else ""
        lines.append(f"# {field.description}{note}\n#{setting_name(field, field_name)}={default_text(field)}\n")
    return "\n".join(lines)


def settings_markdown() -> str:
    """The content of ``docs/settings.md``: every setting in one table."""
    rows = []
    for field_name, field in Settings.model_fields.items():
        name, default = setting_name(field, field_name), default_text(field)
        also = f", `{name}_FILE`" if is_secret(field) else ""
        rows.append(f"| `{name}`{also} | {f'`{default}`' if default else ''} | {field.description} |\n")
    return _DOCS_HEADER + "".join(rows)


def default_text(field: FieldInfo) -> str:
    """A setting's default as it would stand in the environment; empty where there is none."""
    if field.default is None:
        return ""
    # A path inside the installation differs from machine to machine and means "where it was installed".
    if isinstance(field.default, Path) and field.default.is_absolute():
        return ""
    return str(field.default)
