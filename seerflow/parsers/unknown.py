"""Any text: what is plain in it, as a person would read it, and nothing more. Never refuses.

Time, program, addresses, users and outcome words are inferred, and the event says so.
"""

import re

from seerflow.model.event import Value
from seerflow.parsers.contract import Outcome, Parser, Reading, Subject
from seerflow.parsers.shape import address, endpoint, put
from seerflow.parsers.timestamps import APACHE, BSD, ISO, digits, of_apache, of_bsd, of_iso

#: Only the beginning is searched: what matters stands there, and the work stays small.
_SEARCHED = 4_096
_STAMP_WITHIN = 64

_ADDRESS = re.compile(
    r"""
    (?<![\w.:\-])
    (\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}                        # IPv4
    |(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3})?)   # IPv6 by its colons
    (?![\w.\-]*[\w])(?:[:#](\d{1,5})(?!\w)|,?\sport\s(\d{1,5}))?
    """,
    re.VERBOSE | re.ASCII,
)
_TOWARDS = re.compile(r"(?:\bto|->|=>|\bdst|\bdestination|\bserver|\bvia|\bon)\W{0,4}\Z", re.IGNORECASE)
_USER = re.compile(
    r"""\b(?:user(?:name)?|account|login|acct|usr)(?:\s?[:=]\s?|\s(?:name\s)?)['"<\[(]?([A-Za-z0-9_][\w.@\\$\-]{0,127})""",
    re.IGNORECASE | re.ASCII,
)
_FOR = re.compile(
    r"""\b(?:for|by)\s(?:user\s|the\s)?['"<\[(]([\w.@\\$\-]{1,128})['">\])]""", re.IGNORECASE | re.ASCII
)
_NO_USER = frozenset(
    "for from by with is was has and or the to in on at of not name id logged login authentication failed failure"
    " password unknown does successfully attempt session agent denied space level error account via".split()
)
_BAD = re.compile(
    r"\b(?:fail(?:ed|ure|s|ing)?|denied|deny|reject(?:ed)?|refused|invalid|incorrect|unauthori[sz]ed|forbidden"
    r"|not\sallowed|blocked|wrong|bad\s(?:password|username|credentials)|unsuccessful|unable\sto"
    r"|mismatch(?:ed)?|nonexistent|non-existent|unknown\suser|no\ssuch\suser|aborted|disallowed)\b",
    re.IGNORECASE,
)
_GOOD = re.compile(
    r"\b(?:success(?:ful|fully)?|succeeded|accepted|granted|permitted|allowed|logged\sin|authenticated)\b",
    re.IGNORECASE,
)


def verdict(text: str) -> str | None:
    """Give success or failure where a word of the text plainly says so; a bad word outweighs a good one."""
    if _BAD.search(text):
        return "failure"
    return "success" if _GOOD.search(text) else None


_LEVEL = re.compile(
    r"\b(TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRIT(?:ICAL)?|FATAL|ALERT|EMERG)\b|\[(trace|debug|info|notice|warn|warning|error|crit|alert|emerg)\]"
)
_EPOCH = re.compile(r"\[?(\d{10}(?:\.\d{1,9})?|\d{13})(?=[\s\]|,;])", re.ASCII)


def _first(subject: Subject) -> bool:
    return subject.document is None


def _ends(common: dict[str, Value], text: str) -> bool:
    """The first address is who began it, unless a word says that it was reached; the next one is the other."""
    for match in _ADDRESS.finditer(text):
        if address(match[1]) is None:
            continue
        towards = bool(_TOWARDS.search(text[max(0, match.start() - 16) : match.start()]))
        side = "destination" if towards or "source.ip" in common else "source"
        if f"{side}.ip" not in common:
            endpoint(common, side, match[1], match[2] or match[3])
        if "source.ip" in common and "destination.ip" in common:
            break
    return "source.ip" in common or "destination.ip" in common


def _words(common: dict[str, Value], text: str) -> bool:
    before = len(common)
    for shape in (_USER, _FOR):
        for match in shape.finditer(text):
            if match[1].lower() not in _NO_USER:
                put(common, "user.name", match[1])
                break
        if "user.name" in common:
            break
    if outcome := verdict(text):
        common["event.outcome"] = outcome
    if level := _LEVEL.search(text[:200]):
        common["log.level"] = (level[1] or level[2]).lower()
    return len(common) > before


def infer(text: str) -> tuple[dict[str, Value], bool]:
    """Give the common fields that are plain in a text, and whether there are any."""
    common: dict[str, Value] = {}
    head = text[:_SEARCHED]
    ends = _ends(common, head)
    return common, _words(common, head) or ends


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
    flags = ("unparsed", "inferred") if inferred else ("unparsed",)
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
