"""One file that is read while it grows: lines out, and the position behind them.

Law: a line goes out once its end is there; the offset never stands behind a byte that did not go out.
"""

import gzip
import os
import stat
import time
import zlib
from typing import Protocol

from msgspec.structs import replace

from seerflow.collectors.contract import Run, add
from seerflow.collectors.positions import WINDOW, Position, digest
from seerflow.collectors.reading import put
from seerflow.engine.joining import unfinished
from seerflow.engine.lines import Assembler, Multiline
from seerflow.parsers import columns

#: One turn reads so much of one file; all others get theirs before it gets more.
TURN_BYTES = 1 << 20
#: Lines of one log that are not all there yet wait so long, in seconds, for the others.
HOLD_SECONDS = 0.5
_GZIP = b"\x1f\x8b"


class Content(Protocol):
    """A file's bytes by place."""

    grows: bool

    def read(self, size: int, at: int) -> bytes:
        """Give up to `size` bytes from `at` on."""

    def size(self) -> int:
        """Give how many there are; for a compressed file the most there may be."""

    def change(self) -> tuple[int, int]:
        """Give the file's size on disk and when it changed: another value means, look again."""

    def close(self) -> None:
        """Let the file go."""


def _change(handle: int) -> tuple[int, int]:
    status = os.fstat(handle)
    return status.st_size, status.st_mtime_ns


class _Plain:
    grows = True

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def read(self, size: int, at: int) -> bytes:
        return os.pread(self._handle, size, at)

    def size(self) -> int:
        return os.fstat(self._handle).st_size

    def change(self) -> tuple[int, int]:
        return _change(self._handle)

    def close(self) -> None:
        os.close(self._handle)


class _Gzip:
    """A finished file that was compressed. While it is still being written, its end is missing: nothing yet."""

    grows = False

    def __init__(self, handle: int) -> None:
        self._raw = os.fdopen(handle, "rb")
        self._file = gzip.GzipFile(fileobj=self._raw)
        self._end: int | None = None

    def read(self, size: int, at: int) -> bytes:
        try:
            self._file.seek(at)
            found = self._file.read(size)
        except EOFError:  # not finished yet
            return b""
        except (OSError, zlib.error):  # broken from here on: this is its end
            self._end = at
            return b""
        if len(found) < size:
            self._end = at + len(found)
        return found

    def size(self) -> int:
        return (1 << 62) if self._end is None else self._end

    def change(self) -> tuple[int, int]:
        return _change(self._raw.fileno())

    def close(self) -> None:
        self._file.close()
        self._raw.close()


def open_content(path: str) -> tuple[Content, os.stat_result]:
    """Open a regular file. Raises OSError, also for what is none (a pipe would block us)."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        raise OSError(f"{path} is no regular file")
    # Name and bytes together: any byte may begin a line of a log.
    if path.endswith(".gz") and os.pread(handle, 2, 0) == _GZIP:
        return _Gzip(handle), status
    return _Plain(handle), status


def begins_like(content: Content, position: Position) -> bool:
    """Whether a file's bytes are those that the position was made of."""
    if not position.offset:
        return True
    window = min(WINDOW, position.offset)
    head = content.read(window, 0)
    if len(head) < window or digest(head) != position.head:
        return False
    tail = content.read(window, position.offset - window)
    return len(tail) == window and digest(tail) == position.tail


#: So much of a file's beginning, and of what stands before the offset, is looked through for a header.
_HEADER_BYTES = 65_536


def _columns_before(content: Content, offset: int) -> str:
    """Give the header that holds at the offset: the last one before it."""
    known = ""
    for begin in sorted({0, max(0, offset - _HEADER_BYTES)}) if offset else ():
        for line in content.read(min(_HEADER_BYTES, offset - begin), begin).split(b"\n"):
            if line[:1] == b"#":
                found = columns.after(line.decode("utf-8", "replace").rstrip("\r"), known)
                known = known if found is None else found
    return known


