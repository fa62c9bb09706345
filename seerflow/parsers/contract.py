"""What every parser is. tests/contracts/test_parsers.py holds all of PARSERS to it.

Law: a parser never raises, has no clock, and its work grows no faster than the text. It says None when the
text is not its own, so that the next one may look.
"""

from collections.abc import Callable, Mapping
from typing import Literal

from msgspec import Struct

from seerflow.model.event import Value

#: Daemons cut their own messages well below this (sshd at 1 KiB, syslog(3) at 8 KiB): longer ones are not theirs.
LONGEST_MESSAGE = 8_192


class Subject(Struct, frozen=True, gc=False):
    """What a parser is shown: text, or a decoded JSON document, and what is known around it."""

    text: str
    received: int  # microseconds; stamps without a year are read by it
    zone: str = "UTC"  # IANA name, for stamps that carry no zone
    program: str = ""  # who wrote it, as the framing names it; "" outside of framing
    framed: bool = False  # a syslog frame was taken off: another one would be the payload's own text
    document: Mapping[str, Value] | None = None
    columns: str = ""  # the header of the log's file, as parsers/columns.py writes it
    structured: str = ""  # RFC 5424: MSGID and STRUCTURED-DATA, as written


class Reading(Struct, kw_only=True):
    """What one log says: both views. `text` is set where one raw log holds several logs."""

    common: dict[str, Value]
    native: dict[str, Value] = {}
    time: int | None = None
    flags: tuple[str, ...] = ()
    text: str | None = None
    parser: str = ""  # name and version; set by recognition


class Frame(Struct, kw_only=True):
    """A reading of an outer layer (syslog, journald, OTLP) around a payload that somebody else may understand."""

    reading: Reading
    payload: Subject
    repeat: int = 1  # "message repeated N times": that many events


#: One raw log's readings, or None: not mine.
Outcome = tuple[Reading | Frame, ...] | None


class Sign(Struct, frozen=True, kw_only=True):
    """What a log must show for a parser to be asked, so that not every parser is asked about every log.

    A text shows one of the programs, one of the beginnings or one of the literals; a document has all of the keys.
    """

    programs: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    literals: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()  # dotted paths
    values: tuple[str, ...] = ()  # what stands under the first of the keys; nothing: anything may
    weight: int = 0  # how much it asks for: the heavier sign is asked first


class Parser(Struct, frozen=True, kw_only=True):
    """One format: its name, a cheap first test, and the reading of it."""

    name: str
    version: int
    description: str
    reads: Literal["text", "document"]
    programs: tuple[str, ...] = ()  # programs whose framed messages are this parser's
    heads: str = ""  # the characters that its texts begin with, where `first` says so by itself; "": any
    first: Callable[[Subject], bool]  # constant time: a prefix, a key, a character
    parse: Callable[[Subject], Outcome]
    #: A parser with signs is asked only about logs that show one of them (shelf.py), and its first test always.
    signs: tuple[Sign, ...] = ()
    #: Reads its plainest texts as `parse` does, and sooner; None: ask `parse`. Only of a frame that is asked first.
    glance: Callable[[Subject], Frame | None] | None = None

    @property
    def title(self) -> str:
        """Name and version, as events carry it."""
        return f"{self.name}/{self.version}"
