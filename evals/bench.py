"""Hot paths against peers, on the same input in the same run; prints ratios, judges nothing."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import diskcache
from drain3 import TemplateMiner
from drain3.template_miner_config import TemplateMinerConfig

from agents.classifier import Memo
from agents.events import make_template, parse
from agents.knowledge.catalog import fill, load_catalog
from agents.llm.base import LanguageModel, Message
from agents.ocsf import load_taxonomy
from prompts import load_prompt


@dataclass(frozen=True, slots=True)
class Measured:
    """One path and its peer: operations per second of each, on the same input."""

    path: str
    ours: float
    peer: str
    theirs: float

    @property
    def ratio(self) -> float:
        """How many times as fast as the peer."""
        return self.ours / self.theirs


def events(count: int) -> list[str]:
    """Believable events of every guide in the catalog, in turn."""
    samples = [sample for guide in load_catalog(load_taxonomy()).guides for sample in guide.samples]
    return [fill(samples[n % len(samples)], n) for n in range(count)]


def rate(action: Callable[[], object], operations: int, repeats: int = 3) -> float:
    """Operations per second of the fastest of some repeats."""
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        best = min(best, time.perf_counter() - start)
    return operations / best


def bench_templates(count: int = 4000) -> Measured:
    """Parsing and masking against Drain3, which mines templates from text alone."""
    raws = events(count)

    def ours() -> None:
        for raw in raws:
            make_template(parse(raw))

    def drain() -> None:
        miner = TemplateMiner(config=TemplateMinerConfig())
        for raw in raws:
            miner.add_log_message(raw)

    return Measured("parse + template", rate(ours, count), "Drain3 add_log_message", rate(drain, count))


def bench_json(count: int = 4000) -> Measured:
    """Fields with spans from JSON events against the standard library's parser, which only loads."""
    raws = [raw for raw in events(4 * count) if _is_json(raw)][:count]

    def ours() -> None:
        for raw in raws:
            parse(raw)

    def standard() -> None:
        for raw in raws:
            json.loads(raw)

    return Measured("parse JSON", rate(ours, len(raws)), "json.loads", rate(standard, len(raws)))


def _is_json(raw: str) -> bool:
    try:
        return isinstance(json.loads(raw), dict)
    except ValueError:
        return False


def bench_memo(count: int = 20_000) -> Measured:
    """Reading decisions from the memo against plain diskcache."""
    value = {"class_uid": 3002, "candidates": [[3002, "Authentication", 0.99, None, []]] * 8, "rationale": "x" * 200}
    with tempfile.TemporaryDirectory() as folder:
        memo, plain = Memo(Path(folder) / "memo"), diskcache.Cache(str(Path(folder) / "plain"))
        for n in range(100):
            memo.put(str(n), value)
            plain[str(n)] = value
        ours = rate(lambda: [memo.get(str(n % 100)) for n in range(count)], count)
        theirs = rate(lambda: [plain[str(n % 100)] for n in range(count)], count)
        memo.close()
        plain.close()
    return Measured("memo read", ours, "diskcache read", theirs)


def bench_rerank(model: LanguageModel, choices: int = 8) -> Measured:
    """Scoring candidates over one shared prompt against one call per candidate with a cold prompt."""
    names = [c.caption for c in load_taxonomy().current[:choices]]
    prompts = [(Message("user", load_prompt("rerank").render(event=raw[:600])),) for raw in events(6)]

    def ours() -> None:
        for prompt in prompts:
            model.score_choices(prompt, names)

    def one_by_one() -> None:
        for name in names:
            for prompt in prompts:  # another prompt in between, so that nothing is left of the last one
                model.score_choices(prompt, [name])

    shared, single = rate(ours, len(prompts), 1), rate(one_by_one, len(prompts), 1)
    return Measured(f"re-rank {choices} candidates", shared, "a call per candidate", single)


def bench(model: LanguageModel | None) -> Sequence[Measured]:
    """Every benchmark that can run; the re-ranker's only with a model."""
    measured = [bench_templates(), bench_json(), bench_memo()]
    return [*measured, bench_rerank(model)] if model is not None else measured
