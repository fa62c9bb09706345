"""Stamps into times: the forms that logs are full of. The rarer ones are in stamps.py, arithmetic in instants.py.

No clock: `received` stands for now. A stamp that means no instant (month 13, hour 25) is None. A leap second is the
first instant of the next minute.
"""

import re

from seerflow.model.event import Value
from seerflow.parsers.instants import (
    DAY,
    MONTHS,
    OFFSETS,
    SECOND,
    ZONE_WORD,
    bounded,
    civil,
    digits,
    epoch,
    filetime,
    known_zone,
    local,
    micros,
    rfc3339,
    shift,
    yearless,
    zoned,
)
from seerflow.parsers.stamps import Stamp, rare

__all__ = [
    "APACHE", "BSD", "DAY", "ISO", "MONTHS", "SECOND", "Stamp", "bounded", "civil", "digits", "epoch", "filetime",
    "known_zone", "local", "micros", "of_apache", "of_bsd", "of_iso", "rfc3339", "stamp", "when",
]  # fmt: skip

# https://www.rfc-editor.org/rfc/rfc3339 section 5.6, and what people make of it: 2024-09-12 09:15:43,126 +0200
ISO = re.compile(
    rf"""
    (\d{{4}})[-/.](\d\d)[-/.](\d\d)             # 2024-09-12, 2024/09/12, 2024.09.12
    (?:[Tt_:]|,?\s(?:-\s)?)\s?(\d\d?):(\d\d)(?::(\d\d))?     # T09:15:43
    (?:[.,](\d{{1,9}}))?\d{{0,9}}               # .126560
    (?:\s?(Z|z|{ZONE_WORD})(?![A-Za-z])|\s?([+-])(\d\d):?(\d\d)?(?!\d)Z?)?   # Z, CEST, +02:00, +0200, +02
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
# https://www.rfc-editor.org/rfc/rfc3164 section 4.1.2; some devices add a year, before or after, and fractions; asctime
# and date(1) put a zone before the year
BSD = re.compile(
    rf"""
    (?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\s{{1,2}})?
    ([A-Z][a-z]{{2}})\s{{1,2}}(\d{{1,2}})\s(?:(\d{{4}})\s)?      # Oct  9, Oct 9 2024
    (\d\d):(\d\d):(\d\d)(?:[.,](\d{{1,9}}))?               # 22:14:15.003
    (?:\s(?:({ZONE_WORD}|[A-Z]{{3,4}})\s)?(\d{{4}})(?=[\s\],]|:\s|$))?   # 2024, CEST 2024
    """,
    re.VERBOSE | re.ASCII,
)
# https://www.rfc-editor.org/rfc/rfc5322 section 3.3
MAIL = re.compile(r"(?:[A-Z][a-z]{2},\s)?(?=\d{1,2}\s[A-Z][a-z]{2}\s\d{4}\s)", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,19}(?:\.\d{1,9})?", re.ASCII)


def of_iso(match: re.Match[str], zone: str) -> int | None:
    """Give the time that a match of ISO means."""
    year, month, day, hour, minute, second, fraction, word, sign, east, rest = match.groups()
    naive = civil(
        (int(year), int(month), int(day)), (int(hour), int(minute), int(second or 0)), micros(fraction)
    )
    if naive is None:
        return naive
    if word:
        return naive if word in "Zz" else zoned(naive, word, zone)
    moved = shift(sign, east, rest)
    return bounded(local(naive, zone) if moved is None else naive - moved)


def of_apache(match: re.Match[str], zone: str) -> int | None:
    """Give the time that a match of APACHE means."""
    day, month, year, hour, minute, second, fraction, sign, east, rest, utc = match.groups()
    number = MONTHS.get(month.lower())
    if number is None:
        return None
    naive = civil((int(year), number, int(day)), (int(hour), int(minute), int(second)), micros(fraction))
    if naive is None or utc:
        return naive
    moved = shift(sign, east, rest)
    return bounded(local(naive, zone) if moved is None else naive - moved)


def of_bsd(match: re.Match[str], received: int, zone: str) -> tuple[int, bool] | None:
    """Give the time that a match of BSD means, and whether its year had to be assumed."""
    name, day, before, hour, minute, second, fraction, word, after = match.groups()
    month = MONTHS.get(name.lower())
    if month is None:
        return None
    clock, year = (int(hour), int(minute), int(second)), before or after
    if year:
        naive = civil((int(year), month, int(day)), clock, micros(fraction))
        known = word if word in OFFSETS else None
        return None if naive is None else (zoned(naive, known, zone) or 0, False)
    time = yearless(month, int(day), clock, received, zone)
    return None if time is None else (time + micros(fraction), True)


def of_digits(text: str, received: int, zone: str) -> int | None:
    """Give the time of a number in text: a count since 1970, or 20240304112233."""
    if len(text) == 14 and (found := rare(text, 0, 0, received, zone)):  # noqa: PLR2004  YYYYMMDDhhmmss
        return found.time
    return digits(text)


def stamp(text: str, at: int, within: int, received: int, zone: str) -> Stamp | None:
    """Find the stamp that begins at `at`, or up to `within` characters behind it; the earliest is meant."""
    end, matches = at + within + 64, []
    for shape in (ISO, APACHE, BSD):
        match = shape.search(text, at, end) if within else shape.match(text, at)
        if match and match.start() <= at + within:
            matches.append((match.start(), match))
    for _, match in sorted(matches, key=lambda one: one[0]):
        if found := _of(match, received, zone):
            return Stamp(found[0], found[1], match.end())
    return rare(text, at, within, received, zone)


def _of(match: re.Match[str], received: int, zone: str) -> tuple[int, bool] | None:
    if match.re is BSD:
        return of_bsd(match, received, zone)
    time = of_iso(match, zone) if match.re is ISO else of_apache(match, zone)
    return None if time is None else (time, False)


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
        return of_digits(text, received, zone)
    if match := BSD.match(text):
        found = of_bsd(match, received, zone)
        return found[0] if found else None
    start = MAIL.match(text)
    if match := APACHE.match(text, start.end() if start else 0):
        return of_apache(match, zone)
    other = rare(text, 0, 0, received, zone)
    return other.time if other else None
