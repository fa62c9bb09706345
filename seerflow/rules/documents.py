"""Rule files into YAML documents, each with its line: bounded before the YAML reader sees them.

libyaml's composer calls itself for each level of nesting and overflows the stack at some ten thousand,
which no exception reports. What could be that deep is therefore counted event by event first.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from msgspec import Struct
from sigma.exceptions import SigmaError
from sigma.rule.base import check_alias_expansion

from seerflow.rules.problem import Problem

MAX_BYTES = 1 << 20  # the largest public rule has 40 kB
MAX_DEPTH = 64  # rules nest five deep
MAX_DOCUMENTS = 1_000

_BOUNDARY = re.compile(r"^---(?:\s.*)?$", re.MULTILINE)
_SUSPICIOUS = re.compile(rb"^ {128}|^[ ]*(?:[-?] +){16}", re.MULTILINE)
_MANY_BRACKETS = 64


class Document(Struct, frozen=True):
    """One YAML document of a rule file."""

    file: str
    line: int  # where it begins, counted from 1
    text: str
    content: dict[str, Any]

    def find(self, near: str) -> int:
        """Give the line on which a piece of text first stands; the document's own if nowhere."""
        place = self.text.find(near) if near else -1
        return self.line + self.text.count("\n", 0, place) if place >= 0 else self.line


def read(file: str, content: bytes) -> tuple[list[Document], list[Problem]]:
    """Give the documents of one file, `action` documents resolved, and what is wrong with it."""
    refusal = _refusal(content)
    if refusal:
        return [], [Problem(file=file, fact=refusal, help="split or simplify it")]
    try:
        text = content.decode("utf-8-sig")
        loaded = list(yaml.load_all(text, Loader=yaml.CSafeLoader))
    except UnicodeDecodeError as error:
        return [], [Problem(file=file, fact=f"is not UTF-8 (byte {error.start})", help="save it as UTF-8")]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return [], [_yaml_problem(file, error)]
    return _resolve(file, loaded, list(_split(text)))


def _refusal(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        return f"is larger than {MAX_BYTES} bytes"
    brackets = content.count(b"[") + content.count(b"{")
    if (brackets > _MANY_BRACKETS or _SUSPICIOUS.search(content)) and _depth(content) > MAX_DEPTH:
        return f"nests deeper than {MAX_DEPTH} levels"
    return ""


def _depth(content: bytes) -> int:
    depth = deepest = 0
    try:
        for event in yaml.parse(content, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                deepest = max(deepest, depth)
                if depth > MAX_DEPTH:
                    return depth
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.YAMLError:
        pass  # the reader proper says what is wrong, and where
    return deepest


def _yaml_problem(file: str, error: Exception) -> Problem:
    mark = getattr(error, "problem_mark", None)
    fact = getattr(error, "problem", None) or str(error).splitlines()[0]
    return Problem(
        file=file,
        line=mark.line + 1 if mark else 0,
        fact=f"is not YAML: {fact}",
        help="check indentation, quotes and colons there",
    )


def _split(text: str) -> Iterator[tuple[int, str]]:
    """Give the texts between `---` lines with the line on which each begins; leading empty ones go."""
    start = 0
    for boundary in [*_BOUNDARY.finditer(text), None]:
        piece = text[start : boundary.start() if boundary else len(text)]
        if piece.strip() and not all(
            line.lstrip().startswith("#") for line in piece.split("\n") if line.strip()
        ):
            lead = len(piece) - len(piece.lstrip("\r\n"))
            yield text.count("\n", 0, start + lead) + 1, piece[lead:]
        start = boundary.end() if boundary else start


def _resolve(
    file: str, loaded: list[Any], places: list[tuple[int, str]]
) -> tuple[list[Document], list[Problem]]:
    """Give documents as mappings; `action: global`, `reset` and `repeat` are Sigma's old way to share parts."""
    documents: list[Document] = []
    problems: list[Problem] = []
    shared: dict[str, Any] = {}
    previous: dict[str, Any] = {}
    present = [content for content in loaded if content is not None]
    if len(places) != len(present):  # a `---` inside a block text: whole-file places are still right
        places = [(1, "")] * len(present)
    if len(present) > MAX_DOCUMENTS:
        return [], [Problem(file=file, fact=f"has more than {MAX_DOCUMENTS} documents", help="split it")]
    for content, (line, text) in zip(present, places, strict=True):
        fact = _malformed(content)
        if fact:
            problems.append(Problem(file=file, line=line, fact=fact, help="see docs/how-to/add-a-rule.md"))
            continue
        action = content.get("action")
        if action == "reset":
            shared = {}
        elif action == "global":
            shared = previous = {key: value for key, value in content.items() if key != "action"}
        else:
            joins = previous if action == "repeat" else {} if "correlation" in content else shared
            own = {key: value for key, value in content.items() if key != "action"}
            previous = _merged(joins, own)
            documents.append(Document(file, line, text, previous))
    return documents, problems


def _malformed(content: Any) -> str:
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        return "is not a mapping of names to values"
    if content.get("action") not in (None, "global", "reset", "repeat"):
        return f"unknown action '{content['action']}'"
    try:
        check_alias_expansion(content)
    except SigmaError as error:
        return str(error)
    return ""


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged
