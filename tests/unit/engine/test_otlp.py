"""OTLP requests as envelopes: both encodings say the same, and hostile ones cost no more than they weigh."""

import base64

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList

from seerflow.engine import otlp
from seerflow.engine.envelopes import RawDefaults, unpack
from seerflow.model.log import RawLog, Rejected
from seerflow.model.record import Record

OTLP = RawDefaults(encoding="otlp_json", source="otlp")
NS = 1_700_000_000_123_456_789


def text(value: str) -> dict:
    return {"stringValue": value}


def request(*logs: dict, resource: list | None = None, scope: dict | None = None) -> dict:
    scope_logs = {"scope": scope or {}, "logRecords": list(logs)}
    return {"resourceLogs": [{"resource": {"attributes": resource or []}, "scopeLogs": [scope_logs]}]}


def read(value: bytes, encoding: str = "otlp_json", **bounds: int) -> list:
    return list(otlp.documents(value, encoding, **{"limit": 1000, **bounds}))


def said(value: dict) -> dict:
    ((index, raw, problem),) = read(orjson.dumps(value))
    assert (index, problem) == (0, "")
    return orjson.loads(raw)


FULL = {
    "body": "Accepted password for root",
    "attributes": {"http.method": "GET", "http.status": 200, "tags": ["a", 1], "ok": True, "ratio": 0.5},
    "resource": {"service.name": "web"},
    "scope": {"name": "lib", "version": "1", "attributes": {"k": "v"}},
    "time": NS // 1000,
    "observed": NS // 1000 + 5,
    "severity_text": "INFO",
    "severity_number": 9,
    "trace_id": "5b8efff798038103d269b633813fc60c",
    "span_id": "eee19b7ec3c1b174",
    "event_name": "login",
}


def full_proto() -> bytes:
    sent = ExportLogsServiceRequest()
    resource_logs = sent.resource_logs.add()
    resource_logs.resource.attributes.add(key="service.name", value=AnyValue(string_value="web"))
    scope_logs = resource_logs.scope_logs.add()
    scope_logs.scope.name, scope_logs.scope.version = "lib", "1"
    scope_logs.scope.attributes.add(key="k", value=AnyValue(string_value="v"))
    log = scope_logs.log_records.add(
        time_unix_nano=NS,
        observed_time_unix_nano=NS + 5000,
        severity_text="INFO",
        severity_number=9,
        trace_id=bytes.fromhex("5b8efff798038103d269b633813fc60c"),
        span_id=bytes.fromhex("eee19b7ec3c1b174"),
        event_name="login",
        body=AnyValue(string_value="Accepted password for root"),
    )
    inner = KeyValueList(
        values=[
            KeyValue(key="method", value=AnyValue(string_value="GET")),
            KeyValue(key="status", value=AnyValue(int_value=200)),
        ]
    )
    log.attributes.add(key="http", value=AnyValue(kvlist_value=inner))
    tags = ArrayValue(values=[AnyValue(string_value="a"), AnyValue(int_value=1)])
    log.attributes.add(key="tags", value=AnyValue(array_value=tags))
    log.attributes.add(key="ok", value=AnyValue(bool_value=True))
    log.attributes.add(key="ratio", value=AnyValue(double_value=0.5))
    return sent.SerializeToString()


FULL_JSON = request(
    {
        "timeUnixNano": str(NS),
        "observedTimeUnixNano": NS + 5000,
        "severityText": "INFO",
        "severityNumber": 9,
        "traceId": "5B8EFFF798038103D269B633813FC60C",
        "spanId": "EEE19B7EC3C1B174",
        "eventName": "login",
        "body": text("Accepted password for root"),
        "attributes": [
            {
                "key": "http",
                "value": {
                    "kvlistValue": {
                        "values": [
                            {"key": "method", "value": text("GET")},
                            {"key": "status", "value": {"intValue": "200"}},
                        ]
                    }
                },
            },
            {"key": "tags", "value": {"arrayValue": {"values": [text("a"), {"intValue": 1}]}}},
            {"key": "ok", "value": {"boolValue": True}},
            {"key": "ratio", "value": {"doubleValue": 0.5}},
        ],
    },
    resource=[{"key": "service.name", "value": text("web")}],
    scope={"name": "lib", "version": "1", "attributes": [{"key": "k", "value": text("v")}]},
)


@pytest.mark.parametrize(
    ("value", "encoding"),
    [
        pytest.param(full_proto(), "otlp_proto", id="protobuf"),
        pytest.param(orjson.dumps(FULL_JSON), "otlp_json", id="json"),
    ],
)
def test_both_encodings_say_the_same(value, encoding):
    ((_, raw, problem),) = read(value, encoding)
    assert problem == ""
    assert orjson.loads(raw) == FULL


def test_each_log_record_is_a_log_with_its_index():
    value = orjson.dumps(
        {
            "resourceLogs": [
                *request({"body": text("a")}, {"body": text("b")})["resourceLogs"],
                *request({"body": text("c")}, resource=[{"key": "r", "value": text("2")}])["resourceLogs"],
            ]
        }
    )
    record = Record(topic="raw.otlp", partition=0, offset=9, value=value, timestamp=3)
    logs = unpack(record, OTLP)
    assert [(log.origin.index, log.format, orjson.loads(log.raw)["body"]) for log in logs] == [
        (0, "otlp", "a"),
        (1, "otlp", "b"),
        (2, "otlp", "c"),
    ]
    assert "resource" not in orjson.loads(logs[0].raw)
    assert orjson.loads(logs[2].raw)["resource"] == {"r": "2"}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        pytest.param({"stringValue": ""}, "", id="empty text"),
        pytest.param({}, None, id="no kind"),
        pytest.param(None, None, id="null"),
        pytest.param({"intValue": "-9223372036854775808"}, -(2**63), id="the smallest integer"),
        pytest.param(
            {"intValue": "99999999999999999999"}, "99999999999999999999", id="beyond 64 bits stays text"
        ),
        pytest.param({"doubleValue": "NaN"}, "NaN", id="not a number"),
        pytest.param({"doubleValue": "-Infinity"}, "-Infinity", id="infinity"),
        pytest.param({"bytesValue": base64.b64encode(b"text").decode()}, "text", id="bytes that are text"),
        pytest.param({"bytesValue": base64.b64encode(b"\xff").decode()}, "/w==", id="bytes that are none"),
        pytest.param({"arrayValue": {}}, [], id="an empty list"),
        pytest.param({"kvlistValue": {"values": [{"key": "a", "value": text("b")}]}}, {"a": "b"}, id="a map"),
    ],
)
def test_a_body_of_any_kind(value, found):
    assert said(request({"body": value})) == {"body": found}


def nested(depth: int) -> dict:
    value = text("deep")
    for _ in range(depth):
        value = {"arrayValue": {"values": [value]}}
    return value


@pytest.mark.parametrize(
    ("log", "problem"),
    [
        pytest.param("a string", "a log record is no object", id="a log that is a string"),
        pytest.param({"body": "plain"}, "a value is no object", id="a body without a kind"),
        pytest.param({"body": {"intValue": "ten"}}, "intValue is no integer", id="a word for an integer"),
        pytest.param({"body": {"intValue": "9" * 5000}}, "intValue is no integer", id="5,000 digits"),
        pytest.param({"body": {"boolValue": "true"}}, "a value is no bool", id="text for a truth"),
        pytest.param({"body": {"bytesValue": "*"}}, "bytesValue is no base64", id="no base64"),
        pytest.param(
            {"timeUnixNano": "yesterday"}, "a time is no number of nanoseconds", id="a word for a time"
        ),
        pytest.param({"timeUnixNano": []}, None, id="an empty list is no time given"),
        pytest.param({"traceId": 7}, "a value is no str", id="a number for a trace"),
        pytest.param({"attributes": {}}, "attributes is no list", id="an object for attributes"),
        pytest.param({"body": nested(33)}, "nested deeper than 32", id="too deep"),
        pytest.param({"body": nested(32)}, None, id="just deep enough"),
    ],
)
def test_a_broken_log_is_set_aside_and_its_neighbours_are_read(log, problem):
    good = {"body": text("ok")}
    first, middle, last = read(orjson.dumps(request(good, log, good)))
    assert (first[2], last[2]) == ("", "")
    assert middle[0] == 1
    if problem is None:
        assert middle[2] == ""
    else:
        assert middle[2] == problem
        assert orjson.loads(middle[1]) == log


@pytest.mark.parametrize(
    ("value", "encoding", "problem"),
    [
        pytest.param(b"{", "otlp_json", "no JSON", id="half a document"),
        pytest.param(b"[]", "otlp_json", "the request is no JSON object", id="a list"),
        pytest.param(
            b'{"resourceLogs": 1}', "otlp_json", "resourceLogs is no list", id="a number for the list"
        ),
        pytest.param(b'{"a":' * 5000, "otlp_json", "no JSON", id="nested 5,000 deep"),
        pytest.param(b"\xff\xff", "otlp_proto", "no protobuf", id="no protobuf"),
    ],
)
def test_a_broken_request_is_kept_whole(value, encoding, problem):
    record = Record(topic="t", partition=0, offset=0, value=value, headers={"encoding": encoding.encode()})
    (rejected,) = unpack(record, OTLP)
    assert isinstance(rejected, Rejected)
    assert (rejected.reason, rejected.raw) == ("bad_envelope", value)
    assert rejected.detail.startswith(problem)


def test_an_empty_request_holds_nothing():
    assert read(b"", "otlp_proto") == []
    assert read(b"{}") == []


def test_a_large_resource_before_many_logs_is_bounded():
    resource = [{"key": "r", "value": text("x" * 10_000)}]
    value = orjson.dumps(request(*[{"body": text("a")}] * 500, resource=resource))
    parts = read(value, expanded=100_000)
    *logs, rest = parts
    assert sum(len(raw) for _, raw, _ in logs) < 120_000
    assert rest == (10, value, "more than the bound allows: logs from 10 on stand here, unread")


def test_logs_behind_the_bound_are_set_aside():
    value = orjson.dumps(request(*[{"body": text("a")}] * 5))
    assert [(index, problem[:9]) for index, _, problem in read(value, limit=4)] == [
        (0, ""),
        (1, ""),
        (2, ""),
        (3, ""),
        (4, "more than"),
    ]


NAMES = [
    "resourceLogs",
    "scopeLogs",
    "logRecords",
    "body",
    "resource",
    "scope",
    "attributes",
    "key",
    "value",
    "values",
    "stringValue",
    "intValue",
    "arrayValue",
    "kvlistValue",
    "timeUnixNano",
    "severityNumber",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=30,
)


@given(JSON)
def test_no_json_raises(value):
    try:
        document = orjson.dumps(request({"body": value, "attributes": [value]}))
    except TypeError:  # integers beyond what JSON writers write
        return
    for _, raw, problem in read(document):
        assert isinstance(raw, bytes)
        assert isinstance(problem, str)


@given(st.binary())
def test_no_protobuf_raises(value):
    record = Record(topic="t", partition=0, offset=0, value=value, headers={"encoding": b"otlp_proto"})
    assert all(isinstance(part, RawLog | Rejected) for part in unpack(record, OTLP))
