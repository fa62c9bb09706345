"""What every keyed detector keeps to. A new one adds a line to KEYED: name, how to make it, how to draw a hit.

A hit is drawn for one of a few keys, by number (its place in the log) and time (microseconds).
"""

import random
from collections.abc import Callable
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seerflow.detectors.anomaly import entity, stream
from seerflow.detectors.anomaly.profile import ProfileDetector
from seerflow.detectors.contract import Keyed
from seerflow.detectors.correlation import CorrelationDetector
from seerflow.model.finding import Evidence, Finding, Hit
from seerflow.model.identity import event_id
from seerflow.model.log import Origin
from seerflow.rules.correlation import Correlation

SECOND = 1_000_000
START = 1_773_284_834 * SECOND
LATENESS = 3600 * SECOND


class Case(NamedTuple):
    """One detector under contract."""

    name: str
    make: Callable[[], Keyed]
    hit: Callable[[random.Random, int, int], Hit]  # (chance, number, time) -> hit
    max_cell_bytes: int
    lateness: int = LATENESS  # microseconds that a hit may be later than the watermark of a tick


def evidence(number: int, time: int) -> Evidence:
    origin = Origin("raw.test", 0, number)
    return Evidence(event=event_id(origin), origin=origin, time=time, text="x" * 200)


def correlations() -> CorrelationDetector:
    common = {"group_by": ("source.ip",), "timespan": 30 * SECOND, "title": "t", "story": "s"}
    return CorrelationDetector(
        (
            Correlation(id="n", type="event_count", rules=("a",), conditions=(("gte", 4),), **common),
            Correlation(
                id="v", type="value_count", rules=("a", "b"), conditions=(("gte", 3),), fields=("user.name",),
                **common,
            ),
            Correlation(id="t", type="temporal", rules=("a", "b", "c"), conditions=(), **common),
            Correlation(
                id="s", type="value_sum", rules=("a",), conditions=(("gte", 30),), fields=("bytes",), **common
            ),
            Correlation(
                id="x", type="temporal", rules=("a", "c"), conditions=(), expression=("a", "c", "!", "&"), **common
            ),
            Correlation(
                id="w", type="event_count", rules=("b",), conditions=(("gte", 1),), gap=9 * SECOND, absent=("c",),
                within=20 * SECOND, **common,
            ),
            Correlation(
                id="o", type="temporal_ordered", rules=("n", "c"), conditions=(), generate=True, **common
            ),
        ),
        "r",
        LATENESS,
    )  # fmt: skip


def correlation_hit(chance: random.Random, number: int, time: int) -> Hit:
    return Hit(
        rules=(chance.choice("aaabc"),),
        key=(("source.ip", f"198.51.100.{chance.randrange(3)}"),),
        evidence=evidence(number, time),
        fields={"user.name": chance.choice("uvwxyz"), "bytes": chance.choice(["1", "20"])},
    )


def profiles() -> ProfileDetector:
    """Models that speak early, so that drawn hits are enough for them."""
    return ProfileDetector(
        users=entity.Limits(min_events=3, min_days=2, volume_min=3, week_days=2),
        streams=stream.Limits(settle=2, min_scored=5, quantile=0.9, margin=0.0),
    )


def profile_hit(chance: random.Random, number: int, time: int) -> Hit:
    """A user's or a stream's; a gap is hours here, since profiles go by days."""
    time = START + (time - START) * 3600
    user = {"source.geo.country_iso_code": chance.choice("XYZ") * 2, "host.name": chance.choice("ab")}
    log = {"length": str(chance.randrange(900)), "kind": str(chance.randrange(9)), "fields": "7"}
    name, key, fields = chance.choice(
        [("user", "user.name", user), ("dataset", "event.dataset", log)],
    )
    return Hit(rules=(name,), key=((key, "x"),), evidence=evidence(number, time), fields=fields)


KEYED = (
    Case("correlation", correlations, correlation_hit, 90_000),
    Case("profile", profiles, profile_hit, 1_500),
)

CASES = pytest.mark.parametrize("case", KEYED, ids=[case.name for case in KEYED])
#: Seconds between one hit and the next, and what chance the hits are drawn with.
DRAWN = {"gaps": st.lists(st.integers(0, 20), min_size=1, max_size=40), "seed": st.integers(0, 2**32)}
SETTINGS = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])

Cells = dict[object, bytes | None]


def drawn(case: Case, gaps, seed: int) -> list[Hit]:
    chance, time, hits = random.Random(seed), START, []
    for number, gap in enumerate(gaps):
        time += gap * SECOND
        hits.append(case.hit(chance, number, time))
    return hits


def show(detector: Keyed, hits, cells: Cells | None = None) -> list[Finding]:
    """Show each hit to its key's cell."""
    cells = {} if cells is None else cells
    found = []
    for hit in hits:
        cells[hit.key], findings = detector.on_hit(hit, cells.get(hit.key))
        found += findings
    return found


