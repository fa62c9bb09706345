"""What a Windows event means in common fields: its row (windows_channels.py), and what all events share.

References: https://learn.microsoft.com/windows/win32/wes/eventschema-systempropertiestype-complextype (levels,
keywords).
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import PureWindowsPath

from seerflow.model.event import Value
from seerflow.parsers.shape import ABSENT, endpoint, keyword, long, put, slug, split_domain
from seerflow.parsers.windows_channels import ROWS
from seerflow.parsers.windows_details import DETAILS
from seerflow.parsers.windows_message import fields, title
from seerflow.parsers.windows_rows import Row
from seerflow.parsers.windows_streams import CHANNEL_OF, DATASETS

Common = dict[str, Value]
Native = dict[str, Value]

#: Keywords of audit events, bits 52 and 53.
_FAILURE, _SUCCESS = 0x0010000000000000, 0x0020000000000000
_AUDITS = {
    "audit failure": "failure",
    "failure audit": "failure",
    "audit_failure": "failure",
    "auditfailure": "failure",
    "audit success": "success",
    "success audit": "success",
    "audit_success": "success",
    "auditsuccess": "success",
}
#: What these categories tell of is told when it is done.
_LASTING, _CHANGES = frozenset({"iam", "configuration"}), frozenset({"creation", "change", "deletion"})
_LEVELS = {
    "0": "information",
    "1": "critical",
    "2": "error",
    "3": "warning",
    "4": "information",
    "5": "verbose",
}
# Who began it: the first of these that names somebody. Sysmon writes SourceIp, the firewall SourceAddress.
_SOURCES = (
    "IpAddress",
    "SourceIp",
    "SourceAddress",
    "ClientAddress",
    "ClientName",
    "WorkstationName",
    "Workstation",
)
_SOURCE_PORTS = ("IpPort", "SourcePort", "ClientPort")
_DESTINATIONS = ("DestinationIp", "DestAddress")
_DESTINATION_PORTS = ("DestinationPort", "DestPort")
_NO_ADDRESS = frozenset({"LOCAL", "::", "0.0.0.0", "0:0:0:0:0:0:0:0"})  # noqa: S104  written where there is none
_CHANNELS_WITH_SOURCES = frozenset({"windows.security", "windows.sysmon", "windows.terminal_services"})


@lru_cache(maxsize=1024)
def dataset(channel: str) -> str:
    """Give the dataset of a channel."""
    return DATASETS.get(channel) or f"windows.{slug(channel) or 'event'}"


def channel(native: Native) -> str:
    """Give the channel; where the form left it out, the one that the provider alone writes to."""
    told = native.get("Channel")
    if isinstance(told, str) and told:
        return told
    found = CHANNEL_OF.get(str(native.get("Provider_Name") or ""), "")
    if found:
        native["Channel"] = found
    return found


def _row(stream: str, event: int, native: Mapping[str, Value]) -> Row | None:
    rows = ROWS.get(stream)
    row = rows.get(event) if rows is not None else None
    if row is None or not row.provider:
        return row
    provider = native.get("Provider_Name")
    return row if provider is None or str(provider).startswith(row.provider) else None


def audit(native: Mapping[str, Value]) -> str | None:
    """Give what the event's own keyword says: an audited success or failure."""
    told = native.get("Keywords")
    if isinstance(told, list):
        told = told[0] if told else None
    if told is not None:
        number = long(told)
        if number is not None:
            return "failure" if number & _FAILURE else "success" if number & _SUCCESS else None
        if isinstance(told, str):
            if told[:2] in ("0x", "0X"):
                return _bits(told)
            return _AUDITS.get(told.strip().lower())
    for name in ("KeywordNames", "EventType", "SeverityValue"):
        found = native.get(name)
        if isinstance(found, str) and (word := _AUDITS.get(found.strip().lower())):
            return word
    return None


def _bits(told: str) -> str | None:
    """Read `0x8020000000000000`, which no signed 64 bit number holds."""
    try:
        number = int(told[:18], 16)
    except ValueError:
        return None
    return "failure" if number & _FAILURE else "success" if number & _SUCCESS else None


