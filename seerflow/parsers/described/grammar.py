"""The form of a description: what may stand under each key of the language, and what is said where it does not."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from seerflow.parsers.described.fault import Faults, Path, nearest
from seerflow.parsers.described.language import COLUMNS, DESCRIPTION, MESSAGE, PART, TEST, WHEN, Key

MAX_DEPTH = 24  # parts in parts
_LONGEST_PATTERN = 4_096


def _is_texts(value: Any) -> bool:
    some = value if isinstance(value, list) else [value]
    return bool(some) and all(isinstance(one, str | int | float) for one in some)


def _is_values(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(key, str) for key in value)


def _is_source(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)
    )


def _is_field(value: Any) -> bool:
    if isinstance(value, dict):
        return (
            _is_source(value.get("from"))
            and set(value) <= {"from", "as", "match"}
            and all(_is_texts(value[key]) for key in ("as", "match") if key in value)
        )
    if isinstance(value, list):
        return bool(value) and all(isinstance(one, str | dict) and _is_field(one) for one in value)
    return isinstance(value, str)


def _is_word(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and _is_source(value.get("from"))
        and all(isinstance(key, str) and (key == "from" or _is_texts(words)) for key, words in value.items())
    )


def _is_time(value: Any) -> bool:
    if isinstance(value, dict):
        known = set(value) <= {"from", "as", "zone"} and isinstance(value.get("zone", ""), str)
        return known and _is_times(value.get("from", "x")) and _is_source(value.get("as", "x"))
    return _is_times(value)


def _is_times(value: Any) -> bool:
    some = value if isinstance(value, list) else [value]
    return bool(some) and all(
        isinstance(one, str) or (isinstance(one, list) and _is_source(one)) for one in some
    )


def _is_unpack(value: Any) -> bool:
    if isinstance(value, dict):
        return set(value) <= {"as", "between", "equals", "columns", "delimiter", "prefix", "name", "value"}
    return isinstance(value, str)


def _is_columns(value: Any) -> bool:
    return (
        isinstance(value, list) and bool(value) and all(one is None or isinstance(one, str) for one in value)
    )


def _by_name(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, dict) and all(isinstance(key, str) and check(one) for key, one in value.items())
    )


_NAME = re.compile(r"[a-z][a-z0-9_]{1,47}")
#: Kind -> what it must be, and the words for it.
LEAVES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "any": (lambda value: isinstance(value, str | dict), "text, or a mapping"),
    "text": (lambda value: isinstance(value, str) and bool(value), "text; put it in quotes"),
    "regex": (
        lambda value: isinstance(value, str) and 0 < len(value) <= _LONGEST_PATTERN,
        "a regular expression in quotes",
    ),
    "texts": (_is_texts, "text, or a list of texts"),
    "texts by name": (_by_name(lambda value: isinstance(value, str)), "a mapping of names to texts"),
    "values": (_is_values, "a mapping of names to values"),
    "constants": (_is_values, "a mapping of common fields to constants"),
    "name": (lambda value: isinstance(value, str) and bool(_NAME.fullmatch(value)), "a name in lower_snake"),
    "count": (
        lambda value: isinstance(value, int) and not isinstance(value, bool) and value > 0,
        "a number from 1",
    ),
    "reads": (
        lambda value: value in ("text", "document", "pairs", "columns"),
        "text, document, pairs or columns",
    ),
    "otherwise": (lambda value: value in ("keep", "refuse"), "keep or refuse"),
    "product": (
        lambda value: (
            isinstance(value, dict)
            and set(value) <= {"vendor", "product"}
            and all(isinstance(one, str) for one in value.values())
        ),
        "{vendor: …, product: …}",
    ),
    "pairs": (
        lambda value: (
            isinstance(value, dict)
            and set(value) <= {"between", "equals"}
            and all(isinstance(one, str) and one for one in value.values())
        ),
        "{between: …, equals: …}",
    ),
    "columns": (_is_columns, "a list of names"),
    "body": (
        lambda value: (
            _is_source(value.get("from")) and set(value) <= {"from", "program"}
            if isinstance(value, dict)
            else _is_source(value)
        ),
        "a native name, or {from: name, program: name}",
    ),
    "general": (lambda value: isinstance(value, bool) or _is_texts(value), "true, false or a list of names"),
    "fields": (_by_name(_is_field), "common field: name, list of names, template or {from, as, match}"),
    "words": (_by_name(_is_word), "common field: {from: …, result: words}"),
    "time": (_is_time, "a name, a list of names (lists in it are joined) or {from, as, zone}"),
    "unpack": (_by_name(_is_unpack), "native field: pairs, json, query or a mapping"),
}


def check(told: Any, faults: Faults) -> bool:
    """Check a whole description's structure; False if it is not even that."""
    before = len(faults.found)
    _mapping(told, DESCRIPTION, (), faults)
    return len(faults.found) == before


