"""Syslog framing: RFC 5424, RFC 3164 and what devices make of it. The payload goes to the parsers inside.

References: https://www.rfc-editor.org/rfc/rfc5424 section 6, https://www.rfc-editor.org/rfc/rfc3164 section 4.
"""

import re
from functools import lru_cache

from seerflow.model.event import Value
from seerflow.parsers.contract import Frame, Outcome, Parser, Reading, Subject
from seerflow.parsers.heads import LEVELS
from seerflow.parsers.instants import ZONE_WORD, zoned
from seerflow.parsers.plain_syslog import line
from seerflow.parsers.shape import address
from seerflow.parsers.structured_data import private, showing, structured
from seerflow.parsers.syslog_variants import (
    asctime,
    host_and_more,
    host_of,
    level,
    other_stamp,
    relayed,
    trailing,
    unversioned,
)
from seerflow.parsers.timestamps import BSD, ISO, of_bsd, of_iso

#: A repeat counter makes at most this many events: one packet must not become a million.
MAX_REPEATS = 100
_MAX_PRI = 191  # 23 facilities of 8 severities: RFC 5424 section 6.2.1

# <165>1 2003-10-11T22:14:15.003Z host.example.com evntslog 111 ID47 [sd] text
_RFC5424 = re.compile(
    r"""
    (?:\d{1,7}\s(?=<))?                        # the octet count of RFC 6587, where framing left it
    <(\d{1,3})>([1-9]\d{0,2})\s                    # PRI, VERSION
    (-|\d{4}-\d\d-\d\d[Tt][\d:.]{8,15}(?:[Zz]|[+-]\d\d:\d\d))\s   # TIMESTAMP
    (\S{1,255})\s(\S{1,48})\s(\S{1,128})\s(\S{0,32})\s?           # HOSTNAME APP-NAME PROCID MSGID
    """,
    re.VERBOSE | re.ASCII,
)
# <34>, octet count, Cisco's sequence number and clock marks: `<189>29: *Oct  9 …`, `<189>29: .Oct  9 …`
_LEAD = re.compile(
    r"(?:\d{1,7}\s(?=<))?(?:<(\d{1,3})>\s{0,2}(?::\s)?)?(?:(\d{1,10}):\s(?:(?!\d{1,3}[ywdhm:])[A-Za-z0-9._\-]{1,64}:\s)?)?"
    r"(?:[A-Z][A-Z0-9]{0,7}(?:/[A-Z0-9]{1,8}){1,4}:\s?)?[*.]?",
    re.ASCII,
)
# Behind a PRI this began as RFC 5424, and broke its rules: reading it otherwise would invent fields.
_BROKEN_5424 = re.compile(r"(?<=>)\d{1,3}\s(?:-\s|\d{4}-)", re.ASCII)
# host sshd[28410]: text ; sshd(pam_unix)[1]: text ; %ASA-6-302013: text
_TAG = re.compile(
    r"""
    (?:([^\s\[\]"=,]{0,254}[^\s\[\]:"=,])\s+(?::\s+)?)?   # host, or none
    ([^\s\[\]:"={,]{1,128})                    # tag
    (?:\[([^\]\s]{0,64})\])?:(?:\s|$)          # [pid]:
    """,
    re.VERBOSE,
)
# `Event[0]:` begins what wevtutil writes, not what a daemon says.
_BARE_TAG = re.compile(r"(?!Event\[)([A-Za-z_][\w./\-]{0,63}(?:\(\w{1,32}\))?)\[(\d{1,10})\]:\s")
_HOST = re.compile(r"([A-Za-z0-9_](?:[A-Za-z0-9_.:\-]{0,253}[A-Za-z0-9_])?)(?:\s+|$)", re.ASCII)
# Behind the stamp, as Cisco writes it. Only what means one zone the world over is heeded; the others are passed.
_ZONE_WORD = re.compile(rf"\s(?:({ZONE_WORD})|CST|BST|IST|HKT|SGT|KST|PKT)(?=[:\s])", re.ASCII)
_SOLARIS = re.compile(r"\[ID \d{1,9} \w{1,32}\.\w{1,32}\] ", re.ASCII)  # [ID 800047 auth.info]: its msgid
_REPEATED = re.compile(r"message repeated (\d{1,9}) times: \[ ?(.*)\]\s*", re.DOTALL)


#: rsyslog's file format: microseconds and an offset, `2024-09-12T09:15:43.126560+02:00`. A host follows always.
_RSYSLOG = 32
#: What stands before a colon and is no program.
_NO_TAGS = frozenset({"CEF", "LEEF", "error", "warning", "notice", "info", "debug", "http", "https"})


