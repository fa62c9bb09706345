"""The whole pipeline while its workers are killed and stopped: what it finds must be what a replay finds.

python bench/chaos_pipeline.py [--logs 200000] [--pause correlate] [--bootstrap HOST:PORT] [--json]

Two workers a stage. While the logs flow, one worker of each stage is killed with SIGKILL and started again, that of
dispatch between telling and noting; one worker of each --pause stage is stopped beyond its session with its input
full, and woken when another has its partitions.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.disturbance import Disturbance, Wound, plan
from bench.episodes import episodes
from bench.inbox import Inbox
from bench.live import STAGES, Live, running
from bench.oracle import consulted
from bench.verdict import Count, Seen, changes, counts, records
from seerflow import broker
from seerflow.adapters import codec
from seerflow.adapters.dispatching import CONCURRENCY
from seerflow.agents.detect import HITS
from seerflow.bench import workload

HOSTS = 16
SESSION_SECONDS = 10.0
#: Records that may wait for the first two stages: the flow is as fast as they are.
BACKLOG = 40
#: A service takes its time; so there are always messages under way.
TELLING_SECONDS = 0.05
SLICES = 100
#: Evidence may be as late as a day: then no cell forgets anything, and all of them can be compared.
DAY_SECONDS = 86_400
#: Sixty addresses attack among so many logs.
LOGS_A_ROUND = 10_000


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of one run."""

    logs: int
    flow_seconds: float  # until all was read by the first two stages
    seconds: float  # until nothing moved any more
    wounds: list[Wound]
    exits: dict[str, int]  # "detect-0:-9" -> how often
    counts: list[Count]

    @property
    def again(self) -> int:
        """How many messages may be told twice: those under way when a worker of dispatch was hit.

        One that was stopped hands its partitions over and, awake again, takes them back: two such moments.
        """
        deeds = [one.step.deed for one in self.wounds if one.step.stage == "dispatch"]
        return CONCURRENCY * (deeds.count("kill") + 2 * deeds.count("pause"))

    @property
    def exact(self) -> bool:
        """Whether nothing was lost, invented, or done twice where it must not be."""
        return not any(
            one.lost or one.wrong or one.twice > (self.again if one.name == "notifications" else 0)
            for one in self.counts
        )


