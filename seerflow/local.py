"""Everything on this machine: the broker, the topics, the collectors and every stage as a process of its own."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict

from seerflow import broker
from seerflow.adapters import presence, topics
from seerflow.adapters.cluster import Cluster
from seerflow.adapters.kafka import client_settings
from seerflow.adapters.presence import Answer
from seerflow.adapters.processes import Program
from seerflow.assembly import STAGES
from seerflow.config import Config
from seerflow.errors import OutsideError

#: How long the workers of a loaded small machine may take to own their partitions.
READY_SECONDS = 120.0


class Place(Struct, frozen=True, kw_only=True):
    """One process: its stage (or "collect"), its number in the stage, its port for metrics and health (0: any)."""

    stage: str
    number: int
    port: int

    @property
    def name(self) -> str:
        """Give the name, which is the worker's identity over restarts: "correlate-0"."""
        return f"{self.stage}-{self.number}"


def places(config: Config) -> tuple[Place, ...]:
    """Give every process of this machine; ports count from metrics.base_port in the order of the stages."""
    base = config.metrics.base_port
    counts = asdict(config.workers)
    each = [(stage, number) for stage in STAGES for number in range(counts[stage])] + [("collect", 0)]
    return tuple(
        Place(stage=stage, number=number, port=base + index if base else 0)
        for index, (stage, number) in enumerate(each)
    )


def prepare(config: Config, say: Callable[[str], None]) -> Config:
    """Start the broker where the configuration names none, and create the topics; give the reachable cluster."""
    if not config.kafka.bootstrap:
        say("starting Apache Kafka (the first time fetches it: about 120 MB)")
        config = broker.at(config, broker.start(config))
    catalogue = topics.load()
    cluster = Cluster(client_settings(config))
    wanted = topics.shapes(catalogue, topics.profile(catalogue, config.kafka))
    cluster.apply(wanted)
    if left := topics.differences(wanted, cluster.shapes()):
        shown = "\n  ".join(map(str, left))
        raise OutsideError(
            f"the cluster's topics differ from topics.yaml and cannot be put right:\n  {shown}"
        )
    say(f"broker at {config.kafka.bootstrap}, {len(wanted)} topics")
    return config


def programs(config: Config, config_file: str | None) -> Iterator[Program]:
    """Give the program of every process, each with its own log file below the state folder."""
    environment = {
        **os.environ,
        "SEERFLOW_BOOTSTRAP": config.kafka.bootstrap,
        "SEERFLOW_STATE": config.state_dir,
    }
    chosen = ("--config", config_file) if config_file else ()
    for place in places(config):
        what = ("collect",) if place.stage == "collect" else ("worker", place.stage)
        announced = _announced(config, place)
        announced.unlink(missing_ok=True)  # what an earlier run said of itself
        instance = () if place.stage == "collect" else ("--instance", str(place.number))
        yield Program(
            name=place.name,
            arguments=(*what, *instance, "--port", str(place.port), "--announce", str(announced), *chosen),
            log=Path(config.state_dir) / "logs" / f"{place.name}.log",
            environment=environment,
        )


def wait_ready(
    config: Config, watch: Callable[[], None], seconds: float = READY_SECONDS
) -> dict[str, Answer]:
    """Return when every process says that it is ready, with their answers; `watch` is called between the looks."""
    waiting, answers = list(places(config)), dict[str, Answer]()
    deadline = time.monotonic() + seconds
    while waiting:
        for place in waiting:
            if answer := presence.ready(_announced(config, place), place.name, _reached(config)):
                answers[place.name] = answer
        waiting = [place for place in waiting if place.name not in answers]
        if waiting and time.monotonic() > deadline:
            names = ", ".join(place.name for place in waiting)
            logs = Path(config.state_dir) / "logs"
            raise OutsideError(f"not ready after {seconds:.0f} s: {names}; their messages are in {logs}")
        watch()
        if waiting:
            time.sleep(0.1)
    return answers


def _announced(config: Config, place: Place) -> Path:
    """Give the file in which the process says who it is and where it answers."""
    return Path(config.state_dir) / "run" / f"{place.name}.json"


def _reached(config: Config) -> str:
    """Give the address at which to ask a listener: one that listens everywhere is asked on loopback."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.metrics.listen, config.metrics.listen)  # noqa: S104 - compared, not bound
