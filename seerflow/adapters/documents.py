"""Events as documents: flat ECS names, native names under `native`, everything else of ours under `seerflow`.

Law: `event_from_document(event_document(event)) == event`.
"""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from seerflow.errors import OperatorError
from seerflow.model.event import Event
from seerflow.model.log import Origin, RawLog
from seerflow.parsers import read_document
from seerflow.parsers.timestamps import rfc3339


def event_document(event: Event) -> dict[str, Any]:
    """Give the event as one flat document."""
    return {
        "@timestamp": rfc3339(event.time),
        **event.common,
        "event.original": event.text,
        "native": event.native if type(event.native) is dict else dict(event.native),
        "seerflow": seerflow_part(event),
    }


def seerflow_part(event: Event) -> dict[str, Any]:
    """Give what the document says under `seerflow`."""
    origin = event.origin
    return {
        "id": event.id,
        "origin": [origin.topic, origin.partition, origin.offset, origin.index],
        "time": event.time,
        "received": event.received,
        "source": event.source,
        "parser": event.parser,
        "flags": [*event.flags],
    }


def event_from_document(document: Mapping[str, Any]) -> Event:
    """Give the event that `event_document` wrote. KeyError or TypeError where the document is not of that form."""
    return event_out_of(dict(document))


def event_out_of(document: dict[str, Any]) -> Event:
    """Give the same of a document that nobody else holds: what remains of it becomes the event's common view."""
    ours = document.pop("seerflow")
    topic, partition, offset, index = ours["origin"]
    return Event(
        id=ours["id"],
        origin=Origin(topic, partition, offset, index),
        time=ours["time"],
        received=ours["received"],
        source=ours["source"],
        parser=ours["parser"],
        native=document.pop("native"),
        text=document.pop("event.original"),
        flags=tuple(ours["flags"]),
        common=_left(document),
    )


def _left(document: dict[str, Any]) -> dict[str, Any]:
    document.pop("@timestamp", None)
    return document


def is_event_document(document: Mapping[str, Any]) -> bool:
    """Say whether the document is of the form that `event_document` writes."""
    return isinstance(document.get("seerflow"), dict) and "origin" in document["seerflow"]


def event_from_any(document: Mapping[str, Any], origin: Origin, received: int) -> Event:
    """Give the event of our own document, of a flat native one, or of EVTX's `{"Event": {…}}` form.

    An own document keeps its origin; others get `origin`, and `received` (microseconds) where they tell no time.
    """
    if is_event_document(document):
        try:
            return event_from_document(document)
        except (KeyError, TypeError, ValueError) as error:
            raise OperatorError(
                f"event document without {error}: as `seerflow parse` writes it, please"
            ) from error
    raw = RawLog(origin=origin, raw=encode(document), received=received)
    event = read_document(raw, document)[0]
    if not isinstance(event, Event):
        raise OperatorError(f"{event.reason}: {event.detail}")
    return event


_SURROGATE = re.compile("[\ud800-\udfff]")


def _clean(value: Any, depth: int = 0) -> Any:
    """Give the value without what JSON cannot write: lone surrogates, and nesting beyond its depth."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if depth > 100:  # noqa: PLR2004  orjson writes 254 levels
        return None
    if isinstance(value, Mapping):
        return {_clean(str(name)): _clean(item, depth + 1) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item, depth + 1) for item in value]
    return (
        value
        if isinstance(value, int | float | bool | None) and -(2**63) <= (value or 0) < 2**64
        else str(value)
    )


def encode(document: Mapping[str, Any]) -> bytes:
    """Write the document as JSON on one line."""
    try:
        return orjson.dumps(document)
    except TypeError:
        return orjson.dumps(_clean(document))
