"""A live system for tests and measurements: real workers as processes, a real broker, hands to break them with."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from confluent_kafka import Producer

from bench.offsets import Offsets
from seerflow import assembly
from seerflow.adapters import codec, topics
from seerflow.adapters.cluster import Cluster
from seerflow.adapters.kafka import client_settings
from seerflow.adapters.watching import Follower
from seerflow.config import Config, load
from seerflow.engine.envelopes import Envelope, pack
from seerflow.model.alert import Alert

STAGES = assembly.STAGES


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
        self.offsets = Offsets(self.settings)
        self.exits: Counter[str] = Counter()  # "detect-0:70" -> how often

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
            process = self.processes.get(name)
            code = process.poll() if process is not None else None
            if code is not None:
                self.exits[f"{name}:{code}"] += 1
            if process is None or code is not None:
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

    def ready(self, seconds: float = 120.0) -> None:
        """Wait until every worker is a member of its group and owns partitions."""
        deadline = time.monotonic() + seconds
        for name in self.names:
            stage = name.partition("-")[0]
            while not self.offsets.owned(stage).get(name):
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{name} owns nothing after {seconds} s; see {self.folder}/{name}.log")
                self.watch()
                time.sleep(0.2)

    def stop(self) -> None:
        """End every worker."""
        self.offsets.close()
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
        return {stage: self.offsets.lag(stage) for stage in self.stages}

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


@contextmanager
def running(live: Live) -> Iterator[Live]:
    """Run the workers while the block runs."""
    live.create_topics()
    live.start()
    try:
        yield live
    finally:
        live.stop()
