"""The tools by name: what they say while they run, which arguments they take, what they call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from agents.chat.narrowing import Condition
from agents.chat.tools import (
    actions,
    activity,
    certainty,
    comparing,
    decision,
    evidence,
    guides,
    history,
    listing,
    meaning,
    refusing,
    searching,
)
from agents.chat.tools.context import Context, Found

_EVENT_ID = Field(min_length=1, max_length=64, description="Id of the event.")
_CLASS_UID = Field(ge=0, le=999_999_999, description="OCSF class uid.")
_WORD = Field(min_length=1, max_length=200)


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NoArguments(_Arguments):
    """Nothing to say."""


class OfEvent(_Arguments):
    """An event."""

    event_id: str = _EVENT_ID


class MaybeEvent(_Arguments):
    """An event, if one is open."""

    event_id: str | None = Field(None, max_length=64)


class Compare(OfEvent):
    """A class against the decided one, or against another."""

    class_uid: int = _CLASS_UID
    other_uid: int | None = Field(None, ge=0, le=999_999_999)


class OfEventAndClass(OfEvent):
    """An event and perhaps a class."""

    class_uid: int | None = Field(None, ge=0, le=999_999_999)


class OfClass(_Arguments):
    """A class, and perhaps another that it is told apart from."""

    class_uid: int = _CLASS_UID
    other_uid: int | None = Field(None, ge=0, le=999_999_999)


class OfField(MaybeEvent):
    """A field's name, of OCSF or of the log, and perhaps another beside it."""

    name: str = _WORD
    other: str = Field("", max_length=200)
    class_uid: int | None = Field(None, ge=0, le=999_999_999)


class Values(OfEvent):
    """Names of fields of the log."""

    names: list[str] = Field(min_length=1, max_length=4)


class NoClass(OfEvent):
    """A name."""

    text: str = _WORD


class LookUp(MaybeEvent):
    """An event id or a piece of a message, and words beside it that say whose it is."""

    text: str = _WORD
    about: str = Field("", max_length=200)


class Show(MaybeEvent):
    """A guide or example."""

    chunk_id: str | None = Field(None, max_length=300)
    kind: Literal["", "guide", "example"] = ""


class Find(OfEvent):
    """What the found events share with the open one."""

    by: Literal["template", "class", "source", "field", "text"] = "template"
    field: str = Field("", max_length=200)
    class_uid: int | None = Field(None, ge=0, le=999_999_999)


class Queue(MaybeEvent):
    """What the queue is narrowed to."""

    by: Literal["source", "template", "class"] = "source"


class Search(OfEvent):
    """Conditions to search by, those in force before, and how the new ones change them."""

    conditions: tuple[Condition, ...] = Field(min_length=1, max_length=12)
    kept: tuple[Condition, ...] = Field((), max_length=24)
    swaps: bool = False
    adds: bool = False


class Beyond(MaybeEvent):
    """The part of a question that no evidence answers, where the other part was answered."""

    asked: str = Field("", max_length=4000)


class Activity(OfEvent):
    """Words that name activities."""

    named: tuple[Annotated[str, Field(max_length=100)], ...] = Field((), max_length=8)


class Resting(OfEvent):
    """Fields that are asked about, by their names or by words of their values."""

    named: tuple[Annotated[str, Field(max_length=200)], ...] = Field((), max_length=6)


class InPeriod(OfEvent):
    """A period: its term of the search box and its words; empty for all time."""

    term: str = Field("", max_length=60)
    told: str = Field("", max_length=80)


class GoOn(MaybeEvent):
    """A list that was told: of what, how many of its items, their ids, and the place of one that is asked for."""

    kind: Literal["similar", "template", "candidates", "others", "reviews", "guides"]
    shown: int = Field(ge=0, le=1000)
    told: tuple[Annotated[str, Field(max_length=300)], ...] = Field((), max_length=100)
    place: int | None = Field(None, ge=1, le=1000)


