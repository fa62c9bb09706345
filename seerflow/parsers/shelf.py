"""The parsers, sorted so that a log meets few of them: by program, by beginning, by literal, by key.

Order of choice: a user's description, then our parsers written in Python, then the descriptions that come with
Seerflow, then the general ones. Among descriptions the one that asks for more comes first; between equals, the name.
"""

from collections.abc import Mapping, Sequence

import ahocorasick_rs
from msgspec import Struct

from seerflow.model.event import Value
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

    def asked(self, subject: Subject) -> tuple[Parser, ...]:
        """Give the parsers that are to be asked about the subject, in the order of choice."""
        hits = self._by_keys(subject.document) if subject.document is not None else self._by_text(subject.text)
        if not hits:
            return ()
        places = hits[0] if len(hits) == 1 else sorted({place for hit in hits for place in hit})
        return tuple([self.parsers[place] for place in places])

    def _by_keys(self, document: Mapping[str, Value]) -> list[tuple[int, ...]]:
        keys = self.keys
        if len(document) <= len(keys):
            return [keys[key] for key in document if key in keys]
        return [places for key, places in keys.items() if key in document]

    def _by_text(self, text: str) -> list[tuple[int, ...]]:
        hits = [found for length, places in self.starts if (found := places.get(text[:length]))]
        if self.scan is not None:
            head = text[:HEAD]
            try:
                found_at = self.scan.find_matches_as_indexes(head, overlapping=True)
            except UnicodeEncodeError:  # half a surrogate pair
                head = head.encode("utf-8", "replace").decode()
                found_at = self.scan.find_matches_as_indexes(head, overlapping=True)
            if found_at:
                hits += [self.literals[number] for number in {match[0] for match in found_at}]
        return hits


class Shelf(Struct, frozen=True):
    """The parsers, sorted by how they are asked."""

    by_name: Mapping[str, Parser]
    by_program: Mapping[str, tuple[Parser, ...]]
    families: Mapping[str, tuple[Parser, ...]]  # by what stands before the slash: `postfix/smtpd`
    texts: tuple[Parser, ...]  # written ones that know their own logs
    documents: tuple[Parser, ...]  # as texts
    general: Mapping[str, tuple[Parser, ...]]  # `text` and `document`: what takes what is left
    own: _Index  # a user's descriptions
    products: _Index  # those that come with Seerflow

    def named(self, program: str) -> tuple[Parser, ...]:
        """Give the parsers of a program."""
        program = program.lower()
        found = self.by_program.get(program, ())
        if self.families and "/" in program:
            found += self.families.get(program.partition("/")[0], ())
        return found

    def further(self, subject: Subject, *, inside: bool) -> tuple[Parser, ...]:
        """Give who is asked when all that know their own logs have refused: products, then general formats."""
        general = self.general["text" if subject.document is None else "document"]
        if inside and subject.document is None:
            general = general[:-1]  # a frame tells more of a text than `unknown` does
        return (*self.products.asked(subject), *general)


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
    special = [one for one in parsers if one.name not in GENERAL]
    general = {
        reads: tuple(one for one in parsers if one.name in GENERAL and one.reads == reads)
        for reads in ("text", "document")
    }
    return Shelf(
        {one.name: one for one in (*ours, *parsers, *users)},
        programs,
        families,
        tuple(one for one in special if one.reads == "text"),
        tuple(one for one in special if one.reads == "document"),
        general,
        _index(users),
        _index(ours),
    )


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
