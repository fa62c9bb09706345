"""What Windows events mean in common fields: one row an event, read by parsers/windows.py.

Law: one logon attempt on one machine is one event of category authentication: 4624 and 4625 where it is tried,
4768 and 4771 at the domain controller. NTLM's 4776 stands beside 4625 on the same machine and has no category.

References: https://learn.microsoft.com/windows/security/threat-protection/auditing/ (Security),
https://learn.microsoft.com/sysinternals/downloads/sysmon (Sysmon).
"""

from collections.abc import Mapping
from pathlib import PureWindowsPath

from msgspec import Struct

from seerflow.model.event import Value
from seerflow.parsers.shape import ABSENT, endpoint, keyword, put, slug, split_domain

_DATASETS = {
    "Security": "windows.security",
    "System": "windows.system",
    "Application": "windows.application",
    "Windows PowerShell": "windows.powershell",
    "Microsoft-Windows-Sysmon/Operational": "windows.sysmon",
    "Microsoft-Windows-PowerShell/Operational": "windows.powershell_operational",
    "Microsoft-Windows-Windows Defender/Operational": "windows.defender",
    "Microsoft-Windows-TaskScheduler/Operational": "windows.taskscheduler",
    "Microsoft-Windows-WMI-Activity/Operational": "windows.wmi",
    "Microsoft-Windows-DNS-Client/Operational": "windows.dns_client",
    "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational": "windows.terminal_services",
}


def dataset(channel: str) -> str:
    """Give the dataset of a channel."""
    return _DATASETS.get(channel) or f"windows.{slug(channel) or 'event'}"


class _Row(Struct, frozen=True):
    """What one event means; `fields` are pairs of common and native names, the first that is set wins."""

    action: str
    category: str
    type: str
    outcome: str
    fields: tuple[tuple[str, str], ...]


def _row(action: str, meaning: str, fields: str = "") -> _Row:
    """Read `category type outcome` and `common=native common=native`; `.` stands for none."""
    category, kind, outcome = ("" if word == "." else word for word in meaning.split())
    names = tuple((left, right) for left, _, right in (pair.partition("=") for pair in fields.split()))
    return _Row(action, category, kind, outcome, names)


_SUBJECT = "user.name=SubjectUserName user.domain=SubjectDomainName user.id=SubjectUserSid"
_TARGET = "user.name=TargetUserName user.domain=TargetDomainName user.id=TargetUserSid"
_ON = "user.target.name=TargetUserName"
_LOGON = f"{_TARGET} process.executable=ProcessName"
_MEMBER = f"{_SUBJECT} group.name=TargetUserName user.target.name=MemberName user.target.name=MemberSid"
_GROUP = f"{_SUBJECT} group.name=TargetUserName"
_USER = "user.name=User"
_PROGRAM = "process.executable=Image process.pid=ProcessId user.name=User"
_FILE = f"{_PROGRAM} file.path=TargetFilename"
_OBJECT = f"{_SUBJECT} process.executable=ProcessName process.pid=ProcessId file.path=ObjectName"
_TASK = f"{_SUBJECT} file.name=TaskName"
_CLEARED = "user.name=SubjectUserName user.domain=SubjectDomainName user.id=SubjectUserSid"
_FLOW = "process.executable=Application process.pid=ProcessID network.transport=Protocol"

