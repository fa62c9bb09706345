"""Text that is made of pairs: `key=value` of firewalls and logfmt, `Key: value` lists. Common fields by well-known names."""

from seerflow.model.event import Value
from seerflow.parsers.contract import Outcome, Parser, Reading, Subject
from seerflow.parsers.pairs import PAIR, named, pairs, separated, separator
from seerflow.parsers.timestamps import stamp, when
from seerflow.parsers.unknown import complement
from seerflow.parsers.vocabulary import common_view, outcome, time_of

#: Fewer pairs, or pairs that cover less of the text than this share, are prose with an equals sign in it.
_FEWEST = 3
_SHARE = 2
#: How far into the text the first pair may begin.
_LEAD = 200
#: What may stand between `Key: value` pairs.
_MARKS = ";|\t,"


def _first(subject: Subject) -> bool:
    head = subject.text[:400]
    if head.count("=") >= _FEWEST and PAIR.search(head) is not None:
        return True
    return head.count(":") >= _FEWEST and any(head.count(mark) >= _FEWEST - 1 for mark in _MARKS)


def _parse(subject: Subject) -> Outcome:
    text = subject.text
    start = PAIR.search(text[:_LEAD])
    if start is None:
        return _listed(subject)
    found, covered, cut = pairs(text, start.start())
    if len(found) < _FEWEST or covered * _SHARE < len(text):
        mark = separator(text)
        if mark is None or len(found) < _FEWEST:
            return _listed(subject)
        found = separated(text[start.start() :], mark)
    elif (mark := separator(text)) is not None:
        found = separated(text[start.start() :], mark)
    return _read(subject, found, text[: start.start()], cut=cut)


def _listed(subject: Subject) -> Outcome:
    """Read `Event Type: Login; User: bob; …`."""
    text = subject.text
    if len(text) > _LONGEST_LIST:
        return None
    mark = next((one for one in _MARKS if text.count(one) >= _FEWEST - 1), None)
    if mark is None:
        return None
    found, others = named(text, mark)
    if len(found) < _FEWEST or others > len(found):
        return None
    return _read(subject, found, "", cut=False)


#: No product writes longer lists in one message.
_LONGEST_LIST = 65_536


def _read(subject: Subject, found: dict[str, str], lead: str, *, cut: bool) -> Outcome:
    native: dict[str, Value] = dict(found)
    common = common_view(found)
    common.setdefault("event.dataset", "keyvalue")
    flags = ["truncated"] if cut else []
    if "event.outcome" not in common:
        # what the action says; else, below, the prose before the first pair or in the message
        word = outcome(common.get("event.action"))
        if word:
            common["event.outcome"] = word
    if complement(common, native, f"{lead} {common.get('message', '')}"):
        flags.append("inferred")
    time = _time(subject, found)
    if time is None and (before := stamp(lead, 0, 32, subject.received, subject.zone)):
        time, flags = before.time, [*flags, *(["year_assumed"] if before.assumed else [])]
    return (Reading(common=common, native=native, time=time, flags=tuple(flags)),)


def _time(subject: Subject, found: dict[str, str]) -> int | None:
    both = f"{found.get('date', '')} {found.get('time', '')}"  # Fortinet's way
    if len(both) > 12 and found.get("date"):  # noqa: PLR2004  both are there
        time = when(both, subject.received, found.get("tz") or subject.zone)
        if time is not None:
            return time
    return time_of(found, subject.received, subject.zone)


PARSER = Parser(
    name="keyvalue",
    version=1,
    description="key=value text of any product, logfmt among it, and `Key: value` lists",
    reads="text",
    first=_first,
    parse=_parse,
)