def _first(subject: Subject) -> bool:
    head = subject.text[:1]
    return not subject.framed and (head in "<*." or head.isalnum() or head in " %")


def _priority(common: dict[str, Value], pri: str | None) -> bool:
    if pri is None:
        return True
    number = int(pri)
    if number > _MAX_PRI:
        return False
    common["log.syslog.facility.code"], common["log.syslog.severity.code"] = divmod(number, 8)
    return True


def _named(common: dict[str, Value], host: str | None, tag: str | None, pid: str | None) -> str:
    """Set who wrote it; give the tag."""
    if host and host != "-":
        host = host_of(host)
        common["host.name"] = host
        found = address(host)
        if found:
            common["host.ip"] = found
    if tag and tag != "-":
        common["log.syslog.appname"] = tag
        # `sshd(pam_unix)` is sshd speaking through a module; `/usr/sbin/cron` is cron
        common["process.name"] = (
            tag.partition("(")[0].rpartition("/")[2] if tag[:1] == "/" or "(" in tag else tag
        )
    if pid and pid != "-":
        common["log.syslog.procid"] = pid
        if pid.isascii() and pid.isdecimal() and len(pid) <= 10:  # noqa: PLR2004  32 bits
            common["process.pid"] = int(pid)
    return "" if tag in (None, "-") else str(tag)


def _frame(subject: Subject, reading: Reading, message: str, tag: str) -> tuple[Frame]:
    repeat = 1
    if message.startswith("message repeated ") and (match := _REPEATED.fullmatch(message)):
        told, message = int(match[1]), match[2]
        repeat = max(1, min(told, MAX_REPEATS))
        reading.native["repeated"] = told
        if told > MAX_REPEATS:
            reading.flags += ("truncated",)
    if message.startswith("[ID ") and (match := _SOLARIS.match(message)):
        message = message[match.end() :]
    reading.common["message"] = message
    # A relay's header before the sender's own: the inner one is nearer. Never below a repeat, which would multiply.
    inner = repeat == 1 and relayed(message)
    payload = Subject(message, subject.received, subject.zone, "" if inner else tag, not inner)
    return (Frame(reading=reading, payload=payload, repeat=repeat),)


def _rfc5424(subject: Subject) -> Outcome:
    text = subject.text
    match = _RFC5424.match(text) if "<" in text[:9] else None  # behind an octet count at the latest
    if not match:
        return None
    pri, _, stamp, host, app, procid, msgid = match.groups()
    reading = Reading(common={}, native={})
    if not _priority(reading.common, pri):
        return None
    data = structured(text, match.end())
    if stamp != "-":
        iso = ISO.fullmatch(stamp)
        reading.time = of_iso(iso, "UTC") if iso else None
    if (stamp != "-" and reading.time is None) or data is None:
        return None
    reading.native, end = data
    tag = _named(reading.common, host, app, procid)
    private(reading.common, data[0])
    if msgid and msgid != "-":
        reading.common["log.syslog.msgid"] = msgid
    frame = _frame(subject, reading, text[end:].lstrip().lstrip("\ufeff"), tag)
    return showing(frame, f"{msgid} {text[match.end() : end]}") if data[0] else frame


def _unversioned(subject: Subject) -> Outcome:
    """Read RFC 5424's header without its version, or with an epoch for a stamp (Meraki)."""
    found = unversioned(subject)
    if found is None:
        return None
    pri, reading, (host, app, procid, msgid), at = found
    if not _priority(reading.common, pri):
        return None
    data = structured(subject.text, at) if msgid else ({}, at)
    if data is None:
        return None
    reading.native, end = data
    tag = _named(reading.common, host, app, procid)
    private(reading.common, data[0])
    if msgid and msgid != "-":
        reading.common["log.syslog.msgid"] = msgid
    frame = _frame(subject, reading, subject.text[end:].lstrip(), tag)
    return showing(frame, f"{msgid} {subject.text[at:end]}") if data[0] else frame


def _stamp(subject: Subject, at: int, reading: Reading) -> int | None:
    """Read the stamp at `at` into the reading; give its end, or None if there is none."""
    text = subject.text
    if (match := BSD.match(text, at)) and not trailing(text, match.end()):
        word = _ZONE_WORD.match(text, match.end())
        known = word[1] if word else None
        found = of_bsd(match, subject.received, "UTC" if known else subject.zone)
        if found is None:
            return None
        reading.time = zoned(found[0], known, "UTC") if known else found[0]
        reading.flags = ("year_assumed",) if found[1] else ()
        return word.end() if word else match.end()
    if match := ISO.match(text, at):
        reading.time = of_iso(match, subject.zone)
        return None if reading.time is None else match.end()
    return other_stamp(subject, at, reading)


