"""The heads of application logs: `TIME LEVEL [logger] (thread) message` in any order, as logging libraries write them.

Log4j and Logback, slf4j, Python logging, Go's log, glog and klog, logrus and zap on a console, Rails, Laravel, Serilog,
Spring Boot. References: the layouts' own documentation, e.g. https://logback.qos.ch/manual/layouts.html.
"""

import re

from msgspec import Struct

from seerflow.parsers.instants import civil, digits, micros, yearless
from seerflow.parsers.timestamps import stamp

#: A head is within so many characters, and has at most so many parts.
_WITHIN = 512
_PARTS = 8

#: What loggers call a level -> its usual word.
LEVELS: dict[str, str] = {
    **{word: word for word in ["trace", "debug", "info", "notice", "warning", "error", "critical", "fatal", "alert", "emerg"]},
    "warn": "warning", "err": "error", "crit": "critical", "severe": "error", "panic": "emerg", "verbose": "debug",
    "fine": "debug", "finer": "debug", "finest": "trace", "information": "info", "emergency": "emerg", "dbg": "debug",
    "inf": "info", "wrn": "warning", "ftl": "fatal", "vrb": "debug", "trc": "trace", "eror": "error", "note": "notice",
    "success": "info", "config": "debug", "informational": "info",
}  # fmt: skip
_LETTERS = {
    "T": "trace",
    "D": "debug",
    "I": "info",
    "W": "warning",
    "E": "error",
    "F": "fatal",
    "C": "critical",
}

_SKIP = re.compile(r"(?:[\s|\-,;:~#*>]|---){0,32}")
_WORD = re.compile(r"(?:[a-z]{2,16}\.)?([A-Za-z]{2,13})(?=[\s\]|:,;)\-/]|\Z)", re.ASCII)
_BRACKETS = re.compile(r"\[([^\[\]]{0,160})\]|\(([^()]{1,120})\)|<([^<>]{1,64})>")
_PID = re.compile(r"(?:pid[\s:=]{0,2}|#)?(\d{1,9})(?:[:#\-/](?:tid\s)?\d{1,20})?", re.ASCII | re.IGNORECASE)
_EPOCH = re.compile(r"(\d{10}(?:\.\d{1,9})?|\d{13}|\d{16}|\d{19})(?=[\s\]|,;]|\Z)", re.ASCII)
# Spring Boot: 12345 --- [main] ; a process number between level and message
_NUMBER = re.compile(r"(\d{1,7})(?=\s(?:---|\[))", re.ASCII)
# org.example.Service: , app/http.py:12: , main.go:42
_LOGGER = re.compile(
    r"([A-Za-z_][\w$]{0,63}(?:[./\\][\w$\-]{1,64}){1,12})(?:[(:](\d{1,6})\)?)?(?=\s?[:\-|\]]|\s{1,4}[-:]\s|\s)",
    re.ASCII,
)
_PROGRAM = re.compile(r"([A-Za-z_][\w./\-]{0,63})\[(\d{1,10})\]:?\s", re.ASCII)
# https://github.com/google/glog: Lmmdd hh:mm:ss.uuuuuu threadid file:line] msg
_GLOG = re.compile(
    r"([IWEFD])(\d\d)(\d\d)\s(\d\d):(\d\d):(\d\d)\.(\d{1,9})\s{1,8}(\d{1,10})\s([^\]\s]{1,120})\]\s?",
    re.ASCII,
)
# 11:22:33.123 alone: a clock without a day tells no time, and is passed
_CLOCK = re.compile(r"\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?(?=[\s\]|])", re.ASCII)


class Head(Struct):
    """What the head says, and where the message begins."""

    time: int | None = None
    assumed: bool = False
    level: str = ""
    logger: str = ""
    pid: int | None = None
    program: str = ""
    thread: str = ""
    end: int = 0


def head(text: str, received: int, zone: str) -> Head:
    """Read the parts of a head from the beginning of the text until one is none of them."""
    found = Head()
    if text[
        :1
    ].islower():  # a name or a sentence, and most messages behind a frame: no stamp and no level begin so
        return found
    if (match := _GLOG.match(text)) and _glog(found, match, received, zone):
        return found
    limit = text[:_WITHIN]
    for _ in range(_PARTS):
        at = _skipped(limit, found.end)
        after = _part(found, limit, at, received, zone)
        if after is None:
            break
        found.end = after
    found.end = _skipped(limit, found.end) if found.end else 0
    return found


