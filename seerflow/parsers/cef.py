r"""Common Event Format: `CEF:0|vendor|product|version|id|name|severity|key=value …`, bare or behind any framing.

Escapes: `\|` and `\\` in the header; `\=`, `\\`, `\n` and `\r` in values. A value ends where the next ` key=` begins.

Reference: ArcSight Common Event Format Implementation Standard, version 26, chapters 1 and 2
"""

import re

from seerflow.model.event import Value
from seerflow.parsers.contract import Outcome, Parser, Reading, Subject
from seerflow.parsers.shape import endpoint, fill, keyword, long, put, slug, split_domain
from seerflow.parsers.timestamps import when
from seerflow.parsers.vocabulary import outcome

#: One log keeps at most this many extensions.
MAX_EXTENSIONS = 500

#: How far into the text the header may begin, where framing left something before it.
_LEAD = 256
#: The longest header: vendor and product have at most 63 characters each, name 512, class id 1023 (chapter 1).
_LONGEST_HEADER = 4_096
_HEADER = re.compile(
    r"CEF:\s?(\d{1,2}(?:\.\d)?)\|" + r"((?:[^|\\]|\\.)*)\|" * 5 + r"((?:[^|\\]|\\.)*)(?:\||\Z)", re.DOTALL
)
# Behind a blank, or behind a `=` that is not escaped: `a=b=c` is an empty a and b.
_KEY = re.compile(r"(?<![^\s=])(?<!\\=)([A-Za-z_][\w.\-]{0,127}(?:\[[^\]\s=]{0,64}\])?)=")
_HEADER_ESCAPE = re.compile(r"\\([|\\])")
_VALUE_ESCAPE = re.compile(r"\\([=\\nr|])")
_VALUE_MEANS = {"n": "\n", "r": "\r"}
_NAMES = ("deviceVendor", "deviceProduct", "deviceVersion", "deviceEventClassId", "name", "severity")

_TABLE = {
    "suser": "user.name",
    "duser": "user.name",
    "suid": "user.id",
    "sntdom": "user.domain",
    "dntdom": "user.domain",
    "act": "event.action",
    "proto": "network.transport",
    "app": "network.protocol",
    "request": "url.original",
    "requestMethod": "http.request.method",
    "requestClientApplication": "user_agent.original",
    "filePath": "file.path",
    "fname": "file.name",
    "sproc": "process.name",
    "dproc": "process.name",
    "deviceProcessName": "process.name",
    "spid": "process.pid",
    "dpid": "process.pid",
    "dvcpid": "process.pid",
    "dvchost": "host.name",
    "dvc": "host.ip",
    "msg": "message",
    "destinationDnsDomain": "dns.question.name",
    "query": "dns.question.name",
    "externalId": "event.id",
    "cat": "rule.category",
    "reason": "event.reason",
    "smac": "source.mac",
    "dmac": "destination.mac",
    "in": "source.bytes",
    "out": "destination.bytes",
    "fsize": "file.size",
    "deviceInboundInterface": "observer.ingress.interface.name",
    "deviceOutboundInterface": "observer.egress.interface.name",
    "requestContext": "http.request.referrer",
    "deviceHostName": "host.name",
    "deviceExternalId": "observer.serial_number",
    "UNIFIhost": "host.name",
    "UNIFIadmin": "user.name",
    "UNIFIipsSignature": "rule.description",
    "TrendMicroDsFileMD5": "file.hash.md5",
    "TrendMicroDsFileSHA1": "file.hash.sha1",
    "TrendMicroDsFileSHA256": "file.hash.sha256",
    "md5": "file.hash.md5",
    "sha1": "file.hash.sha1",
    "sha256": "file.hash.sha256",
}
#: deviceDirection (chapter 2)
_DIRECTIONS = {"0": "inbound", "1": "outbound"}
_TIMES = ("rt", "end", "start", "deviceReceiptTime", "art", "UNIFIutcTime", "deviceCustomDate1")
_HASHES = {32: "file.hash.md5", 40: "file.hash.sha1", 64: "file.hash.sha256"}
# Chapter 1: the words stand for ranges of the number
_SEVERITIES = {"unknown": 0, "low": 3, "medium": 6, "high": 8, "very-high": 10}


