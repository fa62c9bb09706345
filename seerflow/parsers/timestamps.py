"""Stamps into times: integers, microseconds since 1970-01-01T00:00:00Z. No clock: `received` stands for now.

A stamp that means no instant (month 13, hour 25) is None. A leap second is the first instant of the next minute.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from seerflow.model.event import Value

SECOND = 1_000_000
DAY = 86_400 * SECOND
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
#: What RFC 3339 can write, a day kept free on both sides for zones.
_FIRST, _LAST = (
    (date(1, 1, 2).toordinal() - _EPOCH_DAY) * DAY,
    (date(9999, 12, 30).toordinal() - _EPOCH_DAY) * DAY,
)

MONTHS: dict[str, int] = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1
    )
}

# https://www.rfc-editor.org/rfc/rfc3339 section 5.6, and what people make of it: 2024-09-12 09:15:43,126 +0200
ISO = re.compile(
    r"""
    (\d{4})[-/](\d\d)[-/](\d\d)             # 2024-09-12, 2024/09/12
    [Tt\ _]\s?(\d\d):(\d\d)(?::(\d\d))?     # T09:15:43
    (?:[.,](\d{1,9}))?\d{0,9}               # .126560
    (?:\s?(Z|z|UTC|GMT)(?![A-Za-z])|\s?([+-])(\d\d):?(\d\d)?(?!\d))?   # Z, +02:00, +0200, +02
    """,
    re.VERBOSE | re.ASCII,
)
# https://httpd.apache.org/docs/2.4/mod/mod_log_config.html (%t), BIND's and Squid's writing of the same
APACHE = re.compile(
    r"""
    (\d{1,2})[/\-\ ]([A-Za-z]{3})[/\-\ ](\d{4})    # 10/Oct/2000
    [:\ ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?      # :13:55:36
    (?:\s(?:([+-])(\d\d):?(\d\d)|(GMT|UTC|Z)\b))?  # -0700
    """,
    re.VERBOSE | re.ASCII,
)
# https://www.rfc-editor.org/rfc/rfc3164 section 4.1.2; some devices add a year, before or after, and fractions
BSD = re.compile(
    r"""
    (?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\s{1,2})?
    ([A-Z][a-z]{2})\s{1,2}(\d{1,2})\s(?:(\d{4})\s)?      # Oct  9, Oct 9 2024
    (\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?:\s(\d{4})(?=[\s\]]|:\s|$))?   # 22:14:15.003 2024
    """,
    re.VERBOSE | re.ASCII,
)
# https://www.rfc-editor.org/rfc/rfc5322 section 3.3
MAIL = re.compile(r"(?:[A-Z][a-z]{2},\s)?(?=\d{1,2}\s[A-Z][a-z]{2}\s\d{4}\s)", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,19}(?:\.\d{1,9})?", re.ASCII)


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # not in the database: read as UTC
        return None


def known_zone(name: str) -> bool:
    """Say whether the name is one of the time zone database."""
    return name == "UTC" or _zone(name) is not None


def bounded(time: int) -> int | None:
    """Give the time if RFC 3339 can write it."""
    return time if _FIRST <= time <= _LAST else None


def civil(day: tuple[int, int, int], clock: tuple[int, int, int], micros: int = 0) -> int | None:
    """Give a date and a clock, as if in UTC, in microseconds; None if there is no such instant."""
    hour, minute, second = clock
    if hour > 23 or minute > 59 or second > 60:  # noqa: PLR2004  a clock; RFC 3339 5.7 has second 60
        return None
    midnight = _midnight(day)
    if midnight is None:
        return None
    return bounded(midnight + ((hour * 60 + minute) * 60 + second) * SECOND + micros)


# Logs tell of few days; the bound is for those who invent some.
@lru_cache(maxsize=4096)
def _midnight(day: tuple[int, int, int]) -> int | None:
    try:
        return (date(*day).toordinal() - _EPOCH_DAY) * DAY
    except ValueError:
        return None


def local(naive: int, zone: str) -> int:
    """Take a zone's wall clock, in microseconds as if in UTC, to UTC. The first of two equal clocks is meant."""
    if zone == "UTC" or (info := _zone(zone)) is None:
        return naive
    offset = (_EPOCH + naive * _MICROSECOND).replace(tzinfo=info).utcoffset()
    return naive - (offset // _MICROSECOND if offset else 0)


def micros(fraction: str | None) -> int:
    """Give the digits behind the decimal point as microseconds; finer ones are cut."""
    return int(fraction[:6].ljust(6, "0")) if fraction else 0


def _shift(sign: str | None, hours: str | None, minutes: str | None) -> int | None:
    if sign is None:
        return None
    east = int(hours or 0) * 60 + int(minutes or 0)
    return (-east if sign == "-" else east) * 60 * SECOND


def of_iso(match: re.Match[str], zone: str) -> int | None:
    """Give the time that a match of ISO means."""
    year, month, day, hour, minute, second, fraction, utc, sign, east, rest = match.groups()
    naive = civil(
        (int(year), int(month), int(day)), (int(hour), int(minute), int(second or 0)), micros(fraction)
    )
    if naive is None or utc:
        return naive
    shift = _shift(sign, east, rest)
    return bounded(local(naive, zone) if shift is None else naive - shift)


def of_apache(match: re.Match[str], zone: str) -> int | None:
    """Give the time that a match of APACHE means."""
    day, month, year, hour, minute, second, fraction, sign, east, rest, utc = match.groups()
    number = MONTHS.get(month.lower())
    if number is None:
        return None
    naive = civil((int(year), number, int(day)), (int(hour), int(minute), int(second)), micros(fraction))
    if naive is None or utc:
        return naive
    shift = _shift(sign, east, rest)
    return bounded(local(naive, zone) if shift is None else naive - shift)


def of_bsd(match: re.Match[str], received: int, zone: str) -> tuple[int, bool] | None:
    """Give the time that a match of BSD means, and whether its year had to be assumed."""
    name, day, before, hour, minute, second, fraction, after = match.groups()
    month = MONTHS.get(name.lower())
    if month is None:
        return None
    clock, year = (int(hour), int(minute), int(second)), before or after
    if year:
        naive = civil((int(year), month, int(day)), clock, micros(fraction))
        return None if naive is None else (local(naive, zone), False)
    time = _yearless(month, int(day), clock, received, zone)
    return None if time is None else (time + micros(fraction), True)


def _yearless(month: int, day: int, clock: tuple[int, int, int], received: int, zone: str) -> int | None:
    # RFC 3164 has no year. A log is never from the future, so a stamp later than its own arrival is last
    # year's: the case that bites every 1 January. A sender's clock may run up to a day ahead. Eight years
    # back there is always a 29 February.
    this = (_EPOCH + received * _MICROSECOND).year
    for year in range(this + 1, this - 9, -1):
        naive = civil((year, month, day), clock)
        if naive is not None and (time := local(naive, zone)) <= received + DAY:
            return time
    return None


def epoch(value: float) -> int | None:
    """Give the time of a number that counts s, ms, µs or ns since 1970; its size says which."""
    # 10^11 s is the year 5138, 10^11 ms is 1973: each unit's plausible range ends below the next one's.
    size = abs(value)
    if size < 10**11:
        found = round(value * SECOND) if isinstance(value, float) else value * SECOND
    elif size < 10**14:
        found = round(value * 1000) if isinstance(value, float) else value * 1000
    elif size < 10**17:
        found = int(value)
    elif size < 10**20:
        found = int(value) // 1000
    else:
        return None
    return bounded(found)


def filetime(ticks: int) -> int | None:
    """Give the time of a Windows FILETIME: 100 ns since 1601-01-01 (MS-DTYP 2.3.3)."""
    return bounded(ticks // 10 - 11_644_473_600 * SECOND)


def digits(text: str) -> int | None:
    """Give the time of a decimal number in text, to the microsecond (a float loses them)."""
    whole, _, fraction = text.partition(".")
    if fraction and len(whole) <= 11:  # noqa: PLR2004  as in `epoch`: seconds
        shift = micros(fraction)
        return bounded(int(whole) * SECOND + (-shift if whole.startswith("-") else shift))
    return epoch(int(whole))


def when(value: Value, received: int, zone: str = "UTC") -> int | None:
    """Give the time of a stamp in any form that is known here, or None."""
    if isinstance(value, int | float):
        usable = not isinstance(value, bool) and abs(value) < 10**20
        return epoch(value) if usable else None
    if not isinstance(value, str) or not 8 <= len(value) <= 64:  # noqa: PLR2004  the shortest, the longest
        return None
    text = value.strip().strip("[]")
    if match := ISO.match(text):
        return of_iso(match, zone)
    if _NUMBER.fullmatch(text):
        return digits(text)
    if match := BSD.match(text):
        found = of_bsd(match, received, zone)
        return found[0] if found else None
    start = MAIL.match(text)
    match = APACHE.match(text, start.end() if start else 0)
    return of_apache(match, zone) if match else None


def rfc3339(time: int) -> str:
    """Write the time: 2024-09-12T09:15:43.126560Z."""
    second, micro = divmod(time, SECOND)
    whole = _written(second)
    if len(whole) != _WRITTEN:
        return (_EPOCH + time * _MICROSECOND).isoformat()
    return f"{whole}.{micro:06d}Z"


#: 2024-09-12T09:15:43
_WRITTEN = 19


# The logs of one second come together.
@lru_cache(maxsize=8192)
def _written(second: int) -> str:
    """Write the second without its fraction and zone; "" before the year 1000, where that is not how it is written."""
    at = _EPOCH + second * SECOND * _MICROSECOND
    return at.isoformat()[:_WRITTEN] if at.year > 999 else ""  # noqa: PLR2004  four digits