_SECURITY: dict[int, _Row] = {
    1100: _row("log_service_stopped", "configuration change ."),
    1102: _row("log_cleared", "configuration deletion success", _CLEARED),
    4624: _row("logon", "authentication start success", _LOGON),
    4625: _row("logon", "authentication start failure", _LOGON),
    4634: _row("logoff", "session end .", _TARGET),
    4647: _row("logoff", "session end .", _TARGET),
    4648: _row(
        "logon_explicit", "authentication info unknown", f"{_SUBJECT} {_ON} process.executable=ProcessName"
    ),
    4656: _row("object_requested", "file access .", _OBJECT),
    4657: _row("registry_value_set", "registry change success", _OBJECT),
    4660: _row("object_deleted", "file deletion success", _OBJECT),
    4663: _row("object_accessed", "file access success", _OBJECT),
    4672: _row("special_privileges", "iam admin success", _SUBJECT),
    4673: _row("privilege_used", "iam info .", f"{_SUBJECT} process.executable=ProcessName"),
    4688: _row(
        "process_created",
        "process start success",
        f"{_SUBJECT} process.executable=NewProcessName process.pid=NewProcessId process.command_line=CommandLine"
        " process.parent.executable=ParentProcessName process.parent.pid=ProcessId"
        " user.effective.name=TargetUserName",
    ),
    4689: _row(
        "process_ended", "process end .", f"{_SUBJECT} process.executable=ProcessName process.pid=ProcessId"
    ),
    4697: _row(
        "service_installed",
        "configuration creation success",
        f"{_SUBJECT} process.command_line=ServiceFileName",
    ),
    4698: _row("task_created", "configuration creation success", _TASK),
    4699: _row("task_deleted", "configuration deletion success", _TASK),
    4702: _row("task_changed", "configuration change success", _TASK),
    4719: _row("audit_policy_changed", "configuration change success", _SUBJECT),
    4720: _row("user_created", "iam creation success", f"{_SUBJECT} {_ON}"),
    4722: _row("user_enabled", "iam change success", f"{_SUBJECT} {_ON}"),
    4723: _row("password_changed", "iam change .", f"{_SUBJECT} {_ON}"),
    4724: _row("password_reset", "iam change .", f"{_SUBJECT} {_ON}"),
    4725: _row("user_disabled", "iam change success", f"{_SUBJECT} {_ON}"),
    4726: _row("user_deleted", "iam deletion success", f"{_SUBJECT} {_ON}"),
    4727: _row("group_created", "iam creation success", _GROUP),
    4728: _row("group_member_added", "iam change success", _MEMBER),
    4729: _row("group_member_removed", "iam change success", _MEMBER),
    4731: _row("group_created", "iam creation success", _GROUP),
    4732: _row("group_member_added", "iam change success", _MEMBER),
    4733: _row("group_member_removed", "iam change success", _MEMBER),
    4738: _row("user_changed", "iam change success", f"{_SUBJECT} {_ON}"),
    4740: _row("account_locked", "iam change success", f"{_ON} source.domain=TargetDomainName"),
    4756: _row("group_member_added", "iam change success", _MEMBER),
    4757: _row("group_member_removed", "iam change success", _MEMBER),
    4767: _row("account_unlocked", "iam change success", f"{_SUBJECT} {_ON}"),
    4768: _row("kerberos_ticket", "authentication start status", _TARGET),
    4769: _row("kerberos_service_ticket", ". info status", _TARGET),
    4771: _row("kerberos_preauthentication", "authentication start failure", _TARGET),
    4776: _row("ntlm_validated", ". info status", _TARGET),
    4778: _row("session_reconnected", "session start .", "user.name=AccountName user.domain=AccountDomain"),
    4779: _row("session_disconnected", "session end .", "user.name=AccountName user.domain=AccountDomain"),
    4781: _row("user_renamed", "iam change success", f"{_SUBJECT} user.target.name=OldTargetUserName"),
    5136: _row("directory_object_changed", "iam change .", _SUBJECT),
    5140: _row("share_accessed", "file access success", f"{_SUBJECT} file.path=ShareName"),
    5145: _row(
        "share_checked", "file access .", f"{_SUBJECT} file.path=ShareName file.name=RelativeTargetName"
    ),
    5156: _row("connection_allowed", "network start success", _FLOW),
    5157: _row("connection_blocked", "network denied failure", _FLOW),
}
_SYSMON: dict[int, _Row] = {
    1: _row(
        "process_created",
        "process start success",
        f"{_PROGRAM} process.command_line=CommandLine process.working_directory=CurrentDirectory"
        " process.parent.executable=ParentImage process.parent.pid=ParentProcessId"
        " process.parent.command_line=ParentCommandLine",
    ),
    2: _row("file_time_changed", "file change success", _FILE),
    3: _row("connection", "network start success", f"{_PROGRAM} network.transport=Protocol"),
    5: _row("process_ended", "process end .", _PROGRAM),
    6: _row("driver_loaded", "driver start success", "file.path=ImageLoaded"),
    7: _row("library_loaded", "library start success", f"{_PROGRAM} file.path=ImageLoaded"),
    8: _row(
        "remote_thread",
        "process change .",
        "process.executable=SourceImage process.pid=SourceProcessId user.name=SourceUser",
    ),
    9: _row("raw_access", "file access .", f"{_PROGRAM} file.path=Device"),
    10: _row(
        "process_accessed",
        "process access .",
        "process.executable=SourceImage process.pid=SourceProcessId user.name=SourceUser",
    ),
    11: _row("file_created", "file creation success", _FILE),
    12: _row("registry_changed", "registry change success", _PROGRAM),
    13: _row("registry_value_set", "registry change success", _PROGRAM),
    14: _row("registry_renamed", "registry change success", _PROGRAM),
    15: _row("file_stream_created", "file creation success", _FILE),
    17: _row("pipe_created", "file creation success", f"{_PROGRAM} file.name=PipeName"),
    18: _row("pipe_connected", "file access success", f"{_PROGRAM} file.name=PipeName"),
    22: _row("dns_query", "network info .", f"{_PROGRAM} dns.question.name=QueryName"),
    23: _row("file_deleted", "file deletion success", _FILE),
    26: _row("file_deleted", "file deletion success", _FILE),
}
_SYSTEM: dict[int, _Row] = {
    104: _row("log_cleared", "configuration deletion success", _CLEARED),
    7036: _row("service_state", "configuration info .", ""),
    7040: _row("service_start_changed", "configuration change success", ""),
    7045: _row("service_installed", "configuration creation success", "process.command_line=ImagePath"),
}
_POWERSHELL: dict[int, _Row] = {
    4103: _row("pipeline_executed", "process info .", ""),
    4104: _row("script_block", "process info .", "file.path=Path"),
}
_DEFENDER_FIELDS = (
    "rule.name=ThreatName file.path=Path user.name=DetectionUser process.executable=ProcessName"
)
_DEFENDER: dict[int, _Row] = {
    1116: _row("malware_found", "malware info .", _DEFENDER_FIELDS),
    1117: _row("malware_acted_on", "malware info .", _DEFENDER_FIELDS),
    5001: _row("protection_disabled", "configuration change success", ""),
}
_ROWS: dict[str, dict[int, _Row]] = {
    "windows.security": _SECURITY,
    "windows.sysmon": _SYSMON,
    "windows.system": _SYSTEM,
    "windows.powershell_operational": _POWERSHELL,
    "windows.defender": _DEFENDER,
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
_NO_ADDRESS = frozenset({"LOCAL", "::", "0.0.0.0"})  # noqa: S104  what the event says where there is none
_CHANNELS_WITH_SOURCES = frozenset({"windows.security", "windows.sysmon", "windows.terminal_services"})


def _told(native: Mapping[str, Value], names: tuple[str, ...]) -> str | None:
    for name in names:
        text = native.get(name)
        if text is not None and (found := keyword(text)) is not None and found not in _NO_ADDRESS:
            return found.removeprefix("\\\\")
    return None


def _programs(common: dict[str, Value]) -> None:
    for side in ("process", "process.parent"):
        path = common.get(f"{side}.executable")
        if path:
            common[f"{side}.name"] = PureWindowsPath(path).name or path
    split_domain(common)


def _hashes(common: dict[str, Value], native: Mapping[str, Value], event: int) -> None:
    """Read Sysmon's `SHA1=…,MD5=…,SHA256=…`: of the program in event 1, of a file in the others."""
    told = native.get("Hashes")
    if not isinstance(told, str):
        return
    owner = "process" if event == 1 else "file"
    for pair in told.split(",", 8)[:8]:
        kind, _, value = pair.partition("=")
        if kind in ("MD5", "SHA1", "SHA256") and value:
            common[f"{owner}.hash.{kind.lower()}"] = value.lower()


def _outcome(row: _Row, native: Mapping[str, Value]) -> str:
    if row.outcome != "status":
        return row.outcome
    status = keyword(native.get("Status")) or keyword(native.get("ErrorCode")) or "0x0"
    return "success" if status.strip("0x") == "" else "failure"


def _ends(common: dict[str, Value], native: Mapping[str, Value]) -> None:
    endpoint(common, "source", _told(native, _SOURCES), _told(native, _SOURCE_PORTS))
    endpoint(common, "destination", _told(native, _DESTINATIONS), _told(native, _DESTINATION_PORTS))
    if name := keyword(native.get("WorkstationName")):
        common.setdefault("source.domain", name)
    if name := keyword(native.get("DestinationHostname")):
        common.setdefault("destination.domain", name)


def explain(common: dict[str, Value], native: Mapping[str, Value]) -> None:
    """Add to the common view what the event's row says; `event.dataset` is set already."""
    stream, event = common["event.dataset"], native["EventID"]
    row = _ROWS.get(stream, {}).get(event)
    if stream in _CHANNELS_WITH_SOURCES:
        _ends(common, native)
    if row is None:
        put(common, "user.name", native.get("SubjectUserName") or native.get("User"))
        return
    for name, field in row.fields:
        value = native.get(field)
        if value is not None and name not in common and value not in ABSENT:
            put(common, name, value)
    common["event.action"] = row.action
    for name, word in (("category", row.category), ("type", row.type), ("outcome", _outcome(row, native))):
        if word:
            common[f"event.{name}"] = word
    _programs(common)
    if stream == "windows.sysmon":
        _hashes(common, native, event)