def _first(subject: Subject) -> bool:
    return "CEF:" in subject.text[:_LEAD]


def _header(text: str) -> str:
    return _HEADER_ESCAPE.sub(r"\1", text) if "\\" in text else text


def _value(text: str) -> str:
    if "\\" not in text:
        return text
    return _VALUE_ESCAPE.sub(lambda match: _VALUE_MEANS.get(match[1], match[1]), text)


def extensions(text: str) -> tuple[dict[str, Value], bool]:
    """Read the extension; give the fields and whether the bound bit."""
    found: dict[str, Value] = {}
    name, start = "", 0
    for match in _KEY.finditer(text):
        if name:
            found.setdefault(name, _value(text[start : match.start()].rstrip()))
        if len(found) >= MAX_EXTENSIONS:
            return found, True
        name, start = match[1], match.end()
    if name:
        found.setdefault(name, _value(text[start:].rstrip()))
    return found, False


def _labels(native: dict[str, Value]) -> None:
    """`cs1Label=Policy cs1=Strict` is also `Policy` = `Strict`, where no field has that name."""
    for name in [name for name in native if name.endswith("Label")]:
        label, value = native[name], native.get(name[:-5])
        if isinstance(label, str) and label and value is not None:
            native.setdefault(label[:128], value)


def _common(native: dict[str, Value]) -> dict[str, Value]:
    vendor, product = str(native["deviceVendor"]), str(native["deviceProduct"])
    common: dict[str, Value] = {
        "event.module": "cef",
        "event.dataset": f"cef.{slug(vendor) or 'unknown'}.{slug(product) or 'unknown'}",
    }
    for name, target in (
        ("deviceVendor", "observer.vendor"),
        ("deviceProduct", "observer.product"),
        ("deviceVersion", "observer.version"),
        ("deviceEventClassId", "event.code"),
        ("name", "rule.name"),
    ):
        put(common, target, native[name])
    severity = str(native["severity"]).strip()
    put(common, "event.severity", _SEVERITIES.get(severity.lower(), long(severity)))
    fill(common, native, _TABLE)
    split_domain(common)
    _sides(common, native)
    result = outcome(native.get("outcome")) or outcome(native.get("act"))
    if result:
        common["event.outcome"] = result
    put(common, "network.direction", _DIRECTIONS.get(keyword(native.get("deviceDirection")) or ""))
    digest = keyword(native.get("fileHash"))
    if digest and len(digest) in _HASHES:
        common[_HASHES[len(digest)]] = digest.lower()
    common.setdefault("event.action", keyword(native["name"]) or "event")
    return common


# Side, where its address may stand, its port, its name.
_SIDES = (
    ("source", ("src", "shost", "c6a2", "sourceTranslatedAddress"), "spt", "shost"),
    ("destination", ("dst", "dhost", "c6a3", "destinationTranslatedAddress"), "dpt", "dhost"),
)


def _sides(common: dict[str, Value], native: dict[str, Value]) -> None:
    for side, addresses, port, host in _SIDES:
        for name in addresses:
            if told := native.get(name):
                endpoint(common, side, told, native.get(port))
                break
        if named := keyword(native.get(host)):
            common.setdefault(f"{side}.domain", named)
    if native.get("suser") and native.get("duser"):
        put(common, "user.target.name", native["duser"])


def _parse(subject: Subject) -> Outcome:
    at = subject.text.find("CEF:", 0, _LEAD)
    match = _HEADER.match(subject.text, at) if at >= 0 else None
    if not match or len(match[0]) > _LONGEST_HEADER:
        return None
    native: dict[str, Value] = dict(zip(_NAMES, map(_header, match.groups()[1:]), strict=True))
    found, cut = extensions(subject.text[match.end() :])
    native = {**found, **native, **({"ext.name": found["name"]} if "name" in found else {})}
    _labels(native)
    time = next(
        (t for n in _TIMES if (t := when(native.get(n), subject.received, subject.zone)) is not None), None
    )
    return (Reading(common=_common(native), native=native, time=time, flags=("truncated",) if cut else ()),)


PARSER = Parser(
    name="cef",
    version=2,
    description="ArcSight Common Event Format, of any product",
    reads="text",
    first=_first,
    parse=_parse,
)
