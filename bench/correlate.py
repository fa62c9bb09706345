"""Hits per second and core of the correlation detector alone: `python bench/correlate.py`."""

import random
import time

from seerflow.detectors.correlation import CorrelationDetector
from seerflow.model.finding import Evidence, Hit
from seerflow.model.identity import event_id
from seerflow.model.log import Origin
from seerflow.rules.correlation import Correlation

COMMON = {"group_by": ("source.ip",), "title": "t", "story": "s", "timespan": 60_000_000}
RULES = (
    Correlation(id="n", type="event_count", rules=("failure",), conditions=(("gte", 6),), **COMMON),
    Correlation(
        id="v",
        type="value_count",
        rules=("failure",),
        conditions=(("gte", 10),),
        fields=("user.name",),
        **COMMON,
    ),
    Correlation(
        id="o", type="temporal_ordered", rules=("n", "success"), conditions=(), generate=True, **COMMON
    ),
)
LINE = "Mar 12 03:07:14 web-prod-01 sshd[28410]: Failed password for admin from 198.51.100.23 port 44821 ssh2"


def hits(number: int, keys: int, step: int) -> list[Hit]:
    """Give hits `step` microseconds apart, of so many keys in turn."""
    found = []
    for n in range(number):
        origin, user = Origin("raw.syslog", 0, n), f"user{n % 7}"
        evidence = Evidence(
            event=event_id(origin), origin=origin, time=n * step, values={"user.name": user}, text=LINE
        )
        key = (("source.ip", f"198.51.{n % keys // 256}.{n % keys % 256}"),)
        found.append(Hit(rules=("failure",), key=key, evidence=evidence, fields={"user.name": user}))
    return found


def measure(name: str, rules: tuple[Correlation, ...], given: list[Hit]) -> None:
    """Print hits per second and the cells' sizes."""
    detector, cells, start = CorrelationDetector(rules, "bench"), {}, time.process_time()
    for hit in given:
        cells[hit.key], _ = detector.on_hit(hit, cells.get(hit.key))
    rate = len(given) / (time.process_time() - start)
    sizes = [len(cell) for cell in cells.values()]
    print(f"{name:40} {rate:9.0f} hits/s {sum(sizes) / len(sizes):7.0f} bytes a cell")


def main() -> None:
    """Measure few hits of many keys, and one key's flood in order and shuffled."""
    flood = hits(10_000, 1, 1_200)
    shuffled = random.Random(1).sample(flood, len(flood))
    for label, rules in (("1 rule", RULES[:1]), ("3 rules", RULES)):
        measure(f"{label}, 20,000 keys, 3 hits each", rules, hits(60_000, 20_000, 20_000))
        measure(f"{label}, one key, 50,000 a minute", rules, flood)
        measure(f"{label}, the same, shuffled", rules, shuffled)


if __name__ == "__main__":
    main()
