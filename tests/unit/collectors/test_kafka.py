"""Another topic as a source: headers, keys and bounds of what is forwarded."""

import asyncio

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from seerflow.collectors import kafka
from seerflow.collectors.contract import Labels
from seerflow.collectors.kafka import KafkaOptions, KafkaTopic
from seerflow.engine.envelopes import RawDefaults, unpack
from seerflow.model.log import RawLog
from seerflow.model.record import Record
from tests.fake_consumer import FakeConsumer
from tests.fake_sink import ListSink, Running


@pytest.fixture
def forwarded(monkeypatch):
    """Forward records; give what the sink got, the collector and the consumer."""

    def forward(records, *, expected=None, **options):
        consumer = FakeConsumer(records)
        monkeypatch.setattr(kafka, "Consumer", consumer.opened)
        collector = KafkaTopic(KafkaOptions(topic="theirs", settings={"bootstrap.servers": "x"}, **options))

        async def story():
            sink = ListSink()
            async with Running(collector, sink):
                await sink.until(lambda one: len(one.records) >= (expected or len(records)))
            return sink

        return asyncio.run(story()).records, collector, consumer

    return forward


def logs(record) -> list[bytes]:
    taken = Record(topic=record.topic, partition=0, offset=0, value=record.value, headers=record.headers)
    found = unpack(taken, RawDefaults())
    assert all(isinstance(one, RawLog) for one in found)
    return [one.raw for one in found]


def test_offsets_are_ours_to_commit(forwarded):
    _, _, consumer = forwarded([(None, b"a", [])])
    assert consumer.settings["enable.auto.commit"] is False
    assert consumer.committed == 1
    assert consumer.closed


def test_a_headerless_record_gets_our_headers_and_its_own_time(forwarded):
    (record,), _, _ = forwarded(
        [(None, b"a\nb", [])], labels=Labels(topic="raw.lines", source="shop", format="cef")
    )
    assert record.headers == {
        "source": b"shop",
        "format": b"cef",
        "collector": b"kafka",
        "encoding": b"lines",
        "received": b"1700000000000000",
    }
    assert logs(record) == [b"a", b"b"]


def test_its_own_headers_stay_and_what_the_operator_says_wins(forwarded):
    theirs = [
        ("source", b"inner"),
        ("peer", b"192.0.2.9"),
        ("traceparent", b"00-1"),
        ("empty", None),
        ("encoding", b"single"),
    ]
    (record,), _, _ = forwarded([(b"k", b"a\nb", theirs)], labels=Labels(topic="raw.lines", source="outer"))
    assert record.headers["source"] == b"outer"
    assert record.headers["peer"] == b"192.0.2.9"
    assert record.headers["traceparent"] == b"00-1"
    assert record.headers["empty"] == b""
    assert logs(record) == [b"a\nb"]


def test_without_a_word_from_the_operator_its_own_source_stays(forwarded):
    (record,), _, _ = forwarded([(None, b"a", [("source", b"inner")])])
    assert record.headers["source"] == b"inner"


def test_keys_stay_and_records_without_one_keep_their_order(forwarded):
    records, _, _ = forwarded([(b"k", b"a", []), (None, b"b", []), (None, b"c", [])])
    assert records[0].key == b"k"
    assert records[1].key == records[2].key == b"\x1ftheirs/3"


def test_tombstones_are_no_logs_and_their_offsets_are_committed(forwarded):
    records, collector, consumer = forwarded(
        [(b"k", None, []), (b"k", b"a", []), (b"k", b"", [])], expected=1
    )
    assert [record.value for record in records] == [b"a"]
    assert collector.counts["documents"] == 1
    assert consumer.committed == 3


LONG = b"\n".join(b"%06d " % n + b"x" * 1000 for n in range(2500))


def test_a_record_longer_than_ours_may_be_becomes_several(forwarded):
    records, collector, _ = forwarded([(b"k", LONG, [("mine", b"1")])])
    assert len(records) > 1
    assert [log for record in records for log in logs(record)] == LONG.split(b"\n")
    assert all(record.headers["mine"] == b"1" and record.key == b"k" for record in records)
    assert collector.counts["cut"] == 0


def test_a_single_document_longer_than_ours_may_be_is_cut_and_counted(forwarded):
    (record,), collector, _ = forwarded([(b"k", b"x" * (3 << 20), [])], encoding="single")
    assert logs(record) == [b"x" * (1 << 20)]
    assert collector.counts["cut"] == 1


def test_a_long_otlp_record_is_split_by_its_logs(forwarded):
    request = ExportLogsServiceRequest()
    inner = request.resource_logs.add().scope_logs.add()
    for n in range(2500):
        inner.log_records.add().body.string_value = f"{n:06d} " + "x" * 1000
    records, _, _ = forwarded([(b"k", request.SerializeToString(), [])], encoding="otlp_proto")
    assert sum(len(logs(record)) for record in records) == 2500
    assert {record.headers["encoding"] for record in records} == {b"otlp_proto"}


def test_a_long_record_that_is_no_otlp_is_kept_as_far_as_it_goes(forwarded):
    (record,), _, _ = forwarded([(b"k", b"\xff" * (3 << 20), [])], encoding="otlp_proto")
    assert record.headers["encoding"] == b"single"
    assert len(record.value) == 1 << 20
