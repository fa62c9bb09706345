"""OpenTelemetry log records: a frame around the body; attributes stay native, the resource says where.

A record is `{"body", "attributes", "resource", "scope", "timeUnixNano", "severityText", …}`, with values plain or
as OTLP/JSON's AnyValue; a whole export request (`{"resourceLogs": […]}`) gives its records one by one.

Reference: https://opentelemetry.io/docs/specs/otel/logs/data-model/ and opentelemetry-proto's logs.proto.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from seerflow.model.event import Value
from seerflow.parsers.contract import Frame, Outcome, Parser, Reading, Subject
from seerflow.parsers.flatten import MAX_DEPTH, Flat, dump, flat
from seerflow.parsers.shape import fill, long, put
from seerflow.parsers.timestamps import bounded, epoch, when

_SCALARS = ("stringValue", "boolValue", "doubleValue", "bytesValue")
_RESOURCE = {
    "resource.host.name": "host.name",
    "resource.host.ip": "host.ip",
    "resource.service.name": "process.name",
    "resource.process.pid": "process.pid",
    "resource.process.executable.path": "process.executable",
    "resource.cloud.account.id": "cloud.account.id",
    "resource.cloud.provider": "cloud.provider",
    "resource.cloud.region": "cloud.region",
    "severityText": "log.level",
}
_PLAIN = (
    "severityText",
    "severityNumber",
    "traceId",
    "spanId",
    "flags",
    "eventName",
    "droppedAttributesCount",
)
_TIMES = ("timeUnixNano", "time_unix_nano", "observedTimeUnixNano", "observed_time_unix_nano")


def _first(subject: Subject) -> bool:
    document = subject.document or {}
    return "resourceLogs" in document or (
        "body" in document and ("resource" in document or "timeUnixNano" in document)
    )


def plain(value: Any, depth: int = 0) -> Any:
    """Give what an AnyValue holds; what is plain already stays."""
    if depth > MAX_DEPTH:
        return None
    if isinstance(value, list):
        return [plain(item, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        kind, inner = next(iter(value.items()))
        if kind in _SCALARS:
            return inner
        if kind == "intValue":
            return long(inner)
        if kind in ("arrayValue", "kvlistValue") and isinstance(inner, dict):
            return (
                attributes(inner.get("values"), depth + 1)
                if kind == "kvlistValue"
                else plain(inner.get("values") or [], depth + 1)
            )
    return {str(name): plain(item, depth + 1) for name, item in value.items()}


def attributes(told: Any, depth: int = 0) -> dict[str, Any]:
    """Give attributes as a mapping, from a list of key and value or from a mapping."""
    if isinstance(told, dict):
        return {str(name): plain(item, depth) for name, item in told.items()}
    if not isinstance(told, list):
        return {}
    return {
        str(item["key"]): plain(item.get("value"), depth)
        for item in told
        if isinstance(item, dict) and "key" in item
    }


def _prefixed(native: Flat, prefix: str, told: Any) -> bool:
    found, cut = flat(attributes(told))
    native.update({f"{prefix}.{name}": value for name, value in found.items()})
    return cut


def _resource(told: Any) -> Any:
    return told.get("attributes", told) if isinstance(told, dict) else None


def _time(record: Mapping[str, Any], received: int) -> int | None:
    for name in _TIMES:
        told = record.get(name)
        number = long(told)
        if number is not None and number > 0:
            return bounded(number // 1000)
    told = record.get("timestamp") or record.get("time")
    return epoch(told) if isinstance(told, int) else when(told, received)


def _record(record: Mapping[str, Any], subject: Subject, *, alone: bool) -> Reading | Frame:
    native: Flat = {}
    cut = _prefixed(native, "resource", _resource(record.get("resource")))
    cut = _prefixed(native, "attributes", record.get("attributes")) or cut
    cut = _prefixed(native, "scope", record.get("scope")) or cut
    native.update({name: record[name] for name in _PLAIN if record.get(name) not in (None, "")})
    common: dict[str, Value] = {}
    fill(common, native, _RESOURCE)
    reading = Reading(
        common=common,
        native=native,
        time=_time(record, subject.received),
        flags=("truncated",) if cut else (),
        text=None if alone else dump(record),
    )
    return _payload(plain(record.get("body")), reading, subject)


def _payload(body: Any, reading: Reading, subject: Subject) -> Reading | Frame:
    if isinstance(body, dict) and body:
        return Frame(
            reading=reading,
            payload=Subject(text=dump(body), received=subject.received, zone=subject.zone, document=body),
        )
    text = body if isinstance(body, str) else "" if body is None else dump(body)
    if not text.strip():
        reading.common["event.dataset"] = "otel.log"
        return reading
    put(reading.common, "message", text)
    program = str(reading.common.get("process.name", ""))
    known = "sshd" if program.startswith("sshd") else ""
    return Frame(
        reading=reading,
        payload=Subject(text=text, received=subject.received, zone=subject.zone, program=known),
    )


def _each(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Give every record of an export request with its resource and scope."""
    for group in _dicts(document.get("resourceLogs")):
        for scoped in _dicts(group.get("scopeLogs") or group.get("instrumentationLibraryLogs")):
            for record in _dicts(scoped.get("logRecords")):
                yield {**record, "resource": group.get("resource"), "scope": scoped.get("scope")}


def _dicts(told: Any) -> list[dict[str, Any]]:
    return [item for item in told if isinstance(item, dict)] if isinstance(told, list) else []


def _parse(subject: Subject) -> Outcome:
    document = subject.document or {}
    if "resourceLogs" in document:
        return tuple(_record(record, subject, alone=False) for record in _each(document)) or None
    return (_record(document, subject, alone=True),)


PARSER = Parser(
    name="otlp",
    version=1,
    description="OpenTelemetry log records, around any payload",
    reads="document",
    first=_first,
    parse=_parse,
)
