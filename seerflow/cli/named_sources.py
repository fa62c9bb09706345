"""What a name after `--source`, or in a record of `parse --records`, stands for."""

import argparse
from collections.abc import Mapping

from msgspec import Struct

from seerflow.config import Source, load
from seerflow.errors import OperatorError
from seerflow.parsers.aliases import ALIASES
from seerflow.parsers.shelf import Shelf
from seerflow.problems import nearest


class Given(Struct, frozen=True, kw_only=True):
    """What is said of the logs beside their bytes."""

    source: str = ""
    format: str = ""
    zone: str = "UTC"


class Sources(Struct, frozen=True, kw_only=True):
    """The configured sources, and what the command line says in their place."""

    known: Mapping[str, Source]
    format: str = ""
    zone: str | None = None

    def given(self, name: str) -> Given:
        """Take the name for a configured source's, else for a format's."""
        source = self.known.get(name)
        zone = self.zone or (source.zone if source else "UTC")
        return Given(source=name, format=self.format or (source.parser if source else name), zone=zone)


def sources(arguments: argparse.Namespace, parsers: Shelf) -> Sources:
    """Read --source, --format and --zone; OperatorError for a name that means nothing."""
    known = load(arguments.config).sources
    names = [*parsers.by_name, *ALIASES]
    if arguments.format and arguments.format not in names:
        raise OperatorError(f"--format: no parser {arguments.format!r}; {nearest(arguments.format, names)}")
    if arguments.source and not arguments.format and arguments.source not in (*known, *names):
        raise OperatorError(
            f"--source: no source {arguments.source!r} is configured, and no parser has that name; "
            + nearest(arguments.source, [*known, *names])
        )
    return Sources(known=known, format=arguments.format, zone=arguments.zone)
