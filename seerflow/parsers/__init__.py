"""Raw logs into events: one module a format; PARSERS is the list, and its order is the order of recognition.

Law: `read` never raises and never loses: any bytes give at least one event or rejected log.
"""

from collections.abc import Mapping
from functools import cache

from seerflow.model.event import Event, Value
from seerflow.model.log import RawLog, Rejected
from seerflow.parsers import (
    accounts,
    apple_json,
    apple_log,
    auditd,
    cef,
    cloudtrail,
    daemons,
    journald,
    json_lines,
    kernel,
    keyvalue,
    laurel,
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
    windows_text,
    zeek,
    zeek_json,
)
from seerflow.parsers.contract import Parser
from seerflow.parsers.described.loading import trusted
from seerflow.parsers.products import contents
from seerflow.parsers.shelf import Shelf, shelve

#: Every parser that is written in Python; products/ holds those that are described. The specific stand before the
#: general; `unknown` takes what is left.
PARSERS: tuple[Parser, ...] = (
    syslog.PARSER,
    windows_text.PARSER,
    apple_log.PARSER,
    openssh.PARSER,
    pam.PARSER,
    sudo.PARSER,
    su.PARSER,
    accounts.PARSER,
    daemons.PARSER,
    kernel.PARSER,
    cef.PARSER,
    leef.PARSER,
    auditd.PARSER,
    zeek.PARSER,
    w3c.PARSER,
    web_access.PARSER,
    windows.PARSER,
    laurel.PARSER,
    cloudtrail.PARSER,
    zeek_json.PARSER,
    otlp.PARSER,
    journald.PARSER,
    apple_json.PARSER,
    json_lines.PARSER,
    keyvalue.PARSER,
    unknown.PARSER,
)


@cache
def shelf() -> Shelf:
    """Give all parsers that come with Seerflow, sorted; descriptions are read when this is first asked."""
    return shelve(PARSERS, described())


@cache
def described() -> tuple[Parser, ...]:
    """Give the parsers of the descriptions that come with Seerflow."""
    return tuple(trusted(content) for content in contents().values())


def names() -> tuple[str, ...]:
    """Give the names of all parsers that come with Seerflow."""
    return tuple(one.name for one in (*PARSERS, *described()))


def read(raw: RawLog) -> tuple[Event | Rejected, ...]:
    """Read one raw log: its events, or why there are none. Never raises, never empty."""
    return recognition.read(shelf(), raw)


def read_document(raw: RawLog, document: Mapping[str, Value]) -> tuple[Event | Rejected, ...]:
    """Read a JSON document that is decoded already; `raw.raw` is its text."""
    return recognition.read_document(shelf(), raw, document)


def explain(raw: RawLog, parsers: Shelf | None = None) -> list[str]:
    """Give the steps that reading takes with this log, for people."""
    trace: list[str] = []
    for result in recognition.read(parsers or shelf(), raw, trace):
        if isinstance(result, Event):
            trace.append(
                f"event {result.id}: {result.parser}, {len(result.common)} common and {len(result.native)} native fields"
            )
        else:
            trace.append(f"rejected: {result.reason}: {result.detail}")
    return trace
