"""The parsers, sorted so that a log meets few of them: by program, by beginning, by literal, by key.

Order of choice: a user's description, then our parsers written in Python, then the descriptions that come with
Seerflow, then the general ones. Among descriptions the one that asks for more comes first; between equals, the name.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import ahocorasick_rs
from msgspec import Struct

from seerflow.model.event import Value
from seerflow.parsers.contract import Parser, Sign, Subject
from seerflow.parsers.described.condition import HEAD
from seerflow.parsers.shape import keyword

#: Formats that take what no product's parser took.
GENERAL = frozenset({"json", "keyvalue", "unknown"})
#: A beginning is looked up by at most this many of its characters.
_PREFIX = 8


Places = tuple[int, ...]


class _Entry(Struct, gc=False):
    """Who asks for a key at the top of a document: for it alone, for a value under it, for a key under it."""

    alone: Places = ()
    values: dict[str, Places] = {}
    below: dict[str, Places] = {}

    def told(self, value: Value) -> Iterator[Places]:
        """Give who is to be asked where this stands under the key."""
        if self.alone:
            yield self.alone
        if self.values and (found := self.values.get(keyword(value) or "")):
            yield found
        if self.below:
            inner = value[0] if isinstance(value, list) and value else value
            if isinstance(inner, Mapping):
                yield from (self.below[key] for key in self.below.keys() & inner.keys())


class _Index(Struct, frozen=True):
    """Descriptions by what their logs must show. Places are those in `parsers`, which is in the order of choice."""

    parsers: tuple[Parser, ...]
    keys: Mapping[str, _Entry]
    starts: tuple[tuple[int, Mapping[str, Places]], ...]  # length -> beginning -> places
    literals: Sequence[Places]
    scan: ahocorasick_rs.AhoCorasick | None

    def asked(self, subject: Subject) -> tuple[Parser, ...]:
        """Give the parsers that are to be asked about the subject, in the order of choice."""
        hits = (
            self._by_keys(subject.document) if subject.document is not None else self._by_text(subject.text)
        )
        if not hits:
            return ()
        places = hits[0] if len(hits) == 1 else sorted({place for hit in hits for place in hit})
        return tuple([self.parsers[place] for place in places])

    def _by_keys(self, document: Mapping[str, Value]) -> list[Places]:
        keys = self.keys
        names = (
            [key for key in document if key in keys]
            if len(document) <= len(keys)
            else keys.keys() & document.keys()
        )
        return [places for key in names for places in keys[key].told(document[key])]

    def _by_text(self, text: str) -> list[Places]:
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
    families: tuple[
        tuple[int, Mapping[str, tuple[Parser, ...]]], ...
    ]  # by how a program begins, by its length
    texts: Mapping[
        str, tuple[Parser, ...]
    ]  # written ones that know their own, by the first character; "": any other
    documents: tuple[Parser, ...]  # written ones that know their own
    general: Mapping[str, tuple[Parser, ...]]  # `text` and `document`: what takes what is left
    own: _Index  # a user's descriptions
    products: _Index  # those that come with Seerflow
    frame: Parser | None  # what any format may come in
    titles: Mapping[str, str]  # name -> title
    columned: tuple[Parser, ...]  # what reads lines below a header that names their columns

    def named(self, program: str) -> tuple[Parser, ...]:
        """Give the parsers of a program."""
        program = program.lower()
        found = self.by_program.get(program, ())
        for length, begins in self.families:
            found += begins.get(program[:length], ())
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
    families: dict[int, dict[str, tuple[Parser, ...]]] = {}
    for parser in (*users, *parsers, *ours):
        for program in parser.programs:
            if program.endswith("*"):
                begins = families.setdefault(len(program) - 1, {})
                begins[program[:-1]] = (*begins.get(program[:-1], ()), parser)
            else:
                programs[program] = (*programs.get(program, ()), parser)
    special = [one for one in parsers if one.name not in GENERAL]
    general = {
        reads: tuple(one for one in parsers if one.name in GENERAL and one.reads == reads)
        for reads in ("text", "document")
    }
    by_name = {one.name: one for one in (*ours, *parsers, *users)}
    return Shelf(
        by_name=by_name,
        by_program=programs,
        families=tuple(families.items()),
        texts=_by_head(tuple(one for one in special if one.reads == "text")),
        documents=tuple(one for one in special if one.reads == "document"),
        general=general,
        own=_index(users),
        products=_index(ours),
        frame=by_name.get("syslog"),
        titles={name: one.title for name, one in by_name.items()},
        columned=tuple(by_name[name] for name in ("w3c", "zeek") if name in by_name),
    )


def _by_head(parsers: tuple[Parser, ...]) -> dict[str, tuple[Parser, ...]]:
    """Sort out who need not be asked about a text that begins so: the order, and who takes it, stay the same."""
    heads = {"", *(head for parser in parsers for head in parser.heads)}
    return {
        head: tuple(parser for parser in parsers if not parser.heads or (head and head in parser.heads))
        for head in heads
    }


def _sorted(parsers: Sequence[Parser]) -> tuple[Parser, ...]:
    return tuple(sorted(parsers, key=lambda one: (-max(sign.weight for sign in one.signs), one.name)))


def _index(parsers: tuple[Parser, ...]) -> _Index:
    keys: dict[str, _Entry] = {}
    starts: dict[int, dict[str, Places]] = {}
    literals: dict[str, Places] = {}
    shared = Counter(key for parser in parsers for sign in parser.signs for key in sign.keys)
    for place, parser in enumerate(parsers):
        for sign in parser.signs:
            if sign.keys:
                _by_key(keys, sign, place, shared)
            elif sign.starts:
                for begin in sign.starts:
                    _add(starts.setdefault(min(len(begin), _PREFIX), {}), begin[:_PREFIX], place)
            elif not sign.programs:
                for literal in sign.literals:
                    _add(literals, literal, place)
    scan = ahocorasick_rs.AhoCorasick(list(literals)) if literals else None
    return _Index(parsers, keys, tuple(starts.items()), tuple(literals.values()), scan)


def _add(places: dict[str, Places], name: str, place: int) -> None:
    there = places.get(name, ())
    places[name] = there if place in there else (*there, place)


def _by_key(keys: dict[str, _Entry], sign: Sign, place: int, shared: Mapping[str, int]) -> None:
    """File a sign of a document under one of its keys: one with values, else the one that fewest others have."""
    key = sign.keys[0] if sign.values else min(sign.keys, key=lambda one: (shared[one], -len(one)))
    top, _, below = key.partition(".")
    flat = keys.setdefault(key, _Entry(values={}, below={}))
    if sign.values:
        for value in sign.values:
            _add(flat.values, value, place)
    elif place not in flat.alone:
        flat.alone += (place,)
    if below:
        _add(keys.setdefault(top, _Entry(values={}, below={})).below, below.partition(".")[0], place)
