"""What one worker process does in a second: empty, decoding, keyed; and what a stage adds in latency.

python bench/shell_rates.py [--bootstrap 127.0.0.1:9092] [--envelopes 4000] [MODE ...]
Each mode runs in a process of its own over the same envelopes: 100 documents of 600 bytes.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import orjson
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

WORKER = Path(__file__).resolve().with_name("rated.py")
PARTITIONS, DOCS, BYTES, USERS = 4, 100, 600, 5_000
MODES = ("consume", "empty", "decode", "produce", "keyed", "latency")


def envelopes(bootstrap: str, run_id: str, count: int) -> None:
    rnd = random.Random(5)
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for made in admin.create_topics(
        [
            NewTopic(f"{run_id}.{name}", num_partitions=PARTITIONS, replication_factor=1)
            for name in ("in", "slow", "out", "cells")
        ]
    ).values():
        made.result()
    producer = Producer({"bootstrap.servers": bootstrap, "compression.type": "lz4", "linger.ms": 20})
    for number in range(count):
        documents = []
        for _ in range(DOCS):
            hit = {
                "user": f"user-{rnd.randrange(USERS)}",
                "time": rnd.randrange(10**15),
                "action": "logon",
                "pad": "",
            }
            hit["pad"] = f"{rnd.getrandbits(400):x}" * 9
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
    return {
        "mode": "consume and decode, no shell",
        "events_per_second": round(n * DOCS / seconds),
        "cpu_us_per_event": round(cpu / n / DOCS * 1e6, 2),
    }


def latency(bootstrap: str, run_id: str, started: subprocess.Popen) -> dict:
    """Send a record about every 200 ms through one stage and time it."""
    reader = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "bench-latency",
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 50,
        }
    )
    reader.assign([TopicPartition(f"{run_id}.out", p) for p in range(PARTITIONS)])
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 0})
    took, rnd = [], random.Random(3)
    for number in range(60):
        producer.produce(f"{run_id}.slow", b"%d %f" % (number, time.time()), partition=number % PARTITIONS)
        producer.flush()
        deadline = time.time() + 20
        while time.time() < deadline:
            message = reader.poll(0.5)
            if (
                message is not None
                and message.error() is None
                and message.value().startswith(b"%d " % number)
            ):
                took.append(time.time() - float(message.value().split()[1]))
                break
        time.sleep(0.15 + 0.1 * rnd.random())
    started.terminate()
    took = sorted(took[5:])
    return {
        "mode": "latency through one stage, read committed",
        "n": len(took),
        "median_ms": round(statistics.median(took) * 1000, 1),
        "p95_ms": round(took[int(len(took) * 0.95)] * 1000, 1),
    }


def main() -> int:
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
            task = {
                "id": run_id,
                "mode": mode,
                "bootstrap": args.bootstrap,
                "datadir": datadir,
                "envelopes": args.envelopes,
            }
            started = subprocess.Popen([sys.executable, str(WORKER), json.dumps(task)])
            if mode == "latency":
                print(json.dumps(latency(args.bootstrap, run_id, started)), flush=True)
            if started.wait(180):
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
