"""What devices make of syslog beyond RFC 3164 and RFC 5424: asked only where the usual forms do not match.

References: Cisco "System Message Logging" (sequence numbers, uptime stamps, NX-OS, IOS-XR), Cisco Meraki "Syslog Event
Types and Log Samples", NetScaler "Log formats", OpenWrt logd.
"""

import re

from seerflow.parsers.contract import Reading, Subject
from seerflow.parsers.shape import address
from seerflow.parsers.stamps import rare
from seerflow.parsers.timestamps import BSD, ISO, digits, of_iso

# <134> 2024-03-04T11:22:33Z host app procid msgid [sd] text: a version is missing
_UNVERSIONED = re.compile(
    r"""
    <(\d{1,3})>\s?(?:[1-9]\d{0,2}\s)?
    (\d{4}-\d\d-\d\d[Tt][\d:.]{8,15}(?:[Zz]|[+-]\d\d:\d\dZ?))\s
    (\S{1,255})\s(\S{1,48})\s(\S{1,128})\s(\S{1,32})\s(?=-(?:\s|$)|\[[^\s=\]"]{1,64}[\s\]])
    """,
    re.VERBOSE | re.ASCII,
)
# <134>1 1709551353.123456789 MX84 flows src=192.0.2.1 dst=…
_EPOCH = re.compile(
    r"<(\d{1,3})>(?:[1-9]\s)?(\d{10}\.\d{1,9})\s([A-Za-z0-9_.\-]{1,255})\s([a-z][a-z0-9_\-]{1,47})(?=\s)",
    re.ASCII,
)
# 2w3d:, 1y22w:, 00:00:31: - the time since the device began
_UPTIME = re.compile(
    r"(?:\d{1,3}[ywdhm]){1,5}(?=:\s)|\d{1,4}:\d\d:\d\d(?:\.\d{1,6})?(?=:\s|\s(?:GMT|UTC)\s)", re.ASCII
)
_ZONED = re.compile(r"\s(?:GMT|UTC)(?=\s)")
_HALF = re.compile(r"\s[AP]M\b", re.ASCII)
_RELAYED = re.compile(r"(?:<\d{1,3}>(?:[1-9]\d?\s)?\s?)?[*.]?", re.ASCII)
_STAMPED = re.compile(r"\s(?!-)\S{1,255}\s\S{1,128}", re.ASCII)
# `model,mac,version:` of Ubiquiti is for that product's parser.
_AND_MORE = re.compile(
    r"(?!(?:[\w\-]{1,64},)?[0-9a-f]{12},v\d)([A-Za-z0-9][\w.\-]{0,253}),(?:(?=[A-Za-z_]\w{0,63}=)|(?:[\w.\-]{1,64},)?[\w.\-]{1,64}:\s)",
    re.ASCII,
)
_PORT = re.compile(r"([^:]{1,255}):\d{1,5}", re.ASCII)

_FACILITIES = [
    "kern",
    "user",
    "mail",
    "daemon",
    "auth",
    "syslog",
    "lpr",
    "news",
    "uucp",
    "cron",
    "authpriv",
    "ftp",
]
_LEVELS = {
    "emerg": 0, "panic": 0, "alert": 1, "crit": 2, "err": 3, "error": 3, "warn": 4, "warning": 4, "notice": 5, "info": 6,
    "debug": 7,
}  # fmt: skip
# daemon.info, authpriv.notice: what OpenWrt and some relays write in place of the PRI
_FACILITY = re.compile(
    rf"({'|'.join(_FACILITIES)}|local([0-7]))\.({'|'.join(_LEVELS)})\s{{1,4}}", re.ASCII | re.IGNORECASE
)


def trailing(text: str, at: int) -> bool:
    """Say whether AM or PM stands behind a clock: it is another form then."""
    return text.startswith((" AM", " PM"), at) and _HALF.match(text, at) is not None


def other_stamp(subject: Subject, at: int, reading: Reading) -> int | None:
    """Read a rarer stamp, or pass the time since the device began; give its end, or None."""
    text = subject.text
    if found := rare(text, at, 0, subject.received, subject.zone):
        reading.time, reading.flags = found.time, ("year_assumed",) if found.assumed else ()
        return found.end
    if match := _UPTIME.match(text, at):
        reading.native["clock"] = match[0]
        zone = _ZONED.match(text, match.end())
        return zone.end() if zone else match.end()
    return None


def level(text: str, at: int, common: dict[str, object]) -> int:
    """Read `daemon.info ` before the tag; give where the text goes on."""
    match = _FACILITY.match(text, at)
    if not match:
        return at
    name = match[1].lower()
    common["log.syslog.facility.code"] = 16 + int(match[2]) if match[2] else _FACILITIES.index(name)
    common["log.syslog.severity.code"] = _LEVELS[match[3].lower()]
    return match.end()


def host_and_more(text: str, at: int) -> tuple[str | None, int]:
    """Read `host,key=value` (F5) and `host,mac,version: tag` (Ubiquiti); give the host and where the text goes on."""
    match = _AND_MORE.match(text, at) if "," in text[at : at + 64] else None
    return (match[1], match.end()) if match else (None, at)


def host_of(text: str) -> str:
    """Give the host of `host:port` and of `host,mac,version` (Ubiquiti, F5)."""
    text = text.partition(",")[0] or text
    if text[:1] == "[" and text[-1:] == "]":
        text = text[1:-1]
    match = _PORT.fullmatch(text)
    return match[1] if match and not address(text) else text


_Names = tuple[str | None, str | None, str | None, str | None]


def unversioned(subject: Subject) -> tuple[str, Reading, _Names, int] | None:
    """Give PRI, reading, (host, app, procid, msgid) and where the rest begins; None: not of these forms."""
    text = subject.text
    if match := _UNVERSIONED.match(text):
        pri, stamp, *names = match.groups()
        iso = ISO.match(stamp)
        time = of_iso(iso, "UTC") if iso else None
        host, app, procid, msgid = names
        return (
            None
            if time is None
            else (pri, Reading(common={}, time=time), (host, app, procid, msgid), match.end())
        )
    if match := _EPOCH.match(text):
        pri, stamp, host, app = match.groups()
        return pri, Reading(common={}, time=digits(stamp)), (host, app, None, None), match.end()
    return None


#: A priority, a clock mark, a year, a month.
_BEGINNINGS = frozenset("<*.0123456789JFMASOND")


def relayed(message: str) -> bool:
    """Say whether the text begins with a whole syslog header of its own."""
    if message[:1] not in _BEGINNINGS:
        return False
    lead = _RELAYED.match(message)
    at = lead.end() if lead else 0
    match = BSD.match(message, at) or ISO.match(message, at)
    return match is not None and (at > 1 or _STAMPED.match(message, match.end()) is not None)
