"""OTLP's values: AnyValue and KeyValue, of its JSON and of its protobuf, as values of ours.

Source: opentelemetry/proto/common/v1/common.proto, and "JSON Protobuf Encoding" of
https://opentelemetry.io/docs/specs/otlp/ (OTLP 1.x).
"""

import base64
import binascii
import math
from collections.abc import Callable, Mapping
from typing import Any

#: Values nest no deeper than this; a real body has two or three levels.
MAX_DEPTH = 32

_INT64 = range(-(2**63), 2**64)  # what orjson writes


class Malformed(ValueError):  # noqa: N818 - a reading, not a failure: callers turn it into Rejected or 400
    """The bytes are no OTLP request, or one of its logs is none; the message says where."""


def _text(value: bytes) -> str:
    """Bytes as text where they are text, else in base64: a document has to be JSON."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode()


def _double(value: float) -> float | str:
    # JSON has no NaN and no infinity; OTLP's JSON writes them as these words.
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _integer(value: Any) -> int | str:
    # OTLP's JSON writes 64-bit integers as decimal strings; numbers are accepted too.
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise Malformed("intValue is no integer")
    try:
        number = int(value)
    except ValueError as error:  # also more digits than Python reads
        raise Malformed("intValue is no integer") from error
    return number if number in _INT64 else str(value)


def _json_double(value: Any) -> float | str:
    if isinstance(value, bool) or not isinstance(value, float | int | str):
        raise Malformed("doubleValue is no number")
    try:
        return _double(float(value))
    except (ValueError, OverflowError) as error:
        raise Malformed("doubleValue is no number") from error


def _json_bytes(value: Any) -> str:
    try:
        return _text(base64.b64decode(value, validate=True))
    except (TypeError, ValueError, binascii.Error) as error:
        raise Malformed("bytesValue is no base64") from error


def typed(kind: type) -> Callable[[Any], Any]:
    """Give what lets values of the kind through and raises Malformed for others."""

    def read(value: Any) -> Any:
        if not isinstance(value, kind):
            raise Malformed(f"a value is no {kind.__name__}")
        return value

    return read


_JSON_SCALARS: dict[str, Callable[[Any], Any]] = {
    "stringValue": typed(str),
    "boolValue": typed(bool),
    "intValue": _integer,
    "doubleValue": _json_double,
    "bytesValue": _json_bytes,
}


def json_value(value: Any, depth: int = 0) -> Any:
    """Read an AnyValue of OTLP's JSON; one without a kind is null."""
    if depth > MAX_DEPTH:
        raise Malformed(f"nested deeper than {MAX_DEPTH}")
    for kind, given in mapping(value, "a value").items():
        if kind in _JSON_SCALARS:
            return _JSON_SCALARS[kind](given)
        if kind == "arrayValue":
            return [json_value(one, depth + 1) for one in items(given, "values")]
        if kind == "kvlistValue":
            return json_pairs(items(given, "values"), depth + 1)
    return None


def json_pairs(pairs: list[Any], depth: int = 0) -> dict[str, Any]:
    """Read a list of KeyValue of OTLP's JSON."""
    found: dict[str, Any] = {}
    for pair in pairs:
        read = mapping(pair, "an attribute")
        key = read.get("key", "")
        if not isinstance(key, str):
            raise Malformed("an attribute's key is no string")
        found[key] = json_value(read.get("value"), depth)
    return found


def mapping(value: Any, what: str) -> Mapping[str, Any]:
    """Give an object of OTLP's JSON; one that is absent is empty."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Malformed(f"{what} is no object")
    return value


def items(value: Any, name: str) -> list[Any]:
    """Give the list of that name in an object of OTLP's JSON; one that is absent is empty."""
    given = mapping(value, f"what holds {name}").get(name)
    if given is None:
        return []
    if not isinstance(given, list):
        raise Malformed(f"{name} is no list")
    return given


def proto_value(value: Any, depth: int = 0) -> Any:
    """Read an AnyValue message; one without a kind is None."""
    if depth > MAX_DEPTH:
        raise Malformed(f"nested deeper than {MAX_DEPTH}")
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    given = getattr(value, kind)
    if kind == "array_value":
        return [proto_value(one, depth + 1) for one in given.values]
    if kind == "kvlist_value":
        return proto_pairs(given.values, depth + 1)
    if kind == "bytes_value":
        return _text(given)
    return _double(given) if kind == "double_value" else given


def proto_pairs(pairs: Any, depth: int = 0) -> dict[str, Any]:
    """Read repeated KeyValue messages."""
    return {pair.key: proto_value(pair.value, depth) for pair in pairs}


def flat(attributes: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Give nested attributes as dotted names: {"http": {"method": "GET"}} -> {"http.method": "GET"}."""
    found: dict[str, Any] = {}
    for key, value in attributes.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = value
    return found
