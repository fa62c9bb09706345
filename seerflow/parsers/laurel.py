"""Laurel: the audit events of Linux as JSON, one document an event, read as their records are.

Reference: https://github.com/threathunters-io/laurel/blob/main/man/laurel.8.md, laurel-about(7).
"""

from collections.abc import Mapping
from typing import Any

from seerflow.parsers.auditd import event
from seerflow.parsers.auditd_records import MAX_RECORDS, Record
from seerflow.parsers.contract import Outcome, Parser, Subject
from seerflow.parsers.shape import put

_ID_PARTS = 2


def _first(subject: Subject) -> bool:
    document = subject.document or {}
    told = document.get("ID")
    return (
        isinstance(told, str)
        and ":" in told
        and any(type(value) in (dict, list) for value in document.values())
    )


def _text(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(str(item) for item in value[:MAX_RECORDS])
    return str(value)


def _fields(kind: str, node: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in node.items():
        if name == "ARGV" and isinstance(value, list):
            if kind == "PROCTITLE":
                found["proctitle"] = _text(value)
            else:
                found |= {f"a{place}": str(item) for place, item in enumerate(value[:MAX_RECORDS])}
        elif isinstance(value, dict):
            found |= {str(key): _text(item) for key, item in value.items()}
        elif value is not None:
            found[name] = _text(value)
    return found


def _parse(subject: Subject) -> Outcome:
    document = subject.document or {}
    stamp, _, serial = str(document.get("ID", "")).partition(":")
    if not serial.isdecimal() or not stamp.replace(".", "", 1).isdecimal() or len(stamp) > 19:  # noqa: PLR2004  microseconds
        return None
    node = str(document.get("NODE") or "")
    records: list[Record] = []
    for kind, told in document.items():
        for one in (told if isinstance(told, list) else [told])[:MAX_RECORDS]:
            if isinstance(one, dict) and len(records) < MAX_RECORDS and kind != "PARENT_INFO":
                records.append(Record(kind, node, stamp, serial, _fields(kind, one)))
    if not records:
        return None
    reading = event(records)
    parent = document.get("PARENT_INFO")
    if isinstance(parent, dict):
        put(reading.common, "process.parent.name", parent.get("comm"))
        put(reading.common, "process.parent.executable", parent.get("exe"))
        argv = parent.get("ARGV")
        put(reading.common, "process.parent.command_line", _text(argv) if isinstance(argv, list) else None)
    return (reading,)


PARSER = Parser(
    name="laurel",
    version=1,
    description="Linux audit events as Laurel writes them: JSON, one document an event",
    reads="document",
    first=_first,
    parse=_parse,
)