@CASES
@SETTINGS
@given(**DRAWN)
def test_deterministic_and_the_hit_unchanged(case, gaps, seed):
    hits = drawn(case, gaps, seed)
    before = msgspec.msgpack.encode(hits)
    first: Cells = {}
    second: Cells = {}
    assert show(case.make(), hits, first) == show(case.make(), hits, second)
    assert first == second
    assert msgspec.msgpack.encode(hits) == before


@CASES
@SETTINGS
@given(**DRAWN)
def test_nothing_is_remembered_but_the_cell(case, gaps, seed):
    """A new worker with the cells goes on where the old one stopped; a cell is bytes with a version."""
    hits = drawn(case, gaps, seed)
    detector, cells, found = case.make(), {}, []
    for hit in hits:
        found += show(case.make(), [hit], cells)
        cell = cells[hit.key]
        assert cell is None or (isinstance(cell, bytes) and cell[0] > 0)
    assert found == show(detector, hits)


@CASES
@SETTINGS
@given(**DRAWN, at=st.lists(st.integers(0, 7200)))
def test_ticks_never_change_a_verdict(case, gaps, seed, at):
    """In-order hits, and a tick before each at most as far ahead as the lateness allows."""
    hits = drawn(case, gaps, seed)
    detector, cells, found = case.make(), {}, []
    for hit, ahead in zip(hits, (*at, *[0] * len(hits)), strict=False):
        for key, cell in cells.items():
            if cell is not None:
                cells[key] = detector.on_tick(cell, hit.time + min(ahead * SECOND, case.lateness))
        found += show(detector, [hit], cells)
    wanted = show(detector, hits)
    assert [(f.id, f.revision, f.count, f.retracted) for f in found] == [
        (f.id, f.revision, f.count, f.retracted) for f in wanted
    ]


@CASES
@SETTINGS
@given(**DRAWN, parts=st.integers(1, 4))
def test_the_number_of_partitions_does_not_matter(case, gaps, seed, parts):
    hits = drawn(case, gaps, seed)
    keys = sorted({hit.key for hit in hits})
    split = [
        finding
        for part in range(parts)
        for finding in show(case.make(), [h for h in hits if keys.index(h.key) % parts == part])
    ]
    whole = show(case.make(), hits)
    assert sorted(split, key=lambda f: (f.id, f.revision)) == sorted(whole, key=lambda f: (f.id, f.revision))


@CASES
@SETTINGS
@given(**DRAWN)
def test_a_crash_and_a_replay_find_the_same_ids(case, gaps, seed):
    """Cells as they were at the last commit, hits again from there: the same findings, not one more."""
    hits = drawn(case, gaps, seed)
    half = len(hits) // 2
    detector, cells = case.make(), {}
    before = show(detector, hits[:half], cells)
    committed = dict(cells)
    show(detector, hits[half:], cells)  # then the worker dies
    assert before + show(detector, hits[half:], committed) == show(detector, hits)


@CASES
@SETTINGS
@given(**DRAWN)
def test_a_repeat_at_once_is_harmless(case, gaps, seed):
    hits = drawn(case, gaps, seed)
    detector, cells = case.make(), {}
    for hit in hits:
        show(detector, [hit], cells)
        again = dict(cells)
        assert show(detector, [hit], again) == []
        assert again == cells


@CASES
@SETTINGS
@given(**DRAWN)
def test_what_a_finding_says(case, gaps, seed):
    detector = case.make()
    hits = drawn(case, gaps, seed)
    events = {hit.evidence.event for hit in hits}
    for finding in show(detector, hits):
        assert finding.detector == detector.name
        assert finding.key in {hit.key for hit in hits}
        assert finding.first <= finding.last
        assert finding.reasons
        assert finding.evidence
        assert {piece.event for piece in finding.evidence} <= events


@CASES
def test_a_flood_of_one_key_stays_bounded(case):
    detector, chance, cell, largest = case.make(), random.Random(7), None, 0
    key = case.hit(chance, 0, START).key
    for number in range(5_000):
        hit = msgspec.structs.replace(case.hit(chance, number, START + number * 1_200), key=key)
        cell, _ = detector.on_hit(hit, cell)
        largest = max(largest, len(cell or b""))
    assert largest <= case.max_cell_bytes


@CASES
def test_ticks_free_memory(case):
    detector, chance, cells = case.make(), random.Random(7), {}
    show(detector, [case.hit(chance, n, START + n * SECOND) for n in range(200)], cells)
    before = sum(len(cell) for cell in cells.values() if cell)
    late = [detector.on_tick(cell, START + 100 * 24 * 3600 * SECOND) for cell in cells.values() if cell]
    assert sum(len(cell) for cell in late if cell) <= before
