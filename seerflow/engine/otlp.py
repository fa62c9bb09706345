"""OTLP logs: an ExportLogsServiceRequest holds many logs; each becomes one document of ours.

Source: https://opentelemetry.io/docs/specs/otlp/ (OTLP 1.x, "JSON Protobuf Encoding") and the messages of
opentelemetry/proto/logs/v1/logs.proto.

A document is compact JSON: {"body", "attributes", "resource", "scope": {"name", "version", "attributes"},
"time", "observed" (microseconds), "severity_text", "severity_number", "trace_id", "span_id" (hexadecimal),
"event_name"}; `body` always stands there, the rest where the sender gave it. Attributes are flat: nested
ones become dotted names.
"""

from collections.abc import Callable, Iterator
from typing import Any

import orjson
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from seerflow.engine.otlp_values import (
    Malformed,
    flat,
    items,
    json_pairs,
    json_value,
    mapping,
    proto_pairs,
    proto_value,
    typed,
)

#: A resource stands in each of its logs: a megabyte of resource before a thousand empty logs must not become
#: a gigabyte. All documents of one request together stay below this many bytes; the rest is set aside.
MAX_EXPANDED = 64 << 20


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
    read = mapping(log, "a log record")
    said = {
        "body": json_value(read.get("body")),
        "attributes": flat(json_pairs(items(read, "attributes"))),
        "time": _micros(read.get("timeUnixNano") or 0),
        "observed": _micros(read.get("observedTimeUnixNano") or 0),
        "severity_number": typed(int)(read.get("severityNumber") or 0),
    }
    texts = {ours: typed(str)(read.get(theirs) or "") for ours, theirs in _JSON_TEXTS.items()}
    # JSON writes identities in hexadecimal of either case; one of them is ours.
    return said | texts | {name: texts[name].lower() for name in ("trace_id", "span_id")}


def _proto_log(log: Any) -> dict[str, Any]:
    return {
        "body": proto_value(log.body),
        "attributes": flat(proto_pairs(log.attributes)),
        "time": log.time_unix_nano // 1000,
        "observed": log.observed_time_unix_nano // 1000,
        "severity_number": log.severity_number,
        "severity_text": log.severity_text,
        "trace_id": log.trace_id.hex(),
        "span_id": log.span_id.hex(),
        "event_name": log.event_name,
    }


def _scope(name: Any, version: Any, attributes: dict[str, Any]) -> dict[str, Any]:
    said = {"name": name, "version": version, "attributes": flat(attributes)}
    return {key: value for key, value in said.items() if value}


#: A log as its request holds it, how to read it, and how to keep its bytes where that fails.
_Unread = tuple[dict[str, Any], Any, Callable[[Any], dict[str, Any]], Callable[[Any], bytes]]


def _json_logs(request: Any) -> Iterator[_Unread]:
    for resource_logs in items(request, "resourceLogs"):
        resource = mapping(mapping(resource_logs, "resourceLogs").get("resource"), "resource")
        shared: dict[str, Any] = {"resource": flat(json_pairs(items(resource, "attributes")))}
        for scope_logs in items(resource_logs, "scopeLogs"):
            scope = mapping(mapping(scope_logs, "scopeLogs").get("scope"), "scope")
            attributes = json_pairs(items(scope, "attributes"))
            shared["scope"] = _scope(scope.get("name"), scope.get("version"), attributes)
            for log in items(scope_logs, "logRecords"):
                yield shared, log, _json_log, orjson.dumps


def _proto_logs(request: Any) -> Iterator[_Unread]:
    for resource_logs in request.resource_logs:
        shared: dict[str, Any] = {"resource": flat(proto_pairs(resource_logs.resource.attributes))}
        for scope_logs in resource_logs.scope_logs:
            scope = scope_logs.scope
            shared["scope"] = _scope(scope.name, scope.version, proto_pairs(scope.attributes))
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
