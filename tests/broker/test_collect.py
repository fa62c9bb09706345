"""Collecting into a real broker: what Kafka has after each kind of sender, and after what goes wrong."""

import asyncio
import gzip
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from bench.offsets import patiently
from seerflow.adapters.kafka import partition_for
from seerflow.collectors.contract import Labels, put
from seerflow.collectors.files import Files, FilesOptions
from seerflow.collectors.kafka import KafkaOptions, KafkaTopic
from seerflow.collectors.sink import KafkaSink, SinkLimits
from seerflow.engine.envelopes import Envelope, RawDefaults, unpack
from seerflow.errors import OutsideError
from seerflow.model.log import RawLog
from seerflow.model.record import Record
from tests.fake_sink import Running, eventually

DEADLINE = 30.0
LINE = b"<38>Mar 12 03:07:14 web-prod-01 sshd[28410]: Failed password for root from 198.51.100.23 port 4 ssh2"


@pytest.fixture
def ends(bootstrap):
    """Give where each partition of a topic ends now."""

    def read(topic: str) -> dict[int, int]:
        consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "nobody"})
        partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
        found = {
            number: consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=10)[1]
            for number in partitions
        }
        consumer.close()
        return found

    return read


@pytest.fixture
def records(bootstrap, ends):
    """Read records of a topic: all that are there now, from its beginning or from where it ended before."""

    def read(topic: str, since: dict[int, int] | None = None) -> list[Record]:
        begins = since or dict.fromkeys(ends(topic), 0)
        count = sum(ends(topic).values()) - sum(begins.values())
        consumer = Consumer(
            {"bootstrap.servers": bootstrap, "group.id": "nobody", "enable.auto.commit": False}
        )
        consumer.assign([TopicPartition(topic, number, begin) for number, begin in begins.items()])
        found: list[Record] = []
        deadline = time.monotonic() + DEADLINE
        while len(found) < count and time.monotonic() < deadline:
            found += [
                Record(
                    topic=topic,
                    partition=one.partition(),
                    offset=one.offset(),
                    value=one.value() or b"",
                    key=one.key(),
                    headers=dict(one.headers() or []),
                    timestamp=one.timestamp()[1] * 1000,
                )
                for one in consumer.consume(1000, 0.5)
            ]
        consumer.close()
        return sorted(found, key=lambda record: (record.partition, record.offset))

    return read


def logs(found: list[Record], defaults: RawDefaults | None = None) -> list[RawLog]:
    parts = [part for record in found for part in unpack(record, defaults or RawDefaults())]
    assert all(isinstance(part, RawLog) for part in parts)
    return parts


# --- foreign producers -------------------------------------------------------------------------------------


def test_a_producer_that_knows_nothing_of_us_is_understood(bootstrap, topics, records):
    topic = topics("raw.lines", partitions=1)
    producer = Producer({"bootstrap.servers": bootstrap})
    before = time.time_ns() // 1000
    for n in range(100):
        producer.produce(topic, LINE + b" %d\n" % n)
    assert producer.flush(20) == 0
    found = logs(records(topic), RawDefaults(source="lines"))
    assert [log.raw for log in found] == [LINE + b" %d" % n for n in range(100)]
    assert {log.source for log in found} == {"lines"}
    assert all(before - 1_000_000 < log.received < before + 60_000_000 for log in found)
    assert len({log.origin for log in found}) == 100


# --- the sink ----------------------------------------------------------------------------------------------


def test_the_sink_delivers_in_order_and_batches(bootstrap, topics, records):
    topic = topics("raw.test", partitions=4)
    sent = {
        peer: [b"%s %05d" % (peer.encode(), n) for n in range(3000)] for peer in ("192.0.2.1", "192.0.2.2")
    }

    async def story():
        sink = KafkaSink({"bootstrap.servers": bootstrap})
        receipts = [
            await put(sink, Envelope(topic=topic, source="s", peer=peer), [document], received=n)
            for n, pair in enumerate(zip(*sent.values(), strict=True))
            for peer, document in zip(sent, pair, strict=True)
        ]
        for receipt in receipts:
            await receipt.delivered()
        assert sink.held == 0
        await sink.close()

    asyncio.run(story())
    found = records(topic)
    assert len(found) < 600, "documents have to share records"
    for peer, documents in sent.items():
        ours = [record for record in found if record.headers["peer"] == peer.encode()]
        assert [log.raw for log in logs(ours)] == documents
        assert {record.partition for record in ours} == {partition_for(f"s\x1f{peer}".encode(), 4)}


