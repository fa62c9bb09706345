"""Which parser reads a log: by the program that framing names, by keys, by first tests; layer by layer.

Law: the first parser that does not say None has it. Recognition looks at each parser once a layer, and at most
MAX_LAYERS layers, so its work is linear in the text.
"""

import difflib
from collections.abc import Mapping
from copy import copy
from typing import Any

import msgspec
from msgspec import Struct

from seerflow.model.event import Event, Value
from seerflow.model.log import RawLog, Rejected
from seerflow.parsers.aliases import ALIASES
from seerflow.parsers.contract import Frame, Outcome, Parser, Reading, Subject
from seerflow.parsers.decoding import decode, plain
from seerflow.parsers.explaining import SOURCE, reason, told
from seerflow.parsers.flatten import dump, load
from seerflow.parsers.layers import outer_only, surround
from seerflow.parsers.results import event, own, rejected
from seerflow.parsers.shelf import Shelf
from seerflow.parsers.timestamps import bounded, known_zone

#: Syslog around journald around OTLP around a document is the deepest that anybody sends.
MAX_LAYERS = 5
#: One raw log (a delivered file, an array) gives at most this many events; the rest is set aside, visibly.
MAX_PARTS = 10_000

Trace = list[str] | None


class _Walk(Struct):
    """One raw log on its way through the layers."""

    shelf: Shelf
    trace: Trace
    wanted: Parser | None = None
    why: str = ""  # for the trace: the program that the parsers asked now are named for; "": their first tests decide
    met: bool = False  # the wanted parser has had its say about this document

    def glance(self, subject: Subject) -> list[Reading]:
        """Give what `read` gives where the frame that is asked first sees its plainest form; else nothing."""
        frame = self.shelf.frame
        if frame is None or frame.glance is None or self.trace is not None or self.wanted is not None:
            return []
        plain = frame.glance(subject) if subject.document is None else None
        return [] if plain is None else self._framed(frame, plain, 0)

    def read(self, subject: Subject, depth: int) -> list[Reading]:
        """Give the readings of the subject; empty if no parser takes it."""
        head = subject.text[:1]
        if head == "{" and subject.document is None:
            document = load(subject.text)
            if isinstance(document, dict) and document:
                subject = _with(subject, document)
        named, others = self._candidates(subject, head, depth)
        self.why = subject.program or SOURCE
        for parser in named:
            if parser.signs and not (parser is self.wanted or parser.first(subject)):
                self._passed(parser, depth)
                continue
            if (outcome := self._ask(parser, subject, depth)) is not None:
                return self._unfold(parser, outcome, depth)
        self.why = ""
        if (found := self._first_of(others, subject, depth)) is not None:
            return found
        if self.wanted is None or depth:
            return self._first_of(self.shelf.further(subject, inside=depth > 0), subject, depth) or []
        return []

    def _first_of(self, parsers: tuple[Parser, ...], subject: Subject, depth: int) -> list[Reading] | None:
        for parser in parsers:
            if parser.first(subject) and (outcome := self._ask(parser, subject, depth)) is not None:
                self._over(parser, parsers, subject, depth)
                return self._unfold(parser, outcome, depth)
        return None

    def _passed(self, parser: Parser, depth: int) -> None:
        if self.trace is not None and parser.signs:
            self.trace.append("  " * depth + f"{parser.title}: its `when` does not hold")

    def _over(self, chosen: Parser, others: tuple[Parser, ...], subject: Subject, depth: int) -> None:
        """Say for people which parsers stood before the chosen one and were not asked, by their first tests."""
        if self.trace is None:
            return
        before = [one for one in others[: others.index(chosen)] if not one.first(subject)]
        for one in before:
            self._passed(one, depth)
        if plain := [one.name for one in before if not one.signs]:
            self.trace.append("  " * depth + f"  passed over, as their first tests fail: {', '.join(plain)}")

    def _candidates(
        self, subject: Subject, head: str, depth: int
    ) -> tuple[tuple[Parser, ...], tuple[Parser, ...]]:
        """Give the parsers that are named for this subject, and those whose first test decides."""
        shelf, wanted = self.shelf, self.wanted
        if subject.columns and wanted is None:
            return shelf.columned, shelf.texts.get(head) or shelf.texts[""]
        if wanted is None and subject.document is None and not subject.program and not shelf.own.parsers:
            return (), shelf.texts.get(head) or shelf.texts[""]
        if wanted is not None and depth == 0:
            self.met = False
            return self._asked(wanted, subject), ()
        first: tuple[Parser, ...] = (wanted,) if wanted is not None and not self.met else ()
        if shelf.own.parsers:
            first += self._own(subject)
        if subject.document is not None:
            return first, shelf.documents
        named = shelf.named(subject.program) if subject.program else ()
        if named and not subject.framed:  # a service's name, and perhaps a whole syslog line below it
            named = (*self._frame(subject), *named)
        return first + named, shelf.texts.get(head) or shelf.texts[""]

    def _own(self, subject: Subject) -> tuple[Parser, ...]:
        found = self.shelf.own.asked(subject)
        return (*self._frame(subject), *found) if found and subject.document is None else found

    def _asked(self, wanted: Parser, subject: Subject) -> tuple[Parser, ...]:
        # Any format may come in syslog's frame; the named parser is then the first to see what is inside.
        return (wanted,) if wanted.name in ("unknown", "syslog") else (*self._frame(subject), wanted)

    def _frame(self, subject: Subject) -> tuple[Parser, ...]:
        frame = self.shelf.frame
        return (frame,) if frame is not None and frame.first(subject) else ()

    def _ask(self, parser: Parser, subject: Subject, depth: int) -> Outcome:
        if self.trace is None and self.wanted is None:
            return parser.parse(subject)  # candidates by themselves never are documents' where there is none
        if parser.reads == "document" and subject.document is None:
            return None
        outcome = parser.parse(subject)
        if parser is self.wanted and outcome is not None:
            self.met = True
        if self.trace is not None:
            self.trace.append("  " * depth + f"{parser.title} ({reason(self.why)}): {told(outcome)}")
        return outcome

    def _unfold(self, parser: Parser, outcome: tuple[Reading | Frame, ...], depth: int) -> list[Reading]:
        if len(outcome) == 1:  # as nearly always
            return self._part(parser, outcome[0], depth)
        return [reading for part in outcome for reading in self._part(parser, part, depth)]

    def _part(self, parser: Parser, part: Reading | Frame, depth: int) -> list[Reading]:
        if isinstance(part, Frame):
            return self._framed(parser, part, depth)
        part.parser = part.parser or self.shelf.titles[parser.name]
        return [part]

    def _framed(self, parser: Parser, frame: Frame, depth: int) -> list[Reading]:
        if self.trace is None and self.wanted is None and (found := self._at_once(frame)):
            return [found]
        inner: list[Reading] = []
        payload = frame.payload
        if depth + 1 < MAX_LAYERS and (payload.text or payload.structured or payload.document is not None):
            array = payload.document is None and payload.text.startswith("[{")
            inner = _many(self, payload, depth + 1) if array else self.read(payload, depth + 1)
        if not inner:
            inner = [outer_only(parser, frame)]
        elif len(inner) == 1:
            surround(frame.reading, inner[0])
        else:  # repeated messages share a reading
            inner = [surround(frame.reading, copy(reading)) for reading in inner]
        return inner if frame.repeat == 1 else [reading for reading in inner for _ in range(frame.repeat)]

    def _at_once(self, frame: Frame) -> Reading | None:
        """Read the payload by the first parser of its program, as `read` does; None: that is not all there is to it."""
        payload = frame.payload
        named = self.shelf.by_program.get(payload.program.lower()) if payload.framed else None
        if (
            named is None
            or payload.document is not None
            or frame.repeat != 1
            or payload.text[:1] in ("{", "")
        ):
            return None
        if self.shelf.own.parsers or (named[0].signs and not named[0].first(payload)):
            return None
        outcome = named[0].parse(payload)
        if outcome is None or len(outcome) != 1 or not isinstance(reading := outcome[0], Reading):
            return None
        reading.parser = reading.parser or self.shelf.titles[named[0].name]
        return surround(frame.reading, reading)


