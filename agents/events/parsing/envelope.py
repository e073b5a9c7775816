"""Logs inside logs: shippers put a whole event, as text, into one field of a JSON document."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from agents.events.event import Field, Format, Source
from agents.events.names import DEFAULT, TELLING, TEXT, role_of
from agents.events.parsing.reading import MAX_FIELDS, Reading

Inner = Callable[[str, Source, bool], Reading | None]
"""Reads an inner log: its text, the source hints, and whether formats that do not name themselves may be tried."""

_CARRIERS: Final = frozenset({
    "message", "msg", "log", "logmessage", "_raw", "raw", "rawlog", "raw_log", "rawevent", "raw_event", "original",
    "textpayload", "line", "@message", "logline", "log_line", "event", "record", "payload", "body", "raw_data",
    "rawdata", "raw_message", "rawmessage", "data", "syslogmessage", "fullmessage", "full_message",
})  # fmt: skip
"""Names of fields that carry whole events: Docker and Kubernetes `log`, Elastic `message` and `event.original`, Splunk
`_raw` and HEC `event`, CloudWatch `@message`, Google `textPayload`, Sentinel
`SyslogMessage`, Graylog `full_message`."""

_SHIPPED: Final[tuple[tuple[frozenset[str], frozenset[str]], ...]] = (
    (frozenset({"kubernetes.pod_name"}), frozenset()),  # Fluent Bit, Fluentd, Vector
    (frozenset({"kubernetes.pod.name"}), frozenset()),  # Filebeat
    (frozenset({"log.file.path"}), frozenset()),  # Filebeat, Elastic Agent
    (frozenset({"docker.container_id"}), frozenset()),  # Fluentd
    (frozenset({"container_id", "container_name"}), frozenset()),  # Docker's driver for Fluentd, Vector
    (frozenset({"source_type", "timestamp"}), frozenset()),  # Vector
    (frozenset({"logstream", "loggroup"}), frozenset()),  # CloudWatch Logs
    (frozenset({"topic", "partition", "offset"}), frozenset({"value"})),  # Kafka Connect
    (frozenset({"streams.values"}), frozenset({"values"})),  # Loki
)
"""Fields that together say that a shipper made the document around a log, and its own names of the field with the log.

https://docs.fluentbit.io/manual/data-pipeline/filters/kubernetes,
https://www.elastic.co/docs/reference/beats/filebeat/exported-fields-log,
https://docs.docker.com/engine/logging/drivers/fluentd/, https://vector.dev/docs/reference/configuration/sources/,
https://docs.confluent.io/platform/current/connect/transforms/,
https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs"""

_LABELS: Final = ("kubernetes.", "docker.")
"""What shippers add about the place of a log, where names are anybody's."""

_AUDIT_RECORD = re.compile(r"(?:node=\S++ )?type=[\w\[\]]++ msg=audit\(")
"""A record of the Linux audit system, which says what it is though it is only pairs."""

_SHORTEST: Final = 12
_DOCUMENT_ROLES: Final = frozenset({DEFAULT, TEXT, TELLING})
_OBJECTS: Final = ('{"', '[{"', '{ "', "{\n")
_DEEPEST: Final = 3
_ESCAPE = re.compile(r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL)


def opened(reading: Reading, text: str, source: Source, inner: Inner, depth: int = 0) -> Reading:
    """``reading`` of ``text`` with inner logs read as well, their fields under the path of their carrier.

    JSON in a string is read wherever it stands (``properties``, ``additional_details``), other formats in the first
    field that carries whole events by its name.
    The carrier itself goes, as its text is now in the fields and the message. A log in a format that does not name
    itself is looked for only where a shipper made the document around it, or where it is more than half of the whole,
    as free text of an event looks much like it (but a record of the Linux audit system, which says what it is); such
    text in no format is the event's message as well as its field.
    """
    if reading.formats[-1] is not Format.JSON or depth >= _DEEPEST:
        return reading
    fields: list[Field] = []
    for carrier in reading.fields:
        found = _document(carrier, source, inner) if carrier.name.lower() not in _CARRIERS else None
        if found is None:
            fields.append(carrier)
        else:
            found = opened(found, carrier.value, source, inner, depth + 1)
            fields.extend(_placed(found.fields, carrier, text))
    reading = Reading(reading.formats, fields[:MAX_FIELDS], reading.message)
    shipped = _shipped(reading.fields)
    carriers = _CARRIERS | (shipped or frozenset())
    for number, carrier in enumerate(reading.fields):
        if carrier.name.lower() not in carriers or len(carrier.value) < _SHORTEST or carrier.value.isdigit():
            continue
        mostly = carrier.span is not None and 2 * (carrier.span[1] - carrier.span[0]) > len(text)
        is_log = mostly or (shipped is not None and not carrier.path.lower().startswith(_LABELS))
        found = inner(carrier.value, source, is_log or _AUDIT_RECORD.match(carrier.value) is not None)
        if found is None:
            if is_log and not reading.message:
                return Reading(reading.formats, reading.fields, carrier.value)
            continue
        found = opened(found, carrier.value, source, inner, depth + 1)
        before, after = reading.fields[:number], reading.fields[number + 1 :]
        fields = [*before, *_placed(found.fields, carrier, text), *after][:MAX_FIELDS]
        return Reading((*reading.formats, *found.formats), fields, found.message or reading.message)
    return reading


def _shipped(fields: Iterable[Field]) -> frozenset[str] | None:
    """The names that a shipper which made this document gives to the field with the log; ``None`` if none made it."""
    paths = {field.path.lower() for field in fields}
    found = [names for marks, names in _SHIPPED if marks <= paths]
    return frozenset().union(*found) if found else None


def _document(carrier: Field, source: Source, inner: Inner) -> Reading | None:
    """The JSON object that a string is as a whole.

    Not where the field holds what somebody outside chose (a user agent, a user's or file's name): such a value must not
    pass for fields of the event.
    """
    if not carrier.value.startswith(_OBJECTS) or not carrier.value.endswith(("}", "]")):
        return None
    if role_of(carrier.path).kind not in _DOCUMENT_ROLES:
        return None
    found = inner(carrier.value, source, False)
    return found if found is not None and found.formats == (Format.JSON,) and not found.message else None


def _placed(fields: Iterable[Field], carrier: Field, text: str) -> list[Field]:
    """Fields of an inner log with their paths below the carrier's and their places in the outer text."""
    place = _places(carrier, text)
    return [
        Field(
            f"{carrier.path}.{field.path}",
            field.value,
            (place(field.span[0]), place(field.span[1])) if place and field.span else None,
        )
        for field in fields
    ]


def _places(carrier: Field, text: str) -> Callable[[int], int] | None:
    """Where an offset in the carrier's value is in ``text``; ``None`` where that cannot be told."""
    if carrier.span is None:
        return None
    start, end = carrier.span
    if end - start == len(carrier.value):
        return lambda offset: start + offset
    offsets: list[int] = []
    position = start
    for escape in _ESCAPE.finditer(text, start, end):
        offsets.extend(range(position, escape.start() + 1))
        position = escape.end()
    offsets.extend(range(position, end + 1))
    return offsets.__getitem__ if len(offsets) == len(carrier.value) + 1 else None
