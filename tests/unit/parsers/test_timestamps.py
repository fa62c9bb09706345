from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seerflow.parsers.timestamps import BSD, DAY, epoch, filetime, known_zone, of_bsd, rfc3339, when


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


def bsd(stamp: str, received: str, zone: str = "UTC"):
    return of_bsd(BSD.match(stamp), at(received), zone)


@pytest.mark.parametrize(
    ("stamp", "received", "means"),
    [
        pytest.param("Mar 12 03:07:14", "2026-03-12T03:07:15", "2026-03-12T03:07:14", id="just now"),
        pytest.param("Dec 31 23:59:59", "2026-01-01T00:00:05", "2025-12-31T23:59:59", id="over new year"),
        pytest.param(
            "Jan  1 00:00:30", "2025-12-31T23:59:50", "2026-01-01T00:00:30", id="a clock that runs ahead"
        ),
        pytest.param(
            "Mar 13 03:07:14", "2026-03-12T03:07:14", "2026-03-13T03:07:14", id="ahead by a day to the second"
        ),
        pytest.param(
            "Mar 13 03:07:15", "2026-03-12T03:07:14", "2025-03-13T03:07:15", id="ahead by more is last year's"
        ),
        pytest.param(
            "Feb 29 12:00:00",
            "2026-01-05T00:00:00",
            "2024-02-29T12:00:00",
            id="the last year that had the day",
        ),
    ],
)
def test_a_stamp_without_year_is_the_latest_that_is_not_from_the_future(stamp, received, means):
    assert bsd(stamp, received) == (at(means), True)


@given(
    st.datetimes(datetime.fromisoformat("1990-01-01"), datetime.fromisoformat("2090-01-01")),
    st.integers(0, 300 * 24 * 3600),
)
def test_any_log_within_the_year_keeps_its_time(moment, delay):
    moment = moment.replace(microsecond=0)
    received = at(moment.isoformat()) + delay * 1_000_000
    assert of_bsd(BSD.match(f"{moment:%b} {moment.day:2d} {moment:%H:%M:%S}"), received, "UTC") == (
        at(moment.isoformat()),
        True,
    )


@pytest.mark.parametrize(
    ("stamp", "zone", "means"),
    [
        ("Mar 12 03:07:14", "Europe/Berlin", "2026-03-12T02:07:14"),
        ("Jul 12 03:07:14", "Europe/Berlin", "2025-07-12T01:07:14"),
        ("Mar 12 03:07:14", "America/New_York", "2026-03-12T07:07:14"),
        ("Mar 12 03:07:14", "No/Where", "2026-03-12T03:07:14"),
    ],
)
def test_a_stamp_without_zone_is_read_in_the_sources(stamp, zone, means):
    assert bsd(stamp, "2026-03-15T00:00:00", zone) == (at(means), True)
    assert known_zone(zone) == (zone != "No/Where")


@pytest.mark.parametrize("zone", ["", "/etc/passwd", "../../etc/passwd", "x" * 10_000, "\0", "Europe"])
def test_an_invented_zone_is_utc(zone):
    assert when("2026-03-12 03:07:14", 0, zone) == at("2026-03-12T03:07:14")
    assert not known_zone(zone)


SECOND = at("2026-03-11T22:14:15")


@pytest.mark.parametrize(
    ("value", "means"),
    [
        ("2026-03-11T22:14:15Z", SECOND),
        ("2026-03-11T22:14:15.123456789Z", SECOND + 123_456),
        ("2026-03-11 22:14:15,5", SECOND + 500_000),
        ("2026/03/11 22:14:15", SECOND),
        ("2026-03-11T23:14:15+01:00", SECOND),
        ("2026-03-11T17:14:15.000-0500", SECOND),
        ("2026-03-11T22:14:15 UTC", SECOND),
        ("2026-03-11T22:14", SECOND - 15_000_000),
        ("11/Mar/2026:23:14:15 +0100", SECOND),
        ("11-Mar-2026 22:14:15.250", SECOND + 250_000),
        ("Wed, 11 Mar 2026 22:14:15 GMT", SECOND),
        ("Wed Mar 11 22:14:15 2026", SECOND),
        ("Mar 11 2026 22:14:15", SECOND),
        ("1773267255", SECOND),
        ("1773267255.25", SECOND + 250_000),
        ("1773267255123", SECOND + 123_000),
        ("1773267255123456", SECOND + 123_456),
        ("1773267255123456789", SECOND + 123_456),
        (1773267255, SECOND),
        (1773267255.25, SECOND + 250_000),
        (1773267255123, SECOND + 123_000),
        ("2026-12-31T23:59:60Z", at("2027-01-01T00:00:00")),
    ],
)
def test_each_form_means_its_instant(value, means):
    assert when(value, SECOND) == means


@pytest.mark.parametrize(
    "value",
    ["", "yesterday", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-03-11T25:00:00Z", "2026-03-11T22:60:00Z",
     "31/Foo/2026:00:00:00 +0000", "9999-12-31T23:59:59Z", None, True, [], float("inf"), float("nan"), 10**30, "9" * 25],
)  # fmt: skip
def test_what_means_no_instant_is_none(value):
    assert when(value, SECOND) is None


def test_filetime_counts_from_1601():
    assert filetime(116_444_736_000_000_000) == 0
    assert filetime(134_177_408_551_234_567) == at("2026-03-11T22:14:15") + 123_456


@given(st.integers(-(2**63), 2**63))
def test_any_number_is_a_time_that_can_be_written_or_none(number):
    time = epoch(number)
    if time is not None:
        assert when(rfc3339(time), 0) == time


def test_a_day_is_the_skew_that_is_forgiven():
    assert DAY == 24 * 3600 * 1_000_000