def _with(subject: Subject, document: dict[str, Any]) -> Subject:
    return msgspec.structs.replace(subject, document=document)


def _wanted(shelf: Shelf, name: str) -> Parser | None:
    return shelf.by_name.get(ALIASES.get(name, name))


def _start(text: str, columns: str) -> str:
    return text if columns else text.lstrip()  # an empty first column is a tab


def read(shelf: Shelf, raw: RawLog, trace: Trace = None) -> tuple[Event | Rejected, ...]:
    """Read one raw log: at least one event or rejected log, whatever the bytes."""
    text: str | None = plain(raw.raw) if trace is None else None
    flags: tuple[str, ...] = ()
    if text is None:
        decoded = decode(raw.raw)
        if trace is not None:
            trace.append(
                f"decoding: {decoded.reason or f'{decoded.encoding}, {len(decoded.text)} characters'}"
            )
        if decoded.reason:
            return (rejected(raw, decoded.reason, decoded.detail),)
        text, flags = decoded.text, decoded.flags
    wanted = _wanted(shelf, raw.format) if raw.format else None
    if raw.format and wanted is None:
        near = difflib.get_close_matches(raw.format[:64], [*shelf.by_name, *ALIASES], n=1)
        help_ = f"; did you mean {near[0]!r}?" if near else ""
        return (rejected(raw, "no_parser", f"no parser {raw.format[:64]!r}{help_}"),)
    if not known_zone(raw.zone):
        flags += ("zone_unknown",)
    # Leading blanks say nothing; JSON, CEF and PRI are recognised at the first character.
    subject = Subject(_start(text, raw.columns), bounded(raw.received) or 0, raw.zone, columns=raw.columns)
    return _results(_Walk(shelf, trace, wanted), raw, subject, flags)


