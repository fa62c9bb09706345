"""Log Event Extended Format: `LEEF:1.0|vendor|product|version|id|key=value<tab>…`, `LEEF:2.0|…|delimiter|…`.

Reference: IBM QRadar "Log Event Extended Format (LEEF)", version 2: header, predefined attributes, devTimeFormat.
"""

import re
from functools import lru_cache

from seerflow.model.event import Value
from seerflow.parsers.cef import extensions
from seerflow.parsers.contract import Outcome, Parser, Reading, Subject
from seerflow.parsers.instants import MONTHS, OFFSETS, civil, micros, zoned
from seerflow.parsers.pairs import separated
from seerflow.parsers.shape import endpoint, fill, long, put, slug, split_domain
from seerflow.parsers.timestamps import when
from seerflow.parsers.vocabulary import common_view, outcome

#: How far into the text the header may begin, where framing left something before it.
_LEAD = 256
_HEADER = re.compile(r"LEEF:\s?(\d\.\d)\|" + r"([^|]{0,256})\|" * 4, re.ASCII)
# ^|, x5E|, 0x5E|, \t| or nothing: LEEF 2.0 names the delimiter
_DELIMITER = re.compile(r"(?:0?x([0-9A-Fa-f]{1,4})|(\\t)|([^\w\s|=])|(\t)|)\|", re.ASCII)
_NAMES = ("deviceVendor", "deviceProduct", "deviceVersion", "eventID")

_TABLE = {
    "usrName": "user.name",
    "accountName": "user.name",
    "identHostName": "host.name",
    "domain": "user.domain",
    "realm": "user.domain",
    "proto": "network.transport",
    "url": "url.original",
    "resource": "file.path",
    "policy": "rule.name",
    "action": "event.action",
    "role": "group.name",
    "msg": "message",
    "srcMAC": "source.mac",
    "dstMAC": "destination.mac",
    "srcBytes": "source.bytes",
    "dstBytes": "destination.bytes",
    "cat": "rule.category",
    # endpoint agents: who did it, and to what
    "Path": "process.executable",
    "ChildPath": "process.executable",
    "ParentPath": "process.parent.executable",
    "Hash": "process.hash.md5",
    "ChildHash": "process.hash.md5",
    "TargetPath": "file.path",
    "RegKey": "registry.path",
    "MWName": "threat.software.name",
}
_FORMAT = re.compile(
    r"y{2,4}|M{1,4}|d{1,2}|[Hhk]{1,2}|m{1,2}|s{1,2}|S{1,9}|a|z{1,3}|Z|X{1,3}|E{1,4}|'([^']*)'"
)
_PARTS = {
    "y": r"(?P<y>\d{2,4})", "d": r"(?P<d>\d{1,2})", "H": r"(?P<H>\d{1,2})", "h": r"(?P<H>\d{1,2})",
    "k": r"(?P<H>\d{1,2})", "m": r"(?P<m>\d{1,2})", "s": r"(?P<s>\d{1,2})", "S": r"(?P<S>\d{1,9})",
    "a": r"(?P<a>[AaPp])[Mm]", "z": r"(?P<z>[A-Z]{1,5}|[+-]\d\d:?\d\d)", "Z": r"(?P<z>[+-]\d{4}|Z)",
    "X": r"(?P<z>[+-]\d\d:?(?:\d\d)?|Z)", "E": r"[A-Za-z]{1,9}",
}  # fmt: skip


def _first(subject: Subject) -> bool:
    return "LEEF:" in subject.text[:_LEAD]


@lru_cache(maxsize=64)
def _shape(form: str) -> re.Pattern[str] | None:
    """Give the regular expression of a SimpleDateFormat; None if it names a part twice."""
    pieces, at, seen = [], 0, set()
    for match in _FORMAT.finditer(form):
        pieces.append(re.escape(form[at : match.start()]))
        at = match.end()
        letter = match[0][0]
        if letter == "'":
            pieces.append(re.escape(match[1]))
            continue
        part = _PARTS.get(letter) or (
            r"(?P<M>[A-Za-z]{3,9})" if len(match[0]) > 2 else r"(?P<M>\d{1,2})"  # noqa: PLR2004  MMM
        )
        if part in seen:
            return None
        seen.add(part)
        pieces.append(part)
    try:
        return re.compile("".join(pieces) + re.escape(form[at:]), re.ASCII)
    except re.error:
        return None


