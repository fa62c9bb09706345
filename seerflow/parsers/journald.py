"""The systemd journal as JSON (`journalctl -o json`): a frame around the message.

Reference: https://www.freedesktop.org/software/systemd/man/latest/systemd.journal-fields.html
"""

from collections.abc import Mapping
from typing import Any

from seerflow.model.event import Value
from seerflow.parsers.contract import Frame, Outcome, Parser, Reading, Subject
from seerflow.parsers.flatten import flat
from seerflow.parsers.shape import fill, keyword
from seerflow.parsers.timestamps import epoch

_TABLE = {
    "_HOSTNAME": "host.name",
    "SYSLOG_IDENTIFIER": "process.name",
    "_COMM": "process.name",
    "_PID": "process.pid",
    "SYSLOG_PID": "process.pid",
    "_EXE": "process.executable",
    "_CMDLINE": "process.command_line",
    "PRIORITY": "log.syslog.severity.code",
    "SYSLOG_FACILITY": "log.syslog.facility.code",
}
_BYTE = range(256)
_TIMES = ("_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP")


def _first(subject: Subject) -> bool:
    document = subject.document or {}
    return "MESSAGE" in document and ("__REALTIME_TIMESTAMP" in document or "_HOSTNAME" in document)


def _message(value: Any) -> str:
    # Bytes that are not UTF-8 come as a list of numbers.
    if isinstance(value, list):
        return bytes(item for item in value if isinstance(item, int) and item in _BYTE).decode(
            "utf-8", "replace"
        )
    return value if isinstance(value, str) else keyword(value) or ""


def _time(document: Mapping[str, Any]) -> int | None:
    for name in _TIMES:
        text = document.get(name)
        if isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) <= 18:  # noqa: PLR2004  as in `epoch`
            return epoch(int(text))
    return None


def _parse(subject: Subject) -> Outcome:
    document = subject.document or {}
    message = _message(document.get("MESSAGE"))
    native, cut = flat({name: value for name, value in document.items() if name != "MESSAGE"})
    native["MESSAGE"] = message
    common: dict[str, Value] = {"message": message} if message else {}
    fill(common, native, _TABLE)
    program = keyword(document.get("SYSLOG_IDENTIFIER")) or keyword(document.get("_COMM")) or ""
    if program:
        common["log.syslog.appname"] = program
    reading = Reading(common=common, native=native, time=_time(document), flags=("truncated",) if cut else ())
    payload = Subject(
        text=message, received=subject.received, zone=subject.zone, program=program, framed=True
    )
    return (Frame(reading=reading, payload=payload),)


PARSER = Parser(
    name="journald",
    version=1,
    description="systemd journal entries as JSON, around any payload",
    reads="document",
    first=_first,
    parse=_parse,
)
