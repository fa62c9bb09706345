"""OTLP over HTTP, with a real client over a real socket: what is answered, and when."""

import asyncio
import gzip
import ssl
from pathlib import Path

import httpx
import orjson
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)

from seerflow.collectors.contract import Labels
from seerflow.collectors.listening import Tls
from seerflow.collectors.otlp import Otlp, OtlpOptions, Tokens
from seerflow.engine import otlp
from seerflow.errors import OperatorError, OutsideError
from tests.fake_sink import DEADLINE, ListSink, Running

PROTO = {"Content-Type": "application/x-protobuf"}
JSON = {"Content-Type": "application/json"}


def request(*bodies: str) -> ExportLogsServiceRequest:
    made = ExportLogsServiceRequest()
    logs = made.resource_logs.add().scope_logs.add()
    for body in bodies:
        logs.log_records.add(time_unix_nano=1_700_000_000_000_000_000).body.string_value = body
    return made


def json_request(*bodies: str) -> bytes:
    logs = [{"body": {"stringValue": body}} for body in bodies]
    return orjson.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": logs}]}]})


ONE = request("one").SerializeToString()


def served(talk, sink: ListSink | None = None, **options):
    """Run a collector while `talk(client, running)` asks it; give what it gives."""
    sink = sink or ListSink()

    async def story():
        async with Running(Otlp(OtlpOptions(port=0, **options)), sink) as running:
            base = f"http://127.0.0.1:{running.collector.port}"
            async with httpx.AsyncClient(base_url=base, timeout=DEADLINE, trust_env=False) as client:
                return await talk(client, running)

    return asyncio.run(story())


def posted(body: bytes, headers: dict, sink: ListSink | None = None, **options) -> httpx.Response:
    async def talk(client, _running):
        return await client.post("/v1/logs", content=body, headers=headers)

    return served(talk, sink, **options)


# --- taken -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "headers", "encoding"),
    [
        pytest.param(ONE, PROTO, "otlp_proto", id="protobuf"),
        pytest.param(
            gzip.compress(ONE), PROTO | {"Content-Encoding": "gzip"}, "otlp_proto", id="protobuf, gzip"
        ),
        pytest.param(json_request("one"), JSON, "otlp_json", id="json"),
        pytest.param(
            json_request("one"),
            {"Content-Type": "application/json; charset=utf-8"},
            "otlp_json",
            id="charset",
        ),
        pytest.param(
            gzip.compress(json_request("one")),
            JSON | {"Content-Encoding": "gzip"},
            "otlp_json",
            id="json, gzip",
        ),
    ],
)
def test_a_request_goes_on_as_it_came_and_is_answered_in_its_encoding(body, headers, encoding):
    sink = ListSink()
    answer = posted(body, headers, sink, labels=Labels(topic="raw.otlp", source="shop"))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith(headers["Content-Type"].split(";")[0])
    ((envelope, documents, _),) = sink.offers
    assert (envelope.encoding, envelope.source, envelope.peer) == (encoding, "shop", "127.0.0.1")
    assert documents == [gzip.decompress(body) if "Content-Encoding" in headers else body]
    if encoding == "otlp_proto":
        assert ExportLogsServiceResponse.FromString(answer.content) == ExportLogsServiceResponse()
    else:
        assert orjson.loads(answer.content) == {}


def test_a_long_request_is_split_and_nothing_is_missing():
    bodies = [f"{n:06d} " + "x" * 1000 for n in range(1500)]
    sink = ListSink()
    answer = posted(request(*bodies).SerializeToString(), PROTO, sink)
    assert answer.status_code == 200
    documents = sink.documents
    assert len(documents) > 2
    assert all(len(document) <= 512 * 1024 for document in documents)
    found = [
        orjson.loads(raw)["body"]
        for one in documents
        for _, raw, _ in otlp.documents(one, "otlp_proto", limit=9999)
    ]
    assert found == bodies


