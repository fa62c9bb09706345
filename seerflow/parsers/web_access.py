"""Access logs of web servers: common and combined format, with or without a virtual host before them.

Reference: https://httpd.apache.org/docs/2.4/logs.html#accesslog, nginx's default `combined`.
"""

import re

from seerflow.model.event import Value
from seerflow.parsers.contract import Outcome, Parser, Reading, Subject
from seerflow.parsers.shape import endpoint, put
from seerflow.parsers.timestamps import APACHE, of_apache

# www.example.com:443 192.0.2.10 - frank [10/Oct/2024:13:55:36 -0700] "GET /x HTTP/1.1" 200 2326 "ref" "agent"
_LINE = re.compile(
    r"""
    (?:(?P<vhost>[A-Za-z0-9_.\-]{1,255}(?::\d{1,5})?)\s)?
    (?P<client>[A-Za-z0-9_.:%\[\]\-]{1,255}),?\s(?P<ident>\S{1,255})\s(?P<user>[^\[]{1,255}?)\s
    \[(?P<time>[^\]]{20,40})\]\s
    "(?P<request>(?:[^"\\]|\\.)*)"\s
    (?P<status>\d{3}|-)\s(?P<bytes>\d{1,18}|-)
    (?:\s"(?P<referrer>(?:[^"\\]|\\.)*)"\s"(?P<agent>(?:[^"\\]|\\.)*)")?
    """,
    re.VERBOSE,
)
_REQUEST = re.compile(r"([A-Z_\-]{1,32}) (.*?)(?: (HTTP/\d(?:\.\d)?))?", re.DOTALL)
_REFUSED = frozenset({"401", "403"})


def _first(subject: Subject) -> bool:
    head = subject.text[:600]
    return '] "' in head and "[" in head


def _parse(subject: Subject) -> Outcome:
    match = _LINE.match(subject.text)
    stamp = APACHE.match(match["time"]) if match else None
    if not match or not stamp:
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
    endpoint(common, "source", match["client"])
    put(common, "user.name", match["user"].strip('"'))
    put(common, "http.response.status_code", native.get("status"))
    put(common, "network.bytes", native.get("bytes"))
    put(common, "user_agent.original", native.get("agent"))
    put(common, "url.domain", (match["vhost"] or "").partition(":")[0])
    _request(common, native, match["request"])
    status = match["status"]
    if status != "-":
        common["event.outcome"] = "success" if status < "400" else "failure"
    if status in _REFUSED:
        common["event.type"] = "denied"
    return (Reading(common=common, native=native, time=of_apache(stamp, subject.zone)),)


def _request(common: dict[str, Value], native: dict[str, Value], request: str) -> None:
    match = _REQUEST.fullmatch(request)
    if not match:
        return
    common["event.action"] = match[1].lower()
    common["http.request.method"] = match[1]
    url = match[2].replace('\\"', '"')
    put(common, "url.original", url)
    put(common, "url.path", url.partition("?")[0].partition("#")[0])
    # the names of Sigma's web server taxonomy
    path, _, query = url.partition("?")
    native |= {"cs-method": match[1], "cs-uri": url, "cs-uri-stem": path, "c-ip": native.get("client")}
    native |= {"cs-uri-query": query, "sc-status": native.get("status"), "cs-user-agent": native.get("agent")}


PARSER = Parser(
    name="web_access",
    version=1,
    description="web access logs: Apache and nginx, common and combined",
    reads="text",
    first=_first,
    parse=_parse,
)
