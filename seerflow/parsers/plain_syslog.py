"""The syslog line that most of the world writes, by one expression: `<38>Mar 12 03:07:14 web sshd[28410]: text`.

Law: what is read here is read exactly as syslog.py reads it in general; whatever is not of this very form is None
and is read in general (tests/unit/parsers/test_plain_syslog.py holds the two side by side).
"""

import re
from functools import lru_cache
from typing import NamedTuple

from seerflow.parsers.timestamps import DAY, MONTHS, SECOND, civil, local, rfc3339

_LINE = re.compile(
    r"""
    (?:<(\d{1,3})>)?
    ([A-Z][a-z]{2}\ [\ 0-3]\d\ \d\d:\d\d:\d\d)\                 # Mar 12 03:07:14
    (?!\d{4}\s|[A-Z]{3,4}\s)                                    # a year or a zone, perhaps: not decided here
    ([A-Za-z0-9][A-Za-z0-9_.\-]{0,253})\                        # host
    ([A-Za-z_][\w./\-]{0,63})(?:\[(\d{1,10})\])?:\ +            # sshd[28410]:
    """,
    re.VERBOSE | re.ASCII,
)
#: Received in these years, no year that comes into question is one that RFC 3339 cannot write.
_YEARS = range(1900, 9000)


class Line(NamedTuple):
    """What the line says; `end` is where its message begins."""

    pri: str | None
    time: int
    host: str
    tag: str
    pid: str | None
    end: int


def line(text: str, received: int, zone: str) -> Line | None:
    """Read the line up to its message; None if it is not of this form, or its stamp means no instant."""
    match = _LINE.match(text)
    if match is None:
        return None
    pri, stamp, host, tag, pid = match.groups()
    time = _time(stamp, received, zone)
    return None if time is None else Line(pri, time, host, tag, pid, match.end())


# What is written in one second comes together.
@lru_cache(maxsize=8192)
def _time(stamp: str, received: int, zone: str) -> int | None:
    hour, minute, second = stamp[7:9], stamp[10:12], stamp[13:]
    if hour > "23" or minute > "59" or second > "60":
        return None
    clock = (int(hour) * 3600 + int(minute) * 60 + int(second)) * SECOND
    for midnight in _midnights(stamp[:6], _year(received // DAY)):
        time = local(midnight + clock, zone)
        if time <= received + DAY:  # as timestamps.py says of stamps without a year
            return time
    return None


@lru_cache(maxsize=64)
def _year(day: int) -> int:
    return int(rfc3339(day * DAY)[:4])


# Ten years have fewer days; whoever invents more only waits.
@lru_cache(maxsize=4096)
def _midnights(day: str, this: int) -> tuple[int, ...]:
    """Give the times at which `Mar 12` began, as if in UTC: next year's, this year's and eight years back."""
    month = MONTHS.get(day[:3].lower())
    if month is None or this not in _YEARS:
        return ()
    found = (civil((year, month, int(day[4:])), (0, 0, 0)) for year in range(this + 1, this - 9, -1))
    return tuple(midnight for midnight in found if midnight is not None)
