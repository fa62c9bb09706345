"""Any text: what is plain in it, as a person would read it, and nothing more. Never refuses.

Time, program, addresses, users and outcome words are inferred, and the event says so.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from seerflow.model.event import Value
from seerflow.parsers.contract import Outcome, Parser, Reading, Subject
from seerflow.parsers.shape import address, endpoint, put
from seerflow.parsers.timestamps import APACHE, BSD, ISO, digits, of_apache, of_bsd, of_iso

#: Only the beginning is searched: what matters stands there, and the work stays small.
_SEARCHED = 4_096
_STAMP_WITHIN = 64

# Neither begins with a look behind: a literal class lets the search skip. What stands around is looked at after.
_IPV4 = re.compile(r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}", re.ASCII)
_IPV6 = re.compile(r"[0-9a-fA-F:]{2,39}(?:\d{1,3}(?:\.\d{1,3}){3})?", re.ASCII)
_PORT = re.compile(r"[:#](\d{1,5})(?!\w)|,?\sport\s(\d{1,5})(?!\w)", re.ASCII)
_TOWARDS = re.compile(r"(?:\bto|->|=>|\bdst|\bdestination|\bserver|\bvia|\bon)\W{0,4}\Z", re.IGNORECASE)
# From the plainest: user "bob"; user=bob, user: bob; user bob.
_USER_WORD = r"\b(?:user(?:name)?|account|login|acct|usr)"
_QUOTED_USER = re.compile(
    _USER_WORD + r"""(?:\s?[:=]\s?|\s(?:name\s)?)['"<\[(]([A-Za-z0-9_][\w.@\\$\-]{0,127})""",
    re.IGNORECASE | re.ASCII,
)
_ASSIGNED_USER = re.compile(
    _USER_WORD + r"""\s?[:=]\s?([A-Za-z0-9_][\w.@\\$\-]{0,127})""", re.IGNORECASE | re.ASCII
)
_NAMED_USER = re.compile(
    _USER_WORD + r"""\s(?:name\s)?([A-Za-z0-9_][\w.@\\$\-]{0,127})""", re.IGNORECASE | re.ASCII
)
_FOR = re.compile(
    r"""\b(?:for|by)\s(?:user\s|the\s)?['"<\[(]([\w.@\\$\-]{1,128})['">\])]""", re.IGNORECASE | re.ASCII
)
_NO_USER_WORDS = (
    "for from by with is was has and or the to in on at of not name id logged login authentication "
    "failed failure password unknown does successfully attempt session agent denied space level error "
    "account via"
)
_NO_USER = frozenset(_NO_USER_WORDS.split())
_WORD = re.compile(r"[a-z]{2,16}")
_BAD_WORDS = (
    "fail failed failure fails failing denied deny reject rejected refused invalid incorrect "
    "unauthorised unauthorized forbidden blocked wrong unsuccessful unable mismatch mismatched "
    "nonexistent aborted disallowed"
)
_BAD = frozenset(_BAD_WORDS.split())
_GOOD_WORDS = "success successful successfully succeeded accepted granted permitted allowed authenticated"
_GOOD = frozenset(_GOOD_WORDS.split())
_BAD_PHRASES = (
    "not allowed",
    "unknown user",
    "no such user",
    "bad password",
    "bad username",
    "bad credentials",
)
_GOOD_PHRASES = ("logged in",)
#: Words beside which a user's name stands.
_USER_WORDS = frozenset({"user", "username", "account", "login", "acct", "usr", "for", "by"})


def verdict(text: str) -> str | None:
    """Give success or failure where a word of the text plainly says so; a bad word outweighs a good one."""
    lower = text[:_SEARCHED].lower()
    return _verdict(lower, frozenset(_WORD.findall(lower)))


def _verdict(lower: str, words: frozenset[str]) -> str | None:
    if not words.isdisjoint(_BAD) or _says(lower, _BAD_PHRASES):
        return "failure"
    good = not words.isdisjoint(_GOOD) or _says(lower, _GOOD_PHRASES)
    return "success" if good else None


def _says(lower: str, phrases: tuple[str, ...]) -> bool:
    for phrase in phrases:  # noqa: SIM110  a generator costs more than all of the phrases
        if phrase in lower:
            return True
    return False