def test_a_single_log_is_not_held_back(bootstrap, topics):
    topic = topics("raw.test", partitions=1)

    async def story():
        sink = KafkaSink({"bootstrap.servers": bootstrap})
        envelope = Envelope(topic=topic)
        await (await put(sink, envelope, [b"first"], 0)).delivered()  # finds the broker
        begun = time.monotonic()
        await (await put(sink, envelope, [b"one"], 0)).delivered()
        took = time.monotonic() - begun
        await sink.close()
        return took

    assert asyncio.run(story()) < 1.0


def test_documents_with_other_headers_keep_their_place_in_the_lane(bootstrap, topics, records):
    topic = topics("raw.test", partitions=2)
    sent = [(b"%03d" % n, n % 3 == 0) for n in range(300)]

    async def story():
        sink = KafkaSink({"bootstrap.servers": bootstrap})
        for document, cut in sent:
            await put(sink, Envelope(topic=topic, source="s", peer="p", cut=cut), [document], 0)
        await sink.flush(DEADLINE)
        await sink.close()

    asyncio.run(story())
    assert [(log.raw, log.cut) for log in logs(records(topic))] == sent


def test_a_record_that_kafka_refuses_ends_the_sink(bootstrap, topics):
    topic = topics("raw.test", partitions=1, **{"max.message.bytes": "2000"})

    async def story():
        sink = KafkaSink({"bootstrap.servers": bootstrap})
        small, large = Envelope(topic=topic, peer="a"), Envelope(topic=topic, peer="b", encoding="single")
        await (await put(sink, small, [b"small"], 0)).delivered()
        receipt = await put(sink, large, [secrets.token_bytes(5000)], 0)
        with pytest.raises(OutsideError, match="Kafka refused a record"):
            await receipt.delivered()
        assert sink.failed.is_set()
        with pytest.raises(OutsideError, match="Kafka refused a record"):
            sink.offer(small, [b"after"], 0)
        await sink.close()

    asyncio.run(story())


def test_without_a_broker_the_sink_fills_and_says_so():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    async def story():
        sink = KafkaSink(
            {"bootstrap.servers": f"127.0.0.1:{port}", "log_level": 0}, SinkLimits(max_bytes=100_000)
        )
        taken = 0
        while sink.offer(Envelope(topic="t"), [b"x" * 1000], 0) is not None:
            taken += 1
        with pytest.raises(
            OutsideError, match=r"did not take what was collected within 0 s: \d+ records wait"
        ):
            await sink.flush(0.2)
        await sink.close()
        return taken

    assert 80 <= asyncio.run(story()) <= 100


# --- files and topics --------------------------------------------------------------------------------------


def test_a_followed_file_is_in_kafka_before_its_position_is_saved(bootstrap, topics, records, tmp_path):
    topic = topics("raw.files", partitions=4)
    log, state = tmp_path / "app.log", tmp_path / "state.json"
    lines = [b"%05d " % n + LINE for n in range(5000)]
    log.write_bytes(b"".join(line + b"\n" for line in lines))
    options = FilesOptions(
        path=str(log), state_file=state, labels=Labels(topic=topic, source="web"), save_seconds=0.01
    )

    async def story():
        sink = KafkaSink({"bootstrap.servers": bootstrap})
        async with Running(Files(options), sink):
            await eventually(state.exists)
            (position,) = json.loads(state.read_bytes())["positions"]
            have = sum(len(log.raw) + 1 for log in logs(await asyncio.to_thread(records, topic)))
            assert have >= position["offset"]
            await eventually(
                lambda: json.loads(state.read_bytes())["positions"][0]["offset"] == log.stat().st_size
            )
        await sink.close()

    asyncio.run(story())
    assert [log.raw for log in logs(records(topic))] == lines


