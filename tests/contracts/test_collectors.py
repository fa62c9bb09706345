"""Every collector keeps the contract: what it acknowledged, Kafka has; what Kafka has not, is acknowledged to nobody.

Each case is a collector, a sender that speaks to it, and how that sender learns that its logs were taken (None:
its protocol has no such answer).
"""

import asyncio
import importlib
import inspect
import pkgutil
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from seerflow import collectors
from seerflow.collectors import kafka
from seerflow.collectors.contract import COUNTS, Labels
from seerflow.collectors.files import Files, FilesOptions
from seerflow.collectors.kafka import KafkaOptions, KafkaTopic
from seerflow.collectors.otlp import Otlp, OtlpOptions
from seerflow.collectors.running import COLLECTORS, run_all
from seerflow.collectors.syslog_tcp import SyslogTcp, TcpOptions
from seerflow.collectors.syslog_udp import SyslogUdp, UdpOptions
from seerflow.engine import otlp
from seerflow.errors import OutsideError
from tests.fake_consumer import FakeConsumer
from tests.fake_sink import DEADLINE, ListSink, Running, eventually

LOGS = [b"<38>one", b"<38>two", b"<38>three"]
LABELS = Labels(topic="raw.test", source="somebody")


class Case:
    """One collector and its sender."""

    answers = True  # the sender can learn that its logs were taken
    waits = True  # without room, the sender's logs wait for it

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.acknowledged = False
        self.collector = self.make(monkeypatch)
        self._tasks: list[asyncio.Task[Any]] = []

    def make(self, monkeypatch):
        raise NotImplementedError

    async def send(self) -> None:
        """Give the sender's logs to the collector; set `acknowledged` when it says that it has them."""
        raise NotImplementedError

    def later(self, work: Awaitable[Any]) -> None:
        self._tasks.append(asyncio.ensure_future(work))


