"""Apple's unified log as JSON (`log show --style ndjson`, or json, an array): a frame around the message.

Reference: log(1).
"""

from seerflow.model.event import Value
from seerflow.parsers.apple_log import frame
from seerflow.parsers.contract import Outcome, Parser, Reading, Subject
from seerflow.parsers.flatten import flat
from seerflow.parsers.shape import keyword, put
from seerflow.parsers.timestamps import when


def _first(subject: Subject) -> bool:
    document = subject.document or {}
    return "eventMessage" in document and "processImagePath" in document


def _parse(subject: Subject) -> Outcome:
    document = subject.document or {}
    message, path = document.get("eventMessage"), keyword(document.get("processImagePath")) or ""
    if not isinstance(message, str):
        return None
    native, cut = flat(document)
    common: dict[str, Value] = {}
    put(common, "process.executable", path)
    put(common, "user.id", document.get("userID"))
    put(common, "log.level", (keyword(document.get("messageType")) or "").lower())
    reading = Reading(
        common=common,
        native=native,
        time=when(document.get("timestamp"), subject.received, subject.zone),
        flags=("truncated",) if cut else (),
    )
    return (frame(subject, path.rpartition("/")[2], document.get("processID"), message, reading),)


PARSER = Parser(
    name="apple_json",
    version=1,
    description="Apple's unified log as JSON, around any payload",
    reads="document",
    first=_first,
    parse=_parse,
)
