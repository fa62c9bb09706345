"""The steps that bench/shell_rates.py measures, and the worker that runs one of them over so many records.

Run as a process: python bench/rated.py '{"mode": "keyed", "id": ..., "bootstrap": ..., "datadir": ..., "envelopes": N}'.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

import msgspec
import orjson

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from seerflow.agents.settings import WorkerSettings
from seerflow.agents.stage import Stage, Step
from seerflow.agents.worker import run
from seerflow.engine.cells import Cells
from seerflow.model.record import Outgoing, Record

DOCS = 100  # in an envelope


class Window(msgspec.Struct, array_like=True):
    count: int = 0
    last: int = 0


def empty(*_: object) -> list[Outgoing]:
    return []


def decode(record: Record, _: Cells) -> list[Outgoing]:
    for line in record.value.split(b"\n"):
        orjson.loads(line)
    return []


def produce(run_id: str):
    def step(record: Record, _: Cells) -> list[Outgoing]:
        documents = [orjson.loads(line) for line in record.value.split(b"\n")]
        return [
            Outgoing(
                topic=f"{run_id}.out",
                value=b"\n".join(map(orjson.dumps, documents)),
                partition=record.partition,
            )
        ]

    return step


def keyed(run_id: str):
    read, write = msgspec.msgpack.Decoder(Window).decode, msgspec.msgpack.Encoder().encode

    def step(record: Record, cells: Cells) -> list[Outgoing]:
        out = []
        for line in record.value.split(b"\n"):
            hit = orjson.loads(line)
            key = hit["user"].encode()
            raw = cells.get(key)
            window = read(raw) if raw else Window()
            window.count += 1
            window.last = hit["time"]
            cells.put(key, write(window))
            if window.count % 1000 == 0:
                out.append(Outgoing(topic=f"{run_id}.out", value=key, key=key))
        return out

    return step


def forward(run_id: str):
    return lambda record, _: [Outgoing(topic=f"{run_id}.out", value=record.value, partition=record.partition)]


class Meter:
    """Counts the records of one run, and tells what they took when the last one is committed."""

    def __init__(self, mode: str, envelopes: int) -> None:
        self._mode, self._envelopes = mode, envelopes
        self._count, self._first, self._cpu = 0, 0.0, 0.0

    def counting(self, inner: Step) -> Step:
        """Give the step, counted."""

        def step(record: Record, cells: Cells) -> list[Outgoing]:
            if not self._count:
                self._first, self._cpu = time.perf_counter(), time.process_time()
            self._count += 1
            return inner(record, cells)

        return step

    def reached(self, point: str) -> None:
        """End the process, cleanly, when all is stored."""
        if point != "stored" or self._count < self._envelopes or self._mode == "latency":
            return
        seconds, cpu = time.perf_counter() - self._first, time.process_time() - self._cpu
        events = self._count * DOCS
        row = {
            "mode": self._mode,
            "events_per_second": round(events / seconds),
            "cpu_us_per_event": round(cpu / events * 1e6, 2),
            "envelopes_per_second": round(self._count / seconds),
        }
        print(json.dumps(row), flush=True)
        os.kill(os.getpid(), signal.SIGTERM)


def main() -> int:
    told = json.loads(sys.argv[1])
    run_id, mode = told["id"], told["mode"]
    steps = {
        "empty": empty,
        "decode": decode,
        "produce": produce(run_id),
        "keyed": keyed(run_id),
        "latency": forward(run_id),
    }
    meter = Meter(mode, told["envelopes"])
    stage = Stage(
        name=f"{mode}-{run_id}",
        inputs=(f"{run_id}.in" if mode != "latency" else f"{run_id}.slow",),
        step=meter.counting(steps[mode]),
        changelog=f"{run_id}.cells" if mode == "keyed" else None,
    )
    settings = WorkerSettings(
        client={"bootstrap.servers": told["bootstrap"]},
        instance="bench-0",
        datadir=told["datadir"],
        reached=meter.reached,
    )
    return run(stage, settings)


if __name__ == "__main__":
    sys.exit(main())
