"""Lines of a file into documents: a header's columns travel on, and lines that belong together become one document. Pure.

Together are the lines of a stack trace (Java, Python, .NET, Node, Ruby, Go), of pretty-printed JSON and of a Windows event in
XML. Modes: `auto` joins only what is plainly one; `indent` joins every indented line to the one before it; `json` joins
JSON and XML only; `none` joins nothing. What is held is bounded in lines and bytes; time is the caller's: it flushes.
"""

import re
from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from seerflow.parsers import columns as headers

Multiline = Literal["auto", "indent", "json", "none"]
MODES: tuple[Multiline, ...] = ("auto", "indent", "json", "none")
#: A document has at most so many lines; a longer trace says nothing more, a longer JSON document is cut anyway.
MAX_LINES = 5_000

_TRACE = re.compile(
    rb"""
    \s+at\s\S | \s+File\s" | \s+\.{3}\s\d+\s(?:more|common) | \s*Caused\sby:\s | \s*Suppressed:\s
    | Traceback\s\(most\srecent | During\shandling\sof\sthe\sabove | The\sabove\sexception\swas
    | [\w.$]{3,200}(?:Exception|Error|Throwable)(?::\s|\s*$) | \s+from\s\S+:\d+ | goroutine\s\d+\s\[ | \t\S+\.go:\d+
    | Stack\strace:\s*$ | \#\d+\s\S+(?:\(\d+\))?:\s | \s+---\sEnd\sof | \s*--->\s | \s{2,}thrown\sin\s
    """,
    re.VERBOSE,
)
_FRAME = re.compile(rb"[\w./$*()]+\(.*\)$")  # Go's frames are not indented
_PYTHON = b"Traceback (most recent"
_GO = b"goroutine "
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"')
_EVENT = re.compile(rb"\s*<Event[\s>]")
_CLOSED = b"</Event>"


class Document(Struct, frozen=True):
    """One document and the header of its file, empty where there is none."""

    data: bytes
    columns: str = ""


class Assembler:
    """Takes a file's lines in order, without their ends, and gives documents."""

    def __init__(self, mode: Multiline, max_bytes: int, columns: str = "") -> None:
        self.columns = columns
        self._mode = mode
        self._max = max_bytes
        self._lines: list[bytes] = []
        self._size = 0
        self._depth = 0  # of JSON brackets that are open
        self._inside = ""  # python, go or xml: until its end lines belong without further sign
        self.held = 0  # bytes of the lines that were taken and not given, their ends included

    def feed(self, line: bytes, size: int) -> list[Document]:
        """Take one line; give the documents that are complete by it. `size`: its bytes with its end."""
        if line[:1] == b"#":
            header = headers.after(line.decode("utf-8", "replace"), self.columns)
            if header is not None:
                given = self.flush()
                self.columns = header
                return given
        if not line:
            self.held += size if self._lines else 0
            return []
        given = []
        full = len(self._lines) >= MAX_LINES or self._size + len(line) > self._max
        if self._lines and (full or not _JOINS[self._mode](self, line)):
            given = self.flush()
        if not self._lines:
            self._begin(line)
        self._lines.append(line)
        self._size += len(line) + 1
        self.held += size
        return given if self._mode != "none" else [*given, *self.flush()]

    def flush(self) -> list[Document]:
        """Give what is held: nothing more belongs to it."""
        if not self._lines:
            return []
        data = b"\n".join(
            self._lines
        )  # one line alone may be longer than the bound: it is the caller's to cut
        self.forget()
        return [Document(data, self.columns)]

    def forget(self) -> None:
        """Let go what is held; its lines come again."""
        self._lines, self._size, self._depth, self._inside, self.held = [], 0, 0, "", 0

    def _begin(self, line: bytes) -> None:
        if self._mode in ("auto", "json"):
            stripped = line.strip()
            if stripped[:1] in (b"{", b"[") and stripped[-1:] in (b"{", b"[", b","):
                self._depth = _depth(line)
            elif _EVENT.match(line) and _CLOSED not in line:
                self._inside = "xml"

    def _joins_json(self, line: bytes) -> bool:
        if self._depth > 0:
            self._depth += _depth(line)
            return True
        if self._inside == "xml":
            self._inside = "" if _CLOSED in line else "xml"
            return True
        return False

    def _joins_auto(self, line: bytes) -> bool:
        if self._joins_json(line):
            return True
        if self._inside == "python" and line[:1] not in (b" ", b"\t"):
            self._inside = ""  # `ValueError: …` ends the trace, and belongs to it
            return True
        if self._inside == "go" and _FRAME.match(line):
            return True
        if _TRACE.match(line):
            self._inside = (
                "python" if line.startswith(_PYTHON) else "go" if line.startswith(_GO) else self._inside
            )
            return True
        return self._inside == "python"

    def _joins_indent(self, line: bytes) -> bool:
        return line[:1] in (b" ", b"\t")

    def _joins_none(self, _line: bytes) -> bool:
        return False


_JOINS: dict[str, Callable[[Assembler, bytes], bool]] = {
    "auto": Assembler._joins_auto,  # noqa: SLF001 - its own
    "json": Assembler._joins_json,  # noqa: SLF001 - its own
    "indent": Assembler._joins_indent,  # noqa: SLF001 - its own
    "none": Assembler._joins_none,  # noqa: SLF001 - its own
}


def _depth(line: bytes) -> int:
    plain = _STRINGS.sub(b"", line) if b'"' in line else line
    return plain.count(b"{") + plain.count(b"[") - plain.count(b"}") - plain.count(b"]")
