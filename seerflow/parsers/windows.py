"""Windows events as JSON: EVTX dumps, winlogbeat, NXLog, and flat documents that are native already.

native: EventData names with spaces stripped, System attributes joined by `_`, Channel, EventID as a number:
the names that Sigma's taxonomy uses. What each event means in common fields: windows_events.py.

Reference: https://learn.microsoft.com/windows/win32/wes/eventschema-schema
"""

import re
from collections.abc import Mapping
from typing import Any

from seerflow.model.event import Value
from seerflow.parsers.contract import Outcome, Parser, Reading, Subject
from seerflow.parsers.flatten import MAX_DEPTH, MAX_FIELDS, flat
from seerflow.parsers.shape import keyword, long, put
from seerflow.parsers.timestamps import when
from seerflow.parsers.windows_events import dataset, explain

_TIMES = (
    "TimeCreated_SystemTime",
    "TimeCreated",
    "@timestamp",
    "SystemTime",
    "EventTime",
    "UtcTime",
    "EventReceivedTime",
    "timestamp",
)
_ATTRIBUTES = ("#attributes", "@attributes")
# winlogbeat -> the names that the event itself has
_WINLOG = {
    "channel": "Channel",
    "event_id": "EventID",
    "provider_name": "Provider_Name",
    "provider_guid": "Provider_Guid",
    "computer_name": "Computer",
    "record_id": "EventRecordID",
    "task": "Task",
    "opcode": "Opcode",
    "activity_id": "Correlation_ActivityID",
    "related_activity_id": "Correlation_RelatedActivityID",
    "keywords": "Keywords",
    "level": "Level",
    "log_name": "Channel",
    "source_name": "Provider_Name",
    "record_number": "EventRecordID",
    "version": "Version",
}
# NXLog's and other shippers' flat names
_FLAT = {
    "Hostname": "Computer",
    "SourceName": "Provider_Name",
    "ProviderName": "Provider_Name",
    "RecordNumber": "EventRecordID",
    "event_id": "EventID",
    "EventId": "EventID",
    "ComputerName": "Computer",
    "LogName": "Channel",
    "channel": "Channel",
}
_SPACES = re.compile(r"\s+")


def _first(subject: Subject) -> bool:
    document = subject.document or {}
    return (
        "Event" in document
        or "winlog" in document
        or ("event_data" in document and "event_id" in document)
        or (
            "EventID" in document
            and ("Channel" in document or "Provider_Name" in document or "SourceName" in document)
        )
    )


def _name(text: str) -> str:
    return _SPACES.sub("", text) if " " in text else text


def _attributes(node: Mapping[str, Any]) -> Mapping[str, Any]:
    for key in _ATTRIBUTES:
        found = node.get(key)
        if isinstance(found, dict):
            return found
    return {
        key[1:]: value
        for key, value in node.items()
        if key[:1] in "@_" and not isinstance(value, dict | list)
    }


def _content(node: Any) -> Any:
    return node.get("#text", node.get("$t")) if isinstance(node, dict) else node


def _system(system: Mapping[str, Any], native: dict[str, Value]) -> None:
    for name, node in system.items():
        if name.startswith("xml"):
            continue
        if isinstance(node, dict):
            for key, value in _attributes(node).items():
                native.setdefault(f"{name}_{_name(str(key))}", value)
            content = _content(node)
            if content is not None:
                native[name] = content
        elif not isinstance(node, list):
            native[name] = node


def _event_data(node: Any, native: dict[str, Value]) -> None:
    """Read EventData: `{"Name": value}`, or `{"Data": [{"@Name": …, "#text": …}]}`, or unnamed values."""
    if not isinstance(node, dict):
        return
    for name, value in node.items():
        if name in _ATTRIBUTES or name.startswith("@"):
            continue
        if name == "Data":
            _data(value, native)
        else:
            content = _content(value) if isinstance(value, dict) and "#text" in value else value
            _set(native, name, content)


