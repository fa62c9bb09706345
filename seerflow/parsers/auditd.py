"""The Linux audit log: one record a line, `type=SYSCALL msg=audit(1450770603.209:3300446): key=value …`.

Law: one logon attempt is one event of category authentication: USER_LOGIN. USER_AUTH and USER_ACCT beside it have none.

Reference: https://github.com/linux-audit/audit-documentation/wiki/SPEC-Audit-Event-Enrichment and auparse's field table.
"""

import re

from seerflow.model.event import Value
from seerflow.parsers.contract import Outcome, Parser, Reading, Subject
from seerflow.parsers.pairs import pairs
from seerflow.parsers.shape import endpoint, keyword, put
from seerflow.parsers.timestamps import digits
from seerflow.parsers.vocabulary import outcome

_HEAD = re.compile(
    r"(?:node=(\S{1,255}) )?type=([A-Z_0-9\[\]]{1,64}) msg=audit\((\d{1,11}\.\d{1,6}):(\d{1,20})\):\s?"
)
_HEX = re.compile(r"(?:[0-9A-F]{2})+", re.ASCII)
# Fields that the kernel writes as hex when they hold a space, a quote or a control character
_HEXED = frozenset(
    [
        "proctitle",
        "comm",
        "exe",
        "name",
        "cwd",
        "cmd",
        "acct",
        "data",
        "key",
        "dir",
        "old",
        "new",
        "path",
        "file",
        "id",
    ]
)
_ARGUMENT = re.compile(r"a\d{1,4}", re.ASCII)
#: An audit user id of nobody, (uid_t)-1
_UNSET = "4294967295"
_TABLE = {
    "acct": "user.name",
    "exe": "process.executable",
    "comm": "process.name",
    "pid": "process.pid",
    "ppid": "process.parent.pid",
    "cwd": "process.working_directory",
    "cmd": "process.command_line",
    "proctitle": "process.command_line",
    "name": "file.path",
    "auid": "user.id",
    "grp": "group.name",
}
# type -> category, ECS type
_TYPES = {
    "USER_LOGIN": ("authentication", "start"),
    "EXECVE": ("process", "start"),
    "SYSCALL": ("process", "info"),
    "PROCTITLE": ("process", "info"),
    "USER_CMD": ("process", "start"),
    "ADD_USER": ("iam", "creation"),
    "DEL_USER": ("iam", "deletion"),
    "ADD_GROUP": ("iam", "creation"),
    "DEL_GROUP": ("iam", "deletion"),
    "USER_MGMT": ("iam", "change"),
    "GRP_MGMT": ("iam", "change"),
    "USER_START": ("session", "start"),
    "USER_END": ("session", "end"),
    "CONFIG_CHANGE": ("configuration", "change"),
    "PATH": ("file", "info"),
}


def _first(subject: Subject) -> bool:
    return "msg=audit(" in subject.text[:400]


def _plain(name: str, value: str) -> str:
    hexed = name in _HEXED or _ARGUMENT.fullmatch(name)
    # a bare value of these is hex only if it is wholly so; a quoted one came through `pairs` without quotes
    if hexed and len(value) >= 4 and _HEX.fullmatch(value):  # noqa: PLR2004  two bytes at least
        return bytes.fromhex(value).decode("utf-8", "replace").replace("\0", " ").strip()
    return value


def _fields(text: str, at: int) -> tuple[dict[str, str], bool]:
    body, _, enriched = text[at:].partition(
        "\x1d"
    )  # auditd's own translation of ids follows a group separator
    found, _, cut = pairs(body)
    inner = found.get("msg")  # userspace records quote a second list
    if inner and "=" in inner:
        found = {**pairs(inner)[0], **{name: value for name, value in found.items() if name != "msg"}}
    if enriched:
        found |= pairs(enriched)[0]
    return found, cut


def _parse(subject: Subject) -> Outcome:
    match = _HEAD.search(subject.text[:1024])
    if not match:
        return None
    node, kind, stamp, serial = match.groups()
    fields, cut = _fields(subject.text, match.end())
    native: dict[str, Value] = {"type": kind, "serial": serial}
    raw_execve = kind == "EXECVE"
    for name, value in fields.items():
        is_argument = bool(_ARGUMENT.fullmatch(name))
        native.setdefault(name, _plain(name, value) if raw_execve or not is_argument else value)
    common = _common(kind, node, native)
    return (Reading(common=common, native=native, time=digits(stamp), flags=("truncated",) if cut else ()),)


def _common(kind: str, node: str | None, native: dict[str, Value]) -> dict[str, Value]:
    common: dict[str, Value] = {
        "event.action": kind.lower(),
        "event.code": kind,
        "event.dataset": "linux.auditd",
        "event.module": "linux",
    }
    if kind in _TYPES:
        common["event.category"], common["event.type"] = _TYPES[kind]
    for name, target in _TABLE.items():
        if native.get(name, _UNSET) != _UNSET and target not in common:
            put(common, target, native[name])
    if kind == "EXECVE":
        _command_line(common, native)
    told = outcome(native.get("res")) or outcome(native.get("success"))
    if told is None and native.get("res") in ("1", "0"):
        told = "success" if native["res"] == "1" else "failure"
    if told:
        common["event.outcome"] = told
    endpoint(common, "source", keyword(native.get("addr")) or keyword(native.get("hostname")))
    put(common, "host.name", node)
    return common


def _command_line(common: dict[str, Value], native: dict[str, Value]) -> None:
    parts: list[str] = []
    while (name := f"a{len(parts)}") in native:
        parts.append(str(native[name]))
    if parts:
        common["process.command_line"] = " ".join(parts)


PARSER = Parser(
    name="auditd",
    version=1,
    description="Linux audit records, one a line",
    reads="text",
    programs=("audispd", "auditd", "audit", "audisp-syslog"),
    first=_first,
    parse=_parse,
)
