from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seerflow.model.log import Origin, RawLog
from seerflow.parsers import read
from seerflow.parsers.leef import by_format
from seerflow.parsers.timestamps import rfc3339, stamp, when

RECEIVED = 1_773_576_000_000_000  # 2026-03-15T12:00:00Z


def told(text: str, received: int = RECEIVED, zone: str = "UTC") -> str | None:
    time = when(text, received, zone)
    return None if time is None else rfc3339(time)[:19]


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("03/04/2024 11:22:33 AM", "2024-03-04T11:22:33"),
        ("03/04/2024 12:22:33 AM", "2024-03-04T00:22:33"),
        ("03/04/2024 12:22:33 PM", "2024-03-04T12:22:33"),
        ("13/04/2024 11:22:33", "2024-04-13T11:22:33"),
        ("04.03.2024 11:22:33", "2024-03-04T11:22:33"),
        ("04-03-2024 11:22:33", "2024-03-04T11:22:33"),
        ("24/03/04 11:22:33", "2024-03-04T11:22:33"),
        ("03/04/2024:11:22:33 GMT", "2024-03-04T11:22:33"),
        ("Mar 4, 2024 11:22:33 PM", "2024-03-04T23:22:33"),
        ("Monday, March 4, 2024 11:22:33 AM", "2024-03-04T11:22:33"),
        ("2024 Mar  4 11:22:33", "2024-03-04T11:22:33"),
        ("04 Mar 11:22:33.123", "2026-03-04T11:22:33"),
        ("4-Mar-24 11:22:33", "2024-03-04T11:22:33"),
        ("20240304112233", "2024-03-04T11:22:33"),
        ("20240304T112233Z", "2024-03-04T11:22:33"),
        ("20240304 11:22:33.123", "2024-03-04T11:22:33"),
        ("240304 11:22:33", "2024-03-04T11:22:33"),
        ("2024.03.04 11:22:33", "2024-03-04T11:22:33"),
        ("2024-03-04T11:22:33.123456+00:00Z", "2024-03-04T11:22:33"),
        ("2024-03-04 11:22:33.5 CEST", "2024-03-04T09:22:33"),
        ("2024-03-04 11:22:33 EST", "2024-03-04T16:22:33"),
        ("Mon Mar  4 11:22:33 CET 2024", "2024-03-04T10:22:33"),
        ("Mon Mar  4 11:22:33.5 2024", "2024-03-04T11:22:33"),
        ("@4000000065e5aef300000000", "2024-03-04T11:22:17"),
        ("/Date(1709551353123+0200)/", "2024-03-04T11:22:33"),
        ("133540249530000000", "2024-03-04T11:22:33"),
        ("638451481530000000", "2024-03-04T11:22:33"),
    ],
)
def test_each_rarer_form_means_its_instant(text, means):
    assert told(text) == means


@pytest.mark.parametrize(
    "text", ["13/13/2024 11:22:33", "13/04/2024 13:22:33 PM", "/Date(x)/", "31 Foo 11:22:33"]
)
def test_what_means_no_instant_is_none(text):
    assert told(text) is None


@pytest.mark.parametrize(
    ("received", "means"),
    [
        pytest.param("2024-03-04", "2024-03-04", id="arrives on the one day"),
        pytest.param("2024-04-03", "2024-04-03", id="arrives on the other"),
        pytest.param("2026-01-01", "2024-03-04", id="arrives much later: month first"),
        pytest.param("2024-03-10", "2024-03-04", id="the other is not yet"),
    ],
)
def test_a_date_of_two_readings_is_the_one_that_fits_its_arrival(received, means):
    at = int(datetime.fromisoformat(received).replace(tzinfo=UTC, hour=12).timestamp()) * 1_000_000
    assert told("03/04/2024 11:00:00", at) == f"{means}T11:00:00"


def test_words_for_zones_that_mean_several_leave_it_to_the_source():
    assert told("Mon Mar  4 11:22:33 IST 2024", zone="Asia/Kolkata") == "2024-03-04T05:52:33"
    assert told("Mon Mar  4 11:22:33 CET 2024", zone="Asia/Kolkata") == "2024-03-04T10:22:33"


@given(st.text(max_size=80), st.integers(0, 40))
def test_any_text_has_a_stamp_or_none(text, at):
    found = stamp(text, at, 8, RECEIVED, "UTC")
    assert found is None or at < found.end <= len(text)


@given(st.datetimes(datetime.fromisoformat("1990-01-01"), datetime.fromisoformat("2026-03-01")))
def test_a_moment_is_the_same_in_all_forms_that_are_plain(moment):
    moment = moment.replace(microsecond=0)
    wanted = moment.isoformat()
    for form in ("%Y-%m-%d %H:%M:%S", "%Y%m%d%H%M%S", "%d/%b/%Y:%H:%M:%S +0000", "%Y %b %d %H:%M:%S",
                 "%b %d, %Y %I:%M:%S %p", "%a %b %d %H:%M:%S %Y"):  # fmt: skip
        assert told(moment.strftime(form)) == wanted


@pytest.mark.parametrize(
    ("text", "form", "means"),
    [
        ("04/03/2024 11:22:33", "dd/MM/yyyy HH:mm:ss", "2024-03-04T11:22:33"),
        ("Mar 04 2024 11:22:33.123 PM", "MMM dd yyyy hh:mm:ss.SSS a", "2024-03-04T23:22:33"),
        ("2024-03-04T11:22:33+0200", "yyyy-MM-dd'T'HH:mm:ssZ", "2024-03-04T09:22:33"),
        ("04.03.24", "dd.MM.yy", "2024-03-04T00:00:00"),
    ],
)
def test_the_format_that_leef_names_is_heeded(text, form, means):
    assert rfc3339(by_format(text, form, "UTC"))[:19] == means


@pytest.mark.parametrize("form", ["", "yyyy yyyy", "(((", "HH:mm", "y" * 100])
def test_a_format_that_is_none_gives_no_time(form):
    assert by_format("04/03/2024 11:22:33", form, "UTC") is None


@pytest.mark.parametrize(
    ("ahead", "flagged"), [(0, False), (3600, False), (3601, True), (400 * 86_400, True)]
)
def test_a_clock_that_is_wrong_by_hours_is_kept_and_flagged(ahead, flagged):
    text = f"{RECEIVED // 1_000_000 + ahead} the clock says so"
    event = read(RawLog(origin=Origin("t", 0, 0), raw=text.encode(), received=RECEIVED))[0]
    assert event.time == RECEIVED + ahead * 1_000_000
    assert ("time_ahead" in event.flags) == flagged
