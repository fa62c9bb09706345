"""OTLP requests: bounds before bytes, and splitting that keeps every log with its resource."""

import gzip

import orjson
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)

from seerflow.collectors.otlp_requests import JSON, PROTOBUF, TooLarge, response, split, status, unzip
from seerflow.engine import otlp
from seerflow.engine.otlp_values import Malformed


def proto(groups: list[tuple[str, str, list[str]]]) -> bytes:
    """Make a request of (service, scope, bodies)."""
    request = ExportLogsServiceRequest()
    for service, scope, bodies in groups:
        outer = request.resource_logs.add()
        outer.resource.attributes.add(key="service.name").value.string_value = service
        inner = outer.scope_logs.add()
        inner.scope.name = scope
        for body in bodies:
            inner.log_records.add().body.string_value = body
    return request.SerializeToString()


def json(groups: list[tuple[str, str, list[str]]]) -> bytes:
    return orjson.dumps(
        {
            "resourceLogs": [
                {
                    "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
                    "scopeLogs": [
                        {
                            "scope": {"name": scope},
                            "logRecords": [{"body": {"stringValue": body}} for body in bodies],
                        }
                    ],
                }
                for service, scope, bodies in groups
            ]
        }
    )


def said(documents, encoding: str) -> list[bytes]:
    return [raw for document in documents for _, raw, _ in otlp.documents(document, encoding, limit=10_000)]


TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
GROUPS = st.lists(st.tuples(TEXT, TEXT, st.lists(TEXT, max_size=5)), max_size=5)
BOTH = pytest.mark.parametrize(
    ("make", "encoding"),
    [pytest.param(proto, "otlp_proto", id="protobuf"), pytest.param(json, "otlp_json", id="json")],
)


@BOTH
@given(groups=GROUPS, limit=st.integers(100, 600))
def test_a_split_request_says_what_the_whole_one_says(make, encoding, groups, limit):
    body = make(groups)
    parts = split(body, encoding, limit=limit, longest=2000)
    assert said(parts.documents, encoding) == said([body], encoding)
    assert parts.logs == sum(len(bodies) for _, _, bodies in groups)
    assert parts.rejected == 0


@BOTH
@given(groups=GROUPS, limit=st.integers(300, 900))
def test_no_part_is_longer_than_the_limit(make, encoding, groups, limit):
    parts = split(make(groups), encoding, limit=limit, longest=limit)
    assert all(len(document) <= limit for document in parts.documents)


@BOTH
def test_a_request_within_the_limit_goes_on_as_it_came(make, encoding):
    body = make([("web", "lib", ["a", "b"])])
    assert split(body, encoding).documents == (body,)


@BOTH
def test_a_log_longer_than_a_record_is_rejected_and_its_neighbours_are_not(make, encoding):
    body = make([("web", "lib", ["a", "x" * 2000, "b"])])
    parts = split(body, encoding, limit=500, longest=1000)
    assert (parts.logs, parts.rejected) == (3, 1)
    assert [orjson.loads(raw)["body"] for raw in said(parts.documents, encoding)] == ["a", "b"]


@BOTH
def test_a_large_resource_is_not_repeated_for_each_log(make, encoding):
    body = make([("r" * 10_000, "lib", ["a"] * 1000)])
    parts = split(body, encoding, limit=15_000)
    assert sum(map(len, parts.documents)) < 20 * len(body)
    assert len(said(parts.documents, encoding)) == 1000


@BOTH
def test_a_request_without_logs_is_nothing(make, encoding):
    assert split(make([("web", "lib", [])]), encoding).documents == ()


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"{", "otlp_json"),
        (b"[]", "otlp_json"),
        (b'{"resourceLogs":[1]}', "otlp_json"),
        (b'{"resourceLogs":[{"scopeLogs":{}}]}', "otlp_json"),
        (b"\xff", "otlp_proto"),
    ],
)
def test_what_is_no_request_is_malformed(body, encoding):
    with pytest.raises(Malformed):
        split(body, encoding)


@given(st.binary(max_size=500))
def test_gzip_is_unpacked(body):
    assert unzip(gzip.compress(body), 500) == body


def test_a_zip_bomb_is_not_unpacked():
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert len(bomb) < 60_000
    with pytest.raises(TooLarge, match="more than 1000 bytes"):
        unzip(bomb, 1000)


@pytest.mark.parametrize("body", [b"", b"plain", gzip.compress(b"text")[:-3]])
def test_what_is_no_gzip_is_malformed(body):
    with pytest.raises(Malformed, match="gzip"):
        unzip(body, 1000)


def test_partial_success_in_both_encodings():
    answer = ExportLogsServiceResponse.FromString(response(PROTOBUF, rejected=2, message="too long"))
    assert (answer.partial_success.rejected_log_records, answer.partial_success.error_message) == (
        2,
        "too long",
    )
    assert orjson.loads(response(JSON, rejected=2, message="too long")) == {
        "partialSuccess": {"rejectedLogRecords": "2", "errorMessage": "too long"}
    }


def test_full_success_in_both_encodings():
    assert response(PROTOBUF) == b""
    assert response(JSON) == b"{}"


def rpc_status():
    """google.rpc.Status as protobuf's own library reads it, without its details."""
    file = descriptor_pb2.FileDescriptorProto(name="status.proto", package="google.rpc", syntax="proto3")
    message = file.message_type.add(name="Status")
    for number, (name, kind) in enumerate((("code", 5), ("message", 9)), 1):
        message.field.add(name=name, number=number, type=kind, label=1)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("google.rpc.Status"))


@given(st.text(), st.sampled_from([400, 401, 413, 415, 429, 503, 500]))
def test_an_error_is_a_status(message, code):
    read = rpc_status().FromString(status(PROTOBUF, code, message.encode("utf-8", "ignore").decode()))
    assert read.code > 0
    assert message.encode("utf-8", "ignore").decode().startswith(read.message)
