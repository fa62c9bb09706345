"""What is wrong with a description, where, and what to do. Places are found only when there is something to say."""

import difflib
from collections.abc import Collection

from msgspec import Struct

#: Keys and indexes from the top of the file to what is meant.
Path = tuple[str | int, ...]


class Fault(Struct, frozen=True, kw_only=True):
    """One thing wrong with one description."""

    path: Path
    fact: str
    help: str = ""


class Problem(Struct, frozen=True, kw_only=True):
    """A fault with its place in a file, for people."""

    file: str
    line: int = 0  # counted from 1; 0: the file as a whole
    column: int = 0  # as line
    fact: str
    help: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.fact}" + (f"; {self.help}" if self.help else "")


class Faults:
    """Collects faults: a description is read to its end, so that one run shows all that is wrong."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def add(self, path: Path, fact: str, help_: str = "") -> None:
        """Note one fault."""
        self.found.append(Fault(path=path, fact=fact, help=help_))


def nearest(word: str, words: Collection[str]) -> str:
    """Give the help for a word that is none of `words`."""
    close = difflib.get_close_matches(word, list(words), n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known: {', '.join(sorted(words))}" if len(words) <= 40 else ""  # noqa: PLR2004  a screen's line or two
