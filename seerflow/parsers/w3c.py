"""W3C extended logs: IIS, CloudFront, Blue Coat, the Windows firewall, Exchange. By their file's header, or by their shape.

References: https://www.w3.org/TR/WD-logfile.html; IIS "W3C Extended Log File Format"; CloudFront "Standard log file
fields"; Windows "pfirewall.log". IIS and CloudFront write UTC; the Windows firewall says its zone in its header.
"""

import csv
import re
from collections.abc import Callable, Mapping

from seerflow.model.event import Value
from seerflow.parsers.columns import Columns, directive, read
from seerflow.parsers.contract import Outcome, Parser, Reading, Subject
from seerflow.parsers.shape import address, endpoint, keyword, long, put, split_domain
from seerflow.parsers.timestamps import when
from seerflow.parsers.vocabulary import common_view, outcome

#: The columns that programs write when nobody chose others, for logs whose header is out of reach.
_IIS_HEAD = "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent)"
_IIS_TAIL = "sc-status sc-substatus sc-win32-status"
_DEFAULTS: tuple[tuple[str, tuple[str, ...]], ...] = tuple(
    (name, tuple(columns.split()))
    for name, columns in (
        ("iis", f"{_IIS_HEAD} cs(Referer) {_IIS_TAIL} time-taken"),
        ("iis", f"{_IIS_HEAD} {_IIS_TAIL} time-taken"),
        ("iis", f"{_IIS_HEAD} {_IIS_TAIL}"),
        ("iis", f"{_IIS_HEAD} cs(Referer) cs-host {_IIS_TAIL} time-taken"),
        ("iis", f"{_IIS_HEAD} cs(Referer) cs-host {_IIS_TAIL} sc-bytes cs-bytes time-taken"),
        ("iis", f"{_IIS_HEAD} cs(Referer) {_IIS_TAIL} sc-bytes cs-bytes time-taken"),
        ("iis", f"{_IIS_HEAD} cs(Cookie) cs(Referer) cs-host {_IIS_TAIL} sc-bytes cs-bytes time-taken"),
        ("iis", f"date time s-sitename {_IIS_HEAD[10:]} {_IIS_TAIL}"),
        (
            "iis",
            f"date time s-sitename {_IIS_HEAD[10:]} cs(Referer) {_IIS_TAIL} sc-bytes cs-bytes time-taken",
        ),
        (
            "iis",
            (
                "date time s-sitename s-computername s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip"
                f" cs-version cs(User-Agent) cs(Cookie) cs(Referer) cs-host {_IIS_TAIL} sc-bytes cs-bytes time-taken"
            ),
        ),
        ("iis", f"{_IIS_HEAD} cs(Referer) {_IIS_TAIL} time-taken X-Forwarded-For"),
        (
            "windows_firewall",
            (
                "date time action protocol src-ip dst-ip src-port dst-port size tcpflags tcpsyn tcpack tcpwin icmptype"
                " icmpcode info path"
            ),
        ),
        (
            "windows_firewall",
            (
                "date time action protocol src-ip dst-ip src-port dst-port size tcpflags tcpsyn tcpack tcpwin icmptype"
                " icmpcode info path pid"
            ),
        ),
        (
            "cloudfront",
            (
                "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer)"
                " cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol"
                " cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type"
                " cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte"
                " x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end"
            ),
        ),
    )
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d[\t ]\d\d:\d\d:\d\d[\t ]", re.ASCII)
_METHOD = re.compile(r"[A-Z_\-]{3,32}", re.ASCII)
#: What a value must be for a default set to be the right one.
_CHECKS: dict[str, Callable[[str], bool]] = {
    "s-ip": lambda text: address(text) is not None,
    "c-ip": lambda text: address(text) is not None,
    "src-ip": lambda text: text == "-" or address(text) is not None,
    "dst-ip": lambda text: text == "-" or address(text) is not None,
    "s-port": str.isdecimal,
    "sc-status": lambda text: text.isdecimal() and len(text) == 3,  # noqa: PLR2004  RFC 9110 section 15
    "sc-substatus": str.isdecimal,
    "sc-win32-status": str.isdecimal,
    "sc-bytes": lambda text: text.isdecimal() or text == "-",
    "time-taken": lambda text: text.replace(".", "", 1).isdecimal(),
    "cs-method": lambda text: _METHOD.fullmatch(text) is not None,
    "cs-uri-stem": lambda text: text[:1] in "/*-",
    "action": lambda text: text in ("ALLOW", "DROP", "OPEN", "CLOSE", "OPEN-INBOUND", "INFO-EVENTS-LOST"),
}

_TABLE = {
    "cs-method": "http.request.method",
    "sc-status": "http.response.status_code",
    "cs-username": "user.name",
    "cs-host": "url.domain",
    "cs(Host)": "url.domain",
    "x-host-header": "url.domain",
    "s-computername": "host.name",
    "cs(User-Agent)": "user_agent.original",
    "cs-uri-stem": "url.path",
    "cs-uri-path": "url.path",
    "protocol": "network.transport",
    "pid": "process.pid",
}
#: Sigma's names for the same (its web server taxonomy).
_SIGMA = {
    "cs(User-Agent)": "cs-user-agent",
    "cs(Referer)": "cs-referer",
    "cs(Cookie)": "cs-cookie",
    "cs(Host)": "cs-host",
    "cs-uri-path": "cs-uri-stem",
}


def _first(subject: Subject) -> bool:
    return _DATE.match(subject.text) is not None or subject.text[:1] == "#"


def _split(text: str, columns: int) -> list[str]:
    if "\t" in text:
        return text.split("\t")
    if '"' not in text:
        return text.split(" ", columns + 8)
    return next(csv.reader([text], delimiter=" "), [])


def _guessed(text: str) -> tuple[str, Columns, list[str]] | None:
    """Give the default set whose columns fit in number and kind."""
    values = _split(text.rstrip(), 64)
    for product, names in _DEFAULTS:
        if len(names) == len(values) and all(
            check(value) for name, value in zip(names, values, strict=True) if (check := _CHECKS.get(name))
        ):
            return product, Columns("w3c", names), values
    return None


def _told(subject: Subject) -> tuple[str, Columns, list[str]] | None:
    """Give the columns that the file's header names, if this line has as many."""
    columns = read(subject.columns)
    if columns is None or columns.kind == "zeek":
        return None
    text = subject.text.rstrip()
    values = next(csv.reader([text]), []) if columns.kind == "csv" else _split(text, len(columns.names))
    if len(values) != len(columns.names):
        return None
    return _product(columns.names), columns, values


def _product(names: tuple[str, ...]) -> str:
    known = frozenset(names)
    for product, marks in (
        ("cloudfront", ("x-edge-location",)),
        ("windows_firewall", ("src-ip", "tcpflags")),
        ("bluecoat", ("s-action", "sc-filter-result")),
        ("iis", ("sc-win32-status",)),
        ("exchange", ("connector-id", "data")),
        ("exchange", ("client-ip", "event-id", "message-id")),
    ):
        if known.issuperset(marks):
            return product
    return "w3c"


def _parse(subject: Subject) -> Outcome:
    if subject.text[:1] == "#":
        return _header(subject)
    try:
        found = _told(subject) or _guessed(subject.text)
    except csv.Error:
        return None
    if found is None:
        return None
    product, columns, values = found
    native: dict[str, Value] = {
        name: value
        for name, value in zip(columns.names, values, strict=True)
        if value not in ("-", "") and name != "-"
    }
    for name, other in _SIGMA.items():
        if name in native:
            native.setdefault(other, native[name])
    common = _common(native, product)
    told = f"{native.get('date', '')} {native.get('time', '')}".strip()
    zone = subject.zone if product == "windows_firewall" else "UTC"
    time = when(told or native.get("date-time"), subject.received, zone)
    return (Reading(common=common, native=native, time=time),)


def _header(subject: Subject) -> Outcome:
    if directive(subject.text) != "w3c":
        return None
    return (Reading(common={"event.dataset": "w3c.header", "message": subject.text}),)


def _common(native: Mapping[str, Value], product: str) -> dict[str, Value]:
    common = {name: value for name, value in common_view(native).items() if not name.startswith(_OWN)}
    common |= {"event.dataset": f"{product}.access" if product in _WEB else product, "event.module": product}
    for name, target in _TABLE.items():
        if name in native:
            put(common, target, native[name])
    if agent := keyword(native.get("cs(User-Agent)")):  # blanks are written as + (IIS) or %20 (CloudFront)
        common["user_agent.original"] = (
            agent.replace("%20", " ") if " " not in agent and "%20" in agent else agent.replace("+", " ")
        )
    endpoint(
        common,
        "source",
        native.get("c-ip") or native.get("src-ip") or native.get("client-ip"),
        native.get("c-port") or native.get("src-port"),
    )
    endpoint(
        common,
        "destination",
        native.get("s-ip") or native.get("dst-ip") or native.get("r-ip"),
        native.get("s-port") or native.get("dst-port"),
    )
    split_domain(common)
    _web(common, native, product)
    if "event.outcome" not in common and (word := outcome(native.get("action"))):
        common["event.outcome"] = word
    return common


#: What the vocabulary would read otherwise: `s-port` is the server's here.
_OWN = ("source.", "destination.", "network.protocol", "network.bytes")
#: The products whose lines are requests.
_WEB = frozenset({"iis", "cloudfront", "bluecoat", "w3c"})


def _web(common: dict[str, Value], native: Mapping[str, Value], product: str) -> None:
    path = keyword(native.get("cs-uri-stem") or native.get("cs-uri-path"))
    if path:
        query = keyword(native.get("cs-uri-query"))
        common["url.original"] = f"{path}?{query.lstrip('?')}" if query else path
    method, status = keyword(native.get("cs-method")), long(native.get("sc-status"))
    if method and product in _WEB:
        common |= {"event.category": "web", "event.type": "access", "event.action": method.lower()}
    if status is not None and product in _WEB:
        common["event.outcome"] = "success" if status < 400 else "failure"  # noqa: PLR2004  RFC 9110 section 15
    sent = [number for name in ("sc-bytes", "cs-bytes") if (number := long(native.get(name))) is not None]
    if sent:
        put(common, "network.bytes", sum(sent))


PARSER = Parser(
    name="w3c",
    version=1,
    description="W3C extended logs by their header or their shape: IIS, CloudFront, Blue Coat, Windows firewall, Exchange",
    reads="text",
    heads="#0123456789",
    first=_first,
    parse=_parse,
)
