"""Files of raw logs, read once from beginning to end: plain, gzip, EVTX, or standard input."""

import gzip
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO, cast

from seerflow.errors import OperatorError, OutsideError

#: One log's bytes; what is longer is cut into pieces of this size, each a log of its own, so none is lost.
MAX_LOG_BYTES = 1 << 20
GZIP_MAGIC = b"\x1f\x8b"
EVTX_MAGIC = b"ElfFile\x00"

#: Told how many bytes of the file (as it lies on the disk) were read so far.
Progress = Callable[[int], None]


def silent(_read: int) -> None:
    """Tell nobody."""


def logs(path: str, progress: Progress = silent) -> Iterator[bytes]:
    """Give the logs of a file in order, line by line ("-" is standard input).

    An EVTX file gives one JSON document a record. Raises OperatorError if the file cannot be read and
    OutsideError if it breaks off in the middle: what came before was given.
    """
    with _opened(path) as file:
        head = file.peek(8)[:8] if hasattr(file, "peek") else b""
        if head == EVTX_MAGIC:
            yield from _evtx(path)
        elif head[:2] == GZIP_MAGIC:
            yield from _gzip(path, file, progress)
        else:
            yield from _lines(file, lambda: progress(_position(file)))


def _opened(path: str) -> AbstractContextManager[BinaryIO]:
    if path == "-":
        return nullcontext(cast("BinaryIO", sys.stdin.buffer))
    try:
        return cast("AbstractContextManager[BinaryIO]", Path(path).open("rb"))
    except OSError as error:
        raise OperatorError(f"{path}: {error.strerror or error}; name a file that can be read") from error


def _position(file: BinaryIO) -> int:
    return file.tell() if file.seekable() else 0


def _lines(file: BinaryIO, told: Callable[[], None]) -> Iterator[bytes]:
    count = 0
    while line := file.readline(MAX_LOG_BYTES):
        yield line.rstrip(b"\r\n")
        count += 1
        if count % 1000 == 0:
            told()


def _gzip(path: str, file: BinaryIO, progress: Progress) -> Iterator[bytes]:
    unpacked = cast("BinaryIO", gzip.GzipFile(fileobj=file))
    try:
        yield from _lines(unpacked, lambda: progress(_position(file)))
    except (EOFError, OSError, zlib.error) as error:
        raise OutsideError(f"{path}: the gzip file breaks off ({error}); what came before was read") from error


def _evtx(path: str) -> Iterator[bytes]:
    from evtx import PyEvtxParser  # noqa: PLC0415 - a native library that most runs do not need

    try:
        for record in PyEvtxParser(path).records_json():
            yield record["data"].encode()
    except (OSError, RuntimeError) as error:
        raise OutsideError(f"{path}: not a whole EVTX file ({error}); what came before was read") from error
