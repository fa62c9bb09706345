"""Nested documents into flat ones with dotted names, bounded in depth, names and count."""

from collections.abc import Mapping
from typing import Any

import orjson

#: Deeper nesting, more fields or longer names are left out of the native view (the text keeps them) and flagged.
MAX_DEPTH = 32
MAX_FIELDS = 2_000
MAX_NAME = 512
#: A list keeps at most this many values.
MAX_ITEMS = 1_000

Flat = dict[str, Any]


def load(text: str) -> Any:
    """Decode JSON; None where it is none, or is null."""
    try:
        return orjson.loads(text)
    except ValueError:
        return None


def dump(document: Any) -> str:
    """Write the document as JSON, or what Python says of it where it is too deep for that."""
    try:
        return orjson.dumps(document, option=orjson.OPT_NON_STR_KEYS).decode()
    except (TypeError, ValueError):
        return ""


def flat(document: Mapping[str, Any]) -> tuple[Flat, bool]:
    """Give the flat document and whether a bound bit.

    `{"a": {"b": 1}}` is `{"a.b": 1}`; lists of scalars stay; lists of objects give a list under each inner name.
    """
    out: Flat = {}
    cut = _walk("", document, out, 0)
    return out, cut


def _walk(prefix: str, document: Mapping[str, Any], out: Flat, depth: int) -> bool:
    if depth >= MAX_DEPTH:
        return True
    cut = False
    for key, value in document.items():
        name = f"{prefix}.{key}" if prefix else str(key)
        if len(out) >= MAX_FIELDS or len(name) > MAX_NAME:
            return True
        kind = type(value)
        if kind is dict:
            cut = _walk(name, value, out, depth + 1) or cut
        elif kind is list:
            cut = _list(name, value, out, depth + 1) or cut
        else:
            out.setdefault(name, value)
    return cut


def _list(name: str, values: list[Any], out: Flat, depth: int) -> bool:
    cut = len(values) > MAX_ITEMS
    plain: list[Any] = []
    for value in values[:MAX_ITEMS]:
        if isinstance(value, dict):
            inner: Flat = {}
            cut = _walk(name, value, inner, depth) or cut
            cut = _gather(inner, out) or cut
        elif isinstance(value, list):
            plain.extend(item for item in value if not isinstance(item, dict | list))
            cut = cut or any(isinstance(item, dict | list) for item in value)
        else:
            plain.append(value)
    if plain or not values:
        out.setdefault(name, plain[:MAX_ITEMS])
    return cut or len(plain) > MAX_ITEMS


def _gather(inner: Flat, out: Flat) -> bool:
    """Append one list element's fields to the lists under their names."""
    cut = False
    for name, value in inner.items():
        if name not in out and len(out) >= MAX_FIELDS:
            return True
        there = out.setdefault(name, [])
        if not isinstance(there, list):
            cut = True
        elif len(there) < MAX_ITEMS:
            there.extend(value if isinstance(value, list) else [value])
        else:
            cut = True
    return cut
