"""Raw logs into events: one module a format; PARSERS is the list, and its order is the order of recognition.

Law: `read` never raises and never loses: any bytes give at least one event or rejected log.
"""

from collections.abc import Mapping

from seerflow.model.event import Event, Value
from seerflow.model.log import RawLog, Rejected
from seerflow.parsers import (
    accounts,
    auditd,
    cef,
    cloudtrail,
    journald,
    json_lines,
    keyvalue,
    leef,
    openssh,
    otlp,
    pam,
    recognition,
    su,
    sudo,
    syslog,
    unknown,
    w3c,
    web_access,
    windows,
    zeek,
    zeek_json,
)
from seerflow.parsers.contract import Parser

#: Every parser. The specific stand before the general; `unknown` takes what is left.
PARSERS: tuple[Parser, ...] = (
    syslog.PARSER,
    openssh.PARSER,
    pam.PARSER,
    sudo.PARSER,
    su.PARSER,
    accounts.PARSER,
    cef.PARSER,
    leef.PARSER,
    auditd.PARSER,
    zeek.PARSER,
    w3c.PARSER,
    web_access.PARSER,
    windows.PARSER,
    cloudtrail.PARSER,
    zeek_json.PARSER,
    otlp.PARSER,
    journald.PARSER,
    json_lines.PARSER,
    keyvalue.PARSER,
    unknown.PARSER,
)
_SHELF = recognition.shelve(PARSERS)


def read(raw: RawLog) -> tuple[Event | Rejected, ...]:
    """Read one raw log: its events, or why there are none. Never raises, never empty."""
    return recognition.read(_SHELF, raw)


def read_document(raw: RawLog, document: Mapping[str, Value]) -> tuple[Event | Rejected, ...]:
    """Read a JSON document that is decoded already; `raw.raw` is its text."""
    return recognition.read_document(_SHELF, raw, document)


def explain(raw: RawLog) -> list[str]:
    """Give the steps that `read` takes with this log, for people."""
    trace: list[str] = []
    for result in recognition.read(_SHELF, raw, trace):
        if isinstance(result, Event):
            trace.append(
                f"event {result.id}: {result.parser}, {len(result.common)} common and {len(result.native)} native fields"
            )
        else:
            trace.append(f"rejected: {result.reason}: {result.detail}")
    return trace
