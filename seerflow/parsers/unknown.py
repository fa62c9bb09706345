"""Any text: what is plain in it, as a person would read it, and nothing more. Never refuses.

Time, level, program, addresses, users, requests and outcome words are inferred, and the event says so: its flag is
`inferred`, and the native field `inferred.confidence` gives the least sure of what was found (1 is sure).
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from seerflow.model.event import Value
from seerflow.parsers.contract import Outcome, Parser, Reading, Subject
from seerflow.parsers.flatten import flat, load
from seerflow.parsers.heads import Head, head
from seerflow.parsers.shape import address, endpoint, put
from seerflow.parsers.timestamps import stamp as find_stamp
from seerflow.parsers.vocabulary import common_view
from seerflow.parsers.words import told

#: Only the beginning is searched: what matters stands there, and the work stays small.
_SEARCHED = 4_096
_STAMP_WITHIN = 64
#: A document that a text ends with begins within so many characters.
_EMBEDDED_WITHIN = 512
#: How sure each kind of finding is.
_SURE: dict[str, float] = {
    "document": 0.9,
    "request": 0.9,
    "address": 0.8,
    "user": 0.7,
    "outcome": 0.6,
    "level": 0.9,
}

# Neither begins with a look behind: a literal class lets the search skip. What stands around is looked at after.
_IPV4 = re.compile(r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}", re.ASCII)
_IPV6 = re.compile(r"[0-9a-fA-F:]{2,39}(?:\d{1,3}(?:\.\d{1,3}){3})?", re.ASCII)
_PORT = re.compile(
    r"\]?[:#](\d{1,5})(?![\w:])|[\])]?,?\s(?:source\s)?port[\s:=]{1,2}(\d{1,5})(?!\w)|/(\d{2,5})(?=\s|->)",
    re.ASCII,
)
_TOWARDS = re.compile(
    r"(?:\bto|->|=>|\bdst|\bdst_?ip|\bdestination|\bserver|\bhost|\bvia|\bon|\blocal|\bladdr|\blisten(?:ing)?\son)\W{0,4}\Z",
    re.IGNORECASE,
)
#: An address behind such a word is neither end: a proxy, an answer, a next hop.
_ASIDE = re.compile(r"(?:\bversion|\bnetmask|\bmask|\bgateway|\brelease|\bv)\W{0,3}\Z", re.IGNORECASE)
_METHODS = "GET|POST|PUT|HEAD|DELETE|PATCH|OPTIONS|CONNECT|TRACE|PROPFIND|REPORT"
# "GET /a HTTP/1.1" 200 ; GET /a 404 ; POST:https://www.example.com/a
_REQUEST = re.compile(
    rf"\b({_METHODS})[\s:]{{1,2}}(?:https?\s[\w.\-:\[\]]{{1,255}}\s)?[\"']?((?:/|https?://)[^\s\"']{{0,2048}}|\*)[\"']?(?:\s(HTTP/\d(?:\.\d)?)\"?)?(?:\s(\d{{3}})(?=\s|$))?",
    re.ASCII,
)
#: RFC 9110 section 15 and what nginx and Cloudflare add: three other digits behind a request may be its bytes.
_STATUSES = frozenset(
    str(code)
    for codes in (range(100, 104), range(200, 209), range(300, 309), range(400, 419), range(421, 432), range(500, 512),
                  range(520, 527), (226, 444, 451, 499))
    for code in codes
)  # fmt: skip
_REFUSED = (401, 403, 407)
_STATUS = re.compile(
    r"\b(?:http[_ ]?)?(?:status|response)(?:[_ ]?code)?\W{1,4}([1-5]\d\d)\b", re.IGNORECASE | re.ASCII
)
_PAIRED = re.compile(rf"\b(?:request[_ ]?)?method\W{{1,4}}({_METHODS})\b", re.IGNORECASE | re.ASCII)
# a URL is what was asked for where a word says so; elsewhere it may be a referrer or a manual
_URL = re.compile(
    r"\b(?:ur[il]|request(?:ed)?|link|to|fetch(?:ing|ed)?|call(?:ing|ed)?|visit(?:ed)?)\W{1,4}(https?://[^\s\"'<>)\]]{1,2048})",
    re.IGNORECASE | re.ASCII,
)
_LEVEL = re.compile(
    r"\b(TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRIT(?:ICAL)?|FATAL|ALERT|EMERG)\b|\[(trace|debug|info|notice|warn|warning|error|crit|alert|emerg)\]"
)


def _first(subject: Subject) -> bool:
    return subject.document is None


def _addresses(text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Find what is an address and stands by itself."""
    shapes = []
    if text.count(".") >= 3:  # noqa: PLR2004  IPv4
        shapes.append(_IPV4)
    if "::" in text or text.count(":") >= 7:  # noqa: PLR2004  IPv6, shortened or whole
        shapes.append(_IPV6)
    for shape in shapes:
        for match in shape.finditer(text):
            before = text[match.start() - 1 : match.start()]
            after = text[match.end() : match.end() + 1]
            arrow = after == "-" and text.startswith("->", match.end())
            joined = after.isalnum() or (after in ("_", "-") and not arrow)
            if before.isalnum() or before in ("_", ".", "-") or joined:
                continue
            if address(match[0]) and not (after == "." and text[match.end() + 1 : match.end() + 2].isdigit()):
                yield match, match[0]


