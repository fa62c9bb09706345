"""JSON documents of any kind: flat dotted native names, common fields by well-known names; ECS passes through."""

from collections.abc import Mapping
from typing import Any

from seerflow.parsers.contract import Frame, Outcome, Parser, Reading, Subject
from seerflow.parsers.flatten import flat
from seerflow.parsers.timestamps import when
from seerflow.parsers.unknown import complement
from seerflow.parsers.vocabulary import common_view, time_of


def _first(subject: Subject) -> bool:
    return bool(subject.document)


def _container(document: Mapping[str, Any], subject: Subject) -> Outcome:
    r"""Docker's and Kubernetes' wrapping of a line: `{"log": "…\n", "stream": "stdout", "time": "…"}`."""
    line = document.get("log")
    if not isinstance(line, str) or "stream" not in document or not line.strip():
        return None
    native, cut = flat({name: value for name, value in document.items() if name != "log"})
    reading = Reading(
        common={"message": line.rstrip("\r\n")},
        native=native,
        time=when(document.get("time"), subject.received, subject.zone),
        flags=("truncated",) if cut else (),
    )
    payload = Subject(text=line.rstrip("\r\n"), received=subject.received, zone=subject.zone)
    return (Frame(reading=reading, payload=payload),)


def _parse(subject: Subject) -> Outcome:
    document = subject.document
    if not document:
        return None
    if framed := _container(document, subject):
        return framed
    native, cut = flat(document)
    common = common_view(native)
    common.setdefault("event.dataset", "json")
    flags = ["truncated"] if cut else []
    told = common.get("message")
    if isinstance(told, str) and complement(common, native, told):
        flags.append("inferred")
    return (
        Reading(
            common=common,
            native=native,
            time=time_of(native, subject.received, subject.zone),
            flags=tuple(flags),
        ),
    )


PARSER = Parser(
    name="json",
    version=1,
    description="any JSON object a line, ECS documents and container logs among them",
    reads="document",
    first=_first,
    parse=_parse,
)
