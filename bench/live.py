"""A live system for tests and measurements: real workers as processes, a real broker, hands to break them with."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from seerflow import assembly, replay
from seerflow.adapters import codec, topics
from seerflow.adapters.cluster import Cluster
from seerflow.adapters.kafka import client_settings
from seerflow.adapters.watching import Follower
from seerflow.config import Config, load
from seerflow.engine.envelopes import Envelope, pack
from seerflow.model.alert import Alert
from seerflow.model.log import Origin, RawLog

T = TypeVar("T")

STAGES = assembly.STAGES
INPUTS = {
    "parse": ("raw.syslog",),
    "detect": ("events",),
    "correlate": ("hits.correlate",),
    "profile": ("hits.profile",),
    "alert": ("findings",),
    "dispatch": ("alerts",),
}


class Live:
    """Workers of every stage on one cluster, started again when they end, as `seerflow up` does."""

    def __init__(
        self,
        folder: Path,
        bootstrap: str,
        *,
        workers: int = 1,
        document: Mapping[str, Any] | None = None,
        stages: Iterable[str] = STAGES,
        session_seconds: float = 10.0,
    ) -> None:
        self.folder = folder
        self.stages = tuple(stages)
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / "config.json"
        said = {**(document or {}), "state_dir": str(folder / "state")}
        said["kafka"] = {"bootstrap": bootstrap, **said.get("kafka", {})}
        self.file.write_bytes(msgspec.json.encode(said))
        self.config: Config = load(self.file, environment={})
        self.settings = client_settings(self.config)
        self.names = [f"{stage}-{number}" for stage in self.stages for number in range(workers)]
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.restarts: dict[str, int] = dict.fromkeys(self.names, -1)
        self.environment = {
            **os.environ,
            "SEERFLOW_SESSION_SECONDS": str(session_seconds),
            "SEERFLOW_CONFIG": "",
        }
        self.admin = AdminClient(self.settings)

    def create_topics(self) -> None:
        """Make the cluster's topics, all of them fresh."""
        catalogue = topics.load()
        wanted = topics.shapes(catalogue, topics.profile(catalogue, self.config.kafka))
        cluster = Cluster(self.settings)
        cluster.delete(set(cluster.shapes()) & {shape.name for shape in wanted})
        cluster.apply(wanted)

    def start(self) -> None:
        """Start every worker that does not run."""
        for name in self.names:
            if name not in self.processes or self.processes[name].poll() is not None:
                self._start(name)

    def _start(self, name: str) -> None:
        stage, _, number = name.partition("-")
        self.restarts[name] += 1
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "seerflow",
                    "worker",
                    stage,
                    "--instance",
                    number,
                    "--port",
                    "0",
                    "--config",
                    str(self.file),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
            )

    def signal(self, name: str, number: int) -> None:
        """Send a signal to one worker of ours."""
        self.processes[name].send_signal(number)

    def watch(self) -> None:
        """Start again what has ended."""
        self.start()

    def stop(self) -> None:
        """End every worker."""
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        deadline = time.monotonic() + 20
        for process in self.processes.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def send(
        self, lines: Iterable[tuple[str, str]], *, topic: str = "raw.syslog", envelope: int = 100
    ) -> int:
        """Write (host, line) pairs as envelopes, each host's lines in order in one partition; give the count."""
        producer = Producer({**self.settings, "enable.idempotence": True, "linger.ms": 20, "acks": "all"})
        batches: dict[str, list[bytes]] = {}
        count = 0
        for host, line in lines:
            batch = batches.setdefault(host, [])
            batch.append(line.encode())
            count += 1
            if len(batch) >= envelope:
                self._send(producer, topic, host, batches.pop(host))
        for host, batch in batches.items():
            self._send(producer, topic, host, batch)
        producer.flush()
        return count

    def _send(self, producer: Producer, topic: str, host: str, batch: list[bytes]) -> None:
        said = Envelope(topic=topic, source="syslog", collector="syslog", lane=host)
        for record in pack(said, batch, received=time.time_ns() // 1000):
            while True:
                try:
                    producer.produce(
                        record.topic, record.value, record.key, headers=[*record.headers.items()]
                    )
                    break
                except BufferError:
                    producer.poll(0.1)
            producer.poll(0)

    def lag(self) -> dict[str, int]:
        """Give for each stage how many records of its input are not yet committed."""
        return {stage: self._lag(stage) for stage in self.stages}

    def _lag(self, stage: str) -> int:
        shapes = {topic: self.ends(topic) for topic in INPUTS[stage]}
        places = [TopicPartition(topic, number) for topic, ends in shapes.items() for number in ends]
        asked = ConsumerGroupTopicPartitions(f"seerflow-{stage}", places)
        answer = patiently(
            lambda: next(iter(self.admin.list_consumer_group_offsets([asked]).values())).result(30)
        )
        done = {(one.topic, one.partition): max(0, one.offset) for one in answer.topic_partitions}
        return sum(
            max(0, end - done.get((topic, number), 0))
            for topic, ends in shapes.items()
            for number, end in ends.items()
        )

    def ends(self, topic: str) -> dict[int, int]:
        """Give the end of each partition; 0 for an empty one."""
        # The last stable offset less what markers take is not known from outside; so the position behind the last
        # record that a committed reader can see is asked for.
        reader = Consumer(
            {**self.settings, "group.id": "seerflow-bench", "isolation.level": "read_committed"}
        )
        found = reader.list_topics(topic, timeout=15).topics[topic].partitions
        ends = {number: _end(reader, TopicPartition(topic, number)) for number in found}
        reader.close()
        return ends

    def settle(self, seconds: float = 300.0, *, quiet: float = 4.0) -> float:
        """Wait until nothing moves any more: all stages' positions stand still, and their lags are small.

        Gives the seconds it took. Transaction markers take offsets too, so a lag of a few records may stay; what
        counts is that no position moves for `quiet` seconds and every stage has read all data records.
        """
        began = time.monotonic()
        last: tuple[object, ...] = ()
        since = time.monotonic()
        while time.monotonic() - began < seconds:
            self.watch()
            now = tuple(self.lag().items())
            if now != last:
                last, since = now, time.monotonic()
            elif time.monotonic() - since >= quiet and all(lag <= 8 for _, lag in now):
                return time.monotonic() - began - quiet
            time.sleep(0.3)
        raise TimeoutError(f"not settled after {seconds} s: {last}")

    def revisions(self) -> list[Alert]:
        """Give every committed revision of every alert, as the topic has them."""
        follower = Follower(self.settings, "alerts", from_start=True)
        found: list[Alert] = []
        empty = 0
        while empty < 3:
            batch = [alert for _, value in follower.records(1.0) for alert in codec.alerts(value)]
            found += batch
            empty = 0 if batch else empty + 1
        follower.close()
        return found


def patiently(ask: Callable[[], T], patience: float = 30.0) -> T:
    """Ask a broker that may only just have been told: leaders and coordinators come a moment later."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return ask()
        except KafkaException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _end(reader: Consumer, place: TopicPartition) -> int:
    low, high = patiently(lambda: reader.get_watermark_offsets(place, timeout=15))
    return 0 if high == low else int(high)


@contextmanager
def running(live: Live) -> Iterator[Live]:
    """Run the workers while the block runs."""
    live.create_topics()
    live.start()
    try:
        yield live
    finally:
        live.stop()


def final(revisions: Iterable[Alert]) -> dict[str, Alert]:
    """Give each alert at its highest revision."""
    last: dict[str, Alert] = {}
    for alert in revisions:
        if alert.id not in last or alert.revision > last[alert.id].revision:
            last[alert.id] = alert
    return last


def essence(alerts: Mapping[str, Alert]) -> set[tuple[object, ...]]:
    """Give what must be equal however the alerts came to be: id, story, key, level, state, rules and their levels.

    Not the count: a revision is sent when a finding's count has doubled, and what an alert of several findings had
    counted by then depends on which of them came first.
    """
    return {
        (a.id, a.story, a.key, a.level, a.state, tuple(sorted((c.rule, c.level) for c in a.causes)))
        for a in alerts.values()
    }


def replayed(
    config: Config, lines: Iterable[tuple[str, str]], rules: list[str] | None = None
) -> dict[str, Alert]:
    """Give the alerts of the same lines in one process, in order: the oracle."""
    engine = assembly.assemble(config, rules=rules).engine
    now = time.time_ns() // 1000
    logs = (
        RawLog(origin=Origin("oracle", 0, number), raw=line.encode(), received=now, source="syslog")
        for number, (_, line) in enumerate(lines)
    )
    return final(alert for one in replay.over_logs(engine, logs) for alert in one.alerts)