_LEVEL = re.compile(
    r"\b(TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRIT(?:ICAL)?|FATAL|ALERT|EMERG)\b|\[(trace|debug|info|notice|warn|warning|error|crit|alert|emerg)\]"
)
_LEVELS = frozenset(
    {
        "trace",
        "debug",
        "info",
        "notice",
        "warn",
        "warning",
        "error",
        "crit",
        "critical",
        "fatal",
        "alert",
        "emerg",
    }
)
_EPOCH = re.compile(r"\[?(\d{10}(?:\.\d{1,9})?|\d{13})(?=[\s\]|,;])", re.ASCII)


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
            if before.isalnum() or before in ("_", ".", "-") or after.isalnum() or after in ("_", "-"):
                continue
            if address(match[0]) and not (after == "." and text[match.end() + 1 : match.end() + 2].isdigit()):
                yield match, match[0]


def _ends(common: dict[str, Value], text: str) -> bool:
    """The first address is who began it, unless a word says that it was reached; the next one is the other."""
    for match, found in _addresses(text):
        towards = bool(_TOWARDS.search(text[max(0, match.start() - 16) : match.start()]))
        side = "destination" if towards or "source.ip" in common else "source"
        if f"{side}.ip" not in common:
            port = _PORT.match(text, match.end())
            endpoint(common, side, found, (port[1] or port[2]) if port else None)
        if "source.ip" in common and "destination.ip" in common:
            break
    return "source.ip" in common or "destination.ip" in common


_QUOTE = re.compile(r"""['"<\[(]""")
_SHAPES = (_QUOTED_USER, _ASSIGNED_USER, _FOR, _NAMED_USER)
_UNQUOTED = (_ASSIGNED_USER, _NAMED_USER)


def _user(text: str) -> str | None:
    for shape in _SHAPES if _QUOTE.search(text) else _UNQUOTED:
        if shape is _ASSIGNED_USER and ":" not in text and "=" not in text:
            continue
        for match in shape.finditer(text):
            name = match[1].rstrip(".")  # the end of a sentence
            if name and name.lower() not in _NO_USER:
                return name
    return None


def _words(common: dict[str, Value], text: str) -> bool:
    before, lower = len(common), text.lower()
    words = frozenset(_WORD.findall(lower))
    if not words.isdisjoint(_USER_WORDS):
        put(common, "user.name", _user(text))
    if outcome := _verdict(lower, words):
        common["event.outcome"] = outcome
    if not words.isdisjoint(_LEVELS) and (level := _LEVEL.search(text[:200])):
        common["log.level"] = (level[1] or level[2]).lower()
    return len(common) > before


def infer(text: str) -> tuple[dict[str, Value], bool]:
    """Give the common fields that are plain in a text, and whether there are any."""
    if len(text) > _REMEMBERED:
        return _infer(text[:_SEARCHED])
    common, inferred = _known(text)
    return common.copy(), inferred


#: Longer texts are seldom the same twice.
_REMEMBERED = 256


def _infer(head: str) -> tuple[dict[str, Value], bool]:
    common: dict[str, Value] = {}
    ends = _ends(common, head)
    return common, _words(common, head) or ends


# What programs say of their own, they say again and again; what is kept here is copied, never changed.
_known = lru_cache(maxsize=4096)(_infer)


def stamp(text: str, received: int, zone: str) -> tuple[int, bool] | None:
    """Find a time at the beginning of the text; give it and whether its year was assumed."""
    head = text[:_STAMP_WITHIN]
    if match := ISO.search(head):
        found = of_iso(match, zone)
        return None if found is None else (found, False)
    if match := APACHE.search(head):
        found = of_apache(match, zone)
        return None if found is None else (found, False)
    if match := BSD.search(head):
        return of_bsd(match, received, zone)
    if match := _EPOCH.match(head):
        found = digits(match[1])
        return None if found is None else (found, False)
    return None


def _parse(subject: Subject) -> Outcome:
    common, inferred = infer(subject.text)
    time = stamp(subject.text, subject.received, subject.zone)
    flags: tuple[str, ...] = ("unparsed", "inferred") if inferred else ("unparsed",)
    if time and time[1]:
        flags += ("year_assumed",)
    common["event.dataset"] = "unknown"
    common["message"] = subject.text
    return (Reading(common=common, time=time[0] if time else None, flags=flags),)


PARSER = Parser(
    name="unknown",
    version=1,
    description="any other text: what is plain in it, marked as inferred",
    reads="text",
    first=_first,
    parse=_parse,
)
