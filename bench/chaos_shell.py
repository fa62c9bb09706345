"""Try to break the exact shell: a counting pipeline under kills, pauses, crashes, changes and lost disks.

python bench/chaos_shell.py [--bootstrap 127.0.0.1:9092] [--runs N] [--envelopes N] [SCENARIO ...]
Prints one JSON line a run: findings wanted and got, lost, invented, doubled; cells wrong in the changelog.
"""

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.counted import collect, last_values, make_topics, send
from bench.fleet import Fleet
from bench.scenarios import SCENARIOS

COUNTERS = ("count-0", "count-1")
ROUTERS = ("route-0", "route-1")


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
    fleet = Fleet(bootstrap, run_id, folder, 2 if scenario.startswith("two") else 1)
    act, faults = SCENARIOS[scenario]
    started = time.monotonic()
    for instance in (*COUNTERS, *ROUTERS):
        fleet.start(instance, faults if instance.startswith("count") or scenario == "crash" else {})
    try:
        totals = send(
            bootstrap, fleet, act, envelopes=envelopes, keys=keys, rnd=random.Random(seed), rate=rate
        )
        if scenario in ("crash", "freeze"):
            fleet.told = {name: {} for name in fleet.told}  # those that start from here on are left alone
        got = collect(bootstrap, f"{run_id}.out", len(_wanted(totals)), fleet)
    finally:
        fleet.end()
    outcome = _compared(bootstrap, scenario, fleet, totals, got)
    outcome.seconds = round(time.monotonic() - started, 1)
    if outcome.exact and not keep:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        sys.stderr.write(f"logs: {folder}\n")
    return outcome


def _compared(
    bootstrap: str, scenario: str, fleet: Fleet, totals: Counter[bytes], got: Counter[bytes]
) -> Outcome:
    wanted = _wanted(totals)
    cells, right = last_values(bootstrap, f"{fleet.run_id}.cells"), _right(totals)
    return Outcome(
        scenario=scenario,
        hits=sum(totals.values()),
        wanted=len(wanted),
        got=len(got),
        lost=len(wanted - set(got)),
        invented=len(set(got) - wanted),
        doubled=sum(n > 1 for n in got.values()),
        cells_wrong=sum(
            cells.get(key) != right.get(key) for key in {*cells, *right} if not key.startswith(b"tick-")
        ),
        rejected=len(last_values(bootstrap, f"{fleet.run_id}.rejected")),
        exits=dict(fleet.exits),
        trouble=fleet.done,
    )


def _wanted(totals: Counter[bytes]) -> set[bytes]:
    """Give the findings that there should be: one at each tenth hit of a key."""
    return {b"%s:%d" % (key, n) for key, total in totals.items() for n in range(10, total + 1, 10)}


def _right(totals: Counter[bytes]) -> dict[bytes, bytes]:
    """Give the cells that there should be; the second one of a key is deleted at every seventh hit."""
    return {key: b"%d" % total for key, total in totals.items()} | {
        b"aux-" + key: b"%d" % total for key, total in totals.items() if total % 7
    }


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
