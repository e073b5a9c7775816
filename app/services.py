"""The composition: which adapter stands behind each port, chosen here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from agents.classifier import Classifier, Options
from agents.classifier.memo import Memo
from agents.classifier.ranker import load_ranker
from agents.classifier.rerank import Reranker
from agents.errors import ConfigurationError, LogatlasError
from agents.knowledge.base import KnowledgeBase, Progress
from agents.knowledge.build import SyncReport, sync
from agents.knowledge.catalog import Catalog, load_catalog
from agents.llm.base import LanguageModel, ModelUnavailableError
from agents.ocsf import Taxonomy, load_taxonomy
from app.auth import Authenticator, Scope
from app.auth.access import Access, open_access
from app.chat.data import Sources
from app.chat.parts import open_chat
from app.chat.service import Chat
from app.chat.transcripts import Transcripts
from app.decision_chunks import DecisionChunks
from app.knowledge_editing import KnowledgeEditor
from app.knowledge_sync import KnowledgeSync
from app.live import LiveFeed
from app.parts import ReopeningEmbedder, ReopeningKnowledge, ReopeningModel
from app.readiness import Check, PartHealth, Readiness, State, checked
from app.reviews import Pins, Reviews, open_reviews
from app.settings import Settings, secret_text
from app.storage.spool import MAX_BYTES
from app.storage.store import Store, open_store
from app.storage.tokens import TokenRepository
from app.telemetry import Reading, Telemetry
from models.errors import WeightsMissingError
from models.manifest import load_manifest
from models.weights import find_weights
from prompts import load_prompt

if TYPE_CHECKING:
    from agents.knowledge.embedding import Embedder

log = structlog.get_logger(__name__)

TRANSCRIPTS = "logatlas-transcripts"
"""Name of the dataset or collection of transcripts."""
_CONCURRENT_EVENTS = 4
"""Events of batches and streams classified at a time: enough to wait for servers side by side, few enough that no event
waits longer for the model in process, which answers one at a time, than its timeout allows."""


@dataclass(frozen=True)
class Services:
    """Everything a request or command may need, open and ready. Safe to share by threads."""

    settings: Settings
    taxonomy: Taxonomy
    catalog: Catalog
    knowledge: KnowledgeBase
    embedder: Embedder | None
    """What embeds on our side; ``None`` where the knowledge base does that by itself."""
    knowledge_sync: KnowledgeSync
    knowledge_editor: KnowledgeEditor
    model: LanguageModel | None
    classifier: Classifier
    decision_chunks: DecisionChunks
    pins: Pins
    reviews: Reviews
    live: LiveFeed
    chat: Chat
    store: Store
    tokens: TokenRepository
    authenticator: Authenticator
    access: Access
    telemetry: Telemetry
    readiness: Readiness
    executor: ThreadPoolExecutor
    first_token: str | None
    """The secret of the admin token that this start made because there was none."""
    close: Callable[[], None]
    """Finish what is under way, flush the store and release everything, the last opened first."""

    def sync_knowledge(self, progress: Progress | None = None) -> SyncReport:
        """Bring the knowledge base in step with the taxonomy and the catalog, now.

        Raises:
            LogatlasError: the knowledge base or the embeddings are away.
        """
        return self.knowledge_sync.now(progress)


def build_services(settings: Settings, *, local_token: str | None = None, make_first_token: bool = True) -> Services:
    """Open every part; the caller starts ``knowledge_sync`` where it wants that, and closes the result.

    The model, the embeddings and the knowledge base may be away: they are opened when they are back. Without the
    event store nothing can be acknowledged, so that is an error. ``local_token`` is one more admin token, which
    lives in memory only.

    Raises:
        ConfigurationError: settings contradict each other, or a packaged file is malformed.
        StorageUnavailableError: the event store cannot be opened, or another process has it.
    """
    with ExitStack() as stack:
        services = _build(settings, local_token, stack, make_first_token=make_first_token)
        stack.pop_all()
        return services


def _build(settings: Settings, local_token: str | None, stack: ExitStack, *, make_first_token: bool) -> Services:
    taxonomy = load_taxonomy(settings.ocsf_version)
    catalog = load_catalog(taxonomy)
    telemetry = Telemetry()
    store = open_store(secret_text(settings.clickhouse_url), settings.data_dir)
    stack.callback(store.close)
    knowledge, embedder = open_knowledge(settings)
    if embedder is not None:
        stack.callback(embedder.close)
    stack.callback(knowledge.close)
    model = open_model(settings)
    if model is not None:
        stack.callback(model.close)
    memo = Memo(settings.data_dir / "memo", entries=settings.memo_entries, size_bytes=settings.memo_bytes)
    stack.callback(memo.close)
    knowledge_sync = KnowledgeSync(
        knowledge,
        lambda progress: sync(knowledge, taxonomy, catalog, progress),
        expected=len(taxonomy.classes) + len(catalog.guides),
    )
    stack.callback(knowledge_sync.close)
    knowledge_editor = KnowledgeEditor(knowledge, taxonomy, catalog, lambda: knowledge_sync.filling)
    pins = Pins(store.pins, shared=not store.clickhouse.embedded)
    stack.callback(pins.close)
    classifier = Classifier(
        taxonomy,
        knowledge,
        load_ranker(),
        Reranker(model, load_prompt("rerank"), taxonomy) if model is not None else None,
        memo,
        guides=catalog.guides,
        pins=pins.get,
        filling=lambda: knowledge_sync.filling,
        custom_guides=knowledge_editor.guides,
        options=Options(
            abstain_below=settings.abstain_below,
            rerank_margin=settings.rerank_margin,
            model_timeout_s=settings.llm_timeout_s,
        ),
    )
    decision_chunks = DecisionChunks(knowledge, taxonomy.version)
    stack.callback(decision_chunks.close)
    executor = ThreadPoolExecutor(_CONCURRENT_EVENTS, thread_name_prefix="classify")
    stack.callback(executor.shutdown)
    first_token = _first_token(settings, store.tokens) if make_first_token else None
    access = open_access(settings, store)
    transcript_base = open_transcripts(settings, embedder)
    stack.callback(transcript_base.close)
    transcripts = Transcripts(store.chat, transcript_base, taxonomy.version)
    checks = {"transcripts": transcripts.health, **_checks(store, knowledge_sync, embedder, model)}
    readiness = Readiness(checks, frozenset({"store"}))
    stack.callback(readiness.close)
    live = LiveFeed(
        connections=settings.live_connections,
        queue_total=store.queue.count,
        degraded=partial(_degraded, readiness),
    )
    stack.callback(live.close)
    store.on_stored = live.stored
    reviews = open_reviews(stack, store, pins, knowledge, classifier, decision_chunks, taxonomy, live)
    sources = Sources(store, knowledge, reviews.loop, pins, taxonomy)
    chat = open_chat(
        stack, settings, model, sources, transcripts, telemetry, ranker=classifier.ranker, embedder=embedder
    )
    telemetry.watch(partial(_readings, store, memo, readiness))
    return Services(
        settings=settings,
        taxonomy=taxonomy,
        catalog=catalog,
        knowledge=knowledge,
        embedder=embedder,
        knowledge_sync=knowledge_sync,
        knowledge_editor=knowledge_editor,
        model=model,
        classifier=classifier,
        decision_chunks=decision_chunks,
        pins=pins,
        reviews=reviews,
        live=live,
        chat=chat,
        store=store,
        tokens=store.tokens,
        authenticator=Authenticator(store.tokens, _fixed_tokens(settings, local_token), access),
        access=access,
        telemetry=telemetry,
        readiness=readiness,
        executor=executor,
        first_token=first_token,
        close=stack.pop_all().close,
    )


def _knowledge_kind(settings: Settings) -> str:
    if settings.knowledge != "auto":
        return settings.knowledge
    if settings.trieve_url:
        return "trieve"
    return "qdrant" if settings.qdrant_url else "qdrant_edge"


def open_knowledge(settings: Settings) -> tuple[KnowledgeBase, Embedder | None]:
    """The knowledge base that the settings choose, and the embedder it uses where embedding is done on our side.

    Nothing is opened yet: both open at first use, and are tried again when that fails.

    Raises:
        ConfigurationError: the chosen engine lacks a setting.
    """
    kind = _knowledge_kind(settings)
    if kind == "trieve":
        if not settings.trieve_url or not settings.trieve_api_key:
            raise ConfigurationError("the knowledge base in Trieve needs TRIEVE_URL and TRIEVE_API_KEY")
        return ReopeningKnowledge(kind, partial(_open_trieve, settings, settings.trieve_url)), None
    if kind == "qdrant" and not settings.qdrant_url:
        raise ConfigurationError("the knowledge base in a Qdrant server needs QDRANT_URL")
    embedder = _embedder(settings)
    return ReopeningKnowledge(kind, partial(_open_qdrant, settings, kind, embedder)), embedder


def open_transcripts(settings: Settings, embedder: Embedder | None) -> KnowledgeBase:
    """Where the chat's transcripts are kept: beside the knowledge base, in the same engine, never in it.

    Nothing is opened yet. ``embedder`` is the one that ``open_knowledge`` gave.
    """
    kind = _knowledge_kind(settings)

    def open_base() -> KnowledgeBase:
        from agents.knowledge.qdrant import QdrantEdgeKnowledge, QdrantServerKnowledge
        from agents.knowledge.trieve import TrieveKnowledge

        if kind == "trieve" or embedder is None:
            return TrieveKnowledge(
                settings.trieve_url or "",
                secret_text(settings.trieve_api_key) or "",
                settings.trieve_transcript_dataset_id,
                dataset=TRANSCRIPTS,
                search=settings.trieve_search,
            )
        if kind == "qdrant":
            key = secret_text(settings.qdrant_api_key)
            return QdrantServerKnowledge(settings.qdrant_url or "", key, embedder, collection=TRANSCRIPTS)
        return QdrantEdgeKnowledge(settings.data_dir / "transcripts", embedder)

    return ReopeningKnowledge(kind, open_base)


def _open_trieve(settings: Settings, url: str) -> KnowledgeBase:
    from agents.knowledge.trieve import TrieveKnowledge

    return TrieveKnowledge(
        url, secret_text(settings.trieve_api_key) or "", settings.trieve_dataset_id, search=settings.trieve_search
    )


def _open_qdrant(settings: Settings, kind: str, embedder: Embedder) -> KnowledgeBase:
    from agents.knowledge.qdrant import QdrantEdgeKnowledge, QdrantServerKnowledge

    if kind == "qdrant":
        return QdrantServerKnowledge(settings.qdrant_url or "", secret_text(settings.qdrant_api_key), embedder)
    return QdrantEdgeKnowledge(settings.data_dir / "knowledge", embedder)


def _embedder(settings: Settings) -> Embedder:
    from agents.knowledge.embedding import OpenAIEmbedder

    if settings.embeddings_url:
        return OpenAIEmbedder(
            settings.embeddings_url, settings.embeddings_model, secret_text(settings.embeddings_api_key)
        )
    entry = load_manifest().models.get(settings.embeddings_model)
    if entry is None or entry.dimension is None:
        return _open_embedder(settings)
    return ReopeningEmbedder(Path(entry.file).stem, entry.dimension, partial(_open_embedder, settings))


def _open_embedder(settings: Settings) -> Embedder:
    from agents.knowledge.embedding import EmbeddingUnavailableError, LlamaCppEmbedder
    from agents.knowledge.precomputed import VECTORS, PrecomputedEmbedder

    try:
        weights = find_weights(settings.embeddings_model, settings.models_dir)
    except WeightsMissingError as error:
        raise EmbeddingUnavailableError(error.message) from error
    embedder = LlamaCppEmbedder(weights.path, settings.llm_threads)
    return PrecomputedEmbedder(embedder, weights.path.with_name(VECTORS))


def open_model(settings: Settings) -> LanguageModel | None:
    """The language model that the settings choose, opened at first use; ``None`` when it is switched off.

    Raises:
        ConfigurationError: the chosen backend lacks a setting.
    """
    kind = settings.llm if settings.llm != "auto" else ("openai_api" if settings.llm_url else "llama_cpp")
    if kind == "off":
        return None
    if kind == "openai_api":
        from agents.llm.openai_api import OpenAIModel

        if not settings.llm_url:
            raise ConfigurationError("LOGATLAS_LLM=openai_api needs LLM_URL")
        return OpenAIModel(
            settings.llm_url, settings.llm_model, secret_text(settings.llm_api_key), timeout=settings.llm_timeout_s
        )
    return ReopeningModel(_model_name(settings, kind), partial(_open_model, settings, kind))


def _model_name(settings: Settings, kind: str) -> str:
    """What decisions say of the model: its weights and adapter where they are there, else what was asked for."""
    if kind == "transformers":
        return settings.llm_name
    try:
        return find_weights(settings.llm_name, settings.models_dir).name
    except LogatlasError:
        return settings.llm_name


def _open_model(settings: Settings, kind: str) -> LanguageModel:
    if kind == "transformers":
        from agents.llm.transformers import TransformersModel

        return TransformersModel(settings.llm_name, queue_size=settings.llm_queue)
    from agents.llm.llama_cpp import LlamaCppModel

    try:
        weights = find_weights(settings.llm_name, settings.models_dir)
    except WeightsMissingError as error:
        raise ModelUnavailableError(error.message) from error
    return LlamaCppModel(
        weights.path,
        name=weights.name,
        threads=settings.llm_threads,
        gpu_layers=settings.llm_gpu_layers,
        queue_size=settings.llm_queue,
        lora=weights.lora,
        lora_scale=weights.lora_scale,
    )


def _degraded(readiness: Readiness) -> list[str]:
    return [name for name, part in readiness.report().parts.items() if part.status != State.OK]


def _fixed_tokens(settings: Settings, local_token: str | None) -> dict[str, str]:
    fixed = {"local": local_token} if local_token else {}
    if bootstrap := secret_text(settings.bootstrap_token):
        fixed["bootstrap"] = bootstrap
    return fixed


def _first_token(settings: Settings, tokens: TokenRepository) -> str | None:
    if settings.bootstrap_token or tokens.list_all():
        return None
    _, secret = tokens.create("first", [Scope.ADMIN])
    return secret


def _checks(
    store: Store, knowledge_sync: KnowledgeSync, embedder: Embedder | None, model: LanguageModel | None
) -> dict[str, Check]:
    checks: dict[str, Check] = {"store": partial(_store_health, store), "knowledge": knowledge_sync.health}
    if embedder is not None:
        checks["embeddings"] = checked(partial(embedder.embed, ["ready?"]))
    if model is None:
        return checks | {"model": lambda: PartHealth(State.OK, "switched off")}
    return checks | {"model": checked(model.check)}


def _store_health(store: Store) -> PartHealth:
    backlog = store.backlog()
    if backlog.bytes >= MAX_BYTES:
        return PartHealth(State.DOWN, "the spool is full: events are refused until ClickHouse takes them again")
    try:
        store.check()
    except LogatlasError as error:
        # The spool takes events all the same, so nothing is lost and requests should go on coming.
        return PartHealth(State.DEGRADED, f"{error.message}; {backlog.records} records wait in the spool")
    return PartHealth(State.DEGRADED if backlog.last_error else State.OK, backlog.last_error)


def _readings(store: Store, memo: Memo, readiness: Readiness) -> Iterator[Reading]:
    counts = memo.counts()
    for name, value in (("hits", counts.hits), ("misses", counts.misses), ("writes", counts.writes)):
        yield Reading(f"logatlas_memo_{name}", f"Memo {name}.", value, {}, counts=True)
    yield Reading("logatlas_memo_failures", "Memo reads and writes that failed.", counts.failures, {}, counts=True)
    backlog = store.backlog()
    yield Reading("logatlas_spool_records", "Records kept durably that are not in ClickHouse yet.", backlog.records, {})
    yield Reading("logatlas_spool_bytes", "Their size in bytes.", backlog.bytes, {})
    yield Reading("logatlas_spool_oldest_seconds", "How long the oldest of them waits.", backlog.oldest_age_s, {})
    yield Reading("logatlas_spool_quarantined", "Damaged records set aside.", backlog.quarantined, {}, counts=True)
    for name, part in readiness.report().parts.items():
        yield Reading("logatlas_part_up", "Whether a part works fully.", part.status == State.OK, {"part": name})
