"""The time of a described log: which fields hold it, in which form, in which zone."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from seerflow.model.event import Value
from seerflow.parsers.described.fault import Faults, Path, nearest
from seerflow.parsers.described.work import Step, Work, asking, first
from seerflow.parsers.shape import keyword
from seerflow.parsers.timestamps import (
    BSD,
    ISO,
    MONTHS,
    bounded,
    civil,
    digits,
    filetime,
    known_zone,
    local,
    micros,
    of_bsd,
    of_iso,
    when,
)
from seerflow.parsers.vocabulary import TIME_NAMES

#: A value, when it was received, its zone -> the time, and whether its year was assumed.
Reader = Callable[[Value, int, str], tuple[int, bool] | None]

_OFFSET = re.compile(r"[+-]\d\d:?\d\d", re.ASCII)
_WORD = r"[A-Za-z]{3,9}\.?"
#: strptime's letters that are known here -> what they match.
LETTERS: dict[str, str] = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d\d)",
    "m": r"(?P<m>\d\d?)",
    "d": r"\s?(?P<d>\d\d?)",
    "e": r"\s?(?P<d>\d\d?)",
    "b": rf"(?P<b>{_WORD})",
    "B": rf"(?P<b>{_WORD})",
    "H": r"(?P<H>\d\d?)",
    "I": r"(?P<H>\d\d?)",
    "M": r"(?P<M>\d\d)",
    "S": r"(?P<S>\d\d)",
    "f": r"(?P<f>\d{1,9})",
    "p": r"(?P<p>[AaPp])\.?[Mm]\.?",
    "z": r"(?P<z>[Zz]|UTC|GMT|[+-]\d\d:?\d\d)",
    "Z": r"[A-Za-z]{1,5}",
    "a": _WORD,
    "A": _WORD,
    "T": r"(?P<H>\d\d?):(?P<M>\d\d):(?P<S>\d\d)",
    "%": "%",
}


def _general(value: Value, received: int, zone: str) -> tuple[int, bool] | None:
    if isinstance(value, str) and (match := BSD.match(value.strip().strip("[]"))):
        return of_bsd(match, received, zone)
    found = when(value, received, zone)
    return None if found is None else (found, False)


def _counted(units: int) -> Reader:
    def read(value: Value, received: int, zone: str) -> tuple[int, bool] | None:
        del received, zone
        text = keyword(value) or ""
        if not re.fullmatch(r"-?\d{1,17}(\.\d{1,9})?", text, re.ASCII):
            return None
        whole, _, fraction = text.partition(".")
        time = int(whole) * 1_000_000 // units + (micros(fraction) // units if fraction else 0)
        found = bounded(time)
        return None if found is None else (found, False)

    return read


def _epoch(value: Value, received: int, zone: str) -> tuple[int, bool] | None:
    del received, zone
    text = keyword(value) or ""
    found = digits(text) if re.fullmatch(r"-?\d{1,19}(\.\d{1,9})?", text, re.ASCII) else None
    return None if found is None else (found, False)


def _iso(value: Value, received: int, zone: str) -> tuple[int, bool] | None:
    del received
    match = ISO.match(value.strip()) if isinstance(value, str) else None
    found = of_iso(match, zone) if match else None
    return None if found is None else (found, False)


def _filetime(value: Value, received: int, zone: str) -> tuple[int, bool] | None:
    del received, zone
    text = keyword(value) or ""
    found = filetime(int(text)) if text.isascii() and text.isdecimal() and len(text) <= 19 else None  # noqa: PLR2004  64 bits
    return None if found is None else (found, False)


#: Forms with a name of their own.
FORMS: dict[str, Reader] = {
    "general": _general,
    "iso": _iso,
    "epoch": _epoch,
    "epoch_s": _counted(1),
    "epoch_ms": _counted(1_000),
    "filetime": _filetime,
}

#: For the reference page.
MEANINGS: dict[str, str] = {
    "general": "any form that is known: ISO 8601, syslog's, Apache's, RFC 5322's, numbers since 1970",
    "iso": "2024-09-12T09:15:43.126Z and its relatives",
    "epoch": "s, ms, µs or ns since 1970; the size of the number says which",
    "epoch_s": "seconds since 1970",
    "epoch_ms": "milliseconds since 1970",
    "filetime": "100 ns since 1601, as Windows counts",
}


def form(text: str) -> Reader:
    """Give the reader of a named form or of a strptime pattern. Raises ValueError with what is wrong."""
    if text in FORMS:
        return FORMS[text]
    if "%" not in text:
        raise ValueError(
            f"no form of time {text!r}; {nearest(text, FORMS)} or a pattern as '%d/%b/%Y %H:%M:%S'"
        )
    return _patterned(text)


def _patterned(text: str) -> Reader:
    shape, seen = "", set[str]()
    for piece in re.findall(r"%.|[^%]+|%", text, re.DOTALL):
        if piece[0] != "%":
            shape += r"\s+".join(re.escape(word) for word in re.split(r"\s+", piece))
        elif len(piece) < 2 or piece[1] not in LETTERS:  # noqa: PLR2004  the sign and its letter
            raise ValueError(
                f"{piece!r} is no letter of a time; known: {' '.join('%' + one for one in LETTERS)}"
            )
        elif piece[1] in seen:
            raise ValueError(f"{piece!r} stands twice")
        else:
            seen.add(piece[1])
            shape += LETTERS[piece[1]]
    try:
        match = re.compile(shape, re.ASCII).match
    except re.error as error:
        raise ValueError(f"is no time: {error}") from error

    def read(value: Value, received: int, zone: str) -> tuple[int, bool] | None:
        found = match(value.strip()[:80]) if isinstance(value, str) else None
        return None if found is None else _instant(found.groupdict(), received, zone)

    return read


def _instant(parts: dict[str, str | None], received: int, zone: str) -> tuple[int, bool] | None:
    month = parts.get("m") or MONTHS.get((parts.get("b") or "")[:3].lower())
    day = parts.get("d")
    if not month or not day:
        return None
    hour = int(parts.get("H") or 0)
    if half := parts.get("p"):
        hour = hour % 12 + (12 if half in "pP" else 0)
    clock = (hour, int(parts.get("M") or 0), int(parts.get("S") or 0))
    year = parts.get("Y") or (f"20{parts['y']}" if parts.get("y") else None)
    fraction = micros(parts.get("f"))
    if year is None:
        name = next((name for name, number in MONTHS.items() if number == int(month)), "")
        yearless = BSD.match(f"{name.title()} {int(day)} {clock[0]:02}:{clock[1]:02}:{clock[2]:02}")
        found = of_bsd(yearless, received, zone) if yearless else None
        return None if found is None else (found[0] + fraction, True)
    naive = civil((int(year), int(month), int(day)), clock, fraction)
    if naive is None:
        return None
    return _zoned(naive, parts.get("z"), zone)


def _zoned(naive: int, offset: str | None, zone: str) -> tuple[int, bool] | None:
    time = naive if offset else local(naive, zone)
    if offset and offset[0] in "+-":
        minutes = int(offset[1:3]) * 60 + int(offset[-2:])
        time -= (minutes if offset[0] == "+" else -minutes) * 60_000_000
    found = bounded(time)
    return None if found is None else (found, False)


def step(spec: Any, path: Path, faults: Faults) -> Step:
    """Compile a `time` section."""
    told = spec if isinstance(spec, dict) else {"from": spec}
    sources = told.get("from", list(TIME_NAMES))
    asked = [_joined(one) for one in (sources if isinstance(sources, list) else [sources])]
    forms: list[Reader] = []
    names = told.get("as", "general")
    for index, name in enumerate(names if isinstance(names, list) else [names]):
        try:
            forms.append(form(name))
        except ValueError as error:
            faults.add((*path, "as", index) if isinstance(names, list) else (*path, "as"), str(error))
    return _reading(asked, forms, str(told.get("zone", "")))


def _joined(source: Any) -> Callable[[Work], Value]:
    if not isinstance(source, list):
        return asking(source)
    parts = [asking(one) for one in source]

    def ask(work: Work) -> Value:
        found = [keyword(first(part(work))) for part in parts]
        return None if None in found[:1] else " ".join(one for one in found if one)

    return ask


def _reading(asked: Sequence[Callable[[Work], Value]], forms: Sequence[Reader], zoned: str) -> Step:
    ask_zone = asking(zoned) if zoned else None

    def read(work: Work) -> None:
        zone = work.subject.zone
        told = (keyword(first(ask_zone(work))) or zoned) if ask_zone else ""
        offset = told if told and _OFFSET.fullmatch(told) else ""
        if told and not offset and known_zone(told):
            zone = told
        for ask in asked:
            value = first(ask(work))
            if value is None:
                continue
            if offset and isinstance(value, str):
                value = f"{value} {offset}"
            for one in forms:
                if (found := one(value, work.subject.received, zone)) is not None:
                    work.time = found[0]
                    work.flags += ("year_assumed",) if found[1] else ()
                    return

    return read


_USUAL_NAMES = frozenset(TIME_NAMES)
_usually = _reading([asking(name) for name in TIME_NAMES], [_general], "")


def usual(work: Work) -> None:
    """Find the time where a description says nothing of it."""
    if not _USUAL_NAMES.isdisjoint(work.native):
        _usually(work)
