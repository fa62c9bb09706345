"""Folders of described parsers into parsers, and what is wrong with them."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from seerflow.adapters.rulefiles import read
from seerflow.errors import ConfigError
from seerflow.parsers import PARSERS, described
from seerflow.parsers.contract import Parser
from seerflow.parsers.described.fault import Problem
from seerflow.parsers.described.loading import document, load, located
from seerflow.parsers.described.proving import prove
from seerflow.parsers.shelf import Shelf, shelve


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
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    for name, content in read(places).items():
        if isinstance(content, bytes):
            files[name] = content
        else:
            problems.append(Problem(file=name, fact=content.fact, help=content.help))
    return files, problems
