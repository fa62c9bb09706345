"""OTLP requests as they come over HTTP, pure: unpacking with bounds, splitting what is too long, answering.

Source: https://opentelemetry.io/docs/specs/otlp/#otlphttp (Response, Failures, Failures 1: google.rpc.Status).
"""

import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from google.protobuf.message import Message
from msgspec import Struct
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)

from seerflow.engine import otlp
from seerflow.engine.envelopes import MAX_BYTES, MAX_DOCUMENT
from seerflow.engine.otlp_values import Malformed

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
#: Content type -> the encoding of its envelope.
ENCODINGS = {PROTOBUF: "otlp_proto", JSON: "otlp_json"}

#: HTTP status -> google.rpc.Code (https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto).
_CODES = {400: 3, 401: 16, 404: 5, 405: 12, 408: 4, 413: 8, 415: 3, 429: 8, 503: 14}


class TooLarge(ValueError):  # noqa: N818 - a reading, not a failure: it becomes an answer
    """More bytes than the bound."""


def unzip(body: bytes, limit: int) -> bytes:
    """Unpack gzip, at most `limit` bytes: a small body may hold a large one. Raises Malformed, TooLarge."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        found = unpacker.decompress(body, limit + 1)
    except zlib.error as error:
        raise Malformed("the body is no gzip") from error
    if len(found) > limit:
        raise TooLarge(f"the body unpacks to more than {limit} bytes")
    if not unpacker.eof:
        raise Malformed("the gzip body ends too early")
    return found


class Parts(Struct, frozen=True, kw_only=True):
    """A request as records hold it."""

    documents: tuple[bytes, ...]
    logs: int
    rejected: int = 0  # logs that alone are longer than a record may be


def split(body: bytes, encoding: str, *, limit: int = MAX_BYTES, longest: int = MAX_DOCUMENT) -> Parts:
    """Give the request whole, as it came, or where it is longer than `limit`, in requests that are not.

    Each part names its resource and scope again. A log that alone is longer than `longest` goes nowhere: the
    answer says how many did not. Raises Malformed.
    """
    request = otlp.read(body, encoding)
    proto = isinstance(request, Message)
    logs = _count_proto(request) if proto else _count_json(request)
    if len(body) <= limit:
        return Parts(documents=(body,) if logs else (), logs=logs)
    pieces = _Pieces(limit, longest)
    for shell, logs_of_it in _proto_groups(request) if proto else _json_groups(request):
        pieces.add(shell, logs_of_it)
    return Parts(documents=pieces.done(), logs=logs, rejected=pieces.rejected)


class _Shell(Struct, frozen=True, eq=False):
    """A resource and a scope, without logs, and how to put logs in."""

    value: Any
    size: int
    proto: bool

    def holding(self, logs: list[Any]) -> bytes | dict[str, Any]:
        if not self.proto:
            (scope_logs,) = self.value["scopeLogs"]
            return {**self.value, "scopeLogs": [{**scope_logs, "logRecords": logs}]}
        request = ExportLogsServiceRequest()
        request.resource_logs.add().CopyFrom(self.value)
        request.resource_logs[0].scope_logs[0].log_records.extend(logs)
        encoded: bytes = request.SerializeToString()
        return encoded


class _Pieces:
    """Gathers logs to requests of at most `limit` bytes, in order; each names a shell once."""

    def __init__(self, limit: int, longest: int) -> None:
        self._limit = limit
        self._longest = longest
        self._documents: list[bytes] = []
        self._open: list[tuple[_Shell, list[Any]]] = []
        self._size = 0
        self.rejected = 0

    def add(self, shell: _Shell, logs: Iterable[tuple[Any, int]]) -> None:
        for log, size in logs:
            if shell.size + size > self._longest:
                self.rejected += 1
            else:
                self._add(shell, log, size)

    def _add(self, shell: _Shell, log: Any, size: int) -> None:
        again = not self._open or self._open[-1][0] is not shell
        if self._open and self._size + size + (shell.size if again else 0) > self._limit:
            self._flush()
            again = True
        if again:
            self._open.append((shell, []))
            self._size += shell.size
        self._open[-1][1].append(log)
        self._size += size

    def done(self) -> tuple[bytes, ...]:
        self._flush()
        return tuple(self._documents)

    def _flush(self) -> None:
        held = [shell.holding(logs) for shell, logs in self._open]
        if held and isinstance(held[0], dict):
            self._documents.append(orjson.dumps({"resourceLogs": held}))
        elif held:
            # Messages of one type in a row are the message whose repeated fields hold them all.
            self._documents.append(b"".join(one for one in held if isinstance(one, bytes)))
        self._open, self._size = [], 0


#: Tag and length before each nested message of protobuf, at most; and the brackets around a shell's logs.
_FRAME = 24


def _proto_groups(request: Any) -> Iterator[tuple[_Shell, Iterable[tuple[Any, int]]]]:
    for resource_logs in request.resource_logs:
        for scope_logs in resource_logs.scope_logs:
            shell = type(resource_logs)(schema_url=resource_logs.schema_url)
            shell.resource.CopyFrom(resource_logs.resource)
            shell.scope_logs.add(schema_url=scope_logs.schema_url).scope.CopyFrom(scope_logs.scope)
            logs = ((log, log.ByteSize() + _FRAME) for log in scope_logs.log_records)
            yield _Shell(shell, shell.ByteSize() + _FRAME, proto=True), logs


def _json_groups(request: Any) -> Iterator[tuple[_Shell, Iterable[tuple[Any, int]]]]:
    for resource_logs in _list(request, "resourceLogs"):
        for scope_logs in _list(resource_logs, "scopeLogs"):
            shell = {**resource_logs, "scopeLogs": [{**scope_logs, "logRecords": []}]}
            logs = ((log, len(orjson.dumps(log)) + 1) for log in _list(scope_logs, "logRecords"))
            yield _Shell(shell, len(orjson.dumps(shell)) + _FRAME, proto=False), logs


def _list(holder: Any, name: str) -> list[Any]:
    found = holder.get(name) if isinstance(holder, dict) else None
    if found is None and isinstance(holder, dict):
        return []
    if not isinstance(found, list):
        raise Malformed(f"{name} is no list")
    return found


def _count_json(request: Any) -> int:
    return sum(
        len(_list(scope_logs, "logRecords"))
        for resource_logs in _list(request, "resourceLogs")
        for scope_logs in _list(resource_logs, "scopeLogs")
    )


def _count_proto(request: Any) -> int:
    return sum(
        len(scope_logs.log_records)
        for resource_logs in request.resource_logs
        for scope_logs in resource_logs.scope_logs
    )


# --- answers -----------------------------------------------------------------------------------------------


def response(content_type: str, *, rejected: int = 0, message: str = "") -> bytes:
    """Give an ExportLogsServiceResponse; with `rejected` logs it is a partial success."""
    if content_type == JSON:
        # 64-bit integers are strings in protobuf's JSON.
        partial = {"rejectedLogRecords": str(rejected), "errorMessage": message}
        return orjson.dumps({"partialSuccess": partial} if rejected else {})
    answer = ExportLogsServiceResponse()
    if rejected:
        answer.partial_success.rejected_log_records = rejected
        answer.partial_success.error_message = message
    encoded: bytes = answer.SerializeToString()
    return encoded


def status(content_type: str, http_status: int, message: str) -> bytes:
    """Give a google.rpc.Status {int32 code = 1; string message = 2;} in the request's encoding."""
    code = _CODES.get(http_status, 2)
    if content_type == JSON:
        return orjson.dumps({"code": code, "message": message})
    text = message.encode("utf-8", "replace")[:120]
    # Two fields, both below 128, so that every varint is one byte.
    return bytes((0x08, code, 0x12, len(text))) + text
