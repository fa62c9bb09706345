"""OTLP logs: an ExportLogsServiceRequest holds many logs; each becomes one document of ours.

Source: https://opentelemetry.io/docs/specs/otlp/ (OTLP 1.x, "JSON Protobuf Encoding") and the messages of
opentelemetry/proto/logs/v1/logs.proto.

A document is compact JSON: {"body", "attributes", "resource", "scope": {"name", "version", "attributes"},
"time", "observed" (microseconds), "severity_text", "severity_number", "trace_id", "span_id" (hexadecimal),
"event_name"}; `body` always stands there, the rest where the sender gave it. Attributes are flat: nested
ones become dotted names.
"""

import base64
import binascii
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

#: Values nest no deeper than this; a real body has two or three levels.
MAX_DEPTH = 32
#: A resource stands in each of its logs: a megabyte of resource before a thousand empty logs must not become
#: a gigabyte. All documents of one request together stay below this many bytes; the rest is set aside.
MAX_EXPANDED = 64 << 20

_INT64 = range(-(2**63), 2**64)  # what orjson writes


class Malformed(ValueError):  # noqa: N818 - a reading, not a failure: callers turn it into Rejected or 400
    """The bytes are no OTLP request, or one of its logs is none; the message says where."""


# --- values ------------------------------------------------------------------------------------------------


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


