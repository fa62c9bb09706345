"""Instants: integers, microseconds since 1970-01-01T00:00:00Z, and the arithmetic of calendars and zones. No clock."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

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


#: Zone words that mean one offset the world over, in minutes east: those of RFC 5322 section 4.3 without CST (China
#: writes it too), and Europe's, Japan's, Australia's and New Zealand's. BST, IST, CST and the like are left to the
#: source's own zone.
OFFSETS: dict[str, int] = {
    "Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 60, "CET": 60, "CEST": 120, "EET": 120, "EEST": 180, "MSK": 180,
    "JST": 540, "AWST": 480, "ACST": 570, "ACDT": 630, "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780,
    "EST": -300, "EDT": -240, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420,
    "AKST": -540, "AKDT": -480,
}  # fmt: skip
#: A regular expression for such a word.
ZONE_WORD = "|".join(sorted(OFFSETS, key=len, reverse=True))


def zoned(naive: int, word: str | None, zone: str) -> int | None:
    """Take a wall clock to UTC by the word or offset (+02:00, +0200, +02) behind it, else by the source's zone."""
    if not word:
        return bounded(local(naive, zone))
    if word[0] in "+-":
        digits_ = word[1:].replace(":", "").ljust(4, "0")
        return bounded(naive - (shift(word[0], digits_[:2], digits_[2:]) or 0))
    return naive - OFFSETS.get(word.upper(), 0) * 60 * SECOND


def micros(fraction: str | None) -> int:
    """Give the digits behind the decimal point as microseconds; finer ones are cut."""
    return int(fraction[:6].ljust(6, "0")) if fraction else 0


def shift(sign: str | None, hours: str | None, minutes: str | None) -> int | None:
    """Give an offset east of UTC in microseconds."""
    if sign is None:
        return None
    east = int(hours or 0) * 60 + int(minutes or 0)
    return (-east if sign == "-" else east) * 60 * SECOND


def yearless(month: int, day: int, clock: tuple[int, int, int], received: int, zone: str) -> int | None:
    """Give the time of a stamp without a year."""
    # RFC 3164 has no year. A log is never from the future, so a stamp later than its own arrival is last
    # year's: the case that bites every 1 January. A sender's clock may run up to a day ahead. Eight years
    # back there is always a 29 February.
    this = (_EPOCH + received * _MICROSECOND).year
    for year in range(this + 1, this - 9, -1):
        naive = civil((year, month, day), clock)
        if naive is not None and (time := local(naive, zone)) <= received + DAY:
            return time
    return None


#: FILETIME of 1990 to 2050; .NET's DateTime.Ticks (100 ns since the year 1) of 1995 to 2050.
_FILETIMES = (122_700_000_000_000_000, 141_620_000_000_000_000)
_TICKS = (629_250_000_000_000_000, 646_610_000_000_000_000)
_TICKS_EPOCH = 62_135_596_800 * SECOND


def epoch(value: float) -> int | None:
    """Give the time of a number that counts s, ms, µs or ns since 1970; its size says which."""
    # 10^11 s is the year 5138, 10^11 ms is 1973: each unit's plausible range ends below the next one's. Windows'
    # two counts stand where nanoseconds would mean 1973 to 1974 and 1989 to 1991: no log of these is read.
    size = abs(value)
    if _FILETIMES[0] <= size < _FILETIMES[1]:
        return filetime(int(value))
    if _TICKS[0] <= size < _TICKS[1]:
        return bounded(int(value) // 10 - _TICKS_EPOCH)
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
