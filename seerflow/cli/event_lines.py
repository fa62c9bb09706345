"""Files of event lines, as `replay --events` and `rules` read them: a line that is no event is told, not stumbled over."""

import gzip
import json
import sys
import time
import zlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any

import orjson

from seerflow.errors import OperatorError, OutsideError
from seerflow.model.event import Event
from seerflow.model.log import Origin

_GZIP = b"\x1f\x8b"


def events(path: str) -> Iterator[tuple[int, Event | None]]:
    """Give the events of a file (plain or gzip; `-`: standard input) with their line numbers from 0.

    A line that is none is told on stderr and comes as None. Raises OperatorError for a file that cannot be opened,
    OutsideError for one that breaks off.
    """
    from seerflow.adapters.documents import event_from_any  # noqa: PLC0415 - the parsers start slowly

    received = time.time_ns() // 1000
    for number, line in enumerate(_lines(path)):
        if not line.strip():
            continue
        try:
            yield number, event_from_any(_document(line), Origin(path, 0, number), received)
        except (ValueError, RecursionError, OperatorError) as error:
            print(f"{path}: line {number}: {error}", file=sys.stderr)
            yield number, None


def _document(line: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(line)
    except orjson.JSONDecodeError:  # half surrogate pairs and huge numbers, which the slow reader takes
        document = json.loads(line.decode("utf-8", "surrogatepass"))
    if not isinstance(document, dict):
        raise ValueError("is not a JSON object")  # noqa: TRY004 - a line of a file, not an argument
    return document


def _lines(path: str) -> Iterator[bytes]:
    if path == "-":
        yield from sys.stdin.buffer
        return
    with _opened(path) as opened:
        try:
            packed = opened.peek(2)[:2] == _GZIP
            with gzip.open(opened) if packed else opened as inner:
                yield from inner
        except (OSError, EOFError, zlib.error) as error:
            said = getattr(error, "strerror", None) or error
            raise OutsideError(f"{path}: breaks off ({said}); what came before was read") from error


def _opened(path: str) -> BufferedReader:
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise OperatorError(f"cannot read {path}: {error.strerror}; name a file that can be read") from error
