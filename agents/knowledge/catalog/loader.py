"""Reads the catalog: one YAML file per product, checked against the taxonomy; errors name file and line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Any

import re2
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from agents.errors import LogatlasError
from agents.knowledge.catalog.guide import ActivityRule, Condition, Guide, Operator, Tier, path_spellings
from agents.ocsf import OcsfClass, Taxonomy


class CatalogError(LogatlasError):
    """A catalog file is wrong; the message starts with ``file:line``."""

    code = "catalog"


@dataclass(frozen=True)
class Catalog:
    """The guides that ship with Logatlas.

    ``left_out`` names guides whose class or activity the chosen OCSF version does not have, with the reason.
    """

    guides: tuple[Guide, ...]
    left_out: tuple[str, ...] = ()

    @property
    def products(self) -> tuple[str, ...]:
        """The products there are guides for, sorted."""
        return tuple(sorted({guide.product for guide in self.guides}))


# libyaml, where PyYAML was built with it, reads the catalog ten times faster.
YamlLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# YAML reads 4624 and true as numbers and booleans; log fields are text.
Text = Annotated[str, BeforeValidator(lambda v: str(v).lower() if isinstance(v, bool) else str(v) if v == v else v)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else (v,))]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Test(_Strict):
    """The long form of a condition: one or more operators, all of which must hold."""

    equals: Texts | None = None
    contains: Texts | None = None
    prefix: Texts | None = None
    suffix: Texts | None = None
    regex: Texts | None = None
    exists: bool | None = None
    not_: Texts | None = Field(None, alias="not")
    not_contains: Texts | None = None


_Condition = Annotated[_Test, BeforeValidator(lambda v: v if isinstance(v, dict) else {"equals": v})]
_Conditions = dict[str, _Condition]


class _Activity(_Strict):
    when: _Conditions = Field(default_factory=dict)
    is_: str | int = Field(alias="is")


class _Guide(_Strict):
    id: Annotated[str, BeforeValidator(str), Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
    title: str = Field(min_length=3, max_length=160)
    match: _Conditions = Field(min_length=1)
    class_: str = Field(alias="class")
    activity: str | int | list[_Activity]
    meaning: str = Field(min_length=10, max_length=600)
    reference: str | None = Field(None, pattern=r"^https://")
    also_acceptable: list[str] = Field(default_factory=list)
    why: str = ""
    fallback: bool = False
    settles: bool = False
    samples: list[str] = Field(min_length=1)

    @field_validator("settles")
    @classmethod
    def _of_a_fallback(cls, settles: bool, info: ValidationInfo) -> bool:
        if settles and not info.data.get("fallback"):
            raise ValueError("only a fallback settles")
        return settles


class _Product(_Strict):
    product: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    vendor: str
    title: str
    reference: str = Field(pattern=r"^https://")
    hints: list[str] = Field(default_factory=list)
    aliases: dict[str, list[str]] = Field(default_factory=dict)
    when: _Conditions = Field(default_factory=dict)
    tier: Tier = Tier.PRODUCT
    guides: list[_Guide] = Field(min_length=1)


def load_catalog(taxonomy: Taxonomy, folder: Traversable | None = None, *, strict: bool = False) -> Catalog:
    """All guides of a folder of ``*.yaml`` files (default: the packaged ones), by file name and order within.

    With ``strict`` a class or activity that the taxonomy lacks, or deprecates, is an error; without, such a guide
    is left out, because an older OCSF version may not have its class yet.

    Raises:
        CatalogError: a file is not YAML, breaks the format, repeats an id, or (strict) names an unknown class.
    """
    folder = folder or files(__package__).joinpath("products")
    guides: dict[str, Guide] = {}
    left_out: list[str] = []
    for path in sorted((p for p in folder.iterdir() if p.name.endswith(".yaml")), key=lambda p: p.name):
        reader = GuideReader(path.name, path.read_text(encoding="utf-8"), taxonomy)
        if reader.product.product != path.name.removesuffix(".yaml"):
            raise reader.error("product must equal the file name", "product")
        for number, entry in enumerate(reader.product.guides):
            try:
                guide = reader.guide(number, entry)
            except _UnknownInTaxonomyError as error:
                if strict:
                    raise CatalogError(error.message) from None
                left_out.append(error.message)
                continue
            if guide.guide_id in guides:
                raise reader.error(f"guide id {entry.id!r} is used twice", "guides", number, "id")
            guides[guide.guide_id] = guide
    return Catalog(tuple(guides.values()), tuple(left_out))


class _UnknownInTaxonomyError(CatalogError):
    """A class or activity that this OCSF version does not have."""


class GuideReader:
    """One catalog file: its content, and where in it each thing stands. Errors carry every problem in ``details``."""

    def __init__(self, name: str, text: str, taxonomy: Taxonomy) -> None:
        """Read ``text``; ``name`` is what errors call it.

        Raises:
            CatalogError: not YAML, or not in the format.
        """
        self.name = name
        self.taxonomy = taxonomy
        try:
            loader = YamlLoader(text)
            self.root = loader.get_single_node()
            data = loader.construct_document(self.root) if self.root is not None else None
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise self._error([(line, str(error.problem))]) from None
        try:
            self.product = _Product.model_validate(data)
        except ValidationError as error:
            raise self._error([self.place(e["msg"], *e["loc"]) for e in error.errors()]) from None

    def guide(self, number: int, entry: _Guide) -> Guide:
        """The guide that an entry of the file describes; ``number`` counts from 0.

        Raises:
            CatalogError: it names a class or activity that the taxonomy lacks or deprecates, or a pattern is wrong.
        """
        product, here = self.product, ("guides", number)
        found = self._class(entry.class_, *here, "class")
        rules = (
            entry.activity if isinstance(entry.activity, list) else [_Activity.model_validate({"is": entry.activity})]
        )
        activities = tuple(
            ActivityRule(
                self._activity(found, rule.is_, *here, "activity"),
                tuple(self._conditions(rule.when, *here, "activity", i, "when")),
            )
            for i, rule in enumerate(rules)
        )
        match = {**{path: test for path, test in product.when.items() if path not in entry.match}, **entry.match}
        return Guide(
            guide_id=f"guide:{product.product}:{entry.id}",
            product=product.product,
            vendor=product.vendor,
            product_title=product.title,
            title=entry.title,
            meaning=" ".join(entry.meaning.split()),
            reference=entry.reference or product.reference,
            class_uid=found.uid,
            match=tuple(self._conditions(match, *here, "match")),
            activities=activities,
            also_acceptable=tuple(self._class(name, *here, "also_acceptable").uid for name in entry.also_acceptable),
            why=entry.why,
            hints=tuple(hint.lower() for hint in product.hints),
            tier=product.tier,
            fallback=entry.fallback,
            settles=entry.settles,
            samples=tuple(entry.samples),
        )

    def place(self, message: str, *location: Any) -> tuple[int, str]:
        """The line of a place in the file, as deep as it can be found, and ``where: message``."""
        node, line = self.root, 1
        for key in location:
            following = _child(node, key)
            if following is None:
                continue
            node = following
            line = node.start_mark.line + 1
        where = ".".join(str(part) for part in location)
        return line, f"{where}: {message}" if where else message

    def error(self, message: str, *location: Any, kind: type[CatalogError] = CatalogError) -> CatalogError:
        """The error that something at a place in the file is wrong."""
        return self._error([self.place(message, *location)], kind)

    def _error(self, problems: Sequence[tuple[int, str]], kind: type[CatalogError] = CatalogError) -> CatalogError:
        line, message = problems[0]
        listed = [{"line": line, "message": message} for line, message in problems]
        return kind(f"{self.name}:{line}: {message}", problems=listed)

    def _class(self, name: str, *location: Any) -> OcsfClass:
        found = self.taxonomy.find(name)
        if found is None:
            raise self._unknown(f"OCSF {self.taxonomy.version} has no class {name!r}", *location)
        if found.deprecated:
            raise self._unknown(f"class {name!r} is deprecated in OCSF {self.taxonomy.version}", *location)
        return found

    def _unknown(self, message: str, *location: Any) -> CatalogError:
        return self.error(message, *location, kind=_UnknownInTaxonomyError)

    def _activity(self, found: OcsfClass, activity: str | int, *location: Any) -> int:
        known = found.activity(activity)
        if known is None:
            choices = ", ".join(a.caption for a in found.activities.values())
            raise self._unknown(f"class {found.caption!r} has no activity {activity!r}; it has {choices}", *location)
        return known.activity_id

    def _conditions(self, tests: Mapping[str, _Test], *location: Any) -> Iterator[Condition]:
        for path, test in tests.items():
            spellings = (path, *self.product.aliases.get(path, ()))
            paths = tuple(dict.fromkeys(p for spelling in spellings for p in path_spellings(spelling)))
            operators: Sequence[tuple[Operator, tuple[str, ...] | None, bool]] = (
                ("equals", test.equals, False),
                ("contains", test.contains, False),
                ("prefix", test.prefix, False),
                ("suffix", test.suffix, False),
                ("regex", test.regex, False),
                ("equals", test.not_, True),
                ("contains", test.not_contains, True),
            )
            for operator, values, negated in operators:
                if values is None:
                    continue
                if operator == "regex":
                    self._check_patterns(values, *location, path)
                    yield Condition(paths, operator, values, negated, path)
                else:
                    yield Condition(paths, operator, tuple(v.lower() for v in values), negated, path, values)
            if test.exists is not None:
                yield Condition(paths, "exists", (), not test.exists, path)

    def _check_patterns(self, patterns: Sequence[str], *location: Any) -> None:
        for pattern in patterns:
            try:
                re2.compile(pattern)
            except re2.error as error:
                raise self.error(f"bad pattern {pattern!r}: {error}", *location) from None


def _child(node: yaml.Node | None, key: Any) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for name, value in node.value if getattr(name, "value", None) == str(key)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        child = node.value[key]
        return child if isinstance(child, yaml.Node) else None
    return None
