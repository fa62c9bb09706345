"""Windows events as text: XML, Snare's tabs, `wevtutil /f:text`, OSSEC's and Splunk's lines.

References: https://docs.snare-solutions.com/docs/snare-log-format (Snare, and NXLog's to_syslog_snare),
https://learn.microsoft.com/windows-server/administration/windows-commands/wevtutil,
https://docs.splunk.com/Documentation/Splunk/latest/Data/MonitorWindowseventlogdata (LogName=… EventCode=…).
"""

import re
from collections.abc import Callable

from seerflow.parsers.contract import Outcome, Parser, Reading, Subject
from seerflow.parsers.timestamps import civil, local, when
from seerflow.parsers.windows import reading
from seerflow.parsers.windows_forms import Native
from seerflow.parsers.windows_xml import begins, read

_SNARE = "MSWinEventLog"
_TABBED = (  # behind MSWinEventLog, in this order
    "Criticality",
    "Channel",
    "SnareCounter",
    "EventTime",
    "EventID",
    "Provider_Name",
    "AccountName",
    "SidType",
    "EventType",
    "Computer",
    "Category",
    "DataString",
    "Message",
)
#: What of that is the source's way to say nothing.
_NOTHING = frozenset({"", "N/A", "None"})
# 2014 Dec 20 09:29:47 WinEvtLog: Security: AUDIT_SUCCESS(4624): Microsoft-Windows-Security-Auditing: bob: CORP: PC: text
_OSSEC = re.compile(
    r"""
    (?:(?P<time>\d{4}\s[A-Z][a-z]{2}\s\d\d\s\d\d:\d\d:\d\d)\s)?WinEvtLog:\s
    (?P<Channel>[^:]{1,128}):\s(?P<EventType>[A-Z_]{1,32})\((?P<EventID>\d{1,10})\):\s
    (?P<Provider_Name>[^:]{1,128}):\s(?P<AccountName>[^:]{0,256}):\s(?P<Domain>[^:]{0,256}):\s
    (?P<Computer>[^:\s]{1,255}):\s?(?P<Message>.*)
    """,
    re.VERBOSE | re.DOTALL,
)
_WEVTUTIL = re.compile(r"Event\[\d{1,10}\]:?\s*\n")
_WEVTUTIL_LINE = re.compile(r"\s{0,8}([A-Z][A-Za-z ]{1,20}):\s?(.*)")
_WEVTUTIL_NAMES = {
    "Log Name": "Channel",
    "Source": "Provider_Name",
    "Date": "EventTime",
    "Event ID": "EventID",
    "Task": "Task",
    "Level": "LevelName",
    "Opcode": "Opcode",
    "Keyword": "KeywordNames",
    "User": "Security_UserID",
    "User Name": "AccountName",
    "Computer": "Computer",
}
# LogName=Security\nEventCode=4624\n… Message=…, behind a line with the time
_SPLUNK_LINE = re.compile(r"([A-Za-z]{2,32})=(.*)")
_SPLUNK_NAMES = {
    "LogName": "Channel",
    "SourceName": "Provider_Name",
    "EventCode": "EventID",
    "ComputerName": "Computer",
    "RecordNumber": "EventRecordID",
    "Keywords": "KeywordNames",
    "TaskCategory": "Task",
    "OpCode": "Opcode",
    "User": "AccountName",
    "Sid": "Security_UserID",
    "Type": "LevelName",
    "Message": "Message",
}
_SPLUNK_TIME = re.compile(r"(\d\d)/(\d\d)/(\d{4}) (\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?: ([AP])M)?")
_HEAD = 400  # characters that a first test looks at
_MAX_LINES = 2_000
_NOON = 12


def _first(subject: Subject) -> bool:
    text = subject.text
    if begins(text):
        return True
    head = text[:_HEAD]
    return (
        _snare_at(subject) >= 0
        or "WinEvtLog: " in head[:40]
        or subject.program == "WinEvtLog"
        or head.startswith(("Event[", "LogName="))
        or "\nLogName=" in head
    )


def _snare_at(subject: Subject) -> int:
    """Give where Snare's mark stands: at the beginning, or behind the host that it begins with without a frame."""
    text = subject.text
    at = text.find(_SNARE, 0, 128)
    return at if at <= 0 or subject.framed or (text[at - 1] == "\t" and text.find("\t") == at - 1) else -1