def _typed(kind: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if not isinstance(value, kind):
            raise Malformed(f"a value is no {kind.__name__}")
        return value

    return read


_JSON_SCALARS: dict[str, Callable[[Any], Any]] = {
    "stringValue": _typed(str),
    "boolValue": _typed(bool),
    "intValue": _integer,
    "doubleValue": _json_double,
    "bytesValue": _json_bytes,
}


def _json_value(value: Any, depth: int = 0) -> Any:
    """Read an AnyValue of OTLP's JSON; one without a kind is null."""
    if depth > MAX_DEPTH:
        raise Malformed(f"nested deeper than {MAX_DEPTH}")
    for kind, given in _mapping(value, "a value").items():
        if kind in _JSON_SCALARS:
            return _JSON_SCALARS[kind](given)
        if kind == "arrayValue":
            return [_json_value(one, depth + 1) for one in _items(given, "values")]
        if kind == "kvlistValue":
            return _json_pairs(_items(given, "values"), depth + 1)
    return None


def _json_pairs(pairs: list[Any], depth: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pair in pairs:
        read = _mapping(pair, "an attribute")
        key = read.get("key", "")
        if not isinstance(key, str):
            raise Malformed("an attribute's key is no string")
        found[key] = _json_value(read.get("value"), depth)
    return found


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Malformed(f"{what} is no object")
    return value


def _items(value: Any, name: str) -> list[Any]:
    given = _mapping(value, f"what holds {name}").get(name)
    if given is None:
        return []
    if not isinstance(given, list):
        raise Malformed(f"{name} is no list")
    return given


def _proto_value(value: Any, depth: int = 0) -> Any:
    if depth > MAX_DEPTH:
        raise Malformed(f"nested deeper than {MAX_DEPTH}")
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    given = getattr(value, kind)
    if kind == "array_value":
        return [_proto_value(one, depth + 1) for one in given.values]
    if kind == "kvlist_value":
        return _proto_pairs(given.values, depth + 1)
    if kind == "bytes_value":
        return _text(given)
    return _double(given) if kind == "double_value" else given


def _proto_pairs(pairs: Any, depth: int = 0) -> dict[str, Any]:
    return {pair.key: _proto_value(pair.value, depth) for pair in pairs}


def _flat(attributes: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Give nested attributes as dotted names: {"http": {"method": "GET"}} -> {"http.method": "GET"}."""
    found: dict[str, Any] = {}
    for key, value in attributes.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = value
    return found


# --- documents ---------------------------------------------------------------------------------------------


def _micros(value: Any) -> int:
    """Microseconds of a time in nanoseconds, which OTLP's JSON may write as a string; 0: not given."""
    if not isinstance(value, int | str):
        raise Malformed("a time is no number of nanoseconds")
    try:
        return int(value) // 1000
    except ValueError as error:
        raise Malformed("a time is no number of nanoseconds") from error


_JSON_TEXTS = {
    "severity_text": "severityText",
    "trace_id": "traceId",
    "span_id": "spanId",
    "event_name": "eventName",
}


def _json_log(log: Any) -> dict[str, Any]:
    read = _mapping(log, "a log record")
    said = {
        "body": _json_value(read.get("body")),
        "attributes": _flat(_json_pairs(_items(read, "attributes"))),
        "time": _micros(read.get("timeUnixNano") or 0),
        "observed": _micros(read.get("observedTimeUnixNano") or 0),
        "severity_number": _typed(int)(read.get("severityNumber") or 0),
    }
    texts = {ours: _typed(str)(read.get(theirs) or "") for ours, theirs in _JSON_TEXTS.items()}
    # JSON writes identities in hexadecimal of either case; one of them is ours.
    return said | texts | {name: texts[name].lower() for name in ("trace_id", "span_id")}


def _proto_log(log: Any) -> dict[str, Any]:
    return {
        "body": _proto_value(log.body),
        "attributes": _flat(_proto_pairs(log.attributes)),
        "time": log.time_unix_nano // 1000,
        "observed": log.observed_time_unix_nano // 1000,
        "severity_number": log.severity_number,
        "severity_text": log.severity_text,
        "trace_id": log.trace_id.hex(),
        "span_id": log.span_id.hex(),
        "event_name": log.event_name,
    }


def _scope(name: Any, version: Any, attributes: dict[str, Any]) -> dict[str, Any]:
    said = {"name": name, "version": version, "attributes": _flat(attributes)}
    return {key: value for key, value in said.items() if value}


#: A log as its request holds it, how to read it, and how to keep its bytes where that fails.
_Unread = tuple[dict[str, Any], Any, Callable[[Any], dict[str, Any]], Callable[[Any], bytes]]


def _json_logs(request: Any) -> Iterator[_Unread]:
    for resource_logs in _items(request, "resourceLogs"):
        resource = _mapping(_mapping(resource_logs, "resourceLogs").get("resource"), "resource")
        shared: dict[str, Any] = {"resource": _flat(_json_pairs(_items(resource, "attributes")))}
        for scope_logs in _items(resource_logs, "scopeLogs"):
            scope = _mapping(_mapping(scope_logs, "scopeLogs").get("scope"), "scope")
            attributes = _json_pairs(_items(scope, "attributes"))
            shared["scope"] = _scope(scope.get("name"), scope.get("version"), attributes)
            for log in _items(scope_logs, "logRecords"):
                yield shared, log, _json_log, orjson.dumps


def _proto_logs(request: Any) -> Iterator[_Unread]:
    for resource_logs in request.resource_logs:
        shared: dict[str, Any] = {"resource": _flat(_proto_pairs(resource_logs.resource.attributes))}
        for scope_logs in resource_logs.scope_logs:
            scope = scope_logs.scope
            shared["scope"] = _scope(scope.name, scope.version, _proto_pairs(scope.attributes))
            for log in scope_logs.log_records:
                yield shared, log, _proto_log, type(log).SerializeToString


def read(value: bytes, encoding: str) -> Any:
    """Read a request: JSON as a dict, protobuf as its message. Raises Malformed."""
    if encoding == "otlp_proto":
        try:
            return ExportLogsServiceRequest.FromString(value)
        except DecodeError as error:
            raise Malformed("no protobuf ExportLogsServiceRequest") from error
    try:
        request = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"no JSON: {error}") from error
    if not isinstance(request, dict):
        raise Malformed("the request is no JSON object")
    return request


def documents(
    value: bytes, encoding: str, *, limit: int, expanded: int = MAX_EXPANDED
) -> Iterator[tuple[int, bytes, str]]:
    """Give each log of a request: its index, its document, and "" or what is wrong with it.

    At most `limit` logs and about `expanded` bytes; what stands behind is given once more, as the bytes of
    the whole request, with a problem that says so. An unreadable request is one document with a problem.
    """
    index = -1
    try:
        request = read(value, encoding)
        logs = (_proto_logs if isinstance(request, Message) else _json_logs)(request)
        for index, unread in enumerate(logs):
            if index >= limit or expanded <= 0:
                yield index, value, f"more than the bound allows: logs from {index} on stand here, unread"
                return
            raw, problem = _document(*unread)
            expanded -= len(raw)
            yield index, raw, problem
    except Malformed as problem:
        # The frame around the logs is broken: what stands behind cannot be found, so the whole is kept.
        yield index + 1, value, str(problem)


def _document(
    shared: dict[str, Any],
    log: Any,
    reader: Callable[[Any], dict[str, Any]],
    keep: Callable[[Any], bytes],
) -> tuple[bytes, str]:
    try:
        said = {**reader(log), **shared}
        # `body` stays even when it is empty: it is what makes this a log.
        return orjson.dumps({key: said[key] for key in said if said[key] or key == "body"}), ""
    except (Malformed, orjson.JSONEncodeError) as problem:
        return keep(log), str(problem)
