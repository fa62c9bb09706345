"""Syslog frames in a byte stream, pure: bytes in, documents out.

Reference: RFC 6587 3.4.1 (octet counting: MSG-LEN SP SYSLOG-MSG) and 3.4.2 (a line feed ends the frame); RFC 5425
4.3 demands octet counting under TLS. Which of both a frame uses is seen from its beginning: a syslog message begins
with "<", so digits, a space and "<" are a count.

Law: at most `max_bytes` of a frame are kept and at most `max_bytes` of an unfinished one are held; the rest of a
longer frame is read and let go, and its document says that it was cut.
"""

import re

from seerflow.collectors.contract import Run, add

#: A count has at most seven digits: ten megabytes, far beyond any max_bytes.
_COUNTED = re.compile(rb"([1-9][0-9]{0,6}) (?=<)")
#: Once a connection counts, its messages need not begin with "<" (a payload without a priority).
_COUNTED_AGAIN = re.compile(rb"([1-9][0-9]{0,6}) ")
_UNDECIDED = re.compile(rb"[1-9][0-9]{0,6} ?")
_COUNT_BEGINS = b"123456789"
_BETWEEN = b"\r\n\0"  # what some senders put behind a frame


class Framer:
    """Cuts one connection's bytes into documents."""

    def __init__(self, max_bytes: int) -> None:
        self._max = max_bytes
        self._held = bytearray()
        self._searched = 0  # of what is held, so much holds no line feed
        self._skip = 0  # bytes of a counted frame that are let go
        self._skip_line = False  # until the next line feed all is let go
        self._counting: bool | None = None  # how the last frame ended; None: no frame yet

    def feed(self, chunk: bytes) -> list[Run]:
        """Give the documents that these bytes complete."""
        self._held += chunk
        runs: list[Run] = []
        at = 0
        while (after := self._step(at, runs)) > at:
            at = after
        del self._held[:at]
        self._searched = max(0, self._searched - at)
        return runs

    def end(self) -> list[Run]:
        """Give what stands behind the last complete frame: the sender is gone, but it did say this."""
        runs: list[Run] = []
        if not (self._skip or self._skip_line):
            add(runs, bytes(self._held.strip(_BETWEEN)))
        self._held.clear()
        return runs

    def _step(self, at: int, runs: list[Run]) -> int:
        """Take one frame, or part of one, from `at` on; give the place behind it, or `at` to wait."""
        if self._skip:
            gone = min(self._skip, len(self._held) - at)
            self._skip -= gone
            return at + gone
        if self._skip_line:
            end = self._held.find(b"\n", at)
            self._skip_line = end < 0
            return len(self._held) if end < 0 else end + 1
        if at >= len(self._held):
            return at
        if self._held[at] in _BETWEEN:
            return at + 1
        if self._held[at] in _COUNT_BEGINS:
            return self._maybe_counted(at, runs)
        return self._line(at, runs)

    def _maybe_counted(self, at: int, runs: list[Run]) -> int:
        match = (_COUNTED_AGAIN if self._counting else _COUNTED).match(self._held, at)
        if match:
            length = int(match[1])
            # In a stream of lines, a text that begins like a count must not swallow the lines behind it.
            if length <= self._max or self._counting is not False:
                return self._counted(match.end(), length, at, runs)
        elif _UNDECIDED.fullmatch(self._held, at):
            return at
        return self._line(at, runs)

    def _counted(self, begin: int, length: int, at: int, runs: list[Run]) -> int:
        kept = min(length, self._max)
        end = begin + kept
        if len(self._held) < end:
            return at
        self._counting = True
        self._skip = length - kept
        add(runs, bytes(self._held[begin:end].rstrip(_BETWEEN)), cut=length > kept)
        return end

    def _line(self, at: int, runs: list[Run]) -> int:
        end = self._held.find(b"\n", max(at, self._searched))
        if end < 0:
            self._searched = len(self._held)
            if len(self._held) - at <= self._max:
                return at
            self._skip_line = True
        self._counting = False
        last = len(self._held) if end < 0 else end
        document = bytes(self._held[at:last].rstrip(_BETWEEN))
        add(runs, document[: self._max], cut=len(document) > self._max)
        return last if end < 0 else last + 1