def test_a_log_too_long_for_a_record_is_a_partial_success():
    sink = ListSink()
    answer = posted(request("a", "x" * (1 << 20), "b").SerializeToString(), PROTO, sink)
    assert answer.status_code == 200
    partial = ExportLogsServiceResponse.FromString(answer.content).partial_success
    assert partial.rejected_log_records == 1
    assert partial.error_message == "1 logs are longer than 1 MB"


def test_an_empty_request_is_fine():
    sink = ListSink()
    assert posted(b"", PROTO, sink).status_code == 200
    assert sink.offers == []


# --- acknowledged ------------------------------------------------------------------------------------------


def test_nothing_is_answered_before_kafka_has_it():
    sink = ListSink(held=True)

    async def talk(client, _running):
        asking = asyncio.ensure_future(client.post("/v1/logs", content=ONE, headers=PROTO))
        await sink.until_documents(1)
        done, _ = await asyncio.wait({asking}, timeout=0.2)
        assert not done
        sink.arrives.set()
        return (await asking).status_code

    assert served(talk, sink) == 200


def test_when_kafka_takes_too_long_the_sender_is_told_to_come_again():
    answer = posted(ONE, PROTO, ListSink(held=True), delivery_seconds=0.05)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"


def test_without_room_the_sender_is_told_to_come_again():
    answer = posted(ONE, PROTO, ListSink(full=True))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


def test_too_many_at_once_are_told_to_come_again():
    sink = ListSink(held=True)

    async def talk(client, running):
        first = asyncio.ensure_future(client.post("/v1/logs", content=ONE, headers=PROTO))
        await sink.until_documents(1)
        second = await client.post("/v1/logs", content=ONE, headers=PROTO)
        sink.arrives.set()
        third = await client.post("/v1/logs", content=ONE, headers=PROTO)
        return (
            (await first).status_code,
            second.status_code,
            third.status_code,
            running.collector.counts["busy_requests"],
        )

    assert served(talk, sink, max_requests=1) == (200, 429, 200, 1)


def test_a_failed_delivery_answers_503_and_ends_the_collector():
    sink = ListSink()
    sink.fail("Kafka refused a record")
    with pytest.raises(OutsideError, match="Kafka refused a record"):
        posted(ONE, PROTO, sink)


def test_requests_on_their_way_are_answered_at_the_end():
    sink = ListSink(held=True)

    async def talk(client, running):
        asking = asyncio.ensure_future(client.post("/v1/logs", content=ONE, headers=PROTO))
        await sink.until_documents(1)
        running.stopping.set()
        await asyncio.sleep(0)
        sink.arrives.set()
        return (await asking).status_code

    assert served(talk, sink) == 200


