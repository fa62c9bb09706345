"""What one worker process does in a second: empty, decoding, keyed; and what a stage adds in latency.

python bench/shell_rates.py [--bootstrap 127.0.0.1:9092] [--envelopes 4000] [MODE ...]
Each mode runs in a process of its own over the same envelopes: 100 documents of 600 bytes.
"""

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import orjson
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from seerflow.agents.settings import WorkerSettings
from seerflow.agents.stage import Stage
from seerflow.agents.worker import run
from seerflow.engine.cells import Cells
from seerflow.model.record import Outgoing, Record

PARTITIONS, DOCS, BYTES, USERS = 4, 100, 600, 5_000
MODES = ("consume", "empty", "decode", "produce", "keyed", "latency")


class Window(msgspec.Struct, array_like=True):
    count: int = 0
    last: int = 0


def empty(record: Record, _: Cells) -> list[Outgoing]:
    return []


def decode(record: Record, _: Cells) -> list[Outgoing]:
    for line in record.value.split(b"\n"):
        orjson.loads(line)
    return []


def produce(run_id: str):
    def step(record: Record, _: Cells) -> list[Outgoing]:
        documents = [orjson.loads(line) for line in record.value.split(b"\n")]
        return [Outgoing(topic=f"{run_id}.out", value=b"\n".join(map(orjson.dumps, documents)), partition=record.partition)]

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


def worker(told: dict) -> int:
    """Be the worker: end after so many records, and print what it took."""
    run_id, mode = told["id"], told["mode"]
    seen = {"n": 0, "first": 0.0, "cpu": 0.0}
    inner = {"empty": empty, "decode": decode, "produce": produce(run_id), "keyed": keyed(run_id), "latency": forward(run_id)}[mode]

    def step(record: Record, cells: Cells):
        if not seen["n"]:
            seen["first"], seen["cpu"] = time.perf_counter(), time.process_time()
        seen["n"] += 1
        return inner(record, cells)

    def reached(point: str) -> None:
        if point == "stored" and seen["n"] >= told["envelopes"] and mode != "latency":
            seconds, cpu = time.perf_counter() - seen["first"], time.process_time() - seen["cpu"]
            events = seen["n"] * DOCS
            print(json.dumps({"mode": mode, "events_per_second": round(events / seconds), "cpu_us_per_event": round(cpu / events * 1e6, 2), "envelopes_per_second": round(seen["n"] / seconds)}), flush=True)
            os.kill(os.getpid(), signal.SIGTERM)

    stage = Stage(name=f"{mode}-{run_id}", inputs=(f"{run_id}.in" if mode != "latency" else f"{run_id}.slow",), step=step, changelog=f"{run_id}.cells" if mode == "keyed" else None)
    settings = WorkerSettings(client={"bootstrap.servers": told["bootstrap"]}, instance="bench-0", datadir=told["datadir"], reached=reached)
    return run(stage, settings)


def envelopes(bootstrap: str, run_id: str, count: int) -> None:
    rnd = random.Random(5)
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for made in admin.create_topics([NewTopic(f"{run_id}.{name}", num_partitions=PARTITIONS, replication_factor=1) for name in ("in", "slow", "out", "cells")]).values():
        made.result()
    producer = Producer({"bootstrap.servers": bootstrap, "compression.type": "lz4", "linger.ms": 20})
    for number in range(count):
        documents = []
        for _ in range(DOCS):
            hit = {"user": f"user-{rnd.randrange(USERS)}", "time": rnd.randrange(10**15), "action": "logon", "pad": ""}
            hit["pad"] = "%x" % rnd.getrandbits(400) * 9
            documents.append(orjson.dumps(hit)[: BYTES - 2].rstrip(b'"}') + b'"}')
        while True:
            try:
                producer.produce(f"{run_id}.in", b"\n".join(documents), partition=number % PARTITIONS)
                break
            except BufferError:
                producer.poll(0.1)
    producer.flush()


def consume(bootstrap: str, run_id: str, count: int) -> dict:
    """The limit: the same envelopes merely consumed and decoded, without a shell."""
    reader = Consumer({"bootstrap.servers": bootstrap, "group.id": "bench", "auto.offset.reset": "earliest"})
    reader.assign([TopicPartition(f"{run_id}.in", p, 0) for p in range(PARTITIONS)])
    n, first, cpu = 0, 0.0, 0.0
    while n < count:
        for message in reader.consume(200, 1.0):
            if not n:
                first, cpu = time.perf_counter(), time.process_time()
            for line in message.value().split(b"\n"):
                orjson.loads(line)
            n += 1
    seconds, cpu = time.perf_counter() - first, time.process_time() - cpu
    reader.close()
    return {"mode": "consume and decode, no shell", "events_per_second": round(n * DOCS / seconds), "cpu_us_per_event": round(cpu / n / DOCS * 1e6, 2)}


def latency(bootstrap: str, run_id: str, started: subprocess.Popen) -> dict:
    """Send a record about every 200 ms through one stage and time it."""
    reader = Consumer({"bootstrap.servers": bootstrap, "group.id": "bench-latency", "auto.offset.reset": "earliest", "fetch.wait.max.ms": 50})
    reader.assign([TopicPartition(f"{run_id}.out", p) for p in range(PARTITIONS)])
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 0})
    took, rnd = [], random.Random(3)
    for number in range(60):
        producer.produce(f"{run_id}.slow", b"%d %f" % (number, time.time()), partition=number % PARTITIONS)
        producer.flush()
        deadline = time.time() + 20
        while time.time() < deadline:
            message = reader.poll(0.5)
            if message is not None and message.error() is None and message.value().startswith(b"%d " % number):
                took.append(time.time() - float(message.value().split()[1]))
                break
        time.sleep(0.15 + 0.1 * rnd.random())
    started.terminate()
    took = sorted(took[5:])
    return {"mode": "latency through one stage, read committed", "n": len(took), "median_ms": round(statistics.median(took) * 1000, 1), "p95_ms": round(took[int(len(took) * 0.95)] * 1000, 1)}


def main() -> int:
    if len(sys.argv) == 2 and sys.argv[1].startswith("{"):
        return worker(json.loads(sys.argv[1]))
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("modes", nargs="*", default=list(MODES))
    told.add_argument("--bootstrap", default=os.environ.get("SEERFLOW_TEST_BOOTSTRAP", "127.0.0.1:9092"))
    told.add_argument("--envelopes", type=int, default=4000)
    args = told.parse_args()
    run_id = f"bench{time.time_ns() % 10**9}"
    envelopes(args.bootstrap, run_id, args.envelopes)
    for mode in args.modes:
        if mode == "consume":
            print(json.dumps(consume(args.bootstrap, run_id, args.envelopes)), flush=True)
            continue
        with tempfile.TemporaryDirectory() as datadir:
            task = {"id": run_id, "mode": mode, "bootstrap": args.bootstrap, "datadir": datadir, "envelopes": args.envelopes}
            started = subprocess.Popen([sys.executable, __file__, json.dumps(task)])
            if mode == "latency":
                print(json.dumps(latency(args.bootstrap, run_id, started)), flush=True)
            if started.wait(180):
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