def test_another_topic_is_mirrored_and_a_second_start_goes_on(bootstrap, topics, records):
    theirs, ours = topics("theirs", partitions=3), topics("raw.lines", partitions=4)
    producer = Producer({"bootstrap.servers": bootstrap})

    def produce(first: int, last: int) -> None:
        for n in range(first, last):
            producer.produce(
                theirs, b"%05d" % n, key=b"k%d" % (n % 7), headers=[("traceparent", b"00-%d" % n)]
            )
        assert producer.flush(20) == 0

    def run(count: int) -> None:
        options = KafkaOptions(
            topic=theirs,
            settings={"bootstrap.servers": bootstrap},
            labels=Labels(topic=ours, source="shop"),
            group=f"mirror.{theirs}",
        )
        collector = KafkaTopic(options)

        async def story():
            sink = KafkaSink({"bootstrap.servers": bootstrap})
            async with Running(collector, sink):
                await eventually(lambda: collector.counts["documents"] == count)
            await sink.close()

        asyncio.run(story())

    produce(0, 2500)
    run(2500)
    produce(2500, 3000)
    run(500)
    found = records(ours)
    assert sorted(log.raw for log in logs(found)) == [b"%05d" % n for n in range(3000)]
    for key in {record.key for record in found}:
        values = [record.value for record in found if record.key == key]
        assert values == sorted(values), "a key's records keep their order"
    assert all(record.headers["traceparent"] == b"00-%d" % int(record.value) for record in found)


# --- the commands ------------------------------------------------------------------------------------------


def command(*arguments: str, bootstrap: str, **more) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "seerflow", *arguments],
        env={**os.environ, "SEERFLOW_BOOTSTRAP": bootstrap},
        capture_output=True,
        timeout=60,
        check=False,
        **more,
    )


def test_ingest_sends_files_and_sums_up(bootstrap, topics, records, tmp_path):
    topic = topics("raw.ingest", partitions=2)
    plain, packed = tmp_path / "a.log", tmp_path / "b.log.gz"
    plain.write_bytes(b"".join(b"%05d " % n + LINE + b"\n" for n in range(10_000)))
    packed.write_bytes(gzip.compress(b"zipped\n"))
    done = command(
        "ingest",
        "--source",
        "web",
        "--format",
        "openssh",
        "--topic",
        topic,
        str(plain),
        str(packed),
        bootstrap=bootstrap,
    )
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["files"], summary["logs"], summary["failed"]) == (2, 10_001, 0)
    found = records(topic)
    assert summary["records"] == len(found)
    assert sorted(log.raw for log in logs(found))[:3] == [
        b"00000 " + LINE,
        b"00001 " + LINE,
        b"00002 " + LINE,
    ]
    assert {(log.source, log.format, log.collector) for log in logs(found)} == {("web", "openssh", "ingest")}
    assert len(logs(found)) == 10_001


def test_ingest_reads_standard_input(bootstrap, topics, records):
    topic = topics("raw.ingest", partitions=1)
    done = command("ingest", "--source", "web", "--topic", topic, "-", bootstrap=bootstrap, input=b"one\ntwo")
    assert done.returncode == 0, done.stderr
    assert [log.raw for log in logs(records(topic))] == [b"one", b"two"]


def test_ingest_names_what_it_cannot_read_and_sends_the_rest(bootstrap, topics, records, tmp_path):
    topic = topics("raw.ingest", partitions=1)
    (tmp_path / "a.log").write_bytes(b"one\n")
    done = command(
        "ingest",
        "--source",
        "web",
        "--topic",
        topic,
        str(tmp_path / "none.log"),
        str(tmp_path / "a.log"),
        bootstrap=bootstrap,
    )
    assert done.returncode == 1
    assert b"none.log: No such file or directory" in done.stderr
    assert b"Traceback" not in done.stderr
    assert json.loads(done.stdout)["failed"] == 1
    assert [log.raw for log in logs(records(topic))] == [b"one"]


