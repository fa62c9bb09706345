"""The process that is measured: one stage's real shell over a filled topic, with its own step or a mere decoding.

`python -m seerflow.bench.measured TASK` (JSON) prints what it took (rates.Spent, JSON) and ends.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from seerflow.adapters import codec, logs, topics
from seerflow.adapters.kafka import client_settings
from seerflow.adapters.metrics import Metrics
from seerflow.agents import stages, worker
from seerflow.agents.parse import PLAIN
from seerflow.agents.settings import WorkerSettings
from seerflow.agents.stage import Stage, Step
from seerflow.agents.wiring import Wiring
from seerflow.assembly import assemble
from seerflow.bench.rates import Spent
from seerflow.config import Config, load
from seerflow.engine.cells import Cells
from seerflow.engine.envelopes import unpack
from seerflow.model.log import Rejected
from seerflow.model.record import Outgoing, Record
from seerflow.parsers import names

#: Below the topics' max.message.bytes of 2 MiB (topics.yaml).
MAX_OUTGOING_BYTES = 2_000_000
#: A partition may wait for its turn for so long.
STALL_SECONDS = 600.0


class Task(Struct, frozen=True, kw_only=True):
    """What one measured process is told."""

    name: str  # of the run: its topics and groups begin with it
    stage: str
    mode: Literal["decode", "step"]
    records: int
    logs: int  # what the records hold: logs, events or hits
    datadir: str
    bootstrap: str
    config: str | None = None
    rules: tuple[str, ...] | None = None


#: Stage -> what its step does with a record before anything else.
DECODE: Mapping[str, Callable[[Record], object]] = {
    "parse": lambda record: unpack(record, PLAIN),
    "detect": lambda record: codec.events(record.value),
    "correlate": lambda record: codec.hits(record.value),
    "profile": lambda record: codec.hits(record.value),
}


def wired(config: Config, stage: str, rules: Sequence[str] | None) -> Stage:
    """Build the real stage."""
    known = {
        "parser": names(),
        "detector": ("sigma", "intel", "correlation", "profile"),
    }
    catalogue = topics.load()
    wiring = Wiring(
        engine=assemble(config, stages=(stage,), rules=rules).engine,
        partitions=topics.profile(catalogue, config.kafka).partitions,
        metrics=Metrics(stage, known),
        raw=dict.fromkeys(catalogue.raw(), PLAIN),
    )
    return stages.build(stage, wiring, config)


def placed(stage: Stage, name: str) -> Stage:
    """Give the stage with the run's own topics in place of the real ones."""

    def elsewhere(out: Outgoing) -> Outgoing:
        return msgspec.structs.replace(out, topic=f"{name}.out.{out.topic}")

    def step(record: Record, cells: Cells) -> Sequence[Outgoing]:
        return [elsewhere(out) for out in stage.step(record, cells)]

    def dead_letter(rejected: Rejected) -> Outgoing:
        return Outgoing(topic=f"{name}.out.rejected", value=codec.rejected_line(rejected))

    return msgspec.structs.replace(
        stage,
        inputs=(f"{name}.in.{stage.name}",),
        changelog=f"{name}.out.{stage.changelog}" if stage.changelog else None,
        step=step,
        dead_letter=dead_letter,
    )


def decoding(stage: Stage) -> Stage:
    """Give the stage reduced to the decoding of what it reads: nothing kept, nothing sent."""
    decode = DECODE[stage.name]

    def step(record: Record, _cells: Cells) -> Sequence[Outgoing]:
        decode(record)
        return ()

    return Stage(name=stage.name, inputs=stage.inputs, changelog=None, step=step)


class Watch:
    """Counts the records, and ends the process by SIGTERM when all of them are committed."""

    def __init__(self, step: Step, records: int, logs: int) -> None:
        self._step = step
        self._records = records
        self._logs = logs
        self._seen = 0
        self._begun = self._cpu = 0.0
        self.spent: Spent | None = None

    def step(self, record: Record, cells: Cells) -> Sequence[Outgoing]:
        """Do the step; the first one starts the clock."""
        if not self._seen:
            self._begun, self._cpu = time.perf_counter(), time.process_time()
        self._seen += 1
        return self._step(record, cells)

    def reached(self, point: str) -> None:
        """Stop the clock at the commit that holds the last record."""
        if point == "stored" and self._seen >= self._records and self.spent is None:
            seconds, cpu = time.perf_counter() - self._begun, time.process_time() - self._cpu
            self.spent = Spent(count=self._logs, seconds=seconds, cpu=cpu)
            os.kill(os.getpid(), signal.SIGTERM)


def run(task: Task) -> Spent | None:
    """Run the shell over the task's records; None where it ended before the last one."""
    config = load(task.config)
    kafka = msgspec.structs.replace(config.kafka, bootstrap=task.bootstrap)
    config = msgspec.structs.replace(config, kafka=kafka)
    stage = placed(wired(config, task.stage, task.rules), task.name)
    stage = decoding(stage) if task.mode == "decode" else stage
    watch = Watch(stage.step, task.records, task.logs)
    settings = WorkerSettings(
        client={key: str(value) for key, value in client_settings(config).items()},
        instance=f"{task.stage}-{task.mode}",
        datadir=task.datadir,
        prefix=f"{task.name}-{task.mode}",
        max_outgoing_bytes=MAX_OUTGOING_BYTES,
        # A full topic is the point here: librdkafka may work off one partition before it turns to the next.
        stall_seconds=STALL_SECONDS,
        reached=watch.reached,
    )
    worker.run(msgspec.structs.replace(stage, step=watch.step), settings)
    return watch.spent


def main() -> int:
    """Do the task of the command line."""
    logs.configure()
    taken = run(msgspec.json.decode(sys.argv[1], type=Task))
    if taken is None:
        return 1
    sys.stdout.write(msgspec.json.encode(taken).decode() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
