"""What every detector keeps to (detectors/contract.py), for profiles and indicators."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seerflow.detectors.anomaly import entity, stream
from seerflow.detectors.anomaly.keys import ProfileKeys
from seerflow.detectors.anomaly.profile import RETENTION, SLACK, ProfileDetector
from seerflow.detectors.intel.detector import IntelDetector
from seerflow.detectors.intel.lists import read_csv
from seerflow.engine.cells import DictCells
from seerflow.model.identity import DAY
from tests.unit.detectors.anomaly.people import MONDAY, sign_in

INDICATORS, _ = read_csv("list", b"value\n198.51.100.7\nevil.example.com\n")
STATELESS = [
    pytest.param(ProfileKeys(), id="profile-keys"),
    pytest.param(IntelDetector(INDICATORS), id="intel"),
]

#: Models that speak early, so that drawn stories are long enough for them.
EARLY = ProfileDetector(
    users=entity.Limits(min_events=3, min_days=2, volume_min=3, week_days=7),
    streams=stream.Limits(settle=2, min_scored=5, quantile=0.9, margin=0.0),
)

TEXT = st.text(max_size=30)
EVENTS = st.builds(
    lambda number, day, second, user, country, host, address, outcome: sign_in(
        number,
        (MONDAY + day) * DAY + second * 1_000_000,
        user=user,
        country=country,
        host=host,
        address=address,
        **{"event.outcome": outcome, "url.original": f"http://{host}/"},
    ),
    st.integers(0, 10**6),
    st.integers(0, 40),
    st.integers(0, 86_399),
    st.sampled_from(["alice", "bob"]),
    st.sampled_from(["DE", "FR", "US"]),
    st.one_of(st.sampled_from(["web-1", "db-9", "evil.example.com"]), TEXT),
    st.one_of(st.sampled_from(["192.0.2.7", "198.51.100.7", "2001:db8::1"]), TEXT),
    st.sampled_from(["success", "failure"]),
)
STORIES = st.lists(EVENTS, max_size=40)


def in_order(events):
    return sorted(events, key=lambda one: (one.time, one.id))


def hits_of(events):
    return [hit for one in events for _, hit in ProfileKeys().on_event(one).hits]


def run(detector, hits, cells=None, ticks=()):
    cells = cells or DictCells()
    found, ticks = [], dict(ticks)
    for number, hit in enumerate(hits):
        key = repr(hit.key).encode("utf-8", "surrogatepass")
        cell, findings = detector.on_hit(hit, cells.get(key))
        cells.put(key, cell)
        found += findings
        if number in ticks:
            for name, value in list(cells.data.items()):
                cells.put(name, detector.on_tick(value, hit.time + ticks[number]))
    return found, cells


@pytest.mark.parametrize("detector", STATELESS)
@settings(deadline=None, max_examples=60)
@given(one=EVENTS)
def test_the_event_is_unchanged_and_the_answer_the_same(detector, one):
    before = copy.deepcopy(one)
    assert detector.on_event(one) == detector.on_event(one)
    assert one == before


@settings(deadline=None, max_examples=60)
@given(STORIES)
def test_the_same_story_has_the_same_findings_and_cells(events):
    hits = hits_of(in_order(events))
    found, cells = run(EARLY, hits)
    again, others = run(ProfileDetector(EARLY._users, EARLY._streams), copy.deepcopy(hits))
    assert (found, cells.data) == (again, others.data)
    assert len({(one.id, one.revision) for one in found}) == len(found)


@settings(deadline=None, max_examples=60)
@given(STORIES, st.integers(0, 80))
def test_a_crash_and_a_replay_from_the_last_commit_find_the_same(events, cut):
    hits = hits_of(in_order(events))
    found, _ = run(EARLY, hits)
    first, cells = run(EARLY, hits[:cut])
    committed = DictCells()
    committed.data = {bytes(name): bytes(value) for name, value in cells.data.items()}
    second, _ = run(EARLY, hits[cut:], committed)
    assert first + second == found


@settings(deadline=None, max_examples=60)
@given(STORIES)
def test_a_repeat_right_after_is_harmless(events):
    hits = hits_of(in_order(events))
    found, cells = run(EARLY, hits)
    for hit in {repr(hit.key): hit for hit in hits}.values():  # the last of each key
        key = repr(hit.key).encode("utf-8", "surrogatepass")
        assert EARLY.on_hit(hit, cells.get(key)) == (cells.get(key), ())
    assert run(EARLY, hits)[0] == found


@settings(deadline=None, max_examples=60)
@given(
    STORIES,
    st.dictionaries(st.integers(0, 60), st.integers(0, 200).map(lambda days: days * DAY), max_size=10),
)
def test_a_tick_never_changes_a_verdict(events, ticks):
    # Event time only passes a hit by more than RETENTION when the stream has gone on without its key; so the next
    # hit of the key is as late as the tick was early, at most SLACK.
    apart = [
        sign_in(
            number,
            one.time + number * 30 * DAY,
            user="alice",
            country=one.common["source.geo.country_iso_code"],
        )
        for number, one in enumerate(in_order(events))
    ]
    hits = hits_of(apart)
    times = [hit.time for hit in hits]
    real = {
        n: min(ahead, (times[n + 1] - times[n]) + SLACK) for n, ahead in ticks.items() if n + 1 < len(hits)
    }
    assert run(EARLY, hits, ticks=real)[0] == run(EARLY, hits)[0]


def test_a_tick_frees_what_was_not_seen_for_long():
    hits = hits_of([sign_in(1, MONDAY * DAY)])
    _, cells = run(EARLY, hits)
    assert len(cells.data) == 2
    for value in cells.data.values():
        assert EARLY.on_tick(value, MONDAY * DAY + RETENTION + SLACK) == value
        assert EARLY.on_tick(value, MONDAY * DAY + RETENTION + SLACK + 1) is None


def test_a_profile_not_seen_for_long_begins_anew():
    hits = hits_of(
        [sign_in(n, (MONDAY + n) * DAY) for n in range(20)]
        + [sign_in(99, (MONDAY + 19) * DAY + RETENTION + 1, country="FR")]
    )
    assert run(EARLY, hits)[0] == []


def test_a_hundred_thousand_invented_values_fit_into_one_cell():
    cell = {}
    largest = 0
    for n in range(100_000):
        one = sign_in(
            n,
            MONDAY * DAY + n * 20_000_000,  # 23 days
            country=chr(65 + n % 26) + chr(65 + n // 26 % 26),
            host=f"host{n}",
            address=f"{n % 250}.{n // 250 % 250}.1.1",
            **{"process.name": f"p{n}", "event.action": f"a{n}", "event.dataset": "d"},
        )
        for hit in hits_of([one]):
            if hit.rules == ("dataset",):
                continue
            cell[hit.rules], _ = EARLY.on_hit(hit, cell.get(hit.rules))
            largest = max(largest, len(cell[hit.rules]))
    assert largest <= 1024


def test_an_invented_host_costs_little():
    _, cells = run(
        ProfileDetector(), hits_of([sign_in(n, MONDAY * DAY, host=f"host{n}") for n in range(1000)])
    )
    assert max(map(len, cells.data.values())) < 700
    assert sum(map(len, cells.data.values())) < 1000 * 300


@pytest.mark.parametrize("cell", [b"", b"\xff", b"\xffgarbage", b"\x00"])
def test_a_cell_of_an_unknown_version_is_begun_anew(cell):
    for hit in hits_of([sign_in(1, MONDAY * DAY)]):
        assert EARLY.on_hit(hit, cell) == EARLY.on_hit(hit, None)


def test_a_hit_of_another_detector_changes_nothing():
    from msgspec.structs import replace

    (hit, *_) = hits_of([sign_in(1, MONDAY * DAY)])
    assert EARLY.on_hit(replace(hit, rules=("other",)), b"x") == (b"x", ())
    assert EARLY.on_hit(replace(hit, rules=()), None) == (None, ())