def test_ingest_into_a_topic_that_is_not_there_says_so(bootstrap, tmp_path):
    (tmp_path / "a.log").write_bytes(b"one\n")
    done = command(
        "ingest", "--source", "web", "--topic", "no.such.topic", str(tmp_path / "a.log"), bootstrap=bootstrap
    )
    assert done.returncode == 1
    assert b"Kafka refused a record" in done.stderr
    assert b"`seerflow topics apply`" in done.stderr
    assert b"Traceback" not in done.stderr


@contextmanager
def collecting(bootstrap: str, config: dict, folder) -> Iterator[tuple[subprocess.Popen, dict[str, int]]]:
    """Run `seerflow collect`; give the process and its ports once it collects. It has to end with 0 on SIGTERM."""
    file = folder / "seerflow.yaml"
    file.write_text(json.dumps({"state_dir": str(folder / "state"), "collectors": config}))
    process = subprocess.Popen(
        [sys.executable, "-m", "seerflow", "collect", "--port", "0", "--config", str(file)],
        env={**os.environ, "SEERFLOW_BOOTSTRAP": bootstrap},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        ports = {}
        for _ in range(4):
            name, _, port = (
                process.stderr.readline().decode().removeprefix("collecting: ").strip().partition(", port ")
            )
            ports[name] = int(port or 0)
        yield process, ports
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE) == 0, process.stderr.read()
    finally:
        process.kill()
        process.wait(DEADLINE)


@pytest.fixture
def raw_ends(cluster, ends):
    """Where the topics end that collectors write to. What a cluster had before the test, it has after it."""
    from seerflow.adapters import topics as catalogue
    from seerflow.config import Kafka

    known = catalogue.load()
    there = cluster.shapes()
    missing = [
        shape
        for shape in catalogue.shapes(known, catalogue.profile(known, Kafka()))
        if shape.name in known.raw() and shape.name not in there
    ]
    cluster.apply(missing)
    yield {name: patiently(lambda name=name: ends(name)) for name in known.raw()}
    cluster.delete(shape.name for shape in missing)


def test_collect_takes_from_all_and_ends_cleanly(bootstrap, records, raw_ends, tmp_path):
    log = tmp_path / "app.log"
    log.write_bytes(b"from a file\n")
    config = {
        "syslog": {"udp": "127.0.0.1:0", "tcp": "127.0.0.1:0"},
        "files": [{"path": str(log)}],
        "otlp": {"listen": "127.0.0.1:0"},
    }
    with collecting(bootstrap, config, tmp_path) as (process, ports):
        assert set(ports) == {"syslog_udp", "syslog_tcp", "files", "otlp"}
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.sendto(LINE, ("127.0.0.1", ports["syslog_udp"]))
        with socket.create_connection(("127.0.0.1", ports["syslog_tcp"])) as tcp:
            tcp.sendall(b"%d %s" % (len(LINE), LINE))
        request = ExportLogsServiceRequest()
        request.resource_logs.add().scope_logs.add().log_records.add().body.string_value = "over otlp"
        answer = httpx.post(
            f"http://127.0.0.1:{ports['otlp']}/v1/logs",
            content=request.SerializeToString(),
            headers={"Content-Type": "application/x-protobuf"},
            trust_env=False,
        )
        assert answer.status_code == 200
        # 200 means: Kafka has it, now.
        (sent,) = logs(records("raw.otlp", raw_ends["raw.otlp"]))
        assert (sent.format, json.loads(sent.raw)["body"]) == ("otlp", "over otlp")
    counts = {one["collector"]: one for one in map(json.loads, process.stdout)}
    assert {name: one["documents"] for name, one in counts.items()} == dict.fromkeys(ports, 1)
    assert [log.raw for log in logs(records("raw.syslog", raw_ends["raw.syslog"]))] == [LINE, LINE]
    assert [log.raw for log in logs(records("raw.files", raw_ends["raw.files"]))] == [b"from a file"]
    assert list((tmp_path / "state" / "collect").iterdir())