def read_document(shelf: Shelf, raw: RawLog, document: Mapping[str, Value]) -> tuple[Event | Rejected, ...]:
    """Read a document that is decoded already; `raw.raw` is its text."""
    text = raw.raw.decode("utf-8", "replace")
    subject = Subject(text, bounded(raw.received) or 0, raw.zone, document=document)
    return _results(_Walk(shelf, None, _wanted(shelf, raw.format)), raw, subject, ())


def _results(
    walk: _Walk, raw: RawLog, subject: Subject, flags: tuple[str, ...]
) -> tuple[Event | Rejected, ...]:
    readings = walk.glance(subject)
    if not readings:
        many = subject.text[:1] == "[" and subject.document is None
        readings = _many(walk, subject) if many else walk.read(subject, 0)
    if not readings:
        if walk.wanted is not None:
            return (rejected(raw, "malformed", f"not {walk.wanted.name}: {subject.text[:80]!r}"),)
        readings = [
            Reading(common={"event.dataset": "json"}, flags=("unparsed",), parser="json/1")
        ]  # an empty object
    if len(readings) == 1:
        return (event(raw, readings[0], subject.text, flags, 0),)
    results: list[Event | Rejected] = [
        event(raw, reading if not part else own(reading), subject.text, flags, part)
        for part, reading in enumerate(readings[:MAX_PARTS])
    ]
    if len(readings) > MAX_PARTS:
        results.append(
            rejected(raw, "too_long", f"{len(readings)} logs in one; the first {MAX_PARTS} are events")
        )
    return tuple(results)


def _many(walk: _Walk, subject: Subject, depth: int = 0) -> list[Reading]:
    """Read an array of documents one by one; anything else that begins with a bracket as text."""
    documents = load(subject.text)
    if (
        not isinstance(documents, list)
        or not documents
        or not all(isinstance(one, dict) and one for one in documents)
    ):
        return walk.read(subject, depth)
    found: list[Reading] = []
    for document in documents:
        text = dump(document)
        for reading in walk.read(Subject(text, subject.received, subject.zone, document=document), depth):
            reading.text = text if reading.text is None else reading.text
            found.append(reading)
    return found
