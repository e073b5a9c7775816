"""Two runs over the same events: what differs, how surely, and which events changed their class."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from agents.errors import LogatlasError
from agents.ocsf import Taxonomy
from app.evaluations.figures import LOWER_IS_BETTER
from app.evaluations.intervals import Difference, differences
from app.evaluations.metrics import Prediction, columns_of, summarise
from app.evaluations.tables import caption


class NotComparableError(LogatlasError):
    """Two runs share no event, or label one differently."""

    code = "not_comparable"


@dataclass(frozen=True, slots=True)
class Flip:
    """An event whose class changed; ``kind`` is ``broken`` (right to wrong), ``fixed`` or ``changed`` (neither)."""

    event_id: str
    source: str
    kind: str
    expected: str
    before: str
    after: str


@dataclass(frozen=True)
class Comparison:
    """``after`` against ``before`` over the events that both have.

    ``p_value`` is McNemar's, of the two having as many right. ``only_before`` and ``only_after`` count the events
    that one of them lacks. ``by_vendor`` has ``n``, ``before``, ``after`` (top1), ``broken`` and ``fixed``.
    """

    n: int
    before: Mapping[str, float | int]
    after: Mapping[str, float | int]
    differences: Mapping[str, Difference]
    p_value: float
    flips: tuple[Flip, ...]
    by_vendor: Mapping[str, Mapping[str, float | int]]
    only_before: int
    only_after: int

    def count(self, kind: str) -> int:
        """How many flips are of a kind."""
        return sum(flip.kind == kind for flip in self.flips)

    @property
    def worse(self) -> tuple[str, ...]:
        """The figures whose whole interval lies on the worse side of no difference."""
        return tuple(name for name, d in self.differences.items() if is_worse(name, d))

    def to_dict(self) -> dict[str, Any]:
        """The comparison as JSON-ready values."""
        return {**asdict(self), "worse": list(self.worse)}


def is_worse(name: str, difference: Difference) -> bool:
    """Whether the whole interval of a difference lies on the worse side of none."""
    return difference.low > 0 if name in LOWER_IS_BETTER else difference.high < 0


def compare(
    before: Sequence[Prediction],
    after: Sequence[Prediction],
    taxonomy: Taxonomy,
    *,
    seed: int = 0,
    cluster: Callable[[Prediction], str] = lambda p: p.source,
) -> Comparison:
    """Hold two runs against each other, event by event; ``cluster`` names what is resampled together.

    Raises:
        NotComparableError: the runs share no event, or label one differently.
    """
    pairs = paired(before, after)
    olds, news = [a for a, _ in pairs], [b for _, b in pairs]
    flips = [_flip(a, b, taxonomy) for a, b in pairs if a.decided_class != b.decided_class or a.right != b.right]
    order = {"broken": 0, "fixed": 1, "changed": 2}
    return Comparison(
        n=len(pairs),
        before=summarise(olds),
        after=summarise(news),
        differences=differences(columns_of(olds), columns_of(news), [cluster(a) for a in olds], seed=seed),
        p_value=mcnemar(sum(f.kind == "broken" for f in flips), sum(f.kind == "fixed" for f in flips)),
        flips=tuple(sorted(flips, key=lambda f: (order[f.kind], f.source, f.event_id))),
        by_vendor=_by_vendor(pairs),
        only_before=len(before) - len(pairs),
        only_after=len(after) - len(pairs),
    )


def paired(before: Sequence[Prediction], after: Sequence[Prediction]) -> list[tuple[Prediction, Prediction]]:
    """The predictions of both runs on each event that both have, in the order of the first.

    Raises:
        NotComparableError: the runs share no event, or label one differently.
    """
    second = {p.event_id: p for p in after}
    pairs = [(p, second[p.event_id]) for p in before if p.event_id in second]
    if not pairs:
        raise NotComparableError("the two runs share no event")
    for a, b in pairs:
        if (a.accepted, a.class_uid, a.activity_id) != (b.accepted, b.class_uid, b.activity_id):
            raise NotComparableError(f"the two runs label event {a.event_id!r} differently")
    return pairs


def mcnemar(broken: int, fixed: int) -> float:
    """The exact two-sided p-value of as many events broken as fixed being chance.

    Under chance each of the events that changed sides is as likely to have been broken as fixed, so the smaller
    number is a binomial with p = 1/2.

    Source: McNemar, Note on the Sampling Error of the Difference Between Correlated Proportions or Percentages,
    Psychometrika 12, 1947; exact form: Agresti, Categorical Data Analysis, 2002, section 10.1.
    """
    n, fewer = broken + fixed, min(broken, fixed)
    return float(min(1.0, 2 * sum(math.comb(n, k) for k in range(fewer + 1)) / 2**n))


def _flip(before: Prediction, after: Prediction, taxonomy: Taxonomy) -> Flip:
    kind = "changed" if before.right == after.right else ("broken" if before.right else "fixed")
    return Flip(
        event_id=after.event_id,
        source=after.source,
        kind=kind,
        expected=caption(after.class_uid, taxonomy),
        before=caption(before.decided_class, taxonomy),
        after=caption(after.decided_class, taxonomy),
    )


def _by_vendor(pairs: Sequence[tuple[Prediction, Prediction]]) -> dict[str, dict[str, float | int]]:
    groups: dict[str, list[tuple[bool, bool]]] = {}
    for a, b in pairs:
        groups.setdefault(a.vendor or "unknown", []).append((a.right, b.right))
    return {
        vendor: {
            "n": len(found),
            "before": sum(a for a, _ in found) / len(found),
            "after": sum(b for _, b in found) / len(found),
            "broken": sum(a and not b for a, b in found),
            "fixed": sum(b and not a for a, b in found),
        }
        for vendor, found in sorted(groups.items())
    }