# --- refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "headers", "code", "rpc"),
    [
        pytest.param(b"{", JSON, 400, 3, id="no json"),
        pytest.param(b"[]", JSON, 400, 3, id="a list"),
        pytest.param(b"plain", JSON | {"Content-Encoding": "gzip"}, 400, 3, id="no gzip"),
        pytest.param(b"x" * 20_000, JSON, 413, 8, id="a body beyond the bound"),
        pytest.param(
            gzip.compress(b" " * 200_000), JSON | {"Content-Encoding": "gzip"}, 413, 8, id="a zip bomb"
        ),
        pytest.param(b"{}", JSON | {"Content-Encoding": "br"}, 415, 3, id="another compression"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_a_status(body, headers, code, rpc):
    sink = ListSink()
    answer = posted(body, headers, sink, max_bytes=10_000, max_unpacked=50_000)
    assert answer.status_code == code
    told = orjson.loads(answer.content)
    assert told["code"] == rpc
    assert told["message"]
    assert sink.offers == []


def test_a_chunked_body_beyond_the_bound_is_refused():
    async def chunks():
        for _ in range(50):
            yield b"x" * 1000

    async def talk(client, _running):
        return await client.post("/v1/logs", content=chunks(), headers=JSON)

    assert served(talk, max_bytes=10_000).status_code == 413


def test_another_content_type_is_refused():
    assert posted(b"<xml/>", {"Content-Type": "text/xml"}).status_code == 415


def test_no_protobuf_is_refused_in_protobuf():
    answer = posted(b"\xff\xff", PROTO)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/x-protobuf")
    assert answer.content[:2] == b"\x08\x03"  # code 3, INVALID_ARGUMENT


def test_other_paths_and_methods_are_not_ours():
    async def talk(client, _running):
        return (await client.get("/v1/logs")).status_code, (await client.post("/v1/traces")).status_code

    assert served(talk) == (405, 404)


def test_a_slow_body_is_not_waited_for():
    async def talk(_client, running):
        reader, writer = await asyncio.open_connection("127.0.0.1", running.collector.port)
        writer.write(
            b"POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"
        )
        line = await asyncio.wait_for(reader.readline(), DEADLINE)
        writer.close()
        return line

    assert served(talk, read_seconds=0.05).split()[1] == b"408"


def test_connections_beyond_the_bound_are_closed():
    async def talk(client, running):
        assert (await client.post("/v1/logs", content=ONE, headers=PROTO)).status_code == 200  # is kept open
        reader, _ = await asyncio.open_connection("127.0.0.1", running.collector.port)
        assert await asyncio.wait_for(reader.read(), DEADLINE) == b""
        return running.collector.counts["refused_connections"]

    assert served(talk, max_connections=1) == 1


# --- TLS ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "shown", "taken"),
    [
        pytest.param(False, False, True, id="TLS"),
        pytest.param(True, True, True, id="with the sender's certificate"),
        pytest.param(True, False, False, id="without the one that is asked for"),
    ],
)
def test_tls(asked, shown, taken):
    cert, key = (str(Path(__file__).resolve().parents[2] / "tls" / name) for name in ("cert.pem", "key.pem"))
    sink = ListSink()

    async def story():
        tls = Tls(cert=cert, key=key, client_ca=cert if asked else "")
        async with Running(Otlp(OtlpOptions(port=0, tls=tls)), sink) as running:
            context = ssl.create_default_context(cafile=cert)
            if shown:
                context.load_cert_chain(cert, key)
            url = f"https://127.0.0.1:{running.collector.port}/v1/logs"
            async with httpx.AsyncClient(timeout=DEADLINE, trust_env=False, verify=context) as client:
                try:
                    return (await client.post(url, content=ONE, headers=PROTO)).status_code
                except httpx.TransportError:
                    return 0

    assert asyncio.run(story()) == (200 if taken else 0)
    assert len(sink.offers) == taken


# --- tokens ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        pytest.param("Bearer first", 200, id="one"),
        pytest.param("bearer second", 200, id="the other, scheme in small letters"),
        pytest.param("Bearer firs", 401, id="a beginning"),
        pytest.param("Bearer", 401, id="nothing"),
        pytest.param("Basic first", 401, id="another scheme"),
        pytest.param("Bearer f\xefrst", 401, id="not ascii"),
        pytest.param(None, 401, id="no header"),
    ],
)
def test_tokens(tmp_path, authorization, code):
    file = tmp_path / "tokens"
    file.write_text("first\nsecond\n")
    headers = PROTO | ({"Authorization": authorization.encode("latin-1")} if authorization else {})
    sink = ListSink()
    answer = posted(ONE, headers, sink, token_file=file)
    assert answer.status_code == code
    assert len(sink.offers) == (code == 200)
    assert ("WWW-Authenticate" in answer.headers) == (code == 401)


def test_a_new_token_is_known_soon_and_a_broken_file_keeps_the_old_ones(tmp_path, monkeypatch):
    monkeypatch.setattr("seerflow.collectors.otlp._TOKEN_SECONDS", 0.0)
    file = tmp_path / "tokens"
    file.write_text("old\n")
    tokens = Tokens(file)
    tokens.load()
    file.write_text("new-one\n")
    assert tokens.allow("Bearer new-one")
    assert not tokens.allow("Bearer old")
    file.unlink()
    assert tokens.allow("Bearer new-one")


@pytest.mark.parametrize("content", [None, "", "\n \n"])
def test_a_token_file_without_tokens_stops_the_start(tmp_path, content):
    file = tmp_path / "tokens"
    if content is not None:
        file.write_text(content)
    with pytest.raises(OperatorError, match="token"):
        Tokens(file).load()
