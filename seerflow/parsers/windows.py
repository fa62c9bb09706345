"""Windows events as JSON: EVTX dumps, winlogbeat, NXLog, Wazuh, Sentinel, OpenTelemetry, and flat documents.

Their forms: windows_forms.py. What each event means in common fields: windows_events.py. As XML and text:
windows_xml.py and windows_text.py, whose events are read here as well.
"""

from collections.abc import Mapping
from typing import Any

from seerflow.model.event import Value
from seerflow.parsers.contract import Outcome, Parser, Reading, Subject
from seerflow.parsers.flatten import MAX_FIELDS
from seerflow.parsers.shape import long, put
from seerflow.parsers.timestamps import when
from seerflow.parsers.windows_events import channel, dataset, explain
from seerflow.parsers.windows_forms import Native, of_dotted, of_event, of_flat, of_wazuh, of_winlogbeat
from seerflow.parsers.windows_xml import read

# Names of times, and whether they are UTC whatever zone the source is in
_TIMES = (
    ("TimeCreated_SystemTime", True),
    ("TimeCreated", True),
    ("@timestamp", True),
    ("SystemTime", True),
    ("TimeGenerated", True),
    ("EventTime", False),
    ("UtcTime", True),
    ("EventReceivedTime", False),
    ("timestamp", False),
)
#: Beside EventID one of these makes a flat document an event of Windows.
_BESIDE = ("Channel", "Provider_Name", "SourceName", "ProviderName", "EventSourceName", "LogName", "EventLog")
_DOTTED = "winlog.event_id"
_NUMBERS = ("EventID", "EventCode", "EventId", "Id")
#: Where an event may stand as XML inside a document: whole, or its EventData alone.
_XML_KEYS = ("Event", "event", "EventXml", "RawXml", "xml", "original", "Message", "message")
_MASK = 0xFFFF  # an event id has 16 bits; older interfaces put qualifiers above


def _wazuh(document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    win = document.get("win")
    if win is None:
        inner = document.get("data")
        win = inner.get("win") if isinstance(inner, dict) else None
    return win if isinstance(win, dict) and "system" in win else None


def _first(subject: Subject) -> bool:
    document = subject.document or {}
    if "Event" in document or "winlog" in document or _DOTTED in document:
        return True
    if "event_id" in document and ("event_data" in document or "provider" in document):
        return True
    if any(name in document for name in _NUMBERS):
        return any(name in document for name in _BESIDE)
    return _wazuh(document) is not None or _xml(document) is not None


def _xml(document: Mapping[str, Any]) -> str | None:
    """Give the event that stands as XML in the document."""
    for name in _XML_KEYS:
        text = document.get(name)
        if isinstance(text, str) and text.startswith("<Event "):
            return text
    return None


def _native(document: Mapping[str, Any]) -> Native:
    event = document.get("Event")
    if isinstance(event, dict):
        return of_event(event)
    if "winlog" in document or "event_data" in document or isinstance(document.get("event_id"), dict):
        return of_winlogbeat(document)
    if _DOTTED in document:
        return of_dotted(document)
    win = _wazuh(document)
    if win is not None:
        return of_wazuh(win)
    text = _xml(document)
    events = read(text)[0] if text else []
    return events[0] if events else _sentinel(of_flat(document))


def _sentinel(native: Native) -> Native:
    """Read the column EventData, which is XML by itself, into fields of its own."""
    text = native.get("EventData")
    if isinstance(text, str) and text.startswith("<EventData"):
        events, _ = read(f"<Event>{text}</Event>")
        for name, value in events[0].items() if events else ():
            native.setdefault(name, value)
    return native


def reading(native: Native, received: int, zone: str, *, cut: bool = False) -> Reading | None:
    """Give the reading of a native view; None without a number of the event."""
    event = long(native.get("EventID"))
    if event is None:
        return None
    native["EventID"] = event = event & _MASK if event > _MASK else event
    common: dict[str, Value] = {
        "event.module": "windows",
        "event.dataset": dataset(channel(native)),
        "event.code": str(event),
    }
    put(common, "event.provider", native.get("Provider_Name"))
    put(common, "host.name", native.get("Computer"))
    explain(common, native, event)
    flags = ("truncated",) if cut or len(native) >= MAX_FIELDS else ()
    return Reading(common=common, native=native, time=_time(native, received, zone), flags=flags)


def _time(native: Native, received: int, zone: str) -> int | None:
    for name, utc in _TIMES:
        value = native.get(name)
        if value is not None and (found := when(value, received, "UTC" if utc else zone)) is not None:
            return found
    return None


def _parse(subject: Subject) -> Outcome:
    document = subject.document or {}
    found = reading(_native(document), subject.received, subject.zone)
    return None if found is None else (found,)


PARSER = Parser(
    name="windows",
    version=2,
    description="Windows events as JSON: EVTX dump, winlogbeat, NXLog, Wazuh, Sentinel, OpenTelemetry, flat native",
    reads="document",
    first=_first,
    parse=_parse,
)
