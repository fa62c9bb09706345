"""Each stage's real shell on a real broker: topics of its own, filled with what the stages before make.

A measured process runs alone, over records that lie there already, once decoding and once with the real step.
"""

import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from confluent_kafka import Producer

from seerflow import broker
from seerflow.adapters import topics
from seerflow.adapters.cluster import Cluster
from seerflow.adapters.kafka import client_settings, producer_settings
from seerflow.agents.gathering import gathered
from seerflow.agents.tables import NoCells
from seerflow.bench import workload
from seerflow.bench.measured import Task, wired
from seerflow.bench.pure import RECEIVED, TOGETHER
from seerflow.bench.rates import Spent, row
from seerflow.config import Config
from seerflow.engine import headers
from seerflow.errors import OutsideError
from seerflow.model.record import Outgoing, Record

Say = Callable[[str], None]

#: Stage -> what it counts.
UNITS = {"parse": "logs", "detect": "events", "correlate": "hits", "profile": "hits"}
#: Stage -> the topic whose records it reads: an output of the one before.
READS = {"detect": "events", "correlate": "hits.correlate", "profile": "hits.profile"}
#: Stage -> the stage whose input's decoding is its limit; else its own. Raw lines need no decoding, so parse stands
#: beside the decoding of the events that it makes of them.
LIMITS = {"parse": "detect"}
#: What the measured stages write to.
WRITES = (
    "events",
    "rejected",
    "hits.correlate",
    "hits.profile",
    "findings",
    "correlate.cells",
    "profile.cells",
)
#: So many envelopes a busy worker takes into one transaction, whose outputs it gathers: 2,000 logs in 50 ms.
IN_A_TRANSACTION = 20
#: A measured process that takes longer than this has stopped moving.
PATIENCE_SECONDS = 900


def measure(
    config: Config, config_file: str | None, logs: int, rules: Sequence[str] | None, say: Say
) -> Iterator[dict[str, Any]]:
    """Give one row a stage. A configured cluster is used and left as it was; else a broker runs for the time."""
    with (
        tempfile.TemporaryDirectory(prefix="seerflow-bench-") as folder,
        _cluster(config, Path(folder), say) as reached,
        _topics(reached) as name,
    ):
        partitions = topics.profile(topics.load(), reached.kafka).partitions

        @cache
        def task(stage: str) -> Task:
            say(f"{stage}: making what it reads")
            made = _inputs(reached, stage, logs, partitions, rules)
            records, count = _fill(reached, f"{name}.in.{stage}", made)
            return Task(
                name=name,
                stage=stage,
                mode="decode",
                records=records,
                logs=count,
                datadir=f"{folder}/{stage}-decode",
                bootstrap=reached.kafka.bootstrap,
                config=config_file,
                rules=tuple(rules) if rules is not None else None,
            )

        @cache
        def decoded(stage: str) -> Spent:
            given = task(stage)
            say(f"{stage}: decoding {given.logs} {UNITS[stage]} in {given.records} records")
            return _run(given)

        for stage in UNITS:
            yield _measured(task(stage), decoded, folder, say)


def _measured(task: Task, decoded: Callable[[str], Spent], folder: str, say: Say) -> dict[str, Any]:
    unit = UNITS[task.stage]
    limit = decoded(LIMITS.get(task.stage, task.stage))
    own = decoded(task.stage)
    say(f"{task.stage}: the real step over the same records")
    datadir = f"{folder}/{task.stage}-step"
    work = _run(msgspec.structs.replace(task, mode="step", datadir=datadir))
    return {
        **row("pipeline", task.stage, unit, work, limit),
        "input_per_second": round(own.per_core_second),
        "wall_per_second": round(work.per_second),
        "wall_limit_per_second": round(limit.per_second),
        "wall_ratio": round(work.per_second / max(limit.per_second, 1e-9), 3),
        "records": task.records,
    }


def _run(task: Task) -> Spent:
    command = [sys.executable, "-m", "seerflow.bench.measured", msgspec.json.encode(task).decode()]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=PATIENCE_SECONDS)  # noqa: S603 - our own interpreter and module, no shell
    except subprocess.TimeoutExpired as error:
        raise OutsideError(f"the measured {task.stage} did not end in {PATIENCE_SECONDS} s") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()[-1000:]
        raise OutsideError(f"the measured {task.stage} ended with {done.returncode}: {said}")
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Spent)