def by_format(text: str, form: str, zone: str) -> int | None:
    """Give the time of a stamp in a Java SimpleDateFormat that has at least year, month and day, or None."""
    shape = _shape(form) if len(form) <= 64 else None  # noqa: PLR2004  no real one is longer
    match = shape.match(text) if shape else None
    parts = match.groupdict() if match else {}
    month = parts.get("M") or ""
    number = int(month) if month.isdecimal() else MONTHS.get(month[:3].lower())
    if number is None or not parts.get("y") or not parts.get("d"):
        return None
    year = int(parts["y"]) + (2000 if len(parts["y"]) == 2 else 0)  # noqa: PLR2004  yy
    hour = int(parts.get("H") or 0)
    if parts.get("a"):
        hour = hour % 12 + (12 if parts["a"] in "Pp" else 0)
    clock = (hour, int(parts.get("m") or 0), int(parts.get("s") or 0))
    naive = civil((year, number, int(parts["d"])), clock, micros(parts.get("S")))
    word = parts.get("z")
    return (
        None
        if naive is None
        else zoned(naive, word if word in OFFSETS or (word or "")[:1] in "+-" else None, zone)
    )


def _attributes(text: str, at: int, version: str) -> dict[str, str]:
    mark = "\t"
    if version[0] != "1" and (match := _DELIMITER.match(text, at)):
        code, _, sign, _ = match.groups()
        mark = chr(int(code, 16)) if code else sign or "\t"
        at = match.end()
    rest = text[at:]
    if mark not in rest and rest.count("=") > 1:  # devices that do not keep to it: blanks, or bars
        mark = "|" if rest.count("|") >= rest.count("=") - 1 else " "
    if mark != " ":
        return separated(rest, mark)
    return {name: str(value) for name, value in extensions(rest)[0].items()}


def _common(native: dict[str, Value]) -> dict[str, Value]:
    common = common_view({name: value for name, value in native.items() if name not in _NAMES})
    common.pop("event.code", None)
    vendor, product = slug(str(native["deviceVendor"])), slug(str(native["deviceProduct"]))
    common |= {"event.module": "leef", "event.dataset": f"leef.{vendor or 'unknown'}.{product or 'unknown'}"}
    put(common, "observer.vendor", native["deviceVendor"])
    put(common, "observer.product", native["deviceProduct"])
    put(common, "observer.version", native["deviceVersion"])
    put(common, "event.code", native["eventID"])
    put(common, "event.severity", long(native.get("sev")))
    for name in ("usrName", "domain", "proto", "url", "policy", "action"):
        if name in native:
            put(common, _TABLE[name], native[name])
    fill(common, native, _TABLE)
    split_domain(common)
    endpoint(common, "source", native.get("src"), native.get("srcPort"))
    endpoint(common, "destination", native.get("dst"), native.get("dstPort"))
    common.setdefault("event.action", str(native["eventID"]) or "event")
    if "event.outcome" not in common and (word := outcome(native.get("action"))):
        common["event.outcome"] = word
    return common


def _parse(subject: Subject) -> Outcome:
    match = _HEADER.search(subject.text, 0, _LEAD + 1_100)
    if not match or match.start() > _LEAD:
        return None
    version, *header = match.groups()
    native: dict[str, Value] = dict(zip(_NAMES, header, strict=True))
    native = {**_attributes(subject.text, match.end(), version), **native}
    told, form = str(native.get("devTime", "")), str(native.get("devTimeFormat", ""))
    time = by_format(told, form, subject.zone) if form else None
    if time is None and told:
        time = when(told, subject.received, subject.zone)
    return (Reading(common=_common(native), native=native, time=time),)


PARSER = Parser(
    name="leef",
    version=2,
    description="QRadar's Log Event Extended Format 1 and 2, of any product",
    reads="text",
    first=_first,
    parse=_parse,
)