def _status(native: Mapping[str, Value]) -> str | None:
    told = (
        keyword(native.get("Status")) or keyword(native.get("ErrorCode")) or keyword(native.get("StatusCode"))
    )
    if told is None:
        return audit(native)
    return "success" if told.strip("0x") == "" else "failure"


def _outcome(row: Row, native: Mapping[str, Value]) -> str | None:
    if row.outcome == "status":
        return _status(native)
    if row.outcome not in ("", "audit"):
        return row.outcome
    told = audit(native)
    # "A user account was created" says by itself that it was.
    done = not row.outcome and row.category in _LASTING and row.type in _CHANGES
    return told or ("success" if done else None)


def _told(native: Mapping[str, Value], names: tuple[str, ...]) -> str | None:
    for name in names:
        text = native.get(name)
        if text is not None and (found := keyword(text)) is not None and found not in _NO_ADDRESS:
            return found.removeprefix("\\\\")
    return None


def _ends(common: Common, native: Mapping[str, Value]) -> None:
    source, destination = _told(native, _SOURCES), _told(native, _DESTINATIONS)
    if source is not None:
        endpoint(common, "source", source, _told(native, _SOURCE_PORTS))
    if destination is not None:
        endpoint(common, "destination", destination, _told(native, _DESTINATION_PORTS))
    if "source.domain" not in common and (name := keyword(native.get("WorkstationName"))):
        common["source.domain"] = name.removeprefix("\\\\")
    if name := keyword(native.get("SourceHostname")):
        common.setdefault("source.domain", name)
    if name := keyword(native.get("DestinationHostname")):
        common.setdefault("destination.domain", name)


@lru_cache(maxsize=8192)
def file_name(path: str) -> str:
    """Give the last part of a path of Windows."""
    return PureWindowsPath(path).name or path


def _names(common: Common) -> None:
    for side in ("process", "process.parent"):
        path = common.get(f"{side}.executable")
        if path:
            common[f"{side}.name"] = file_name(path)
    path = common.get("file.path")
    if path and "file.name" not in common:
        common["file.name"] = file_name(path)
    split_domain(common)


def _plain(common: Common, native: Mapping[str, Value]) -> None:
    """What an event without a row says by the names that all providers share."""
    put(
        common,
        "user.name",
        native.get("SubjectUserName") or native.get("TargetUserName") or native.get("User"),
    )
    put(common, "user.domain", native.get("SubjectDomainName"))
    put(common, "process.executable", native.get("ProcessName") or native.get("Image"))
    if word := audit(native):
        common["event.outcome"] = word


def _message(common: Common, native: Native, row: Row | None) -> None:
    """Say what the message says in short; read its fields where the event brought none of its own."""
    told = native.get("Message")
    if not isinstance(told, str) or not told:
        return
    if row is not None and row.fields and native.keys().isdisjoint(row.natives):
        for name, value in fields(told).items():
            native.setdefault(name, value)
    put(common, "message", title(told))


def explain(common: Common, native: Native, event: int) -> None:
    """Add to the common view what the event says; `event.dataset` is set already."""
    stream = common["event.dataset"]
    row = _row(stream, event, native)
    _message(common, native, row)
    if word := _LEVELS.get(str(native.get("Level"))):
        common["log.level"] = word
    if stream in _CHANNELS_WITH_SOURCES:
        _ends(common, native)
    if row is None:
        _plain(common, native)
    else:
        _meaning(common, native, row)
        if detail := DETAILS.get(stream):
            detail(common, native, event)
    _names(common)


def _meaning(common: Common, native: Native, row: Row) -> None:
    for name, field in row.fields:
        value = native.get(field)
        if value is not None and name not in common and value not in ABSENT:
            put(common, name, value)
    common["event.action"] = row.action
    if row.category:
        common["event.category"] = row.category
    if row.type:
        common["event.type"] = row.type
    if word := _outcome(row, native):
        common["event.outcome"] = word