def _mapping(told: Any, keys: Mapping[str, Key], path: Path, faults: Faults) -> None:
    if not isinstance(told, dict):
        faults.add(path, "is no mapping of names to values", f"keys here: {', '.join(keys)}")
        return
    if len(path) > MAX_DEPTH:
        faults.add(path, "is nested too deep", "split the description")
        return
    for key, value in told.items():
        if key in keys:
            _value(value, keys[key].holds, (*path, key), faults)
        else:
            faults.add((*path, key), f"unknown key {str(key)!r}", nearest(str(key), keys))
    for key, one in keys.items():
        if one.required and key not in told:
            faults.add(path, f"{key!r} is missing", one.meaning)


def _value(value: Any, kind: str, path: Path, faults: Faults) -> None:
    if kind in LEAVES:
        holds, words = LEAVES[kind]
        if not holds(value):
            _explained(value, kind, path, words, faults)
    else:
        _NESTED[kind](value, path, faults)


def _explained(value: Any, kind: str, path: Path, words: str, faults: Faults) -> None:
    """Say which entry of a table is wrong, where the table itself is one."""
    checks = {"fields": _is_field, "words": _is_word, "unpack": _is_unpack}
    wrong = (
        [key for key, one in value.items() if not checks[kind](one)]
        if kind in checks and isinstance(value, dict)
        else []
    )
    for key in wrong:
        faults.add((*path, key), f"{path[-1]} of {key!r} is not of a known form", f"expected {words}")
    if not wrong:
        faults.add(path, f"{path[-1]!r} is not of a known form", f"expected {words}")


def _items(value: Any, keys: Mapping[str, Key], path: Path, faults: Faults) -> None:
    if not isinstance(value, list) or not value:
        faults.add(path, f"{path[-1]!r} is not a list", "begin each entry with `- `")
        return
    for index, one in enumerate(value):
        _mapping(one, keys, (*path, index), faults)


def _whens(value: Any, path: Path, faults: Faults) -> None:
    if isinstance(value, list):
        _items(value, WHEN, path, faults)
    else:
        _mapping(value, WHEN, path, faults)


def _switch(value: Any, path: Path, faults: Faults) -> None:
    _mapping(
        value,
        {"field": Key("texts", "", required=True), "cases": Key("cases", "", required=True)},
        path,
        faults,
    )


def _cases(value: Any, path: Path, faults: Faults) -> None:
    if not isinstance(value, dict):
        faults.add(path, "'cases' is no mapping of values to parts")
        return
    for key, part in value.items():
        _mapping(part or {}, {**COLUMNS, **PART}, (*path, key), faults)


_NESTED: dict[str, Callable[[Any, Path, Faults], None]] = {
    "when": lambda value, path, faults: _mapping(value, WHEN, path, faults),
    "whens": _whens,
    "messages": lambda value, path, faults: _items(value, MESSAGE, path, faults),
    "kinds": lambda value, path, faults: _items(
        value, {"when": Key("when", "", required=True), **COLUMNS, **PART}, path, faults
    ),
    "switch": _switch,
    "cases": _cases,
    "tests": lambda value, path, faults: _items(value, TEST, path, faults),
}
