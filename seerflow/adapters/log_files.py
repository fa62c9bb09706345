"""Logs in files, one by one: plain, gzip, standard input, and EVTX by its records. Memory stays small."""

import gzip
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from seerflow.errors import OutsideError

#: A line longer than this comes in pieces no longer; the parser's own bound is below it and rejects it whole.
MAX_LINE = 16 * 1_048_576
_GZIP, _EVTX = b"\x1f\x8b", b"ElfFile\x00"


class _Lines(Protocol):
    """What gives lines of bounded length."""

    def readline(self, size: int, /) -> bytes:
        """Give up to `size` bytes, to the end of the line."""


def logs(path: str) -> Iterator[bytes]:
    """Give the logs of a file (`-`: standard input) in order, as bytes without line ends; empty lines are no logs."""
    try:
        yield from _standard_input() if path == "-" else _file(Path(path))
    except (OSError, EOFError, zlib.error) as error:
        raise OutsideError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error


def modified(path: str) -> int | None:
    """Give when the file was last written, microseconds; None for standard input."""
    try:
        return None if path == "-" else Path(path).stat().st_mtime_ns // 1000
    except OSError as error:
        raise OutsideError(f"cannot read {path}: {error.strerror}") from error


def _standard_input() -> Iterator[bytes]:
    yield from _lines(sys.stdin.buffer)


def _file(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        magic = file.read(8)
        file.seek(0)
        if magic == _EVTX:
            yield from _evtx(path)
        elif magic.startswith(_GZIP):
            with gzip.open(file) as inner:
                yield from _lines(inner)
        else:
            yield from _lines(file)


def _lines(file: _Lines) -> Iterator[bytes]:
    while line := file.readline(MAX_LINE):
        if text := line.rstrip(b"\r\n"):
            yield text


def _evtx(path: Path) -> Iterator[bytes]:
    from evtx import PyEvtxParser  # noqa: PLC0415  a native library that only this form needs

    try:
        for record in PyEvtxParser(str(path)).records_json():
            if record is not None:
                yield " ".join(record["data"].split("\n")).encode()
    except RuntimeError as error:
        raise OutsideError(f"cannot read {path}: {error}") from error
