"""A toy stage that makes every loss and every repeat visible: it counts keys.

`route` takes envelopes of keys from `<id>.raw` and sends each key on to `<id>.hits-0` (and `-1`), by key. `count` keeps a count
for each key and reports each tenth; a second cell for each key is deleted at every seventh hit, so deletions are
tried too. Run as a process: python bench/counting.py '{"stage": "count", "id": …, "instance": …, "datadir": …}'.
"""

import logging
import os
import secrets
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from seerflow.agents.settings import WorkerSettings
from seerflow.agents.stage import Stage
from seerflow.agents.stats import Stats
from seerflow.agents.worker import run
from seerflow.engine.cells import Cells
from seerflow.errors import ConfigError
from seerflow.model.record import Outgoing, Record

PARTITIONS = 4
POISON = b"poison"


def route_stage(run_id: str, inputs: int) -> Stage:
    """Stateless: envelopes of keys in, each key out by itself, spread over the inputs of the keyed stage."""

    def step(record: Record, _: Cells) -> list[Outgoing]:
        keys = record.value.split(b"\n")
        return [
            Outgoing(topic=f"{run_id}.hits-{i % inputs}", value=key, key=key) for i, key in enumerate(keys)
        ]

    return Stage(
        name=f"route-{run_id}",
        inputs=(f"{run_id}.raw",),
        step=step,
        dead_letter=lambda each: Outgoing(topic=f"{run_id}.rejected", value=msgspec.json.encode(each)),
    )


def count_stage(run_id: str, inputs: int) -> Stage:
    """Keyed: a count for each key, a finding at every tenth hit."""
    decoded: dict[int, dict[bytes, int]] = {}

    def step(record: Record, cells: Cells) -> list[Outgoing]:
        counts = decoded[record.partition]
        out = []
        for key in record.value.split(b"\n"):
            count = counts[key] = (counts[key] if key in counts else int(cells.get(key) or 0)) + 1
            cells.put(key, b"%d" % count)
            cells.put(b"aux-" + key, None if count % 7 == 0 else b"%d" % count)
            out += [Outgoing(topic=f"{run_id}.out", value=b"%s:%d" % (key, count), key=key)] * (
                count % 10 == 0
            )
        if POISON in record.headers:
            raise RuntimeError("a bug that the guard has to contain")
        return out

    def tick(partition: int, cells: Cells) -> list[Outgoing]:
        cells.put(b"tick-%d" % partition, b"%d" % (int(cells.get(b"tick-%d" % partition) or 0) + 1))
        return []

    def opened(partition: int, _: Cells) -> None:
        decoded[partition] = {}

    def closed(partition: int, _: Cells) -> None:
        decoded.pop(partition)

    return Stage(
        name=f"count-{run_id}",
        inputs=tuple(f"{run_id}.hits-{i}" for i in range(inputs)),
        step=step,
        changelog=f"{run_id}.cells",
        tick=tick,
        opened=opened,
        closed=closed,
        dead_letter=lambda each: Outgoing(topic=f"{run_id}.rejected", value=msgspec.json.encode(each)),
    )


STAGES = {"route": route_stage, "count": count_stage}


def faults(points: dict[str, list[Any]]) -> Any:
    """Give a hook that ends or stops the process at a point, once in so many passes: {point: [signal, passes]}."""

    def reached(point: str) -> None:
        if point in points:
            name, passes = points[point]
            if secrets.randbelow(passes) == 0:
                sys.stderr.write(f"FAULT {name} at {point}\n")
                sys.stderr.flush()
                os.kill(os.getpid(), getattr(signal, name))

    return reached


class Lines(logging.Formatter):
    """Log lines with their fields."""

    def format(self, record: logging.LogRecord) -> str:
        known = logging.makeLogRecord({}).__dict__
        fields = {
            k: v
            for k, v in record.__dict__.items()
            if k not in known and k not in ("message", "asctime", "taskName")
        }
        return f"{self.formatTime(record)} {record.levelname} {super().format(record)} {fields or ''}"


#: What of a worker's figures its file shows.
SHOWN = (
    "ready",
    "records_in",
    "records_out",
    "commits",
    "aborts",
    "rebalances",
    "bugs",
    "cells_restored",
    "restore_seconds",
)


def watching(file: Path) -> Callable[[Stats], None]:
    """Give a hook that keeps the worker's figures in a file."""

    def watch(stats: Stats) -> None:
        shown = {name: getattr(stats, name) for name in SHOWN}
        shown |= {"lag": sum(stats.lag_records.values()), "stalled": len(stats.stalled)}
        file.write_bytes(msgspec.json.encode(shown))

    return watch


def main() -> int:
    told = msgspec.json.decode(sys.argv[1])
    handler = logging.StreamHandler()
    handler.setFormatter(Lines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    Path(told["datadir"]).mkdir(parents=True, exist_ok=True)
    settings = WorkerSettings(
        client={"bootstrap.servers": told["bootstrap"]},
        instance=told["instance"],
        datadir=told["datadir"],
        watch=watching(Path(told["datadir"]) / "stats.json"),
        reached=faults(told.get("faults", {})),
        **told.get("settings", {}),
    )
    try:
        return run(STAGES[told["stage"]](told["id"], told["inputs"]), settings)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
