"""One log on its way through a description, and how its fields are asked."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from seerflow.model.event import Value
from seerflow.parsers.contract import Subject


class Work(Struct, gc=False):
    """What is known so far."""

    subject: Subject
    native: dict[str, Value]
    common: dict[str, Value]
    time: int | None = None
    flags: tuple[str, ...] = ()
    refused: bool = False


#: One thing that a description does with a log.
Step = Callable[[Work], None]
Ask = Callable[[Work], Value]


def listed(value: Any) -> list[Any]:
    """Give a list for a list, one for a single value, none for nothing."""
    return value if isinstance(value, list) else [] if value is None else [value]


def first(value: Value) -> Value:
    """Give the first of a list, and anything else as it is."""
    while isinstance(value, list):
        if not value:
            return None
        value = value[0]
    return value


#: Names that mean more than a field (asking).
SPECIAL = frozenset({"program", "message", "structured"})


def plain(name: str) -> str:
    """Give a reference as native names are written: `items[].id` is `items.id`."""
    return name.replace("[]", "")


def asking(name: str) -> Ask:
    """Give what asks for a native field, and where there is none for a common one.

    `program` is also what the frame names, `structured` its MSGID and STRUCTURED-DATA (RFC 5424), `message` of a
    text also the text.
    """
    name = plain(name)
    if name == "program":
        return lambda work: work.native.get(name) or work.subject.program or None
    if name == "structured":
        return lambda work: work.subject.structured or None
    if name == "message":
        return _message

    def ask(work: Work) -> Value:
        value = work.native.get(name)
        return work.common.get(name) if value is None else value

    return ask


def _message(work: Work) -> Value:
    for known in (work.native, work.common):
        if (value := known.get("message")) is not None:
            return value
    return work.subject.text if work.subject.document is None else None


def reach(document: Mapping[str, Any], dotted: str, parts: tuple[str, ...]) -> Any:
    """Give what stands under a dotted path, flat or nested; of a list its first; None where there is nothing."""
    if dotted in document:
        return document[dotted]
    found: Any = document
    for part in parts:
        if isinstance(found, list):
            found = found[0] if found else None
        if not isinstance(found, Mapping):
            return None
        found = found.get(part)
    return found