def _rfc3164(subject: Subject) -> Outcome:
    text = subject.text
    lead = _LEAD.match(text)
    if not lead or _BROKEN_5424.match(text, lead.end()):
        return None
    reading = Reading(common={}, native={})
    if not _priority(reading.common, lead[1]):
        return None
    if lead[2]:
        reading.native["sequence"] = int(lead[2])
    at = _stamp(subject, lead.end(), reading)
    if at is None:
        if not lead[1]:
            return None
        at = lead.end()
    else:
        if not lead[1] and text.startswith(":", at) and text[lead.end() : lead.end() + 4].isdecimal():
            return None  # `2024-09-12T09:15:43Z: text` is an application's own
        at += text.startswith(":", at)
        if at < len(text) and not text[at].isspace():
            return None  # the stamp is the beginning of a longer word
    # `2024-09-12 09:15:43` and `2024-09-12T09:15:43Z:` begin many an application's own lines: only host, program
    # and pid make it syslog.
    loose = bool(lead[1]) or text[lead.end() : lead.end() + 1].isalpha()
    loose = loose or (at - lead.end() == _RSYSLOG and text[lead.end() + 19] == ".")
    strict = not loose and text[lead.end() : lead.end() + 4].isdecimal() and text[lead.end() + 10] not in "Tt"
    own = not lead[1] and asctime(text, lead.end())
    return _rest(subject, reading, at, loose=loose and not own, strict=strict or own)


def _rest(subject: Subject, reading: Reading, at: int, *, loose: bool, strict: bool) -> Outcome:
    """Read host, tag and message behind the stamp. `loose`: syslog even without a tag; `strict`: only with all."""
    text = subject.text
    while at < len(text) and text[at].isspace():
        at += 1
    at = level(text, at, reading.common)
    host, at = host_and_more(text, at)
    _named(reading.common, host, None, None)
    match = _TAG.match(text, at)
    if match and (match[2] in _NO_TAGS or (match[1] or "").lower() in LEVELS):
        match = None
    if match and strict and not (match[1] and match[3]):
        return None
    if match:
        tag = _named(reading.common, *match.groups())
        return _frame(subject, reading, text[match.end() :].lstrip(" "), tag)
    named = _HOST.match(text, at) if reading.time is not None or reading.native.get("clock") else None
    if not loose and not (named and text.startswith("{", named.end())):  # a document says what it is
        return None
    if named and not host and not text.startswith(("CEF:", "LEEF:", "{"), at):
        _named(reading.common, named[1], None, None)
        at = named.end()
    return _frame(subject, reading, text[at:], "")


def _tagged(subject: Subject) -> Outcome:
    """Read `sshd[28410]: text`: what is left where somebody took stamp and host away."""
    match = _BARE_TAG.match(subject.text)
    if not match:
        return None
    reading = Reading(common={}, native={})
    tag = _named(reading.common, None, match[1], match[2])
    return _frame(subject, reading, subject.text[match.end() :], tag)


# A fleet has so many pairs of a host and a program; the fields are copied from here, never changed.
@lru_cache(maxsize=4096)
def _known(pri: str | None, host: str, tag: str) -> dict[str, Value] | None:
    common: dict[str, Value] = {}
    if tag in _NO_TAGS or host.lower() in LEVELS or level(f"{host} ", 0, common):
        return None
    if not _priority(common, pri):
        return None
    _named(common, host, tag, None)
    return common


def _plain(subject: Subject) -> Frame | None:
    found = line(subject.text, subject.received, subject.zone)
    if found is None:
        return None
    pri, time, host, tag, pid, end = found
    known = _known(pri, host, tag)
    if known is None:
        return None
    common = known.copy()
    if pid:
        common["log.syslog.procid"] = pid
        common["process.pid"] = int(pid)
    reading = Reading(common=common, native={}, time=time, flags=("year_assumed",))
    return _frame(subject, reading, subject.text[end:], tag)[0]


def _general(subject: Subject) -> Outcome:
    return _rfc5424(subject) or _unversioned(subject) or _rfc3164(subject) or _tagged(subject)


def _parse(subject: Subject) -> Outcome:
    plain = _plain(subject)
    return _general(subject) if plain is None else (plain,)


PARSER = Parser(
    name="syslog",
    version=1,
    description="syslog framing, RFC 5424 and RFC 3164 in its wild variants, around any payload",
    reads="text",
    first=_first,
    parse=_parse,
    glance=_plain,
)