@contextmanager
def _cluster(config: Config, folder: Path, say: Say) -> Iterator[Config]:
    if config.kafka.bootstrap:
        yield config
        return
    say("starting a broker for this run")
    with broker.temporary(folder / "broker") as running:
        yield broker.at(config, running)


@contextmanager
def _topics(config: Config) -> Iterator[str]:
    """Create the run's own topics, as topics.yaml shapes the real ones; give what their names begin with."""
    name = f"bench-{secrets.token_hex(4)}"
    catalogue = topics.load()
    shapes = {one.name: one for one in topics.shapes(catalogue, topics.profile(catalogue, config.kafka))}
    sources = {"parse": "raw.lines", **READS}
    wanted = [
        *(
            msgspec.structs.replace(shapes[topic], name=f"{name}.in.{stage}")
            for stage, topic in sources.items()
        ),
        *(msgspec.structs.replace(shapes[topic], name=f"{name}.out.{topic}") for topic in WRITES),
    ]
    cluster = Cluster(client_settings(config))
    try:
        cluster.apply(wanted)
        yield name
    finally:
        cluster.delete(one.name for one in wanted)


def _inputs(
    config: Config, stage: str, logs: int, partitions: int, rules: Sequence[str] | None
) -> Iterable[Record | Outgoing]:
    """Give the records that a stage reads: what the real steps before it make of generated logs."""
    if stage == "parse":
        return raw_records(_mixed(logs), partitions)
    if stage == "detect":
        raws = raw_records(_mixed(logs), partitions)
        return _through(config, "parse", raws, "events", rules)
    raws = raw_records(workload.logins(logs), partitions)
    events = records(_through(config, "parse", raws, "events", rules))
    return _through(config, "detect", events, READS[stage], rules)


def _mixed(logs: int) -> Iterator[bytes]:
    # A little work load has its attacks all the same, and is longer than asked.
    return (line.encode() for _, line in workload.lines(logs)[:logs])


def raw_records(lines: Iterable[bytes], partitions: int) -> Iterator[Record]:
    """Give the envelopes of these lines, so many together."""
    shared = headers.write(headers.Envelope(topic="raw.lines", source="bench"), RECEIVED)
    rest = iter(lines)
    number = 0
    while batch := list(islice(rest, TOGETHER)):
        yield Record(
            topic="raw.lines",
            partition=number % partitions,
            offset=number // partitions,
            value=b"\n".join(batch),
            headers=shared,
            timestamp=RECEIVED,
        )
        number += 1


def records(outgoing: Iterable[Outgoing]) -> Iterator[Record]:
    """Give what a stage sent as its reader sees it."""
    for number, out in enumerate(outgoing):
        yield Record(
            topic=out.topic,
            partition=out.partition or 0,
            offset=number,
            value=out.value or b"",
            headers=out.headers,
            timestamp=RECEIVED,
        )


def _through(
    config: Config, stage: str, given: Iterable[Record], topic: str, rules: Sequence[str] | None
) -> Iterator[Outgoing]:
    step = wired(config, stage, rules).step
    rest = iter(given)
    while batch := list(islice(rest, IN_A_TRANSACTION)):
        made = (out for record in batch for out in step(record, NoCells()) if out.topic == topic)
        yield from gathered(made)


def _fill(config: Config, topic: str, given: Iterable[Record | Outgoing]) -> tuple[int, int]:
    """Write the records to the topic; give how many there are, and how many documents they hold."""
    producer = Producer(producer_settings(config))
    written = documents = 0
    for one in given:
        value, partition = one.value or b"", -1 if one.partition is None else one.partition
        while True:
            try:
                producer.produce(topic, value, partition=partition, headers=dict(one.headers))
                break
            except BufferError:
                producer.poll(0.1)
        written += 1
        documents += value.count(b"\n") + 1
    if producer.flush(60):
        raise OutsideError(f"the cluster did not take what {topic} was to hold within 60 s")
    if not written:
        raise OutsideError(f"nothing to read for {topic}: no rule and no profile made a hit of the logs")
    return written, documents
