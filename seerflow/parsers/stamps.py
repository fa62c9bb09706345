"""The rarer forms of stamps: 03/04/2024 11:22:33 AM, Mar 4, 2024, 2024 Mar 4, 20240304112233, 240304 11:22:33, TAI64N.

Law of dates that can be read in two ways (03/04/2024). What is behind the day after its arrival is no reading of it.
Of those that are left, one within two days of the arrival is meant; else, of `/`, month before day, and of `.` and `-`,
day before month. Of readings in different
centuries and decades (24/03/04), those of the last ten years are asked first.
"""

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from seerflow.parsers.instants import (
    DAY,
    MONTHS,
    SECOND,
    ZONE_WORD,
    bounded,
    civil,
    micros,
    yearless,
    zoned,
)

#: A log arrives within so long of what it tells, as a rule: that decides between two readings of one stamp.
_NEAR = 2 * DAY
#: And of two readings in different years, one of the last ten years.
_LONG = 3653 * DAY


class Stamp(Struct, frozen=True):
    """A time, whether its year was assumed, and where in the text it ends."""

    time: int
    assumed: bool
    end: int


_ZONE = rf"(?:\s?([+-]\d\d:?\d\d(?!\d)|(?:{ZONE_WORD})(?![A-Za-z])))?"
_CLOCK = r"(\d{1,2}):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?:\s?([AaPp])\.?[Mm]\b\.?)?" + _ZONE

# 03/04/2024 11:22:33 AM, 04.03.2024 11:22:33, 24/03/04 11:22:33, 3/4/2024, 11:22
_NUMERIC = re.compile(
    r"""
    (?<![\d/.\-])(\d{1,2})([/.\-])(\d{1,2})\2(\d{4}|\d\d)(?:,?\s{1,2}-?\s?|[T:])
    (\d{1,2}):(\d\d)(?::(\d\d))?(?:[.,](\d{1,9}))?(?:\s?([AaPp])\.?[Mm]\b\.?)?
    """
    + _ZONE,
    re.VERBOSE | re.ASCII,
)
# Mar 4, 2024 11:22:33 AM; Monday, March 4, 2024 11:22:33; Mar 04, 2024 at 11:22:33
_TEXTUAL = re.compile(
    r"\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},?\s{1,2})?([A-Z][a-z]{2})[a-z]{0,6}\.?\s{1,2}(\d{1,2})(?:,?\s(\d{4}))?,?\s{1,2}(?:at\s)?"
    + _CLOCK,
    re.ASCII,
)
# 2024 Mar  4 11:22:33 (NX-OS), 2024-Mar-04 11:22:33
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})[\s\-]([A-Z][a-z]{2})[\s\-]{1,2}(\d{1,2})[\sT]" + _CLOCK, re.ASCII)
# 04 Mar 11:22:33 (Redis), 4-Mar-24 11:22:33, 04 March 2024 11:22:33
_DAY_FIRST = re.compile(
    r"(?<!\d)(\d{1,2})[\s\-]([A-Z][a-z]{2})[a-z]{0,6}(?:[\s\-](\d{4}|\d\d))?,?[\s:]" + _CLOCK, re.ASCII
)
# 20240304112233, 20240304T112233Z, 20240304 11:22:33.123, 20240304-11:22:33:123
_COMPACT = re.compile(
    r"(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)[T_\s\-]?(\d\d):?(\d\d):?(\d\d)(?:[.,:](\d{1,9}))?(?!\d)" + _ZONE,
    re.ASCII,
)
# 240304 11:22:33: https://dev.mysql.com/doc/refman/5.6/en/error-log-format.html
_SHORT = re.compile(r"(?<!\d)(\d\d)(\d\d)(\d\d)\s{1,2}(\d{1,2}):(\d\d):(\d\d)(?!\d)", re.ASCII)
# https://cr.yp.to/libtai/tai64.html: labels of 2^62 + seconds, TAI; daemontools counts no leap seconds beyond the first 10
_TAI64N = re.compile(r"@(4[0-9a-f]{15})([0-9a-f]{8})(?![0-9a-f])", re.ASCII)
# /Date(1709551353000)/: milliseconds, the offset is for display only
_DOT_NET = re.compile(r"\\?/Date\((-?\d{1,16})(?:[+-]\d{4})?\)\\?/", re.ASCII)


def _clock(
    hour: str, minute: str, second: str | None, half: str | None = None
) -> tuple[int, int, int] | None:
    number = int(hour)
    if half:
        if not 1 <= number <= 12:  # noqa: PLR2004  13 PM is no clock
            return None
        number = number % 12 + (12 if half in "Pp" else 0)
    return number, int(minute), int(second or 0)


