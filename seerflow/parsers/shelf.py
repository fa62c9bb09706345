"""The shelf: all parsers, sorted by how recognition asks them.

Law: sorting leaves out only who would refuse; who is asked stands in the order of PARSERS.
"""

from collections.abc import Mapping

from msgspec import Struct

from seerflow.parsers.contract import Parser


class Shelf(Struct, frozen=True):
    """The parsers, sorted by how they are asked."""

    by_name: Mapping[str, Parser]
    by_program: Mapping[str, tuple[Parser, ...]]
    documents: tuple[Parser, ...]
    texts: Mapping[str, tuple[Parser, ...]]  # by the first character; under "": for any other one
    inner: Mapping[str, tuple[Parser, ...]]  # texts inside a frame: all but the one that takes anything
    frame: Parser | None  # what any format may come in
    titles: Mapping[str, str]  # name -> title


def shelve(parsers: tuple[Parser, ...]) -> Shelf:
    """Sort the parsers; their order is the order in which they are asked."""
    programs: dict[str, tuple[Parser, ...]] = {}
    for parser in parsers:
        for program in parser.programs:
            programs[program] = (*programs.get(program, ()), parser)
    texts = tuple(parser for parser in parsers if parser.reads == "text")
    documents = tuple(parser for parser in parsers if parser.reads == "document")
    inner = tuple(parser for parser in texts if parser.name != "unknown")
    by_name = {parser.name: parser for parser in parsers}
    return Shelf(
        by_name=by_name,
        by_program=programs,
        documents=documents,
        texts=_by_head(texts),
        inner=_by_head(inner),
        frame=by_name.get("syslog"),
        titles={parser.name: parser.title for parser in parsers},
    )


def _by_head(parsers: tuple[Parser, ...]) -> dict[str, tuple[Parser, ...]]:
    """Sort out who need not be asked about a text that begins so: the order, and who takes it, stay the same."""
    heads = {"", *(head for parser in parsers for head in parser.heads)}
    return {
        head: tuple(parser for parser in parsers if not parser.heads or (head and head in parser.heads))
        for head in heads
    }
