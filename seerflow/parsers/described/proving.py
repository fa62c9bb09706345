"""The tests of a description: each line must be read as it says, without its source being named."""

from collections.abc import Iterator, Mapping
from typing import Any

from seerflow.model.event import Event, Value
from seerflow.model.fields import BY_NAME
from seerflow.model.log import Origin, RawLog
from seerflow.parsers.described.fault import Fault, Path, nearest
from seerflow.parsers.described.work import listed
from seerflow.parsers.flatten import dump
from seerflow.parsers.recognition import read
from seerflow.parsers.shape import fitting
from seerflow.parsers.shelf import Shelf
from seerflow.parsers.timestamps import rfc3339, when

#: 2026-03-15T12:00:00Z: when all tests' logs are received; stamps without a year are read by it.
RECEIVED = 1_773_576_000_000_000


def text_of(told: Mapping[str, Any]) -> str:
    """Give a test's log as it comes in."""
    log = told["log"]
    text = log if isinstance(log, str) else dump(log)
    program = told.get("program")
    return f"<13>1 2026-03-15T11:59:00Z host.example.com {program} 1 - - {text}" if program else text


def prove(shelf: Shelf, told: Mapping[str, Any]) -> Iterator[Fault]:
    """Run the tests of a description; give what fails."""
    if not told.get("tests"):
        yield Fault(path=(), fact="has no tests", help="give at least one log and what it must be read as")
    for index, test in enumerate(told.get("tests") or ()):
        yield from _test(shelf, told, test, ("tests", index))


def _test(shelf: Shelf, told: Mapping[str, Any], test: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    raw = RawLog(origin=Origin("test", 0, 0, 0), raw=text_of(test).encode(), received=RECEIVED)
    trace: list[str] = []
    result = read(shelf, raw, trace)[0]
    if not isinstance(result, Event):
        yield Fault(path=(*path, "log"), fact=f"is rejected: {result.reason}: {result.detail}")
        return
    got = result.parser.partition("/")[0]
    wanted = test.get("parser", "" if "body" in told else told["name"])
    if wanted and got != wanted:
        steps = " > ".join(step.strip() for step in trace[1:])
        yield Fault(
            path=(*path, "log"), fact=f"is read by {got!r}, not by {wanted!r}", help=f"steps: {steps[:300]}"
        )
        return
    yield from _expected(result, test, path)


def _expected(event: Event, test: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    for name, value in (test.get("expect") or {}).items():
        if fault := _common(event, name, value, (*path, "expect", name)):
            yield fault
    for name, value in (test.get("native") or {}).items():
        got = event.native.get(name)
        if got != value and str(got) != str(value):
            yield _differs((*path, "native", name), value, got)
    for name in listed(test.get("absent")):
        if name in event.common:
            yield Fault(path=(*path, "absent"), fact=f"{name} is there: {event.common[name]!r}")


def _common(event: Event, name: str, value: Any, path: Path) -> Fault | None:
    if name == "@timestamp":
        got = None if "time_assumed" in event.flags else event.time
        if got is not None and when(str(value), RECEIVED) == got:
            return None
        return _differs(path, value, None if got is None else rfc3339(got))
    if name not in BY_NAME:
        return Fault(path=path, fact="is no common field", help=nearest(name, BY_NAME))
    got = event.common.get(name)
    return None if got is not None and fitting(name)(value) == got else _differs(path, value, got)


def _differs(path: Path, wanted: Any, got: Value) -> Fault:
    return Fault(path=path, fact=f"expected {wanted!r}, got {'nothing' if got is None else repr(got)}")
