"""Description files into parsers: pure, bytes in, problems with their places out.

Descriptions that come with Seerflow are proven by its tests: of them only the beginning is read at first, and the
rest when the first log of theirs comes. What a user wrote is read and checked whole.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from seerflow.parsers.contract import Parser
from seerflow.parsers.described import grammar, reading
from seerflow.parsers.described.fault import Fault, Faults, Path, Problem

MAX_BYTES = 1 << 18
MAX_NESTING = 64
MAX_ALIASES = 100

_SECTION = re.compile(r"^[a-z_]+:", re.MULTILINE)
_HEAD = ("name", "version", "description", "reads", "dataset", "when", "pairs")


def trusted(content: bytes) -> Parser:
    """Make the parser of a description that is known to be right; its rest is read when it is needed."""
    text = content.decode("utf-8")
    starts = [match.start() for match in _SECTION.finditer(text)]
    pieces = [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
    head = "".join(piece for piece in pieces if piece.partition(":")[0] in _HEAD)
    body = "".join(piece for piece in pieces if piece.partition(":")[0] != "tests")
    return reading.parser(_yaml(head), lambda: _yaml(body), Faults())


class _Loader(yaml.CSafeLoader):
    """YAML 1.2's scalars: `on`, `yes`, `12:30:45` and dates are texts, as they stand in logs."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _begin in (
    ("bool", r"true|false|True|False|TRUE|FALSE", "tfTF"),
    ("null", r"~|null|Null|NULL|", "~nN"),
    ("merge", r"<<", "<"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?[0-9]+\.[0-9]+(?:[eE][-+]?[0-9]+)?", "-+0123456789"),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}",
        re.compile(f"(?:{_pattern})$"),
        [*_begin, *([""] if _tag == "null" else [])],
    )


def _yaml(text: str) -> Any:
    return yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader all the same


def load(files: Mapping[str, bytes]) -> tuple[dict[str, Parser], list[Problem]]:
    """Make the parsers of files (name -> content): file -> parser, and all that is wrong. Never raises."""
    made: dict[str, Parser] = {}
    problems: list[Problem] = []
    names: dict[str, str] = {}
    for file in sorted(files):
        told, wrong = document(file, files[file])
        if told is None:
            problems += wrong
            continue
        faults = Faults()
        one = _parser(told, faults)
        if one is not None and (other := names.setdefault(one.name, file)) != file:
            faults.add(("name",), f"{one.name!r} is the name of {other} too", "give it another one")
        if one is not None and not faults.found:
            made[file] = one
        problems += located(file, files[file], faults.found)
    return made, problems


def _parser(told: Any, faults: Faults) -> Parser | None:
    if not grammar.check(told, faults):
        return None
    one = reading.parser(told, lambda: told, faults)
    reading.compiled(told, faults)
    return one


def document(file: str, content: bytes) -> tuple[Any, list[Problem]]:
    """Read one file's YAML, bounded; None and why where that cannot be."""
    if len(content) > MAX_BYTES:
        return None, [Problem(file=file, fact=f"is larger than {MAX_BYTES} bytes", help="split it")]
    try:
        text = content.decode("utf-8-sig")
        if fault := _refused(text):
            return None, [Problem(file=file, line=fault[0], column=1, fact=fault[1])]
        return _yaml(text), []
    except UnicodeDecodeError as error:
        return None, [Problem(file=file, fact=f"is not UTF-8 (byte {error.start})", help="save it as UTF-8")]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        fact = getattr(error, "problem", None) or str(error).splitlines()[0]
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        help_ = "check indentation, quotes and colons there"
        return None, [Problem(file=file, line=line, column=column, fact=f"is not YAML: {fact}", help=help_)]


def _refused(text: str) -> tuple[int, str] | None:
    """Say what the YAML reader must not be given: nesting that overflows its stack, aliases that multiply."""
    anchored: list[bool] = []
    aliases = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            anchored.append(event.anchor is not None)
            if len(anchored) > MAX_NESTING:
                return _line(event), f"nests deeper than {MAX_NESTING} levels"
        elif isinstance(event, yaml.CollectionEndEvent):
            anchored.pop()
        elif isinstance(event, yaml.AliasEvent):
            aliases += 1
            if aliases > MAX_ALIASES or any(anchored):
                fact = "has an alias (*name) inside of what has a name itself (&name)"
                return _line(event), fact if any(anchored) else f"has more than {MAX_ALIASES} aliases"
    return None


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def located(file: str, content: bytes, faults: list[Fault]) -> list[Problem]:
    """Give faults their places. The file has been read as YAML before."""
    if not faults:
        return []
    node = yaml.compose(content.decode("utf-8-sig"), yaml.CSafeLoader)
    return [
        Problem(
            file=file,
            line=(mark := _mark(node, fault.path)).line + 1,
            column=mark.column + 1,
            fact=f"{_dotted(fault.path)}: {fault.fact}" if fault.path else fault.fact,
            help=fault.help,
        )
        for fault in faults
    ]


def _dotted(path: Path) -> str:
    return "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in path).lstrip(".")


def _mark(node: Any, path: Path) -> Any:
    """Give the place of what a path leads to, or of the last thing on the way to it that is there."""
    mark = node.start_mark
    for step in path:
        found = next((pair for pair in _children(node) if pair[0] == str(step)), None)
        if found is None:
            return mark
        mark, node = found[1], found[2]
    return mark


def _children(node: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield str(key.value), key.start_mark, value
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield str(index), value.start_mark, value
