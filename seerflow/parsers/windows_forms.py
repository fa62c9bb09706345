"""Every JSON form that Windows events travel in, into one native view.

native: EventData names with spaces stripped, System attributes joined by `_`, Channel, EventID: the names that
Sigma's taxonomy uses, so that a rule sees the same event whatever carried it.

References: https://learn.microsoft.com/windows/win32/wes/eventschema-schema (the event itself);
https://www.elastic.co/guide/en/beats/winlogbeat/current/exported-fields-winlog.html (winlogbeat 7 and later; 6 has
the same names without `winlog.`); https://docs.nxlog.co/refman/current/im/msvistalog.html (NXLog);
https://documentation.wazuh.com/current/user-manual/capabilities/log-data-collection/ (Wazuh: `win.eventdata`);
https://learn.microsoft.com/azure/azure-monitor/reference/tables/securityevent (Sentinel);
https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/receiver/windowseventlogreceiver;
https://docs.fluentbit.io/manual/pipeline/inputs/windows-event-log-winevtlog (Fluent Bit).
"""

import re
from collections.abc import Mapping
from typing import Any

from seerflow.model.event import Value
from seerflow.parsers.flatten import MAX_DEPTH, MAX_FIELDS, flat

Native = dict[str, Value]

#: Keys that hold an element's attributes, as evtx_dump, xmltodict and others write them.
_ATTRIBUTES = ("#attributes", "@attributes")
_APART = "_attributes"  # evtx_dump --separate-json-attributes
# winlogbeat and OpenTelemetry -> the names that the event itself has
_WINLOG = {
    "channel": "Channel",
    "event_id": "EventID",
    "provider_name": "Provider_Name",
    "provider_guid": "Provider_Guid",
    "computer_name": "Computer",
    "computer": "Computer",
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
    "system_time": "TimeCreated_SystemTime",
    "message": "Message",
}
# What holds a mapping there: (its key, the name inside) -> native
_WINLOG_INNER = (
    ("event_id", "id", "EventID"),
    ("event_id", "qualifiers", "EventID_Qualifiers"),
    ("provider", "name", "Provider_Name"),
    ("provider", "guid", "Provider_Guid"),
    ("process", "pid", "Execution_ProcessID"),
    ("execution", "process_id", "Execution_ProcessID"),
    ("execution", "thread_id", "Execution_ThreadID"),
    ("user", "identifier", "Security_UserID"),
    ("security", "user_id", "Security_UserID"),
    ("correlation", "activity_id", "Correlation_ActivityID"),
)
# Flat names of NXLog, Sentinel, Fluent Bit, Splunk and PowerShell -> the event's own. What is not set yet is set.
_FLAT = {
    "Hostname": "Computer",
    "ComputerName": "Computer",
    "MachineName": "Computer",
    "SourceName": "Provider_Name",
    "ProviderName": "Provider_Name",
    "EventSourceName": "Provider_Name",
    "ProviderGuid": "Provider_Guid",
    "RecordNumber": "EventRecordID",
    "RecordId": "EventRecordID",
    "EventRecordId": "EventRecordID",
    "event_id": "EventID",
    "EventId": "EventID",
    "EventCode": "EventID",
    "Id": "EventID",
    "LogName": "Channel",
    "EventLog": "Channel",
    "RenderedDescription": "Message",
    "channel": "Channel",
    "ExecutionProcessID": "Execution_ProcessID",
    "message": "Message",
}
# Wazuh's names of System: they begin small, and some have another name
_WAZUH = {
    "providerName": "Provider_Name",
    "providerGuid": "Provider_Guid",
    "eventID": "EventID",
    "eventSourceName": "Provider_EventSourceName",
    "systemTime": "TimeCreated_SystemTime",
    "eventRecordID": "EventRecordID",
    "processID": "Execution_ProcessID",
    "threadID": "Execution_ThreadID",
    "severityValue": "SeverityValue",
}
_SPACES = re.compile(r"\s+")
# Wazuh writes each backslash twice
_BACKSLASHES = re.compile(r"\\+")
_TWO = 2


def spaceless(text: str) -> str:
    """Give the name as rules spell it: `Threat Name` is ThreatName."""
    return _SPACES.sub("", text) if " " in text else text


def _attributes(node: Mapping[str, Any]) -> Mapping[str, Any]:
    for key in _ATTRIBUTES:
        found = node.get(key)
        if isinstance(found, dict):
            return found
    return {
        key[1:]: value
        for key, value in node.items()
        if key[:1] in ("@", "_") and not isinstance(value, dict | list)
    }


def _content(node: Any) -> Any:
    return node.get("#text", node.get("$t")) if isinstance(node, dict) else node


def _system(system: Mapping[str, Any], native: Native) -> None:
    for name, node in system.items():
        if isinstance(node, dict):
            told = name.removesuffix(_APART)
            inside = node if told is not name and told != name else _attributes(node)
            for key, value in inside.items():
                native.setdefault(f"{told}_{spaceless(str(key))}", value)
            content = _content(node)
            if content is not None:
                native[name] = content
        elif not isinstance(node, list) and node is not None and not name.startswith("xml"):
            native[name] = node


def event_data(node: Any, native: Native) -> None:
    """Read EventData: `{"Name": value}`, `{"Data": [{"@Name": …, "#text": …}]}`, `[{"Name": value}]`, or unnamed values."""
    if isinstance(node, list):
        for item in node[:MAX_FIELDS]:
            if isinstance(item, dict):
                event_data(_named(item), native)
        return
    if not isinstance(node, dict):
        return
    for name, value in node.items():
        if name == "Data" or (name == "data" and isinstance(value, list)):
            _data(value, native)
        elif name not in _ATTRIBUTES and name[:1] != "@" and not name.endswith(_APART):
            content = _content(value) if isinstance(value, dict) and "#text" in value else value
            put(native, name, content)