def _year(text: str) -> int:
    # POSIX strptime %y: 69 to 99 are the last century's
    return int(text) if len(text) > 2 else int(text) + (1900 if int(text) > 68 else 2000)  # noqa: PLR2004  as above


def _orders(first: int, mark: str, second: int, third: str) -> Iterator[tuple[int, int, int]]:
    """Give the dates that the numbers may mean, likeliest first."""
    year = _year(third)
    american, european = (year, first, second), (year, second, first)
    yield from (american, european) if mark == "/" else (european, american)
    if len(third) == 2:  # noqa: PLR2004  as in 24/03/04
        yield _year(f"{first:02d}"), second, int(third)


def _numeric(match: re.Match[str], received: int, zone: str) -> tuple[int, bool] | None:
    first, mark, second, third, hour, minute, seconds, fraction, half, word = match.groups()
    clock = _clock(hour, minute, seconds, half)
    if clock is None:
        return None
    found = [
        time
        for day in _orders(int(first), mark, int(second), third)
        if (naive := civil(day, clock, micros(fraction))) is not None
        and (time := zoned(naive, word, zone)) is not None
    ]
    past = [time for time in found if time <= received + DAY] or found
    past = [time for time in past if received - time <= _LONG] or past
    near = [time for time in past if abs(received - time) <= _NEAR]
    best = next(iter(near or past), None)
    return None if best is None else (best, False)


def _worded(  # noqa: PLR0917 - a date and a clock, as the forms give their parts
    year: str | None, name: str, day: str, clock: tuple[str | None, ...], received: int, zone: str
) -> tuple[int, bool] | None:
    hour, minute, second, fraction, half, word = clock
    month, wall = MONTHS.get(name.lower()), _clock(hour or "0", minute or "0", second, half)
    if month is None or wall is None:
        return None
    if year:
        naive = civil((_year(year), month, int(day)), wall, micros(fraction))
        time = None if naive is None else zoned(naive, word, zone)
        return None if time is None else (time, False)
    time = yearless(month, int(day), wall, received, "UTC" if word else zone)
    if time is not None and word:
        time = zoned(time, word, zone)
    return None if time is None else (time + micros(fraction), True)


def _textual(match: re.Match[str], received: int, zone: str) -> tuple[int, bool] | None:
    name, day, year, *clock = match.groups()
    return _worded(year, name, day, tuple(clock), received, zone)


def _year_first(match: re.Match[str], received: int, zone: str) -> tuple[int, bool] | None:
    year, name, day, *clock = match.groups()
    return _worded(year, name, day, tuple(clock), received, zone)


def _day_first(match: re.Match[str], received: int, zone: str) -> tuple[int, bool] | None:
    day, name, year, *clock = match.groups()
    return _worded(year, name, day, tuple(clock), received, zone)


def _compact(match: re.Match[str], _received: int, zone: str) -> tuple[int, bool] | None:
    year, month, day, hour, minute, second, fraction, word = match.groups()
    naive = civil((int(year), int(month), int(day)), (int(hour), int(minute), int(second)), micros(fraction))
    time = None if naive is None else zoned(naive, word, zone)
    return None if time is None else (time, False)


def _short(match: re.Match[str], _received: int, zone: str) -> tuple[int, bool] | None:
    year, month, day, hour, minute, second = match.groups()
    naive = civil((_year(year), int(month), int(day)), (int(hour), int(minute), int(second)))
    time = None if naive is None else zoned(naive, None, zone)
    return None if time is None else (time, False)


def _tai(match: re.Match[str], _received: int, _zone: str) -> tuple[int, bool] | None:
    time = bounded((int(match[1], 16) - 2**62 - 10) * SECOND + int(match[2], 16) // 1000)
    return None if time is None else (time, False)


def _dot_net(match: re.Match[str], _received: int, _zone: str) -> tuple[int, bool] | None:
    time = bounded(int(match[1]) * 1000)
    return None if time is None else (time, False)


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], int, str], tuple[int, bool] | None]], ...] = (
    (_NUMERIC, _numeric),
    (_YEAR_FIRST, _year_first),
    (_DAY_FIRST, _day_first),
    (_TEXTUAL, _textual),
    (_COMPACT, _compact),
    (_SHORT, _short),
    (_TAI64N, _tai),
    (_DOT_NET, _dot_net),
)


def rare(text: str, at: int, within: int, received: int, zone: str) -> Stamp | None:
    """Find a stamp of these forms that begins at `at`, or up to `within` characters behind; the first form wins."""
    for shape, read in _FORMS:
        match = shape.search(text, at, at + within + 64) if within else shape.match(text, at)
        if match and match.start() <= at + within and (found := read(match, received, zone)):
            return Stamp(found[0], found[1], match.end())
    return None
