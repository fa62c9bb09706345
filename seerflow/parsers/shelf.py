"""The parsers, sorted so that a log meets few of them: by program, by beginning, by literal, by key.

Order of choice: a user's description, then our parsers written in Python, then the descriptions that come with
Seerflow, then the general ones. Among descriptions the one that asks for more comes first; between equals, the name.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

import ahocorasick_rs
from msgspec import Struct

from seerflow.parsers.contract import Parser, Subject
from seerflow.parsers.described.condition import HEAD

#: Formats that take what no product's parser took.
GENERAL = frozenset({"json", "keyvalue", "unknown"})
#: A beginning is looked up by at most this many of its characters.
_PREFIX = 8


class _Index(Struct, frozen=True):
    """Descriptions by what their logs must show. Numbers are places in `parsers`, which is the order of choice."""

    parsers: tuple[Parser, ...]
    keys: Mapping[str, tuple[int, ...]]
    starts: tuple[tuple[int, Mapping[str, tuple[int, ...]]], ...]  # length -> beginning -> places
    literals: Sequence[tuple[int, ...]]
    scan: ahocorasick_rs.AhoCorasick | None

    def documents(self, subject: Subject) -> Iterator[Parser]:
        document, keys = subject.document, self.keys
        if not document or not keys:
            return iter(())
        if len(document) <= len(keys):
            hits = [keys[key] for key in document if key in keys]
        else:
            hits = [places for key, places in keys.items() if key in document]
        return self._ordered(hits)

    def texts(self, subject: Subject) -> Iterator[Parser]:
        text, hits = subject.text, []
        for length, places in self.starts:
            if found := places.get(text[:length]):
                hits.append(found)
        if self.scan is not None:
            head = text[:HEAD]
            try:
                found_at = self.scan.find_matches_as_indexes(head, overlapping=True)
            except UnicodeEncodeError:  # half a surrogate pair
                found_at = self.scan.find_matches_as_indexes(
                    head.encode("utf-8", "replace").decode(), overlapping=True
                )
            hits += [self.literals[number] for number in {match[0] for match in found_at}]
        return self._ordered(hits)

    def _ordered(self, hits: list[tuple[int, ...]]) -> Iterator[Parser]:
        if not hits:
            return iter(())
        places = sorted({place for hit in hits for place in hit})
        return map(self.parsers.__getitem__, places)


class Shelf(Struct, frozen=True):
    """The parsers, sorted by how they are asked."""

    by_name: Mapping[str, Parser]
    by_program: Mapping[str, tuple[Parser, ...]]
    families: Mapping[str, tuple[Parser, ...]]  # what stands before the slash: `postfix/smtpd`
    texts: tuple[Parser, ...]
    documents: tuple[Parser, ...]
    inner: tuple[Parser, ...]  # texts inside a frame: all but the one that takes anything
    general: tuple[tuple[Parser, ...], tuple[Parser, ...], tuple[Parser, ...]]  # of texts, documents, inner
    own: _Index  # a user's
    products: _Index

    def named(self, program: str) -> tuple[Parser, ...]:
        """Give the parsers of a program."""
        program = program.lower()
        found = self.by_program.get(program, ())
        if self.families and "/" in program:
            found += self.families.get(program.partition("/")[0], ())
        return found

    def for_document(self, subject: Subject) -> Iterator[Parser]:
        """Give the parsers that a document may be for, in the order of choice."""
        return chain(self.own.documents(subject), self.documents, _Later(self.products.documents, subject), self.general[1])

    def for_text(self, subject: Subject, *, inside: bool) -> Iterator[Parser]:
        """Give the parsers that a text may be for, in the order of choice."""
        specific, general = (self.inner, self.general[2]) if inside else (self.texts, self.general[0])
        own = (_Later(self.own.texts, subject),) if self.own.parsers else ()
        return chain(*own, specific, _Later(self.products.texts, subject), general)


class _Later:
    """Asks an index only when all that stands before has refused."""

    __slots__ = ("ask", "subject")

    def __init__(self, ask, subject: Subject) -> None:  # type: ignore[no-untyped-def]
        self.ask, self.subject = ask, subject

    def __iter__(self) -> Iterator[Parser]:
        return self.ask(self.subject)  # type: ignore[no-any-return]


def shelve(parsers: tuple[Parser, ...], products: Sequence[Parser] = (), own: Sequence[Parser] = ()) -> Shelf:
    """Sort the parsers: written ones in their order, those of products and the user's by what they ask for."""
    ours, users = _sorted(products), _sorted(own)
    programs: dict[str, tuple[Parser, ...]] = {}
    families: dict[str, tuple[Parser, ...]] = {}
    for parser in (*users, *parsers, *ours):
        for program in parser.programs:
            if program.endswith("/*"):
                families[program[:-2]] = (*families.get(program[:-2], ()), parser)
            else:
                programs[program] = (*programs.get(program, ()), parser)
    texts = tuple(one for one in parsers if one.reads == "text" and one.name not in GENERAL)
    documents = tuple(one for one in parsers if one.reads == "document" and one.name not in GENERAL)
    rest = tuple(one for one in parsers if one.reads == "text" and one.name in GENERAL)
    general = (
        rest,
        tuple(one for one in parsers if one.reads == "document" and one.name in GENERAL),
        tuple(one for one in rest if one.name != "unknown"),
    )
    by_name = {one.name: one for one in (*ours, *parsers, *users)}
    return Shelf(by_name, programs, families, texts, documents, texts, general, _index(users), _index(ours))


def _sorted(parsers: Sequence[Parser]) -> tuple[Parser, ...]:
    return tuple(sorted(parsers, key=lambda one: (-max(sign.weight for sign in one.signs), one.name)))


def _index(parsers: tuple[Parser, ...]) -> _Index:
    keys: dict[str, tuple[int, ...]] = {}
    starts: dict[int, dict[str, tuple[int, ...]]] = {}
    literals: dict[str, tuple[int, ...]] = {}
    shared = _shared(parsers)
    for place, parser in enumerate(parsers):
        for sign in parser.signs:
            if sign.keys:
                # the key that fewest others have
                key = min(sign.keys, key=lambda one: (shared[one], -len(one)))
                for name in {key, key.partition(".")[0]}:
                    keys[name] = (*keys.get(name, ()), place)
            elif sign.starts:
                for begin in sign.starts:
                    short = begin[:_PREFIX]
                    there = starts.setdefault(len(short), {})
                    there[short] = (*there.get(short, ()), place)
            elif not sign.programs:
                for literal in sign.literals:
                    literals[literal] = (*literals.get(literal, ()), place)
    scan = ahocorasick_rs.AhoCorasick(list(literals)) if literals else None
    return _Index(parsers, keys, tuple(starts.items()), tuple(literals.values()), scan)


def _shared(parsers: tuple[Parser, ...]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for parser in parsers:
        for sign in parser.signs:
            for key in sign.keys:
                counts[key] = counts.get(key, 0) + 1
    return counts