def _told(subject: Subject, native: Native, stamp: int | None = None) -> Reading | None:
    kept = {name: value for name, value in native.items() if value not in _NOTHING}
    found = reading(kept, subject.received, subject.zone)
    if found is not None and found.time is None:
        found.time = stamp
    return found


def _xml(subject: Subject) -> list[Reading]:
    natives, cut = read(subject.text)
    found = [reading(native, subject.received, subject.zone, cut=cut) for native in natives]
    readings = [one for one in found if one is not None]
    if len(readings) > 1:
        for one, text in zip(readings, _parts(subject.text, len(readings)), strict=True):
            one.text = text
    return readings


def _parts(text: str, count: int) -> list[str]:
    """Give each event's own XML; the whole text where it does not part into that many."""
    parts = [f"{part}</Event>".lstrip() for part in text.split("</Event>")[:-1]]
    if len(parts) != count:
        return [text[:_HEAD]] * count
    begin = parts[0].find("<Event ")
    parts[0] = parts[0][max(begin, 0) :]
    return parts


def _snare(subject: Subject) -> list[Reading]:
    text = subject.text
    at = _snare_at(subject)
    if at < 0:
        return []
    separator = "\t" if "\t" in text else "#011" if "#011" in text else ""
    if not separator:
        return []
    parts = text[at:].split(separator, 20)[1:]
    if parts and parts[0] == "":
        parts = parts[1:]
    native: Native = dict(zip(_TABBED, (part.strip() for part in parts), strict=False))
    native["KeywordNames"] = native.pop("EventType", "")
    found = _told(subject, native, when(native.get("EventTime"), subject.received, subject.zone))
    return [] if found is None else [found]


def _ossec(subject: Subject) -> list[Reading]:
    text = f"WinEvtLog: {subject.text}" if subject.program == "WinEvtLog" else subject.text
    match = _OSSEC.match(text)
    if match is None:
        return []
    native: Native = {name: value for name, value in match.groupdict().items() if value and name != "time"}
    stamp = None
    if match["time"]:
        year, month, day, clock = match["time"].split(" ")
        stamp = when(f"{month} {day} {year} {clock}", subject.received, subject.zone)
    found = _told(subject, native, stamp)
    return [] if found is None else [found]


def _wevtutil(subject: Subject) -> list[Reading]:
    parts = _WEVTUTIL.split(subject.text)[1:]
    readings: list[Reading] = []
    for part in parts:
        found = _told(subject, _wevtutil_event(part))
        if found is not None:
            found.text = part.strip() if len(parts) > 1 else None
            readings.append(found)
    return readings


def _wevtutil_event(part: str) -> Native:
    native: Native = {}
    head, _, message = part.partition("Description:")
    for line in head.splitlines()[:64]:
        if (match := _WEVTUTIL_LINE.fullmatch(line)) and match[1] in _WEVTUTIL_NAMES:
            native[_WEVTUTIL_NAMES[match[1]]] = match[2].strip()
    native["Message"] = message.strip()
    return native


def _splunk(subject: Subject) -> list[Reading]:
    native: Native = {}
    head, _, message = subject.text.partition("\nMessage=")
    for line in head.splitlines()[:_MAX_LINES]:
        if match := _SPLUNK_LINE.fullmatch(line.strip()):
            native.setdefault(_SPLUNK_NAMES.get(match[1], match[1]), match[2])
    if "Channel" not in native:
        return []
    native["Message"] = message
    match = _SPLUNK_TIME.match(head.lstrip())
    found = _told(subject, native, None if match is None else _american(match, subject.zone))
    return [] if found is None else [found]


def _american(match: re.Match[str], zone: str) -> int | None:
    month, day, year, hour, minute, second = (int(part) for part in match.groups()[:6])
    if match[7]:
        hour = hour % _NOON + (_NOON if match[7] == "P" else 0)
    naive = civil((year, month, day), (hour, minute, second))
    return None if naive is None else local(naive, zone)


_FORMS: tuple[Callable[[Subject], list[Reading]], ...] = (_xml, _snare, _ossec, _wevtutil, _splunk)


def _parse(subject: Subject) -> Outcome:
    for form in _FORMS:
        if found := form(subject):
            return tuple(found)
    return None


PARSER = Parser(
    name="windows_text",
    version=1,
    description="Windows events as text: XML, Snare (MSWinEventLog), wevtutil, OSSEC's WinEvtLog, Splunk's WinEventLog",
    reads="text",
    programs=("winevtlog", "mswineventlog"),
    first=_first,
    parse=_parse,
)