def _named(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Read `{"Name": n, "Value": v}` as `{n: v}`; other mappings stay."""
    name = item.get("Name", item.get("name", item.get("@Name")))
    if isinstance(name, str) and len(item) <= _TWO:
        return {name: item.get("Value", item.get("value", item.get("#text")))}
    return item


def _data(value: Any, native: Native) -> None:
    unnamed: list[Value] = []
    for item in value if isinstance(value, list) else [value]:
        name = _attributes(item).get("Name") if isinstance(item, dict) else None
        if name is not None:
            put(native, str(name), _content(item))
        elif isinstance(item, dict) and "#text" not in item:
            event_data(_named(item), native)
        else:
            content = _content(item)
            unnamed.extend(content if isinstance(content, list) else [content])
    if unnamed and unnamed != [None]:
        native.setdefault("Data", unnamed[0] if len(unnamed) == 1 else unnamed)


def put(native: Native, name: str, value: Any) -> None:
    """Set a field of the event's data under its name without spaces; what is set already stays."""
    if len(native) >= MAX_FIELDS:
        return
    if isinstance(value, dict):
        for key, item in flat(value)[0].items():
            native.setdefault(spaceless(f"{name}.{key}"), item)
    else:
        native.setdefault(spaceless(name), value)


def _user_data(node: Any, native: Native, depth: int = 0) -> None:
    """UserData holds one element of the provider's own schema; its children are the fields."""
    if not isinstance(node, dict) or depth > MAX_DEPTH:
        return
    for name, value in node.items():
        if name in _ATTRIBUTES or name.startswith(("@", "xml")) or name.endswith(_APART):
            continue
        if isinstance(value, dict) and "#text" not in value:
            _user_data(value, native, depth + 1)
        else:
            put(native, name, _content(value))


def of_event(event: Mapping[str, Any]) -> Native:
    """Read the event's own shape: System, EventData, UserData, RenderingInfo."""
    native: Native = {}
    system = event.get("System")
    if isinstance(system, dict):
        _system(system, native)
    event_data(event.get("EventData"), native)
    _user_data(event.get("UserData"), native)
    rendering = event.get("RenderingInfo")
    if isinstance(rendering, dict) and isinstance(rendering.get("Message"), str):
        native.setdefault("Message", rendering["Message"])
    return native


def of_winlogbeat(document: Mapping[str, Any]) -> Native:
    """Read winlogbeat's shape, and OpenTelemetry's, which took most names from it."""
    winlog = document.get("winlog")
    source: Mapping[str, Any] = winlog if isinstance(winlog, dict) else document
    native: Native = {}
    for name, target in _WINLOG.items():
        value = source.get(name)
        if value is not None and not isinstance(value, dict):
            native.setdefault(target, value)
    for outer, inner, target in _WINLOG_INNER:
        node = source.get(outer)
        if isinstance(node, dict) and node.get(inner) is not None:
            native.setdefault(target, node[inner])
    event_data(source.get("event_data"), native)
    _user_data(source.get("user_data"), native)
    for name, target in (("@timestamp", "@timestamp"), ("message", "Message")):
        if isinstance(document.get(name), str):
            native.setdefault(target, document[name])
    return native


def _single(value: Any) -> Any:
    """Undo Wazuh's doubled backslashes; a value where one stands alone was not doubled."""
    if not isinstance(value, str) or "\\" not in value:
        return value
    if any(len(run) % _TWO for run in _BACKSLASHES.findall(value)):
        return value
    return value.replace("\\\\", "\\")


def of_wazuh(win: Mapping[str, Any]) -> Native:
    """Read Wazuh's shape: `system` and `eventdata`, names with a small first letter."""
    native: Native = {}
    system, told = win.get("system"), win.get("eventdata", win.get("eventData"))
    for name, value in system.items() if isinstance(system, dict) else ():
        native.setdefault(_WAZUH.get(name, name[:1].upper() + name[1:]), _single(value))
    message = native.get("Message")
    if isinstance(message, str):
        native["Message"] = message.strip('"')
    event_data(
        {name[:1].upper() + name[1:]: _single(value) for name, value in told.items()}
        if isinstance(told, dict)
        else told,
        native,
    )
    return native


def of_flat(document: Mapping[str, Any]) -> Native:
    """Read flat names: native already, or those of NXLog, Sentinel, Fluent Bit, Splunk, PowerShell."""
    if any(type(value) is dict or type(value) is list for value in document.values()):
        found, _ = flat(document)
    else:
        found = dict(document)
    native = {spaceless(name): value for name, value in found.items()} if _spaced(found) else found
    for name, target in _FLAT.items():
        if name in native and target not in native:
            native[target] = native[name]
    if "EventLog" in native:  # the table Event of Azure Monitor; elsewhere Source is some other thing
        native.setdefault("Provider_Name", native.get("Source"))
    return native


def of_dotted(document: Mapping[str, Any]) -> Native:
    """Read winlogbeat's fields where somebody flattened them: `winlog.event_data.TargetUserName`."""
    inner = {
        name.removeprefix("winlog."): value for name, value in document.items() if name.startswith("winlog.")
    }
    data = {
        name.removeprefix("event_data."): value
        for name, value in inner.items()
        if name.startswith("event_data.")
    }
    rest = {name: value for name, value in document.items() if name in ("@timestamp", "message")}
    return of_winlogbeat({**rest, "winlog": {**inner, "event_data": data}})


def _spaced(names: Mapping[str, Any]) -> bool:
    return " " in "".join(names)
