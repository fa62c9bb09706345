"""su: who became whom, or failed to.

Reference: https://github.com/util-linux/util-linux/blob/master/login-utils/su-common.c and shadow's src/su.c.
"""

import re

from seerflow.model.event import Value
from seerflow.parsers.contract import LONGEST_MESSAGE, Outcome, Parser, Reading, Subject

_BY = r"(?P<by>[^\s:]{1,256})"
_TO = r"(?P<to>[^\s:']{1,256})"
# shape, outcome ("" where a sign says it)
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"FAILED SU \(to {_TO}\) {_BY} on (?P<tty>\S+)"), "failure"),  # util-linux
    (re.compile(rf"\(to {_TO}\) {_BY} on (?P<tty>\S+)"), "success"),  # util-linux
    (re.compile(rf"FAILED su for {_TO} by {_BY}"), "failure"),  # shadow
    (re.compile(rf"Successful su for {_TO} by {_BY}"), "success"),  # shadow
    (re.compile(rf"\+ (?P<tty>\S+) {_BY}:{_TO}"), "success"),  # shadow, SULOG
    (re.compile(rf"- (?P<tty>\S+) {_BY}:{_TO}"), "failure"),
    (re.compile(rf"'su {_TO}' failed for {_BY} on (?P<tty>\S+)"), "failure"),  # Solaris
    (re.compile(rf"'su {_TO}' succeeded for {_BY} on (?P<tty>\S+)"), "success"),
    (re.compile(rf"BAD SU from {_BY} to {_TO} at (?P<tty>\S+)"), "failure"),  # AIX
    (re.compile(rf"from {_BY} to {_TO} at (?P<tty>\S+)"), "success"),
    (re.compile(rf"failed: (?P<tty>\S+) changing from {_BY} to {_TO}"), "failure"),  # IRIX
    (re.compile(rf"succeeded: (?P<tty>\S+) changing from {_BY} to {_TO}"), "success"),
    (re.compile(rf"BAD SU {_BY} to {_TO} on (?P<tty>\S+)"), "failure"),  # BSD
    (re.compile(rf"{_BY} to {_TO} on (?P<tty>\S+)"), "success"),
)
_BARE = ("FAILED SU (to ", "FAILED su for ", "Successful su for ", "BAD SU ", "'su ")


def _first(subject: Subject) -> bool:
    return subject.text.startswith(_BARE)


def _parse(subject: Subject) -> Outcome:
    text = subject.text.strip()
    if len(text) > LONGEST_MESSAGE:
        return None
    for shape, outcome in _SHAPES:
        if match := shape.fullmatch(text):
            common: dict[str, Value] = {
                "event.action": "su",
                "event.category": "authentication",
                "event.dataset": "linux.su",
                "event.module": "linux",
                "event.outcome": outcome,
                "event.type": "start",
                "user.name": match["by"],
                "user.effective.name": match["to"],
            }
            tty = match.groupdict().get("tty")
            return (Reading(common=common, native={"tty": tty} if tty else {}),)
    return None


PARSER = Parser(
    name="su",
    version=1,
    description="su: changes of user, and failed ones",
    reads="text",
    heads="FSB'",
    programs=("su",),
    first=_first,
    parse=_parse,
)