def _data(value: Any, native: dict[str, Value]) -> None:
    unnamed: list[Value] = []
    for item in value if isinstance(value, list) else [value]:
        name = _attributes(item).get("Name") if isinstance(item, dict) else None
        if name is not None:
            _set(native, str(name), _content(item))
        else:
            content = _content(item)
            unnamed.extend(content if isinstance(content, list) else [content])
    if unnamed and unnamed != [None]:
        native.setdefault("Data", unnamed[0] if len(unnamed) == 1 else unnamed)


def _set(native: dict[str, Value], name: str, value: Any) -> None:
    if len(native) >= MAX_FIELDS:
        return
    if isinstance(value, dict):
        native.update({_name(f"{name}.{key}"): item for key, item in flat(value)[0].items()})
    else:
        native.setdefault(_name(name), value)


def _user_data(node: Any, native: dict[str, Value], depth: int = 0) -> None:
    """UserData holds one element of the provider's own schema; its children are the fields."""
    if not isinstance(node, dict) or depth > MAX_DEPTH:
        return
    for name, value in node.items():
        if name in _ATTRIBUTES or name.startswith(("@", "xml")):
            continue
        if isinstance(value, dict) and "#text" not in value:
            _user_data(value, native, depth + 1)
        else:
            _set(native, name, _content(value))


def _from_event(event: Mapping[str, Any]) -> dict[str, Value]:
    native: dict[str, Value] = {}
    system = event.get("System")
    if isinstance(system, dict):
        _system(system, native)
    _event_data(event.get("EventData"), native)
    _user_data(event.get("UserData"), native)
    rendering = event.get("RenderingInfo")
    if isinstance(rendering, dict) and isinstance(rendering.get("Message"), str):
        native.setdefault("Message", rendering["Message"])
    return native


def _from_winlogbeat(document: Mapping[str, Any]) -> dict[str, Value]:
    winlog = document.get("winlog")
    source: Mapping[str, Any] = winlog if isinstance(winlog, dict) else document
    native: dict[str, Value] = {}
    for name, target in _WINLOG.items():
        value = source.get(name)
        if value is not None and not isinstance(value, dict):
            native.setdefault(target, value)
    process = source.get("process")
    if isinstance(process, dict):
        native["Execution_ProcessID"] = process.get("pid")
    user = source.get("user")
    if isinstance(user, dict) and user.get("identifier"):
        native["Security_UserID"] = user["identifier"]
    _event_data(source.get("event_data"), native)
    _user_data(source.get("user_data"), native)
    for name in ("@timestamp", "message"):
        if isinstance(document.get(name), str):
            native.setdefault("Message" if name == "message" else name, document[name])
    return native


def _from_flat(document: Mapping[str, Any]) -> dict[str, Value]:
    found, _ = flat(document)
    native = {_name(name): value for name, value in found.items()}
    for name, target in _FLAT.items():
        if name in native and target not in native:
            native[target] = native[name]
    return native


def _native(document: Mapping[str, Any]) -> dict[str, Value]:
    event = document.get("Event")
    if isinstance(event, dict):
        return _from_event(event)
    if "winlog" in document or "event_data" in document:
        return _from_winlogbeat(document)
    return _from_flat(document)


def _parse(subject: Subject) -> Outcome:
    native = _native(subject.document or {})
    event_id = long(native.get("EventID"))
    if event_id is None:
        return None
    native["EventID"] = event_id
    channel = keyword(native.get("Channel")) or ""
    common: dict[str, Value] = {
        "event.module": "windows",
        "event.dataset": dataset(channel),
        "event.code": str(event_id),
    }
    put(common, "event.provider", native.get("Provider_Name"))
    put(common, "host.name", native.get("Computer"))
    explain(common, native)
    time = next(
        (t for name in _TIMES if (t := when(native.get(name), subject.received, "UTC")) is not None), None
    )
    flags = ("truncated",) if len(native) >= MAX_FIELDS else ()
    return (Reading(common=common, native=native, time=time, flags=flags),)


PARSER = Parser(
    name="windows",
    version=1,
    description="Windows events as JSON: EVTX dump, winlogbeat, NXLog, flat native",
    reads="document",
    first=_first,
    parse=_parse,
)
