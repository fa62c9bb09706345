"""Access logs of web servers: common and combined format, with what servers and people put before and behind them.

Reference: https://httpd.apache.org/docs/2.4/logs.html#accesslog, nginx's default `combined` and `main`,
https://doc.traefik.io/traefik/observability/access-logs/ (CLF).
"""

import re

from seerflow.model.event import Value
from seerflow.parsers.contract import Outcome, Parser, Reading, Subject
from seerflow.parsers.shape import address, endpoint, put
from seerflow.parsers.timestamps import APACHE, MONTHS, of_apache

_BEFORE = r"(?P<chain>(?:[0-9A-Fa-f.:]{3,45},\s?){0,8})(?P<client>[A-Za-z0-9_.:%\[\]\-]{1,255}),?\s{1,2}"
_BEHIND_USER = r"""
    \[(?P<time>[^\]]{20,40})\]\s
    "(?P<request>(?:[^"\\]|\\.)*)"\s
    (?P<status>\d{3}|-)\s(?P<bytes>\d{1,18}|-)
    (?:\s"(?P<referrer>(?:[^"\\]|\\.)*)"\s"(?P<agent>(?:[^"\\]|\\.)*)")?
    """
# www.example.com:443 192.0.2.10 - frank [10/Oct/2024:13:55:36 -0700] "GET /x HTTP/1.1" 200 2326 "ref" "agent" …
_LINE = re.compile(
    r"(?:(?P<vhost>[A-Za-z0-9_.\-]{1,255}(?::\d{1,5})?)\s)?"
    + _BEFORE
    + r"(?P<ident>\S{1,255})\s{1,2}(?P<user>[^\[]{1,255}?)\s{1,2}"
    + _BEHIND_USER,
    re.VERBOSE,
)
# the same without host and user
_SHORT = re.compile(f"(?P<vhost>){_BEFORE}(?P<ident>-)\\s(?P<user>){_BEHIND_USER}", re.VERBOSE)
_REQUEST = re.compile(r"([A-Z_\-]{1,32}) (.*?)(?: (HTTP/\d(?:\.\d)?))?", re.DOTALL)
_REFUSED = frozenset({"401", "403"})

# number of requests, router, address of the service, duration
_TRAEFIK = re.compile(
    r'\s(?P<request_count>\d{1,18}|-)\s"(?P<router>[^"]*)"\s"(?P<service_url>[^"]*)"\s(?P<duration>\d{1,12})ms\s*\Z'
)
# Squid's combined: what the cache did, and whom it asked
_SQUID = re.compile(r"\s(?P<cache_result>[A-Z]{3,4}_[A-Z_]{1,40}|NONE):(?P<hierarchy>[A-Z_]{4,40})(?=\s|\Z)")
# "$http_x_forwarded_for" as nginx's `main` has it, X-Forwarded-For="…" as people write it
_FORWARDED = re.compile(
    r'\s(?:(?:x[-_]forwarded[-_]for|xff)[=:]\s?)?"?(?P<first>[0-9A-Fa-f.:]{3,45})(?=[",\s]|\Z)', re.IGNORECASE
)
_BEHIND = 512  # characters behind the usual columns in which those are looked for
#: Inside a network the other end is a proxy, and what it tells of its client is believed.
_INSIDE = re.compile(
    r"10\.|127\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|::1\Z|f[cd]|fe80:",
    re.IGNORECASE,
)
#: Servers that write the month in their own language -> its English beginning.
_FOREIGN = {
    "janv": "Jan", "févr": "Feb", "fév": "Feb", "mars": "Mar", "mär": "Mar", "mrz": "Mar", "avr": "Apr", "mai": "May",
    "juin": "Jun", "juil": "Jul", "août": "Aug", "sept": "Sep", "okt": "Oct", "déc": "Dec", "dez": "Dec", "ene": "Jan",
    "abr": "Apr", "ago": "Aug", "dic": "Dec", "gen": "Jan", "mag": "May", "giu": "Jun", "lug": "Jul", "set": "Sep",
    "ott": "Oct", "mei": "May", "mrt": "Mar", **{month: month.title() for month in MONTHS},
}  # fmt: skip
_MONTH = re.compile(r"/([^\W\d_]{3,9})\.?/")


def _first(subject: Subject) -> bool:
    head = subject.text[:600]
    return '] "' in head and "[" in head


