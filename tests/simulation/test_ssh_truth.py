"""Real sshd logs: the brute-force rule at 5 failures in 60 s names exactly the sources that did that, in any order."""

import json
import random
import re
from datetime import UTC, datetime

import pytest

from seerflow.detectors.correlation import CorrelationDetector
from seerflow.model.finding import Evidence, Hit
from seerflow.model.identity import event_id
from seerflow.model.log import Origin
from seerflow.rules.correlation import Correlation

RULE = Correlation(
    id="bruteforce", title="SSH password guessing", type="event_count", rules=("failure",),
    group_by=("source.ip",), timespan=60_000_000, conditions=(("gte", 5),), story="bruteforce",
)  # fmt: skip

# A stand-in for the parser, which has its own tests: time, repeats (the syslog daemon folds them into one line)
# and source of a failure, as sshd says it and as PAM does.
_HEAD = r"^(?P<time>\w{3} +\d+ [\d:]{8}) \S+ sshd(?:\(\w+\))?\[\d+\]: "
_FAILED = {
    "openssh": re.compile(
        _HEAD + r"(?:message repeated (?P<n>\d+) times: \[ )?Failed password .* from (?P<source>\S+) port"
    ),
    "linux": re.compile(_HEAD + r"(?P<n>(?!))?authentication failure; .* rhost=(?P<source>\S+)"),
}


def hits(path, failed: re.Pattern[str], year: int) -> list[Hit]:
    found = []
    for number, line in enumerate(path.read_text("utf-8", "replace").splitlines()):
        match = failed.match(line)
        if match is None:
            continue
        moment = datetime.strptime(f"{year} {match['time']}", "%Y %b %d %H:%M:%S").replace(tzinfo=UTC)
        for index in range(int(match["n"] or 1)):
            origin = Origin(path.name, 0, number, index)
            time = int(moment.timestamp()) * 1_000_000
            evidence = Evidence(event=event_id(origin), origin=origin, time=time)
            found.append(Hit(rules=("failure",), key=(("source.ip", match["source"]),), evidence=evidence))
    return found


def sources(given: list[Hit]) -> tuple[set[str], set[str]]:
    """Give the sources and the ids of the findings that stand in the end."""
    detector, cells, standing = CorrelationDetector((RULE,), "r", 10**15, rows=4096), {}, {}
    for hit in given:
        cells[hit.key], findings = detector.on_hit(hit, cells.get(hit.key))
        standing |= {finding.id: finding for finding in findings}
    standing = {name: finding for name, finding in standing.items() if not finding.retracted}
    return {finding.key[0][1] for finding in standing.values()}, set(standing)


@pytest.mark.parametrize(("name", "fast"), [("openssh", 11), ("linux", 39)])
def test_exactly_the_fast_ones(shared, name, fast):
    folder = shared / "data" / "correlation" / "ssh"
    truth = json.loads((folder / f"loghub-{name}-2k.truth.json").read_text())
    wanted = {source["src_ip"] for source in truth["sources"] if source["max_failed_in_60s"] >= 5}
    assert len(wanted) == fast
    given = hits(folder / f"loghub-{name}-2k.log", _FAILED[name], truth["assumed_year"])
    named, ids = sources(given)
    assert named == wanted
    random.Random(1).shuffle(given)
    assert sources(given) == (named, ids)