# tcpdump's writing: 192.0.2.1.43436 > 198.51.100.2.22:
_DOTTED_PORTS = re.compile(
    r"(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3})\.(\d{1,5}) > (\d{1,3}(?:\.\d{1,3}){3})\.(\d{1,5})(?=[:\s])",
    re.ASCII,
)


def _ends(common: dict[str, Value], text: str) -> bool:
    """The first address is who began it, unless a word says that it was reached; the next one is the other."""
    if " > " in text and (dotted := _DOTTED_PORTS.search(text)) and address(dotted[1]) and address(dotted[3]):
        endpoint(common, "source", dotted[1], dotted[2])
        endpoint(common, "destination", dotted[3], dotted[4])
        return True
    for match, found in _addresses(text):
        before = text[max(0, match.start() - 24) : match.start()]
        if _ASIDE.search(before):
            continue
        towards = bool(_TOWARDS.search(before))
        side = "destination" if towards or "source.ip" in common else "source"
        if f"{side}.ip" not in common:
            port = _PORT.match(text, match.end())
            endpoint(common, side, found, (port[1] or port[2] or port[3]) if port else None)
        if "source.ip" in common and "destination.ip" in common:
            break
    return "source.ip" in common or "destination.ip" in common


def _request(common: dict[str, Value], text: str) -> bool:
    if match := _REQUEST.search(text):
        common["http.request.method"] = match[1]
        url = match[2]
        put(common, "url.original", url)
        if url[:1] == "/":
            put(common, "url.path", url.partition("?")[0].partition("#")[0])
        put(common, "http.response.status_code", match[4] if match[4] in _STATUSES else None)
    else:
        if (match := _PAIRED.search(text)) and "http" in text[:_SEARCHED].lower():
            common["http.request.method"] = match[1].upper()
        if match := _URL.search(text):
            put(common, "url.original", match[1].rstrip(".,;"))
    if "http.request.method" in common and "http.response.status_code" not in common:
        status = _STATUS.search(text)
        put(common, "http.response.status_code", status[1] if status else None)
    return "http.request.method" in common or "url.original" in common


def infer(text: str) -> tuple[dict[str, Value], bool]:
    """Give the common fields that are plain in a text, and whether there are any."""
    common, sure = inferred(text)
    return common, sure is not None


def inferred(text: str) -> tuple[dict[str, Value], float | None]:
    """Give the common fields that are plain in a text, and how sure the least sure is; None: nothing is."""
    if len(text) > _REMEMBERED:
        return _inferred(text)
    common, sure = _known(text)
    return common.copy(), sure


#: Longer texts are seldom the same twice.
_REMEMBERED = 256


