"""Stories of one user: office hours, one country, one host; then something else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seerflow.detectors.anomaly.profile import ProfileDetector
from seerflow.model.identity import DAY
from tests.unit.detectors.anomaly.people import at, shown, sign_in, user_hit, weeks

DETECTOR = ProfileDetector()
FOUR_WEEKS = weeks(28)
LEARNED, _ = shown(DETECTOR, FOUR_WEEKS)


def odd(day=28, hour=10, number=90000, **what):
    return user_hit(sign_in(number, at(day, hour), **what))


def rules(findings):
    return sorted(one.rule for one in findings)


@pytest.mark.parametrize(
    ("hit", "says"),
    [
        pytest.param(odd(), [], id="as always"),
        pytest.param(odd(country="FR"), ["profile-country"], id="another country"),
        pytest.param(odd(host="db-9"), ["profile-host"], id="another host"),
        pytest.param(odd(hour=2), ["profile-hour"], id="two at night"),
        pytest.param(odd(hour=7), [], id="two hours early is no night"),
        pytest.param(odd(day=33, hour=10), ["profile-hour"], id="a Saturday, after four weeks without"),
        pytest.param(odd(address="203.0.113.9"), [], id="another network alone says nothing"),
        pytest.param(odd(**{"source.as.number": 64500}), ["profile-as"], id="another provider"),
        pytest.param(
            odd(country="FR", host="db-9", hour=2),
            ["profile-country", "profile-host", "profile-hour"],
            id="all at once",
        ),
    ],
)
def test_what_is_unusual(hit, says):
    _, found = DETECTOR.on_hit(hit, LEARNED)
    assert rules(found) == says


def test_every_finding_says_why():
    _, found = DETECTOR.on_hit(odd(country="FR", hour=2, address="203.0.113.9"), LEARNED)
    country, hour = sorted(found, key=lambda one: one.rule)
    first, network = country.reasons
    assert (first.feature, first.value, first.baseline, first.n) == (
        "source.geo.country_iso_code",
        "FR",
        "1 known",
        120,
    )
    assert first.p == pytest.approx(1 / 122)
    assert (network.feature, network.value) == ("network", "203.0")
    assert hour.reasons[0].value == "02:00 UTC"
    assert hour.reasons[0].p < 0.01
    assert country.key == (("user.name", "alice"),)
    assert country.evidence[0].values["source.geo.country_iso_code"] == "FR"
    assert (country.story, country.level, hour.level) == ("profile-user", "medium", "low")


@pytest.mark.parametrize(
    ("days", "per_day", "speaks"),
    [
        pytest.param(5, 30, False, id="many events, few days"),
        pytest.param(14, 2, False, id="many days, few events"),
        pytest.param(14, 3, True, id="30 events in two weeks"),
    ],
)
def test_a_profile_speaks_only_after_it_has_converged(days, per_day, speaks):
    cell, _ = shown(DETECTOR, weeks(days, per_day, begin=8))
    _, found = DETECTOR.on_hit(odd(day=days, country="FR"), cell)
    assert rules(found) == (["profile-country"] if speaks else [])


def test_a_new_user_says_nothing():
    _, found = DETECTOR.on_hit(odd(country="FR", hour=2), None)
    assert found == ()


def test_a_country_is_new_once():
    hits = [odd(number=1, country="FR"), odd(number=2, country="FR"), odd(day=29, number=3, country="FR")]
    _, found = shown(DETECTOR, hits, LEARNED)
    assert rules(found) == ["profile-country"]


def test_an_hour_is_unusual_once_a_day():
    hits = [odd(hour=2, number=n) for n in range(3)] + [odd(day=29, hour=2, number=9)]
    _, found = shown(DETECTOR, hits, LEARNED)
    assert rules(found) == ["profile-hour", "profile-hour"]


def test_an_unusual_hour_becomes_usual_slowly():
    cell, said = LEARNED, []
    for day in range(28, 56):
        if day % 7 < 5:
            cell, found = DETECTOR.on_hit(odd(day=day, hour=2, number=day), cell)
            said.append(len(found))
    assert said[:3] == [1, 1, 1]
    assert said[-3:] == [0, 0, 0]


def test_a_loud_day_is_said_once():
    hits = [odd(number=n) for n in range(400)]
    _, found = shown(DETECTOR, hits, LEARNED)
    (one,) = found
    assert (one.rule, one.reasons[0].feature, one.reasons[0].value) == (
        "profile-volume",
        "events a day",
        "51",
    )


def test_a_loud_day_teaches_no_more_than_a_quiet_one_could():
    cell, _ = shown(DETECTOR, [odd(number=n) for n in range(4000)], LEARNED)
    _, found = shown(DETECTOR, [odd(day=30, number=n) for n in range(400)], cell)
    assert rules(found) == ["profile-volume"]


def test_a_late_event_moves_the_finding_to_its_day():
    cell, (first,) = DETECTOR.on_hit(odd(day=29, number=1, country="FR"), LEARNED)
    cell, found = DETECTOR.on_hit(odd(day=28, number=2, country="FR"), cell)
    retracted, moved = found
    assert (retracted.id, retracted.retracted, retracted.revision) == (first.id, True, 2)
    assert retracted.first // DAY == first.first // DAY
    assert (moved.replaces, moved.retracted) == (first.id, False)
    in_time, _ = DETECTOR.on_hit(odd(day=28, number=2, country="FR"), LEARNED)
    _, expected = DETECTOR.on_hit(odd(day=28, number=2, country="FR"), LEARNED)
    assert moved.id == expected[0].id
    assert DETECTOR.on_hit(odd(day=29, number=1, country="FR"), in_time)[1] == ()
    del cell


DAYS = st.lists(
    st.tuples(
        st.integers(28, 29),
        st.integers(0, 23),
        st.sampled_from(["DE", "FR", "US"]),
        st.sampled_from(["web-1", "db-9"]),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=80, deadline=None)
@given(DAYS, st.randoms(use_true_random=False))
def test_the_order_within_a_day_does_not_matter(rows, draw):
    hits = [odd(28, hour, n, country=country, host=host) for n, (_, hour, country, host) in enumerate(rows)]
    mixed = list(hits)
    draw.shuffle(mixed)
    outcomes = [{one.id for one in shown(DETECTOR, order, LEARNED)[1]} for order in (hits, mixed)]
    assert outcomes[0] == outcomes[1]


@settings(max_examples=80, deadline=None)
@given(DAYS, st.randoms(use_true_random=False))
def test_first_seen_findings_settle_alike_across_midnight(rows, draw):
    hits = [odd(day, hour, n, country=country) for n, (day, hour, country, _) in enumerate(rows)]
    mixed = list(hits)
    draw.shuffle(mixed)
    outcomes = []
    for order in (hits, mixed):
        standing = set()
        for one in shown(DETECTOR, order, LEARNED)[1]:
            if one.rule == "profile-country":
                (standing.discard if one.retracted else standing.add)(one.id)
        outcomes.append(standing)
    assert outcomes[0] == outcomes[1]


def test_a_cell_stays_below_one_kilobyte():
    cell = LEARNED
    for n in range(3000):
        hit = odd(
            28 + n // 300,
            n % 24,
            n,
            country=chr(65 + n % 26) + chr(65 + n // 26 % 26),
            host=f"host{n}",
            address=f"{n % 200 + 1}.{n // 200}.1.1",
            **{"source.as.number": n, "process.name": f"p{n}"},
        )
        cell, _ = DETECTOR.on_hit(hit, cell)
    assert len(cell) <= 1024


def test_a_feature_with_too_many_values_falls_silent():
    hits = [odd(28, 10, n, host=f"host{n}") for n in range(60)]
    cell, found = shown(DETECTOR, hits, LEARNED)
    assert 15 <= rules(found).count("profile-host") <= 20  # the cap, less what was known
    _, found = DETECTOR.on_hit(odd(29, 10, 99, host="another"), cell)
    assert found == ()
    _, found = DETECTOR.on_hit(odd(29, 10, 99, country="FR"), cell)
    assert rules(found) == ["profile-country"]
