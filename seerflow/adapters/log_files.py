"""Logs in files, one by one: plain, gzip, standard input, and EVTX by its records. Memory stays small."""

import gzip
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO

from seerflow.engine.joining import grouped
from seerflow.engine.lines import Assembler, Document, Multiline
from seerflow.errors import OperatorError, OutsideError
from seerflow.parsers.decoding import MAX_BYTES

#: A line longer than this comes in pieces no longer; the parser's own bound is below it and rejects it whole.
MAX_LINE = 16 * 1_048_576
_GZIP, _EVTX = b"\x1f\x8b", b"ElfFile\x00"

#: Told how many bytes of the file, as it lies on the disk, were read so far.
Progress = Callable[[int], None]
#: Lines between two reports of progress.
_STRIDE = 1000


def silent(_read: int) -> None:
    """Tell nobody."""


def logs(path: str, progress: Progress = silent, multiline: Multiline = "none") -> Iterator[bytes]:
    """Give the logs of a file as `documents` does, without the headers of the file."""
    for document in documents(path, progress, multiline):
        yield document.data


def documents(path: str, progress: Progress = silent, multiline: Multiline = "auto") -> Iterator[Document]:
    """Give the logs of a file (`-`: standard input) in order, without line ends; empty lines and headers are no logs.

    Raises OperatorError for a file that cannot be opened, OutsideError for one that breaks off: what came before
    was given.
    """
    with _opened(path) as file:
        magic = file.read(8) if file.seekable() else b""
        if magic:
            file.seek(0)
        try:
            yield from _joined(_contents(path, file, magic, progress, multiline))
        except (OSError, EOFError, zlib.error, RuntimeError) as error:
            said = getattr(error, "strerror", None) or error
            raise OutsideError(f"{path}: breaks off ({said}); what came before was read") from error


def modified(path: str) -> int | None:
    """Give when the file was last written, microseconds; None for standard input."""
    try:
        return None if path == "-" else Path(path).stat().st_mtime_ns // 1000
    except OSError as error:
        raise OperatorError(_unreadable(path, error)) from error


def size(path: str) -> int:
    """Give the file's size in bytes; 0 for standard input."""
    try:
        return 0 if path == "-" else Path(path).stat().st_size
    except OSError as error:
        raise OperatorError(_unreadable(path, error)) from error


def _opened(path: str) -> AbstractContextManager[Any]:
    if path == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise OperatorError(_unreadable(path, error)) from error


def _unreadable(path: str, error: OSError) -> str:
    return f"cannot read {path}: {error.strerror}; name a file that can be read"


def _contents(
    path: str, file: BinaryIO, magic: bytes, progress: Progress, multiline: Multiline
) -> Iterator[Document]:
    def told() -> None:
        progress(file.tell() if magic else 0)

    if magic == _EVTX:
        yield from map(Document, _evtx(path))
    elif magic.startswith(_GZIP):
        with gzip.open(file) as inner:
            yield from _assembled(inner, told, multiline)
    else:
        yield from _assembled(file, told, multiline)


def _joined(found: Iterator[Document]) -> Iterator[Document]:
    """Join the records of one audit event, which auditd writes one a line."""
    columns: dict[int, str] = {}

    def numbered() -> Iterator[tuple[int, bytes]]:
        for number, document in enumerate(found):
            if document.columns:
                columns[number] = document.columns
            yield number, document.data

    for number, data in grouped(numbered()):
        yield Document(data, columns.pop(number, ""))


def _assembled(file: Any, told: Callable[[], None], multiline: Multiline) -> Iterator[Document]:
    assembler = Assembler(multiline, MAX_BYTES)
    for line in _lines(file, told):
        yield from assembler.feed(line, 0)
    yield from assembler.flush()


def _lines(file: Any, told: Callable[[], None]) -> Iterator[bytes]:
    count = 0
    while line := file.readline(MAX_LINE):
        if text := line.rstrip(b"\r\n"):
            yield text
        count += 1
        if count % _STRIDE == 0:
            told()


def _evtx(path: str) -> Iterator[bytes]:
    from evtx import PyEvtxParser  # noqa: PLC0415 - a native library that only this form needs

    for record in PyEvtxParser(path).records_json():
        if record is not None:
            yield " ".join(record["data"].split("\n")).encode()
