"""Rows that are thinned out stay counted, and what windows hold stays the same, up to what is enough."""

from hypothesis import assume, given
from hypothesis import strategies as st

from seerflow.detectors.correlation.bounds import bounded
from seerflow.detectors.correlation.plan import groups
from seerflow.detectors.correlation.track import ID, Track
from seerflow.rules.correlation import Correlation

SPAN = 10


def plan_of(kind: str, n: int):
    rules = tuple("abc")
    one = Correlation(
        id="r", title="t", type=kind, rules=rules, group_by=(), timespan=SPAN, conditions=(("gte", n),),
        fields=("u",) if kind == "value_count" else (), story="s",
    )  # fmt: skip
    return groups((one,))[()].plans[0]


def held(track: Track, plan, end: int) -> int:
    """Count what the window that ends at that time holds."""
    row = track.find(end + 1, b"") - 1
    return plan.count(track, row, end - SPAN, plan.enough) if row >= 0 else 0


@given(
    st.sampled_from([("event_count", 2), ("event_count", 4), ("value_count", 3), ("temporal", 2)]),
    st.lists(st.tuples(st.integers(0, 40), st.sampled_from([1, 2, 4])), min_size=40, max_size=120),
)
def test_thinning(kind, rows):
    plan = plan_of(*kind)
    thin, full = Track(), Track()
    for number, (time, label) in enumerate(rows):
        event = number.to_bytes(ID, "big")
        for track in (thin, full):
            track.insert(track.find(time, event), time, event, label)
        bounded(thin, plan, 1_000 if number % 2 else 64)  # sometimes nothing to do, sometimes a lot
        assume(not thin.lost)  # the bound is another matter
        assert thin.weight(0, len(thin) - 1) == number + 1
    assert [held(thin, plan, end) for end in range(55)] == [held(full, plan, end) for end in range(55)]


def test_a_flood_in_any_order_leaves_few_rows():
    plan, track = plan_of("event_count", 3), Track()
    for number in range(4_000):
        event = number.to_bytes(ID, "big")
        time = number * 7 % 40
        track.insert(track.find(time, event), time, event, 1)
        bounded(track, plan, 256)
    # Seven rows in a row that all fit into less than a timespan would have let the middle one go.
    assert len(track) <= 2 * 64
    assert (track.weight(0, len(track) - 1), track.lost) == (4_000, 0)