class Propose(OfEventAndClass):
    """A review to propose."""

    kind: Literal["confirm", "override"] = "override"


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: its name, what it does in words, its arguments, whether a model may choose it, and the call.

    ``label`` is shown while it runs. ``proposes`` marks the one tool that only the user's own words may choose,
    ``follows`` those that go on with an answer, which no model chooses.
    """

    name: str
    label: str
    about: str
    arguments: type[BaseModel]
    call: Callable[..., Found]
    proposes: bool = False
    follows: bool = False

    def run(self, context: Context, arguments: Mapping[str, Any]) -> Found:
        """Check the arguments and call the tool.

        Raises:
            ValidationError: an argument is missing, unknown or out of bounds.
            NotAllowedError: the asking user may not see it.
            LogatlasError: the data cannot be read, or there is no such event.
        """
        checked = self.arguments.model_validate(dict(arguments))
        return self.call(context, **{name: getattr(checked, name) for name in type(checked).model_fields})


_ALL = (
    Tool("why", "Reading the decision and its evidence", "why the event got its class", OfEvent, decision.why),
    Tool(
        "compare", "Comparing the candidates", "why not another class; two classes compared", Compare, comparing.compare
    ),
    Tool("no_class", "Looking for the class", "a name that is no class", NoClass, comparing.no_class),
    Tool(
        "candidates", "Reading the candidates", "all candidates with their probabilities", OfEvent, comparing.rank_all
    ),
    Tool("log", "Looking at the log", "which places of the log the class rests on", Resting, evidence.evidence_in_log),
    Tool("sure", "Reading confidence and prediction set", "how sure it is", OfEventAndClass, certainty.how_sure),
    Tool("standing", "Reading the status", "whether a person has to review it", OfEvent, certainty.standing),
    Tool("activity", "Reading the activity", "which activity and why", Activity, activity.activity),
    Tool("versions", "Reading versions and latency", "model, versions, latency, memo", OfEvent, decision.versions),
    Tool("class", "Reading the taxonomy", "what an OCSF class means", OfClass, meaning.class_meaning),
    Tool("field", "Reading the schema", "what a field means", OfField, meaning.field_meanings),
    Tool("value", "Reading the event's fields", "values of fields of the event", Values, meaning.field_value),
    Tool("meaning", "Reading the guide of this event", "what the event means", OfEvent, guides.what_happened),
    Tool("look_up", "Looking it up in the catalog", "what an event id or message means", LookUp, guides.look_up),
    Tool("guide", "Opening the guide", "shows the guide or example behind the decision", Show, guides.show_guide),
    Tool("similar", "Searching for similar events", "similar events, how decided, by whom", InPeriod, history.similar),
    Tool("reviews", "Reading reviews and versions", "who reviewed; history of the decision", OfEvent, history.reviews),
    Tool("template", "Counting the template", "how often the template occurs, first, last", InPeriod, history.template),
    Tool("week", "Comparing the weeks of this source", "what changed this week", OfEvent, history.source_week),
    Tool("effect", "Counting what an override would change", "effect of an override", OfEventAndClass, history.effect),
    Tool("find", "Writing a search", "a link to events like this one", Find, actions.find_like),
    Tool("search", "Writing a search", "a search of conditions", Search, searching.search, follows=True),
    Tool("go_on", "Going on with the list", "more of a list that was told", GoOn, listing.go_on, follows=True),
    Tool("open_event", "Opening the event", "a link to an event", OfEvent, actions.open_event),
    Tool("queue", "Opening the queue", "a link to the review queue", Queue, actions.open_queue),
    Tool("propose", "Preparing a review", "proposes a review", Propose, actions.propose, proposes=True),
    Tool("verdict", "Looking for a verdict", "whether it is an attack (not known here)", OfEvent, refusing.no_verdict),
    Tool("beyond", "Looking for it in the evidence", "what no evidence here tells", Beyond, refusing.not_held),
    Tool("order", "Looking at what may be done", "what the chat does not do", MaybeEvent, refusing.not_done),
    Tool("help", "Listing what can be asked", "what can be asked", MaybeEvent, actions.explain_chat),
    Tool("greet", "Listing what can be asked", "a greeting or thanks", MaybeEvent, actions.greet),
)

TOOLS: Mapping[str, Tool] = {tool.name: tool for tool in _ALL}