def _skipped(text: str, at: int) -> int:
    match = _SKIP.match(text, at)
    return match.end() if match else at


def _part(found: Head, text: str, at: int, received: int, zone: str) -> int | None:
    """Take the part at `at` into the head; give its end, or None where the message begins."""
    if found.time is None and (end := _time(found, text, at, received, zone)):
        return end
    begun = found.time is not None or bool(found.level)
    if match := _BRACKETS.match(text, at):
        return _bracket(found, match, received, zone) if begun or match.start() == at else None
    if not found.level and (match := _WORD.match(text, at)) and (level := _level(match[1])):
        found.level = level
        return match.end()
    if not begun:
        return None
    if (match := _PROGRAM.match(text, at)) and not found.program:
        found.program, found.pid = match[1], int(match[2])
        return match.end()
    if found.pid is None and (match := _NUMBER.match(text, at)):
        found.pid = int(match[1])
        return match.end()
    if not found.logger and (match := _LOGGER.match(text, at)) and not match[1].startswith("/"):
        found.logger = match[1]
        return match.end()
    return None


def _level(word: str) -> str | None:
    # In the head a level is written in capitals, or is alone in its brackets: `Error opening file` is prose.
    return LEVELS.get(word.lower()) if word.isupper() else None


def _time(found: Head, text: str, at: int, received: int, zone: str) -> int | None:
    one = stamp(text, at, 0, received, zone)
    if one:
        found.time, found.assumed = one.time, one.assumed
        return one.end
    if (match := _EPOCH.match(text, at)) and (time := digits(match[1])) is not None:
        found.time = time
        return match.end()
    clock = _CLOCK.match(text, at)
    return clock.end() if clock else None


def _bracket(found: Head, match: re.Match[str], received: int, zone: str) -> int | None:
    inner = (match[1] or match[2] or match[3] or "").strip()
    word = inner.rpartition(".")[2] if inner[-1:].isupper() and inner[:1].islower() else inner
    if found.time is None and (one := stamp(inner, 0, 8, received, zone)) and one.end <= len(inner):
        found.time, found.assumed = one.time, one.assumed
        word = inner[one.end :].strip()
        found.level = found.level or LEVELS.get(word.lower(), "")
        return match.end()
    if not found.level and (level := LEVELS.get(word.lower()) or _LETTERS.get(word)):
        found.level = level
        return match.end()
    if found.time is None and not found.level:
        return _early(found, inner, match)
    if found.pid is None and (number := _PID.fullmatch(inner)):
        found.pid = int(number[1])
        return match.end()
    return _named(found, inner, match)


def _early(found: Head, inner: str, match: re.Match[str]) -> int | None:
    """Read a bracket before time and level: an epoch, or a name with its level (`[php:error]`)."""
    if (number := _EPOCH.fullmatch(inner)) and (time := digits(number[1])) is not None:
        found.time = time
        return match.end()
    return None  # nothing tells yet that this is a head


def _named(found: Head, inner: str, match: re.Match[str]) -> int | None:
    if ":" in inner and not found.level and (level := LEVELS.get(inner.rpartition(":")[2].lower())):
        found.level, found.logger = level, inner.rpartition(":")[0] or found.logger
        return match.end()
    if (
        "=" in inner
        or " " in inner.strip()
        or any(inner.count(mark) >= least for mark, least in ((".", 3), (":", 2)))
    ):
        return None  # an address, pairs, or prose: the message's own
    if not found.logger and "." in inner:
        found.logger = inner
    elif not found.thread:
        found.thread = inner
    elif not found.logger:
        found.logger = inner
    else:
        return None
    return match.end()


def _glog(found: Head, match: re.Match[str], received: int, zone: str) -> bool:
    letter, month, day, hour, minute, second, fraction, thread, place = match.groups()
    clock = (int(hour), int(minute), int(second))
    if civil((2024, int(month), int(day)), clock) is None:  # a leap year: any day there may be
        return False
    time = yearless(int(month), int(day), clock, received, zone)
    found.time = None if time is None else time + micros(fraction)
    found.assumed, found.level, found.thread = True, _LETTERS[letter], thread
    found.logger, found.end = place.partition(":")[0], match.end()
    return True
