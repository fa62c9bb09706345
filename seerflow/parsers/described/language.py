"""The language of descriptions: every key, what it holds and what it means. The reference page is made from this."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from seerflow.parsers.described.fault import Faults, Path, nearest

MAX_DEPTH = 24  # parts in parts


class Key(Struct, frozen=True):
    """One key of a mapping."""

    holds: str  # a kind of KINDS
    meaning: str
    required: bool = False


WHEN: dict[str, Key] = {
    "programs": Key("texts", "one of these programs wrote it, as the syslog frame names it; `postfix/*` is a family"),
    "starts": Key("texts", "the text begins with one of these"),
    "contains": Key("texts", "all of these stand in the first 2,048 characters"),
    "any": Key("texts", "one of these stands there"),
    "matches": Key("regex", "matches at the beginning of the text, within 1,024 characters"),
    "keys": Key("texts", "the document, or the pairs, have all of these; dotted paths"),
    "values": Key("values", "field: value or list of values, one of which it has"),
}
PART: dict[str, Key] = {
    "decode": Key("texts by name", "native field: hex, base64, percent, lower, upper, …; done first"),
    "unpack": Key(
        "unpack", "native field: pairs, json or query; or {columns: […], delimiter: ','}; or {as: pairs, between: ';', equals: ':'}; or, of a document's list [{name: a, value: 1}, …], {as: named, name: name, value: [value, intValue]}: a is native; `prefix` goes before"
    ),
    "messages": Key("messages", "the shapes that the text may have; the first that matches is taken"),
    "otherwise": Key("otherwise", "no message matches: `refuse` (not mine; usual for text) or `keep` (an event all the same)"),
    "set": Key("constants", "common field: constant; what `fields` and `words` find has precedence"),
    "fields": Key("fields", "common field: native name, list of names (the first that is there and fits), template '{a}://{b}', or {from, as, match}"),
    "words": Key("words", "common field: {from: name or names, result: words}; `*` is any other word, `4*` a beginning"),
    "time": Key("time", "where the time stands: name, list of names, or {from, as, zone}; [[date, time]] joins"),
    "switch": Key("switch", "{field: name or names, cases: {value: part, 'a | b': part, '*': part}}"),
    "kinds": Key("kinds", "a list of parts with a `when` each (on fields and text); the first that holds is taken"),
}
MESSAGE: dict[str, Key] = {
    "from": Key("text", "the field that holds the text; usually the whole log"),
    "when": Key("when", "taken only if this holds"),
    "dissect": Key("text", "literals around %{field}, %{?forgotten}, %{padded->}, %{+appended}"),
    "regex": Key("regex", "RE2; groups name fields: (?P<source__address>…), `__` is a dot; found anywhere, `^` binds it to the beginning"),
    "text": Key("text", "a literal that stands in it"),
    **PART,
}
COLUMNS: dict[str, Key] = {
    "columns": Key("columns", "names in order; null leaves one out"),
    "delimiter": Key("text", "what stands between columns; usually a comma"),
}
DESCRIPTION: dict[str, Key] = {
    "name": Key("name", "lower_snake, the same as the file's", required=True),
    "version": Key("count", "raised whenever the same text is read differently", required=True),
    "description": Key("text", "one line for people", required=True),
    "reads": Key("reads", "text, document (JSON), pairs (key=value) or columns", required=True),
    "dataset": Key("text", "event.dataset, as acme.door; event.module is the part before the dot", required=True),
    "product": Key("product", "{vendor: …, product: …}: observer.vendor and observer.product"),
    "when": Key("whens", "how its logs are known: all lines hold; of a list of such, one", required=True),
    "pairs": Key("pairs", "{between: ' ', equals: '='}, where they are unusual"),
    **COLUMNS,
    "body": Key("body", "the native field whose text is another log: read by its own parser, this is laid around it"),
    "each": Key("texts", "the list, or lists, of a document that holds several logs: each item is read by itself"),
    "general": Key(
        "general", "false, or the names it leaves alone: usual names (src_ip, user, …) mean common fields; on for all but text"
    ),
    **PART,
    "tests": Key("tests", "logs and what they must be read as"),
}
TEST: dict[str, Key] = {
    "log": Key("any", "the raw log: text, or a mapping for a JSON document", required=True),
    "program": Key("text", "the syslog program that it comes from; the log is framed with it"),
    "expect": Key("values", "common field: value; `@timestamp` is the time"),
    "native": Key("values", "native field: value"),
    "absent": Key("texts", "fields that must not be there"),
    "parser": Key("text", "which parser has it, where `body` hands it on; usually this one"),
}


def _is_texts(value: Any) -> bool:
    some = value if isinstance(value, list) else [value]
    return bool(some) and all(isinstance(one, str | int | float) for one in some)


def _is_values(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(key, str) for key in value)


def _is_source(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value))


def _is_field(value: Any) -> bool:
    if isinstance(value, dict):
        return _is_source(value.get("from")) and set(value) <= {"from", "as", "match"} and all(
            _is_texts(value[key]) for key in ("as", "match") if key in value
        )
    return _is_source(value)


def _is_word(value: Any) -> bool:
    return isinstance(value, dict) and _is_source(value.get("from")) and all(
        isinstance(key, str) and (key == "from" or _is_texts(words)) for key, words in value.items()
    )


def _is_time(value: Any) -> bool:
    if isinstance(value, dict):
        known = set(value) <= {"from", "as", "zone"} and isinstance(value.get("zone", ""), str)
        return known and _is_times(value.get("from", "x")) and _is_source(value.get("as", "x"))
    return _is_times(value)


def _is_times(value: Any) -> bool:
    some = value if isinstance(value, list) else [value]
    return bool(some) and all(isinstance(one, str) or (isinstance(one, list) and _is_source(one)) for one in some)


def _is_unpack(value: Any) -> bool:
    if isinstance(value, dict):
        return set(value) <= {"as", "between", "equals", "columns", "delimiter", "prefix", "name", "value"}
    return isinstance(value, str)


def _is_columns(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(one is None or isinstance(one, str) for one in value)


def _by_name(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and all(
        isinstance(key, str) and check(one) for key, one in value.items()
    )


_NAME = re.compile(r"[a-z][a-z0-9_]{1,47}")
#: Kind -> what it must be, and the words for it.
LEAVES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "any": (lambda value: isinstance(value, str | dict), "text, or a mapping"),
    "text": (lambda value: isinstance(value, str) and bool(value), "text; put it in quotes"),
    "regex": (lambda value: isinstance(value, str) and 0 < len(value) <= 4096, "a regular expression in quotes"),
    "texts": (_is_texts, "text, or a list of texts"),
    "texts by name": (_by_name(lambda value: isinstance(value, str)), "a mapping of names to texts"),
    "values": (_is_values, "a mapping of names to values"),
    "constants": (_is_values, "a mapping of common fields to constants"),
    "name": (lambda value: isinstance(value, str) and bool(_NAME.fullmatch(value)), "a name in lower_snake"),
    "count": (lambda value: isinstance(value, int) and not isinstance(value, bool) and value > 0, "a number from 1"),
    "reads": (lambda value: value in ("text", "document", "pairs", "columns"), "text, document, pairs or columns"),
    "otherwise": (lambda value: value in ("keep", "refuse"), "keep or refuse"),
    "product": (
        lambda value: isinstance(value, dict) and set(value) <= {"vendor", "product"} and all(isinstance(one, str) for one in value.values()),
        "{vendor: …, product: …}",
    ),
    "pairs": (
        lambda value: isinstance(value, dict) and set(value) <= {"between", "equals"} and all(isinstance(one, str) and one for one in value.values()),
        "{between: …, equals: …}",
    ),
    "columns": (_is_columns, "a list of names"),
    "body": (
        lambda value: _is_source(value.get("from")) and set(value) <= {"from", "program"} if isinstance(value, dict) else _is_source(value),
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
    wrong = [key for key, one in value.items() if not checks[kind](one)] if kind in checks and isinstance(value, dict) else []
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
    _mapping(value, {"field": Key("texts", "", required=True), "cases": Key("cases", "", required=True)}, path, faults)


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
