"""Try to break the exact shell: a counting pipeline under kills, pauses, crashes, changes and lost disks.

python bench/chaos_shell.py [--bootstrap 127.0.0.1:9092] [--runs N] [--envelopes N] [SCENARIO ...]
Prints one JSON line a run: findings wanted and got, lost, invented, doubled; cells wrong in the changelog.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from confluent_kafka import Consumer, KafkaError, Producer
from confluent_kafka.admin import AdminClient, NewTopic

WORKER = Path(__file__).resolve().with_name("counting.py")
PARTITIONS = 4
SESSION_SECONDS = 6
HITS = 100
POINTS = ("handled", "before_offsets", "before_commit", "after_commit", "stored", "revoking", "taken")


class Fleet:
    """The workers of one run, and a supervisor that starts again what ended."""

    def __init__(self, bootstrap: str, run_id: str, folder: Path, inputs: int) -> None:
        self.bootstrap, self.run_id, self.folder, self.inputs = bootstrap, run_id, folder, inputs
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self.stopped: dict[str, float] = {}
        self.told: dict[str, dict] = {}
        self.exits: Counter[str] = Counter()
        self.resting: dict[str, float] = {}
        self.done: list[str] = []

    def start(self, instance: str, faults: dict | None = None) -> None:
        stage = instance.split("-", maxsplit=1)[0]
        self.told[instance] = faults if faults is not None else self.told.get(instance, {})
        told = {
            "stage": stage,
            "id": self.run_id,
            "inputs": self.inputs,
            "instance": instance,
            "bootstrap": self.bootstrap,
            "datadir": str(self.folder / instance),
            "faults": self.told[instance],
            "settings": {
                "session_timeout_ms": SESSION_SECONDS * 1000,
                "transaction_timeout_ms": 10_000,
                "stall_seconds": 20.0,
            },
        }
        with (self.folder / f"{instance}.log").open("ab") as log:
            self.workers[instance] = subprocess.Popen(
                [sys.executable, str(WORKER), json.dumps(told)], stdout=log, stderr=log
            )

    def running(self, stage: str = "") -> list[str]:
        return [name for name in self.workers if name.startswith(stage) and name not in self.stopped]

    def kill(self, instance: str, rest_seconds: float = 0.0) -> None:
        """SIGKILL; it comes back with its name and disk, at once or when its partitions have moved on."""
        worker = self.workers.pop(instance)
        worker.kill()
        worker.wait()
        self.exits["killed"] += 1
        self.resting[instance] = time.monotonic() + rest_seconds

    def stop(self, instance: str) -> None:
        self.workers[instance].send_signal(signal.SIGSTOP)
        self.stopped[instance] = time.monotonic()

    def remove(self, instance: str) -> None:
        worker = self.workers.pop(instance)
        worker.terminate()
        self.exits[f"removed:{worker.wait(30)}"] += 1

    def tend(self, pause_seconds: float = SESSION_SECONDS + 5.0) -> None:
        now = time.monotonic()
        for instance, worker in list(self.workers.items()):
            if instance not in self.stopped and _is_stopped(worker.pid):
                self.stopped[instance] = now
            if instance in self.stopped and now - self.stopped[instance] > pause_seconds:
                del self.stopped[instance]
                worker.send_signal(signal.SIGCONT)
                self.exits["woken"] += 1
            code = worker.poll()
            if code is not None:
                self.exits["crashed" if code == -signal.SIGKILL else str(code)] += 1
                self.start(instance)
        for instance, until in list(self.resting.items()):
            if now >= until:
                del self.resting[instance]
                self.start(instance)

    def end(self) -> None:
        for instance in list(self.stopped):
            self.workers[instance].send_signal(signal.SIGCONT)
        self.stopped.clear()
        for worker in self.workers.values():
            worker.terminate()
        for instance, worker in self.workers.items():
            try:
                self.exits[f"end:{worker.wait(30)}"] += 1
            except subprocess.TimeoutExpired:
                worker.kill()
                self.exits["end:hung"] += 1
                self.done.append(f"{instance} hung at its end")


def _is_stopped(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"
    except OSError:
        return False


# Scenarios: what is done to the fleet when a part of the input is sent -------------------------------------------------

Act = Callable[[Fleet, int, random.Random], None]  # fleet, tenths of the input sent, chance
COUNTERS = ("count-0", "count-1")
ROUTERS = ("route-0", "route-1")


def nothing(fleet: Fleet, tenth: int, rnd: random.Random) -> None:
    """Leave it alone."""


def kill(fleet: Fleet, tenth: int, rnd: random.Random) -> None:
    """SIGKILL a worker of each stage, again and again; every other time its partitions move before it is back."""
    if 1 < tenth < 9:
        for stage in ("count", "route"):
            if len(fleet.running(stage)) > 1:
                fleet.kill(
                    rnd.choice(fleet.running(stage)), rest_seconds=(tenth % 2) * (SESSION_SECONDS + 2.0)
                )


def pause(fleet: Fleet, tenth: int, rnd: random.Random) -> None:
    """SIGSTOP a worker of each stage beyond its session, then SIGCONT."""
    if tenth == 2:
        fleet.stop(rnd.choice(fleet.running("count")))
    if tenth == 5:
        fleet.stop(rnd.choice(fleet.running("route")))


def disk(fleet: Fleet, tenth: int, rnd: random.Random) -> None:
    """SIGKILL a counting worker and take its disk, three times."""
    if tenth in (3, 5, 7):
        victim = rnd.choice(fleet.running("count"))
        fleet.kill(victim)
        shutil.rmtree(fleet.folder / victim, ignore_errors=True)


def scale(fleet: Fleet, tenth: int, _: random.Random) -> None:
    """Add two workers, take two away, one of them the first."""
    if tenth == 2:
        fleet.start("count-2")
        fleet.start("route-2")
    if tenth == 4:
        fleet.start("count-3")
    if tenth == 6:
        fleet.remove("count-0")
        fleet.remove("route-0")
    if tenth == 8:
        fleet.remove("count-2")


SCENARIOS: dict[str, tuple[Act, dict]] = {
    "nothing": (nothing, {}),
    "kill": (kill, {}),
    "pause": (pause, {}),
    "disk": (disk, {}),
    "scale": (scale, {}),
    # The keyed stage has two inputs that share cells: partition p of both belongs to one worker, whatever moves.
    "two_kill": (kill, {}),
    "two_scale": (scale, {}),
    # Ends itself once in so many passes, at every point of the commit path.
    "crash": (
        nothing,
        {
            point: ["SIGKILL", 1500 if point == "handled" else 4 if point in ("revoking", "taken") else 60]
            for point in POINTS
        },
    ),
    # Stops itself beyond its session at the worst places: offsets sent but not committed, committed but not stored.
    "freeze": (
        nothing,
        {
            "before_offsets": ["SIGSTOP", 150],
            "before_commit": ["SIGSTOP", 150],
            "after_commit": ["SIGSTOP", 150],
        },
    ),
}


@dataclass
class Outcome:
    """What came of one run."""

    scenario: str
    hits: int = 0
    wanted: int = 0
    got: int = 0
    lost: int = 0
    invented: int = 0
    doubled: int = 0
    cells_wrong: int = 0
    rejected: int = 0
    seconds: float = 0.0
    exits: dict = field(default_factory=dict)
    trouble: list = field(default_factory=list)

    @property
    def exact(self) -> bool:
        return not (self.lost or self.invented or self.doubled or self.cells_wrong or self.trouble)


def play(
    bootstrap: str,
    scenario: str,
    *,
    envelopes: int,
    keys: int = 2000,
    seed: int = 1,
    rate: float = 200.0,
    keep: bool = False,
) -> Outcome:
    """Send the input, do the scenario to the workers meanwhile, compare what came out with what should."""
    run_id = f"x{seed}-{os.getpid()}-{time.time_ns() % 10**9}"
    make_topics(bootstrap, run_id)
    folder = Path(tempfile.mkdtemp(prefix=f"chaos-{scenario}-"))
    fleet, rnd, act = (
        Fleet(bootstrap, run_id, folder, 2 if scenario.startswith("two") else 1),
        random.Random(seed),
        SCENARIOS[scenario],
    )
    started = time.monotonic()
    for instance in (*COUNTERS, *ROUTERS):
        fleet.start(instance, act[1] if instance.startswith("count") or scenario == "crash" else {})
    try:
        totals = send(bootstrap, fleet, act[0], envelopes=envelopes, keys=keys, rnd=rnd, rate=rate)
        if scenario in ("crash", "freeze"):
            fleet.told = {name: {} for name in fleet.told}  # those that start from here on are left alone
        wanted = {b"%s:%d" % (key, n) for key, total in totals.items() for n in range(10, total + 1, 10)}
        got = collect(bootstrap, f"{run_id}.out", len(wanted), fleet)
    finally:
        fleet.end()
    cells = last_values(bootstrap, f"{run_id}.cells")
    right = {key: b"%d" % total for key, total in totals.items()} | {
        b"aux-" + key: b"%d" % total for key, total in totals.items() if total % 7
    }
    wrong = sum(cells.get(key) != right.get(key) for key in {*cells, *right} if not key.startswith(b"tick-"))
    outcome = Outcome(
        scenario=scenario,
        hits=sum(totals.values()),
        wanted=len(wanted),
        got=len(got),
        lost=len(wanted - set(got)),
        invented=len(set(got) - wanted),
        doubled=sum(n > 1 for n in got.values()),
        cells_wrong=wrong,
        rejected=len(last_values(bootstrap, f"{run_id}.rejected")),
        seconds=round(time.monotonic() - started, 1),
        exits=dict(fleet.exits),
        trouble=fleet.done,
    )
    if outcome.exact and not keep:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        sys.stderr.write(f"logs: {folder}\n")
    return outcome


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


def main() -> int:
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("scenarios", nargs="*", default=list(SCENARIOS))
    told.add_argument("--bootstrap", default=os.environ.get("SEERFLOW_TEST_BOOTSTRAP", "127.0.0.1:9092"))
    told.add_argument("--runs", type=int, default=1)
    told.add_argument("--envelopes", type=int, default=8000)
    told.add_argument("--rate", type=float, default=200.0)
    told.add_argument("--seed", type=int, default=1)
    told.add_argument("--keep", action="store_true")
    args = told.parse_args()
    exact = True
    for number in range(args.runs):
        for scenario in args.scenarios or SCENARIOS:
            outcome = play(
                args.bootstrap,
                scenario,
                envelopes=args.envelopes,
                seed=args.seed + number,
                rate=args.rate,
                keep=args.keep,
            )
            exact &= outcome.exact
            print(json.dumps({"exact": outcome.exact, **outcome.__dict__}), flush=True)
    return 0 if exact else 1


if __name__ == "__main__":
    sys.exit(main())