def _parse(subject: Subject) -> Outcome:
    match = _LINE.match(subject.text) or _SHORT.match(subject.text)
    stamp = _stamp(match["time"]) if match else None
    if not match or not stamp or not _addresses(match["chain"]):
        return None
    native: dict[str, Value] = {
        name: value for name, value in match.groupdict().items() if value not in (None, "-", "")
    }
    common: dict[str, Value] = {
        "event.category": "web",
        "event.dataset": "web.access",
        "event.module": "web",
        "event.type": "access",
        "network.protocol": "http",
    }
    _client(common, native, match)
    put(common, "http.response.status_code", native.get("status"))
    put(common, "network.bytes", native.get("bytes"))
    put(common, "user_agent.original", native.get("agent"))
    if match["vhost"]:
        put(common, "url.domain", match["vhost"].partition(":")[0])
        put(common, "host.name", None if subject.program else common.get("url.domain"))  # no frame names it
    _request(common, native, match["request"])
    _behind(common, native, subject.text[match.end() : match.end() + _BEHIND])
    status = match["status"]
    if status != "-":
        common["event.outcome"] = "success" if status < "400" else "failure"
    if status in _REFUSED:
        common["event.type"] = "denied"
    return (Reading(common=common, native=native, time=of_apache(stamp, subject.zone)),)


def _stamp(text: str) -> re.Match[str] | None:
    """Match the time; a month in another language than English is put into English first."""
    month = None if text[3:6].lower() in MONTHS and text[6:7] == "/" else _MONTH.search(text)
    if month is None:
        return APACHE.match(text)
    word = month[1].lower()
    english = _FOREIGN.get(word[:4]) or _FOREIGN.get(word[:3])
    return APACHE.match(text.replace(month[0], f"/{english}/")) if english else None


def _addresses(chain: str) -> bool:
    """Say whether what stands before the client is forwarders; a clock looks like one."""
    return not chain or address(chain.partition(",")[0]) is not None


def _client(common: dict[str, Value], native: dict[str, Value], match: re.Match[str]) -> None:
    """Name who asked: the first of a chain of forwarders, and the user that the server knows."""
    endpoint(common, "source", match["chain"].partition(",")[0] or match["client"])
    user = (match["user"] or "-").strip('"')
    if match["vhost"] and match["ident"] == "-" and " " in user:  # an id of the request before the user
        request_id, _, user = user.rpartition(" ")
        native["request_id"] = request_id.strip()
        native["user"] = user
    put(common, "user.name", user if user != "-" else None)


def _behind(common: dict[str, Value], native: dict[str, Value], rest: str) -> None:
    """Read what stands behind the usual columns."""
    if not rest:
        return
    if traefik := _TRAEFIK.match(rest):
        native |= {name: value for name, value in traefik.groupdict().items() if value not in ("-", "")}
        common |= {"event.dataset": "traefik.access", "event.module": "traefik"}
        common |= {"observer.vendor": "Traefik Labs", "observer.product": "Traefik"}
        return
    if squid := _SQUID.match(rest):
        native |= squid.groupdict()
        common |= {"event.dataset": "squid.access", "event.module": "squid"}
        common |= {"observer.vendor": "Squid", "observer.product": "Squid"}
        return
    forwarded = _FORWARDED.match(rest)
    if forwarded and (first := address(forwarded["first"])):
        native["x_forwarded_for"] = first
        told = common.get("source.ip")
        if told is None or _INSIDE.match(str(told)):
            endpoint(common, "source", first)


def _request(common: dict[str, Value], native: dict[str, Value], request: str) -> None:
    match = _REQUEST.fullmatch(request)
    if not match:
        put(common, "url.original", request if request != "-" else None)  # no HTTP, but what was asked for
        return
    common["event.action"] = match[1].lower()
    common["http.request.method"] = match[1]
    url = match[2].replace('\\"', '"')
    put(common, "url.original", url)
    path, _, query = url.partition("?")
    put(common, "url.path", _path(common, path).partition("#")[0])
    # the names of Sigma's web server taxonomy
    native |= {"cs-method": match[1], "cs-uri": url, "cs-uri-stem": path, "c-ip": native.get("client")}
    native |= {"cs-uri-query": query, "sc-status": native.get("status"), "cs-user-agent": native.get("agent")}


def _path(common: dict[str, Value], path: str) -> str:
    """Give the path, and note the server where a cache or a proxy writes it before."""
    scheme, mark, rest = path[:2_048].partition("://")
    if not mark or not scheme.isalpha():
        return path
    host, slash, behind = rest.partition("/")
    put(common, "url.domain", host.rpartition("@")[2].partition(":")[0])
    return slash + behind


PARSER = Parser(
    name="web_access",
    version=2,
    description="web access logs: Apache, nginx, Traefik and others, common and combined",
    reads="text",
    first=_first,
    parse=_parse,
)
