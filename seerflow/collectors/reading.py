"""Files that are sent once: plain text, gzip, Windows event logs (EVTX), standard input.

What a file is, its first bytes say. A line longer than the bound is cut, and counted.
"""

import gzip
import os
import sys
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Protocol

import evtx
import orjson
from msgspec import Struct

from seerflow.collectors.contract import Run, add
from seerflow.engine.lines import Assembler, Document, Multiline
from seerflow.errors import OutsideError

_CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"
_EVTX = b"ElfFile\0"  # [MS-EVEN6] and libevtx: the file header's signature
#: Records of an EVTX file that go together.
_BATCH = 500
#: After so many broken ones in a row nothing whole is to be expected.
_MAX_BROKEN = 10_000


class UnreadableError(OutsideError):
    """A file cannot be read, or not to its end."""


class Piece(Struct, frozen=True, kw_only=True):
    """Some documents of a file, and how far in the file on disk they reach."""

    runs: tuple[Run, ...]
    reached: int  # bytes of the file
    broken: int = 0  # records in between that could not be read


class _Bytes(Protocol):
    """What gives bytes, and says how far in the file on disk it is."""

    def read(self, size: int) -> bytes:
        """Give up to `size` bytes; none at the end."""


def pieces(path: str, max_bytes: int, multiline: Multiline = "none") -> Iterator[Piece]:
    """Give a file's documents in order; `-` is standard input. Raises UnreadableError where it breaks off."""
    if path == "-":
        yield from _lines(sys.stdin.buffer, sys.stdin.buffer, max_bytes, multiline)
        return
    try:
        with Path(path).open("rb") as file:
            begin = file.read(8)
            file.seek(0)
            if begin == _EVTX:
                yield from _evtx(path)
            elif begin.startswith(_GZIP):
                yield from _lines(gzip.GzipFile(fileobj=file), file, max_bytes, multiline)
            else:
                yield from _lines(file, file, max_bytes, multiline)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableError(f"cannot read {path}: {reason}") from error


def _lines(content: _Bytes, file: IO[bytes], max_bytes: int, multiline: Multiline) -> Iterator[Piece]:
    assembler = Assembler(multiline, max_bytes)
    begun = b""  # the beginning of a line whose end has not come
    skipping = False
    while chunk := content.read(_CHUNK):
        runs: list[Run] = []
        *lines, last = chunk.split(b"\n")
        for line in lines:
            if not skipping:
                _line(assembler, begun + line, runs, max_bytes)
            begun, skipping = b"", False
        if not skipping:
            begun += last
            if len(begun) > max_bytes + 1:  # one more than the bound: it may be a carriage return
                _line(assembler, begun, runs, max_bytes)
                begun, skipping = b"", True
        yield Piece(runs=tuple(runs), reached=_reached(file))
    runs = []
    _line(assembler, begun, runs, max_bytes)
    put(runs, assembler.flush())
    if runs:
        yield Piece(runs=tuple(runs), reached=_reached(file))


def _line(assembler: Assembler, line: bytes, runs: list[Run], max_bytes: int) -> None:
    document = line.removesuffix(b"\r")
    if len(document) > max_bytes:
        put(runs, assembler.flush())
        add(runs, document[:max_bytes], cut=True, columns=assembler.columns)
    else:
        put(runs, assembler.feed(document, len(line) + 1))


def put(runs: list[Run], documents: Iterable[Document]) -> None:
    """Put documents behind the last one."""
    for document in documents:
        add(runs, document.data, columns=document.columns)


def _reached(file: IO[bytes]) -> int:
    return file.tell() if file.seekable() else 0


def _evtx(path: str) -> Iterator[Piece]:
    """Give each event record as a line of JSON, {"Event": {"System": …, "EventData": …}}."""
    size = os.stat(path).st_size  # noqa: PTH116 - a plain number, no path to work with
    try:
        records = evtx.PyEvtxParser(path).records_json()
    except (RuntimeError, ValueError) as error:
        raise UnreadableError(f"cannot read {path}: {error}") from error
    runs: list[Run] = []
    broken = 0
    for count, document in enumerate(_evtx_documents(records), 1):
        if document:
            add(runs, document)
        else:
            broken += 1
        if count % _BATCH == 0:
            yield Piece(runs=tuple(runs), reached=0, broken=broken)
            runs, broken = [], 0
    yield Piece(runs=tuple(runs), reached=size, broken=broken)


def _evtx_documents(records: evtx.PyRecordsIterator) -> Iterator[bytes]:
    """Give compact JSON; nothing for a record that is broken."""
    in_a_row = 0
    while in_a_row < _MAX_BROKEN:
        try:
            found = next(records, None)
            if found is None:
                return
            yield orjson.dumps(orjson.loads(found["data"]))
            in_a_row = 0
        except (RuntimeError, ValueError):  # one broken record; the next ones may be whole
            in_a_row += 1
            yield b""