def _embedded(text: str) -> dict[str, Value]:
    """Give what a JSON object says that the text ends with: `audit: {"user": "bob"}`, `[{"user": "bob"}]`."""
    at = text.find('{"', 0, _EMBEDDED_WITHIN)
    if at < 0 or text[-2:].rstrip("]")[-1:] != "}":
        return {}
    document = load(text[at:].removesuffix("]") if text[at - 1 : at] == "[" else text[at:])
    if not isinstance(document, dict):
        return {}
    common = common_view(flat(document)[0])
    common.pop("message", None)
    common.pop("event.dataset", None)
    return common


def _inferred(text: str) -> tuple[dict[str, Value], float | None]:
    part = text[:_SEARCHED]
    common = _embedded(text) if text[-1:] in ("}", "]") else {}
    kinds = ["document"] if common else []
    if "source.ip" not in common and "destination.ip" not in common and _ends(common, part):
        kinds.append("address")
    if "/" in part and "http.request.method" not in common and _request(common, part):
        kinds.append("request")
    found, user = told(part, user="user.name" not in common)
    if user:
        put(common, "user.name", user)
        kinds.append("user")
    if found is None and common.get("http.response.status_code") in _REFUSED:
        found = "failure"
    if found and "event.outcome" not in common:
        common["event.outcome"] = found
        kinds.append("outcome")
    # a level is written in capitals, or in brackets
    plain = part.islower() and "[" not in part
    if not plain and "log.level" not in common and (level := _LEVEL.search(part[:200])):
        common["log.level"] = (level[1] or level[2]).lower()
        kinds.append("level")
    return common, min((_SURE[kind] for kind in kinds), default=None)


# What programs say of their own, they say again and again; what is kept here is copied, never changed.
_known = lru_cache(maxsize=4096)(_inferred)


#: The native field that says how sure the least sure of the inferred fields is.
CONFIDENCE = "inferred.confidence"


def complement(common: dict[str, Value], native: dict[str, Value], text: str) -> bool:
    """Add what is plain in a message and what the fields around it did not say; give whether there was any."""
    found, sure = inferred(text)
    ends = "source.address" in common or "destination.address" in common
    user = "user.name" in common or "user.email" in common or "user.id" in common
    asked = "url.original" in common or "http.request.method" in common
    kept = {
        name: value
        for name, value in found.items()
        if name not in common
        and not (ends and name.startswith(("source.", "destination.")))
        and not (user and name == "user.name")
        and not (asked and name.startswith(("url.", "http.")))
        and name != "log.level"
    }
    common.update(kept)
    if kept:
        native.setdefault(CONFIDENCE, sure)
    return bool(kept)


def _headed(
    common: dict[str, Value], native: dict[str, Value], begun: Head, sure: float | None
) -> float | None:
    """Take over what the head says; give how sure the least sure is then."""
    put(common, "process.pid", begun.pid)
    put(common, "process.name", begun.program or None)
    native |= {name: value for name in ("logger", "thread") if (value := getattr(begun, name))}
    if not begun.level:
        return sure
    common["log.level"] = begun.level
    return min(sure or 1.0, _SURE["level"])


def plain_text(subject: Subject) -> tuple[dict[str, Value], dict[str, Value], Head]:
    """Give common and native fields of a message that no parser knows, and its head."""
    begun = head(subject.text, subject.received, subject.zone)
    common, sure = inferred(subject.text[begun.end :] or subject.text)
    native: dict[str, Value] = {}
    if begun.end:
        sure = _headed(common, native, begun, sure)
    if sure is not None:
        native[CONFIDENCE] = sure
    return common, native, begun


def _parse(subject: Subject) -> Outcome:
    text = subject.text
    common, native, begun = plain_text(subject)
    flags: tuple[str, ...] = ("unparsed", "inferred") if CONFIDENCE in native else ("unparsed",)
    time, assumed = begun.time, begun.assumed
    if time is None and (one := find_stamp(text, 0, _STAMP_WITHIN, subject.received, subject.zone)):
        time, assumed = one.time, one.assumed
    if assumed:
        flags += ("year_assumed",)
    common["event.dataset"] = "unknown"
    common["message"] = text
    return (Reading(common=common, native=native, time=time, flags=flags),)


PARSER = Parser(
    name="unknown",
    version=1,
    description="any other text: what is plain in it, marked as inferred",
    reads="text",
    first=_first,
    parse=_parse,
)
