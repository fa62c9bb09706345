"""Events as plain ECS documents: nested, arrays where ECS has arrays, `related.*` filled; the rest under `seerflow`.

Source: https://www.elastic.co/guide/en/ecs/8.11/ecs-field-reference.html. The native names stay flat in
`seerflow.native`: index it as one `flattened` field, since sources use one name for values and objects.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from seerflow.model.event import Event
from seerflow.model.fields import BY_NAME, FIELDS
from seerflow.parsers.timestamps import rfc3339

VERSION = "8.11.0"
#: Fields that are lists in ECS and one value here.
_ARRAYS = frozenset(["event.category", "event.type", "host.ip", "host.mac", "observer.ip", "observer.mac"])
_USERS = (
    "user.name", "user.target.name", "user.effective.name", "user.changes.name", "destination.user.name",
    "process.user.name", "process.parent.user.name",
)  # fmt: skip
_HOSTS = (
    "host.name", "host.hostname", "observer.hostname", "source.domain", "destination.domain", "url.domain",
    "dns.question.name",
)  # fmt: skip
#: related.NAME -> the fields whose values it gathers.
RELATED: Mapping[str, tuple[str, ...]] = {
    "ip": tuple(one.name for one in FIELDS if one.type in ("ip", "ips")),
    "user": _USERS,
    "hosts": _HOSTS,
    "hash": tuple(one.name for one in FIELDS if ".hash." in one.name),
}


def ecs_document(event: Event) -> dict[str, Any]:
    """Give the event as ECS has it."""
    document: dict[str, Any] = {
        "@timestamp": rfc3339(event.time),
        "ecs": {"version": VERSION},
        "event": {
            "id": event.id,
            "kind": "event",
            "created": rfc3339(event.received),
            "original": event.text,
        },
    }
    ours = _ours(event)
    for name, value in event.common.items():
        if (field := BY_NAME.get(name)) is not None and field.in_ecs:
            _put(document, name, [value] if name in _ARRAYS else value)
        else:
            _put(ours, name, value)
    related = {name: found for name, fields in RELATED.items() if (found := _gathered(event.common, fields))}
    if related:
        document["related"] = related
    document["seerflow"] = ours
    return document


def _ours(event: Event) -> dict[str, Any]:
    origin = event.origin
    return {
        "id": event.id,
        "origin": {
            "topic": origin.topic,
            "partition": origin.partition,
            "offset": origin.offset,
            "index": origin.index,
            "source": event.source,
        },
        "parser": event.parser,
        "flags": list(event.flags),
        "native": dict(event.native),
    }


def _put(document: dict[str, Any], name: str, value: Any) -> None:
    """Set a dotted name in a nested document. No field of the dictionary stands inside another."""
    *way, last = name.split(".")
    for step in way:
        document = document.setdefault(step, {})
    document[last] = value


def _gathered(common: Mapping[str, Any], fields: Iterable[str]) -> list[str]:
    found: dict[str, None] = {}
    for name in fields:
        value = common.get(name)
        if value is not None:
            found.update(dict.fromkeys(value if isinstance(value, list) else [value]))
    return list(found)
