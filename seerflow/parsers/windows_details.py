"""What some channels of Windows write into one field: hashes, registry paths, answers, distinguished names.

References: https://learn.microsoft.com/sysinternals/downloads/sysmon, [MS-ERREF] section 2.3 (status codes of logons),
RFC 4120 section 7.5.9 (of Kerberos), RFC 4514 section 2.4 (distinguished names).
"""

import re
from collections.abc import Callable, Mapping

from seerflow.model.event import Value
from seerflow.parsers.shape import address, endpoint, put

Common = dict[str, Value]
#: Adds to the common view what the native view of the event with that number tells.
Detail = Callable[[Common, Mapping[str, Value], int], None]

_KERBEROS = {
    "0x6": "no such user",
    "0x7": "no such service",
    "0xc": "refused by policy",
    "0x12": "account disabled, locked or expired",
    "0x17": "password expired",
    "0x18": "wrong password",
    "0x25": "clocks differ",
}
_REASONS = {
    "0xc0000064": "no such user",
    "0xc000006a": "wrong password",
    "0xc000006d": "wrong user or password",
    "0xc000006e": "account restricted",
    "0xc000006f": "outside of permitted hours",
    "0xc0000070": "workstation not permitted",
    "0xc0000071": "password expired",
    "0xc0000072": "account disabled",
    "0xc00000dc": "server in the wrong state",
    "0xc0000133": "clocks differ",
    "0xc000015b": "logon type not granted",
    "0xc0000193": "account expired",
    "0xc0000224": "password must be changed",
    "0xc0000234": "account locked",
    "0xc0000413": "not permitted to authenticate here",
    **_KERBEROS,
}
_MSSQL_CLIENT = re.compile(r"\[CLIENT: ([0-9a-fA-F.:]{2,45})\]")
_ANSWER = re.compile(r"(?:::ffff:)?([0-9a-fA-F.:]{2,45})")
_HASHES = frozenset({"MD5", "SHA1", "SHA256"})
_MAX_ANSWERS = 64
_HIVES = {"MACHINE": "HKLM", "USER": "HKU"}


_DNS_QUERY, _REGISTRY_VALUE = 22, 4657
_REGISTRY_EVENTS = frozenset({12, 13, 14})
# CN=Ada Lovelace,OU=Staff,DC=example,DC=com; a backslash escapes
_COMMON_NAME = re.compile(r"[Cc][Nn]=((?:[^,\\]|\\.){1,256})(?:,|$)")


def _reason(common: Common, native: Mapping[str, Value]) -> None:
    for name in ("SubStatus", "Status", "ErrorCode"):
        told = native.get(name)
        if isinstance(told, str) and (found := _REASONS.get(told.lower())):
            common["event.reason"] = found
            return


def _hashes(common: Common, native: Mapping[str, Value], event: int) -> None:
    """Read Sysmon's `SHA1=…,MD5=…,SHA256=…,IMPHASH=…`: of the program in event 1, of a file in the others."""
    told = native.get("Hashes") or native.get("Hash")
    if not isinstance(told, str):
        return
    owner = "file" if event in (6, 7, 15, 27, 28, 29) else "process"
    for pair in told.split(",", 8)[:8]:
        kind, _, value = pair.partition("=")
        kind = kind.strip().upper()
        if kind in _HASHES and value:
            common[f"{owner}.hash.{kind.lower()}"] = value.lower()


def _registry(common: Common, native: Mapping[str, Value]) -> None:
    r"""Take `HKLM\SYSTEM\…\Start` or `\REGISTRY\MACHINE\SYSTEM\…` apart: hive, key, value."""
    path = common.get("registry.path")
    key = common.get("registry.key")
    if key is not None and key.upper().startswith("\\REGISTRY\\"):
        _, _, hive, rest = [*key.split("\\", 3), "", "", ""][:4]
        common["registry.hive"] = _HIVES.get(hive.upper(), hive)
        common["registry.key"] = rest
        value = common.get("registry.value")
        common["registry.path"] = "\\".join(part for part in (common["registry.hive"], rest, value) if part)
    elif path is not None:
        hive, _, rest = path.partition("\\")
        common["registry.hive"] = hive
        valued = native.get("EventID") in (13, 14) or native.get("EventType") == "SetValue"
        key, _, value = rest.rpartition("\\") if valued else (rest, "", "")
        put(common, "registry.key", key)
        put(common, "registry.value", value)


def _answers(common: Common, native: Mapping[str, Value]) -> None:
    """Read Sysmon's QueryResults and DNS-Client's: `type:  5 www.example.com;::ffff:192.0.2.1;`."""
    told = native.get("QueryResults")
    if isinstance(told, str):
        parts = (_ANSWER.fullmatch(part.strip()) for part in told.split(";", _MAX_ANSWERS)[:_MAX_ANSWERS])
        found = [one for match in parts if match and (one := address(match[1]))]
        if found:
            common["dns.resolved_ip"] = found


def _sqlserver(common: Common, native: Mapping[str, Value]) -> None:
    """SQL Server in the Application log: the values have no names, `[user, reason, [CLIENT: 192.0.2.1]]`."""
    told = native.get("Data")
    parts = told if isinstance(told, list) else [told]
    put(common, "user.name", parts[0])
    for part in parts[:8]:
        if isinstance(part, str) and (match := _MSSQL_CLIENT.search(part[:1024])):
            endpoint(common, "source", match[1])


def _member(common: Common) -> None:
    """Give the member of a group by the common name that its distinguished name begins with."""
    told = common.get("user.target.name")
    if told and (match := _COMMON_NAME.match(told)):
        common["user.target.name"] = match[1].replace("\\", "")


def _sysmon(common: Common, native: Mapping[str, Value], event: int) -> None:
    _hashes(common, native, event)
    if event == _DNS_QUERY:
        _answers(common, native)
    if event in _REGISTRY_EVENTS:
        _registry(common, native)


def _security(common: Common, native: Mapping[str, Value], event: int) -> None:
    if event == _REGISTRY_VALUE:
        _registry(common, native)
    if common.get("event.outcome") == "failure":
        _reason(common, native)
    if "MemberName" in native:
        _member(common)


def _dns(common: Common, native: Mapping[str, Value], _event: int) -> None:
    _answers(common, native)


def _application(common: Common, native: Mapping[str, Value], _event: int) -> None:
    if str(native.get("Provider_Name")).startswith("MSSQL"):
        _sqlserver(common, native)


DETAILS: Mapping[str, Detail] = {
    "windows.sysmon": _sysmon,
    "windows.security": _security,
    "windows.dns_client": _dns,
    "windows.application": _application,
}