def play(
    bootstrap: str,
    folder: Path,
    logs: int,
    *,
    pauses: Sequence[str] = ("correlate",),
    session_seconds: float = SESSION_SECONDS,
    lateness_seconds: int = DAY_SECONDS,
) -> Outcome:
    """Send the logs, do the deeds meanwhile, compare what came out with a replay."""
    rows = workload.lines(logs, hosts=HOSTS, rounds=max(1, logs // LOGS_A_ROUND))
    inbox = Inbox(TELLING_SECONDS)
    hook = {"type": "webhook", "name": "hook", "url": inbox.url, "min_level": "low"}
    document = {"notifiers": [hook], "detect": {"lateness_seconds": lateness_seconds}}
    live = Live(folder, bootstrap, workers=2, document=document, session_seconds=session_seconds)
    chaos = Disturbance(live, inbox, plan(STAGES, pauses), session_seconds)
    quiet = session_seconds + 2
    try:
        with running(live):
            live.ready()
            began = time.monotonic()
            _flow(live, chaos, rows)
            flowed = time.monotonic() - began
            _until_over(live, chaos)
            live.settle(600, quiet=quiet)
            took = time.monotonic() - began - quiet
            seen = _seen(live, inbox)
    finally:
        inbox.close()
    return Outcome(
        logs=len(rows),
        flow_seconds=round(flowed, 1),
        seconds=round(took, 1),
        wounds=chaos.done,
        exits=dict(live.exits),
        counts=counts(seen, len(rows), consulted(live.config, rows), lateness_seconds),
    )


def _flow(live: Live, chaos: Disturbance, rows: list[tuple[str, str]]) -> None:
    """Send slice after slice, as fast as the first two stages take them."""
    width = max(1, len(rows) // SLICES)
    for start in range(0, len(rows), width):
        live.send(rows[start : start + width])
        waits = True
        while waits:
            live.watch()
            chaos.tend(start / len(rows))
            backlog = live.offsets.lag("parse") + live.offsets.lag("detect")
            waits = backlog > BACKLOG or chaos.late(start / len(rows))


def _until_over(live: Live, chaos: Disturbance, patience: float = 300.0) -> None:
    deadline = time.monotonic() + patience
    while not chaos.over:
        if time.monotonic() > deadline:
            raise TimeoutError("a worker's partitions did not move again")
        live.watch()
        chaos.tend(1.0)


def _seen(live: Live, inbox: Inbox) -> Seen:
    return Seen(
        events=Counter(e.id for value in records(live.settings, "events") for e in codec.events(value)),
        rejected=sum(value.count(b"\n") + 1 for value in records(live.settings, "rejected")),
        hits={name: _hits(live, topic) for name, topic in HITS.items()},
        episodes=episodes(changes(live.settings, "correlate.cells")),
        revisions=[a for value in records(live.settings, "alerts") for a in codec.alerts(value)],
        deliveries=[d for value in records(live.settings, "deliveries") for d in codec.deliveries(value)],
        taken=tuple(inbox.taken),
    )


def _hits(live: Live, topic: str) -> Counter[tuple[str, ...]]:
    return Counter(
        (one.evidence.event, repr(one.key), *one.rules)
        for value in records(live.settings, topic)
        for one in codec.hits(value)
    )


def rows(outcome: Outcome) -> Iterator[str]:
    """Give the outcome as lines of text."""
    yield f"{outcome.logs} logs, flowing for {outcome.flow_seconds} s, all done after {outcome.seconds} s"
    yield f"{'':18}{'wanted':>9}{'got':>9}{'lost':>7}{'twice':>7}{'wrong':>7}"
    for one in outcome.counts:
        yield f"{one.name:18}{one.wanted:>9}{one.got:>9}{one.lost:>7}{one.twice:>7}{one.wrong:>7}"
    yield f"{'':18}{'at':>5}{'worker':>14}{'moved on after':>17}"
    for wound in outcome.wounds:
        full = f"   {wound.waiting} records waited" if wound.step.deed == "pause" else ""
        yield (f"{wound.step.deed:18}{wound.step.at:>5.0%} {wound.worker:>14}{wound.seconds:>15.1f} s{full}")
    ends = Counter[str]()
    for name, count in outcome.exits.items():
        ends[name.rpartition(":")[2]] += count
    yield "ended and started again: " + ", ".join(
        f"{count} with {code}" for code, count in sorted(ends.items())
    )
    yield "EXACT" if outcome.exact else "NOT EXACT"


@contextmanager
def _broker(given: str | None, folder: Path) -> Iterator[str]:
    if given:
        yield given
        return
    with broker.temporary(folder) as started:
        yield started.bootstrap


def main() -> int:
    """Run it and print the table."""
    told = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument("--logs", type=int, default=200_000)
    told.add_argument("--pause", choices=STAGES, action="append", help="default: correlate")
    told.add_argument("--bootstrap", help="a broker to use; without one, a broker is started for this run")
    told.add_argument("--folder", type=Path, help="keep the workers' logs and stores there")
    told.add_argument(
        "--lateness", type=int, default=DAY_SECONDS, help="detect.lateness_seconds; cells forget behind it"
    )
    told.add_argument("--json", action="store_true")
    args = told.parse_args()
    with tempfile.TemporaryDirectory(prefix="chaos-") as temporary:
        folder = args.folder or Path(temporary)
        with _broker(args.bootstrap, folder / "broker") as bootstrap:
            outcome = play(
                bootstrap,
                folder / "live",
                args.logs,
                pauses=args.pause or ["correlate"],
                lateness_seconds=args.lateness,
            )
    print(msgspec.json.encode(outcome).decode() if args.json else "\n".join(rows(outcome)))
    return 0 if outcome.exact else 1


if __name__ == "__main__":
    sys.exit(main())
