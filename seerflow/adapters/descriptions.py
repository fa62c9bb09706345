"""Folders of described parsers into parsers, and what is wrong with them."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from seerflow.errors import ConfigError, OperatorError
from seerflow.parsers import PARSERS, described
from seerflow.parsers.contract import Parser
from seerflow.parsers.described.fault import Problem
from seerflow.parsers.described.loading import MAX_BYTES, document, load, located
from seerflow.parsers.described.proving import prove
from seerflow.parsers.shelf import Shelf, shelve

SUFFIXES = (".yml", ".yaml")
MAX_FILES = 2_000


def shelf(folders: Iterable[Path]) -> Shelf:
    """Give all parsers, those of the folders first. ConfigError holds everything that is wrong with them."""
    files, problems = _files(folders)
    made, found = load(files)
    problems += found
    if problems:
        raise ConfigError([str(one) for one in problems])
    return _shelved(made)


def _shelved(made: Mapping[str, Parser]) -> Shelf:
    """Lay a user's parsers over ours: one with the name of ours takes its place."""
    names = {one.name for one in made.values()}
    return shelve(
        tuple(one for one in PARSERS if one.name not in names),
        [one for one in described() if one.name not in names],
        tuple(made.values()),
    )


def check(places: Iterable[Path]) -> tuple[int, int, list[Problem]]:
    """Check description files: how many there are, how many tests they hold, and what is wrong."""
    files, problems = _files(places)
    made, found = load(files)
    problems += found
    shelved, tests = _shelved(made), 0
    for file in made:
        told, _ = document(file, files[file])
        tests += len(told.get("tests") or ())
        problems += located(file, files[file], list(prove(shelved, told)))
    return len(files), tests, sorted(problems, key=lambda one: (one.file, one.line, one.column))


def _files(places: Iterable[Path]) -> tuple[dict[str, bytes], list[Problem]]:
    """Read description files, and those in folders: path as given -> content, of too large ones the beginning."""
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    for place in places:
        if not place.exists():
            raise OperatorError(f"{place}: there is no such file or folder of descriptions")
        found = _within(place) if place.is_dir() else [place]
        for path in found[:MAX_FILES]:
            try:
                files[str(path)] = _content(path)
            except OSError as error:
                fact = f"cannot be read ({error.strerror})"
                problems.append(Problem(file=str(path), fact=fact, help="look at its rights"))
        if len(found) > MAX_FILES:
            raise OperatorError(f"{place}: more than {MAX_FILES} descriptions")
    return files, problems


def _content(path: Path) -> bytes:
    if not path.is_file():  # a pipe would be waited for, for ever
        raise OSError(0, "it is no plain file")
    with path.open("rb") as opened:
        return opened.read(MAX_BYTES + 1)  # one byte more, so that it is refused


def _within(folder: Path) -> list[Path]:
    return sorted(path for suffix in SUFFIXES for path in folder.rglob(f"*{suffix}") if not path.is_symlink())
