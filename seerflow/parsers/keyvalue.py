"""Text that is made of `key=value` pairs: firewalls, logfmt, and many more. Common fields by well-known names."""

from seerflow.parsers.contract import Outcome, Parser, Reading, Subject
from seerflow.parsers.pairs import PAIR, pairs
from seerflow.parsers.timestamps import when
from seerflow.parsers.unknown import verdict
from seerflow.parsers.vocabulary import common_view, outcome, time_of

#: Fewer pairs, or pairs that cover less of the text than this share, are prose with an equals sign in it.
_FEWEST = 3
_SHARE = 2
#: How far into the text the first pair may begin.
_LEAD = 200


def _first(subject: Subject) -> bool:
    head = subject.text[:400]
    return head.count("=") >= _FEWEST and PAIR.search(head) is not None


def _parse(subject: Subject) -> Outcome:
    text = subject.text
    start = PAIR.search(text[:_LEAD])
    if not start:
        return None
    found, covered, cut = pairs(text, start.start())
    if len(found) < _FEWEST or covered * _SHARE < len(text):
        return None
    common = common_view(found)
    common.setdefault("event.dataset", "keyvalue")
    flags = ["truncated"] if cut else []
    if "event.outcome" not in common:
        # what the action says, or the prose before the first pair or in the message
        word = outcome(common.get("event.action"))
        inferred = word or verdict(f"{text[: start.start()]} {common.get('message', '')}")
        if inferred:
            common["event.outcome"] = inferred
            flags += [] if word else ["inferred"]
    time = time_of(found, subject.received, subject.zone)
    both = f"{found.get('date', '')} {found.get('time', '')}"  # Fortinet's way
    if len(both) > 12 and found.get("date"):  # noqa: PLR2004  both are there
        time = when(both, subject.received, found.get("tz") or subject.zone) or time
    return (Reading(common=common, native=dict(found), time=time, flags=tuple(flags)),)


PARSER = Parser(
    name="keyvalue",
    version=1,
    description="key=value text of any product, logfmt among it",
    reads="text",
    first=_first,
    parse=_parse,
)