class Udp(Case):
    answers = False
    waits = False

    def make(self, _monkeypatch):
        return SyslogUdp(UdpOptions(port=0, labels=LABELS))

    async def send(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for log in LOGS:
                sock.sendto(log, ("127.0.0.1", self.collector.port))


class Tcp(Case):
    answers = False

    def make(self, _monkeypatch):
        return SyslogTcp(TcpOptions(port=0, labels=LABELS))

    async def send(self):
        _, writer = await asyncio.open_connection("127.0.0.1", self.collector.port)
        writer.write(b"\n".join(LOGS) + b"\n")
        writer.close()


class Followed(Case):
    def make(self, _monkeypatch):
        (self.folder / "app.log").write_bytes(b"\n".join(LOGS) + b"\n")
        options = FilesOptions(
            path=str(self.folder / "*.log"),
            state_file=self.folder / "state.json",
            labels=LABELS,
            poll_seconds=0.01,
            save_seconds=0.01,
        )
        return Files(options)

    async def send(self):
        async def saved():
            await eventually((self.folder / "state.json").exists)
            self.acknowledged = True

        self.later(saved())


class OverHttp(Case):
    def make(self, _monkeypatch):
        return Otlp(OtlpOptions(port=0, labels=LABELS, delivery_seconds=DEADLINE))

    async def send(self):
        request = ExportLogsServiceRequest()
        logs = request.resource_logs.add().scope_logs.add()
        for log in LOGS:
            logs.log_records.add().body.string_value = log.decode()

        async def post():
            url = f"http://127.0.0.1:{self.collector.port}/v1/logs"
            async with httpx.AsyncClient(timeout=DEADLINE, trust_env=False) as client:
                while not self.acknowledged:  # as senders do: 503 means, come again
                    answer = await client.post(
                        url,
                        content=request.SerializeToString(),
                        headers={"Content-Type": "application/x-protobuf"},
                    )
                    self.acknowledged = answer.status_code == 200
                    await asyncio.sleep(0.01)

        self.later(post())


class Topic(Case):
    def make(self, monkeypatch):
        self.consumer = FakeConsumer([(None, log, []) for log in LOGS])
        monkeypatch.setattr(kafka, "Consumer", self.consumer.opened)
        return KafkaTopic(KafkaOptions(topic="theirs", settings={}, labels=LABELS))

    async def send(self):
        async def committed():
            await eventually(lambda: self.consumer.committed == len(LOGS))
            self.acknowledged = True

        self.later(committed())


CASES = {case.__name__.lower(): case for case in (Udp, Tcp, Followed, OverHttp, Topic)}


@pytest.fixture(params=CASES.values(), ids=CASES)
def case(request, tmp_path, monkeypatch) -> Case:
    return request.param(tmp_path, monkeypatch)


def taken(sink: ListSink) -> list[bytes]:
    """Give the logs that a sink got, whatever they travelled in."""
    found: list[bytes] = []
    for envelope, documents, _ in sink.offers:
        if envelope.encoding == "otlp_proto":
            parts = [part for one in documents for part in otlp.documents(one, "otlp_proto", limit=99)]
            found += [raw.split(b'"')[3] for _, raw, _ in parts]
        else:
            found += documents
    return found + [record.value for record in sink.records]


def story(run: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(2 * DEADLINE):
            await run()

    asyncio.run(bounded())


def test_logs_are_handed_on_in_order_with_their_labels(case):
    async def run():
        sink = ListSink()
        async with Running(case.collector, sink):
            await case.send()
            await sink.until(lambda one: len(taken(one)) >= len(LOGS))
        assert taken(sink) == LOGS
        topics = [envelope.topic for envelope, _, _ in sink.offers] + [
            record.topic for record in sink.records
        ]
        assert set(topics) == {"raw.test"}
        sources = [envelope.source for envelope, _, _ in sink.offers]
        sources += [record.headers["source"].decode() for record in sink.records]
        assert set(sources) == {"somebody"}
        assert case.collector.counts["documents"] == len(LOGS)

    story(run)


@pytest.mark.parametrize("case", [one for one in CASES.values() if one.answers], indirect=True)
def test_nothing_is_acknowledged_before_kafka_has_it(case):
    async def run():
        sink = ListSink(held=True)
        async with Running(case.collector, sink):
            await case.send()
            await sink.until(lambda one: len(taken(one)) >= len(LOGS))
            await asyncio.sleep(0.1)  # ten polls, ten saves: time enough to say it too early
            assert not case.acknowledged
            sink.arrives.set()
            await eventually(lambda: case.acknowledged)

    story(run)


def test_a_failed_delivery_is_never_acknowledged_and_ends_the_collector(case):
    async def run():
        sink = ListSink(held=True)
        running = asyncio.ensure_future(run_all([case.collector], sink, asyncio.Event(), 0.5))
        await asyncio.wait_for(case.collector.ready.wait(), DEADLINE)
        await case.send()
        await sink.until(lambda one: len(taken(one)) >= len(LOGS))
        sink.fail()
        with pytest.raises(OutsideError, match="Kafka is gone"):
            await running
        assert not case.acknowledged

    story(run)


def test_without_room_logs_wait_or_are_counted(case):
    async def run():
        sink = ListSink(full=True)
        async with Running(case.collector, sink):
            await case.send()
            await sink.until(lambda one: one.refused > 0)
            assert taken(sink) == []
            assert not case.acknowledged
            if case.waits:
                sink.empty()
                await sink.until(lambda one: len(taken(one)) >= len(LOGS))
                assert taken(sink) == LOGS
            else:
                await eventually(lambda: case.collector.counts["dropped_full"] == len(LOGS))

    story(run)


def test_only_counts_that_are_explained(case):
    async def run():
        sink = ListSink()
        async with Running(case.collector, sink):
            await case.send()
            await sink.until(lambda one: len(taken(one)) >= len(LOGS))
        assert set(case.collector.counts) <= set(COUNTS)

    story(run)


def test_a_failure_while_nobody_sends_ends_all(case):
    async def run():
        sink = ListSink()
        running = asyncio.ensure_future(run_all([case.collector], sink, asyncio.Event(), DEADLINE))
        await asyncio.wait_for(case.collector.ready.wait(), DEADLINE)
        sink.fail()
        with pytest.raises(OutsideError, match="Kafka is gone"):
            await running

    story(run)


def test_one_that_cannot_begin_ends_all(case):
    async def run():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken_port:
            taken_port.bind(("127.0.0.1", 0))
            other = SyslogUdp(UdpOptions(port=taken_port.getsockname()[1]))
            with pytest.raises(OutsideError, match="cannot listen at"):
                await run_all([case.collector, other], ListSink(), asyncio.Event(), DEADLINE)

    story(run)


def test_every_collector_is_listed_and_has_a_case():
    found = set()
    for module in pkgutil.iter_modules(collectors.__path__):
        loaded = importlib.import_module(f"seerflow.collectors.{module.name}")
        for _, one in inspect.getmembers(loaded, inspect.isclass):
            members = vars(one)
            if (
                one.__module__ == loaded.__name__
                and {"run", "name"} <= set(members)
                and not getattr(one, "_is_protocol", False)
            ):
                found.add(one)
    assert found == set(COLLECTORS)
    assert len({one.name for one in COLLECTORS}) == len(COLLECTORS) == len(CASES)
