"""The counting pipeline's topics: what goes in at a steady rate, and what came out, as committed readers see it."""

import random
import time
from collections import Counter

from confluent_kafka import Consumer, KafkaError, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from bench.fleet import Fleet
from bench.scenarios import Act

PARTITIONS = 4
HITS = 100


def make_topics(bootstrap: str, run_id: str) -> None:
    compact = {"cleanup.policy": "compact"}
    topics = [
        NewTopic(
            f"{run_id}.{name}",
            num_partitions=PARTITIONS,
            replication_factor=1,
            config=compact if name == "cells" else {},
        )
        for name in ("raw", "hits-0", "hits-1", "out", "cells", "rejected")
    ]
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for made in admin.create_topics(topics).values():
        made.result()


def send(
    bootstrap: str, fleet: Fleet, act: Act, *, envelopes: int, keys: int, rnd: random.Random, rate: float
) -> Counter[bytes]:
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 5, "enable.idempotence": True})
    totals: Counter[bytes] = Counter()
    begun, tenth, tended = time.monotonic(), 0, 0.0
    for sent in range(envelopes):
        drawn = [b"k%d" % rnd.randrange(keys) for _ in range(HITS)]
        totals.update(drawn)
        producer.produce(f"{fleet.run_id}.raw", b"\n".join(drawn), partition=sent % PARTITIONS)
        producer.poll(0)
        if sent * 10 // envelopes > tenth:
            tenth = sent * 10 // envelopes
            act(fleet, tenth, rnd)
        if time.monotonic() - tended > 0.3:
            fleet.tend()
            tended = time.monotonic()
        ahead = begun + sent / rate - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
    if producer.flush(30):
        raise RuntimeError("the input was not taken")
    return totals


def collect(
    bootstrap: str, topic: str, wanted: int, fleet: Fleet, quiet_seconds: float = 60.0
) -> Counter[bytes]:
    """Read committed findings until all came and then nothing for 3 s, or nothing came for a long time."""
    reader = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": topic,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    reader.subscribe([topic])
    got: Counter[bytes] = Counter()
    heard = time.monotonic()
    while time.monotonic() - heard < (3.0 if len(got) >= wanted and not fleet.stopped else quiet_seconds):
        fleet.tend()
        for message in reader.consume(1000, 0.3):
            if message.error() is None:
                got[message.value()] += 1
                heard = time.monotonic()
    reader.close()
    return got


def last_values(bootstrap: str, topic: str) -> dict[bytes, bytes]:
    """Give the topic's last committed value of each key (of each record where keys are absent)."""
    reader = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": topic,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )
    reader.subscribe([topic])
    found: dict[bytes, bytes] = {}
    ended: set[int] = set()
    deadline = time.monotonic() + 60
    while len(ended) < PARTITIONS and time.monotonic() < deadline:
        for message in reader.consume(5000, 0.5):
            if message.error() is None:
                ended.discard(message.partition())
                key = message.key() or b"%d-%d" % (message.partition(), message.offset())
                if message.value() is None:
                    found.pop(key, None)
                else:
                    found[key] = message.value()
            elif message.error().code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its name
                ended.add(message.partition())
    reader.close()
    return found
