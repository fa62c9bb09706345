import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seerflow.detectors.anomaly import week

HOURS = st.binary(min_size=168, max_size=168)


@pytest.mark.parametrize(
    ("day", "name", "number"),
    [
        pytest.param(0, 3, 0, id="1970-01-01 was a Thursday"),
        pytest.param(3, 6, 0, id="the Sunday after"),
        pytest.param(4, 0, 1, id="a week begins on Monday"),
        pytest.param(20003, 0, 2858, id="2024-10-07 was a Monday"),
        pytest.param(-4, 6, -1, id="before 1970"),
    ],
)
def test_days_of_the_week(day, name, number):
    assert (week.weekday(day), week.week(day)) == (name, number)


def test_a_weight_halves_in_eight_weeks_and_ends():
    hours = bytes([240]) * 168
    assert week.decayed(hours, 8)[0] == pytest.approx(120, abs=3)
    assert week.decayed(hours, 10**9) == week.EMPTY


@settings(deadline=None)
@given(HOURS, st.integers(-(10**6), 10**6), st.integers(0, 2**24 - 1), st.integers(0, 2**24 - 1))
def test_a_day_changes_only_its_own_hours(hours, day, active, unusual):
    after = week.with_day(hours, day, active, unusual)
    begin = 24 * week.weekday(day)
    assert len(after) == 168
    for place, (was, now) in enumerate(zip(hours, after, strict=True)):
        mine = begin <= place < begin + 24 and active >> (place - begin) & 1
        assert now >= was if mine else now == was


@settings(deadline=None)
@given(HOURS, st.integers(0, 23), st.integers(0, 10000))
def test_shares_are_probabilities(hours, hour, day):
    for share in (week.share_in_day(hours, hour), week.share_in_week(hours, day, hour)):
        assert 0 < share < 1


@pytest.mark.parametrize(
    ("hour", "share"),
    [
        pytest.param(9, 0.96, id="the habit"),
        pytest.param(11, 0.96, id="two hours later: the same habit"),
        pytest.param(12, 0.01, id="three hours later: not any more"),
        pytest.param(7, 0.96, id="two hours earlier"),
        pytest.param(22, 0.01, id="at night"),
    ],
)
def test_the_habit_reaches_two_hours(hour, share):
    hours = week.EMPTY
    for day in range(20003, 20003 + 20):
        hours = week.with_day(hours, day, 1 << 9, 0)
    assert week.share_in_day(hours, hour) == pytest.approx(share, abs=0.01)


def test_midnight_is_no_border():
    hours = week.with_day(week.EMPTY, 20003, 1 << 23, 0)  # Monday 23:00
    assert week.share_in_week(hours, 20004, 0) > week.share_in_week(hours, 20004, 2)
    sunday = week.with_day(week.EMPTY, 20009, 1 << 23, 0)
    assert week.share_in_week(sunday, 20003, 1) > week.share_in_week(sunday, 20003, 2)


def test_without_evidence_the_share_is_even():
    assert week.share_in_day(week.EMPTY, 3) == pytest.approx(5 / 24)
    assert week.share_in_week(week.EMPTY, 20003, 3) == pytest.approx(5 / 168)