class Followed:
    """One open file and how far it has been read. `position` must be of these bytes (`begins_like`)."""

    def __init__(
        self,
        content: Content,
        position: Position,
        max_bytes: int,
        hold_seconds: float = HOLD_SECONDS,
        multiline: Multiline = "none",
    ) -> None:
        self._content = content
        self._hold = hold_seconds
        self._held: tuple[int, float] | None = None  # from which offset on lines wait, and since when
        self._max = max_bytes
        self._assembler = Assembler(multiline, max_bytes, _columns_before(content, position.offset))
        self._waited = -1  # where complete lines ended when the last of them were held back, which may go on
        window = min(WINDOW, position.offset)
        self._head = content.read(window, 0)
        self._tail = content.read(window, position.offset - window)
        # Where somebody begins in the middle, the digests are of what stands there.
        self.position = replace(position, head=digest(self._head), tail=digest(self._tail))
        # Its name belongs to another file or to none, or it is finished: read to the end, then let go.
        self.leaving = not content.grows
        self.quiet_since: float | None = None
        self._stuck = -1  # the size at which the last read found no complete line

    def grown(self) -> bool:
        """Whether there is more behind the offset than the last read could use."""
        size = self._content.size()
        return size > self.position.offset and (size != self._stuck or self._waited >= 0)

    def change(self) -> tuple[int, int]:
        """Give the file's size on disk and when it changed."""
        return self._content.change()

    def holds(self, position: Position) -> bool:
        """Whether what was read up to the position is still in its place."""
        return not self._content.grows or (
            self._content.size() >= position.offset and begins_like(self._content, position)
        )

    def restart(self) -> None:
        """Begin at 0: what was read is no longer there."""
        self._head = self._tail = b""
        self._stuck = self._waited = -1
        self._assembler.forget()
        self._assembler.columns = ""
        self.position = Position(
            path=self.position.path, device=self.position.device, inode=self.position.inode
        )

    def read(self) -> list[Run]:
        """Give the next complete lines, at most a turn's worth."""
        chunk = self._content.read(max(TURN_BYTES, 2 * self._max), self.position.offset)
        runs: list[Run] = []
        begin = 0
        skipping = self.position.skipping
        if skipping:  # up to the end of the line that was too long
            begin = chunk.find(b"\n") + 1
            skipping = not begin
            begin = begin or len(chunk)
        end = chunk.rfind(b"\n", begin) + 1
        if end and (waiting := self._waiting(chunk, begin, end)):
            end -= waiting
            self._lines(chunk[begin : max(begin, end - 1)], runs)
            put(runs, self._assembler.flush())
        elif end:
            self._lines(chunk[begin : end - 1], runs)
            end -= self._keep_back(runs, self.position.offset + end)
        elif len(chunk) - begin > self._max:
            add(runs, chunk[begin : begin + self._max], cut=True)
            skipping, end = True, len(chunk)
        self._move(chunk[: max(begin, end)], skipping=skipping)
        if self._held:
            self._stuck = -1
        return runs

    def _waiting(self, chunk: bytes, begin: int, end: int) -> int:
        """Give how many bytes of the last lines wait for more of the same log."""
        size = unfinished(chunk[begin:end]) if self._content.grows and not self.leaving else 0
        place = self.position.offset + end - size
        since = self._held[1] if self._held and self._held[0] == place else time.monotonic()
        self._held = (place, since) if size and time.monotonic() - since < self._hold else None
        return size if self._held else 0

    def finish(self) -> list[Run]:
        """Give the last line, which has no end, of a file that will not grow any more."""
        runs: list[Run] = []
        rest = self._content.read(2 * self._max + 2, self.position.offset)  # held back, and a last line
        if not self.position.skipping:
            self._lines(rest, runs)
            put(runs, self._assembler.flush())
        self._move(rest, skipping=False)
        self.position = replace(self.position, done=True)
        return runs

    def close(self) -> None:
        """Let the file go."""
        self._content.close()

    def _lines(self, text: bytes, runs: list[Run]) -> None:
        for line in text.split(b"\n"):
            document = line.removesuffix(b"\r")
            if len(document) > self._max:
                put(runs, self._assembler.flush())
                add(runs, document[: self._max], cut=True, columns=self._assembler.columns)
            else:
                put(runs, self._assembler.feed(document, len(line) + 1))

    def _keep_back(self, runs: list[Run], reached: int) -> int:
        """Keep back the last document's lines, which may go on, until a turn finds no new line; give their bytes."""
        held = self._assembler.held
        if not held or reached == self._waited:
            put(runs, self._assembler.flush())
            self._waited = -1
            return 0
        self._assembler.forget()  # they are read again: the offset stays before them
        self._waited = reached
        return held

    def _move(self, gone: bytes, *, skipping: bool) -> None:
        """Put the offset behind these bytes."""
        self._stuck = -1 if gone else self._content.size()
        if not gone:
            return
        self._head = (self._head + gone[:WINDOW])[:WINDOW]
        self._tail = (self._tail + gone[-WINDOW:])[-WINDOW:]
        offset = self.position.offset + len(gone)
        self.position = replace(
            self.position,
            offset=offset,
            size=max(offset, self._content.size() if self._content.grows else 0),
            skipping=skipping,
            head=digest(self._head),
            tail=digest(self._tail),
        )
