"""Stories of one stream: ordinary logs, then one that is not."""

import pytest

from seerflow.detectors.anomaly import features, stream
from seerflow.detectors.anomaly.forest import forest
from seerflow.detectors.anomaly.profile import ProfileDetector
from tests.unit.detectors.anomaly.people import HOUR, at, log, shown, stream_hit

DETECTOR = ProfileDetector()
MINUTE = HOUR // 60
ODD = "x'); DROP TABLE users; -- " + "%41%42;" * 60


def ordinary(number_of):
    users = ("alice", "bob", "carol")
    texts = [
        f"Accepted publickey for {users[n % 3]} from 192.0.2.{n % 200} port {n * 7919 % 60000}"
        for n in range(number_of)
    ]
    return [stream_hit(log(n, at(0, 0) + n * MINUTE, text)) for n, text in enumerate(texts)]


LEARNED, QUIET = shown(DETECTOR, ordinary(2000))


def odd(number=5000, minute=2000, text=ODD):
    return stream_hit(log(number, at(0, 0) + minute * MINUTE, text))


def test_ordinary_logs_are_quiet():
    assert len(QUIET) <= 2


def test_a_strange_log_is_found_and_explained():
    _, (one,) = DETECTOR.on_hit(odd(), LEARNED)
    score, *why = one.reasons
    assert (one.rule, one.story, one.level) == ("profile-outlier", "profile-stream", "low")
    assert one.key == (("event.dataset", "linux.sshd"), ("host.name", "web-1"))
    assert float(score.value) > float(score.baseline)
    assert score.n > 1000
    assert [reason.feature for reason in why] == ["digits", "length", "rarity"]  # all beyond the scale's end
    assert why[0].text.endswith("deviations)")


@pytest.mark.parametrize("seen", [0, 10, 300, 1200])
def test_a_model_speaks_only_after_it_has_warmed_up(seen):
    cell, found = shown(DETECTOR, ordinary(seen))
    assert found == []
    _, found = DETECTOR.on_hit(odd(minute=seen), cell)
    assert found == ()


def test_a_flood_is_told_three_times_an_hour():
    hits = [odd(5000 + n, 2100 + n // 2) for n in range(40)]
    _, found = shown(DETECTOR, hits, LEARNED)
    assert 3 <= len(found) <= 6  # it may reach into a second hour


def test_what_is_flagged_is_not_learned_at_first():
    # one strange log among twenty: after a whole day it is still strange
    cell, said = LEARNED, []
    texts = ordinary(2000)
    for n in range(1000):
        cell, _ = DETECTOR.on_hit(
            stream_hit(log(9000 + n, at(2, 0) + n * MINUTE, texts[n].evidence.text)), cell
        )
        if n % 50 == 49:
            cell, found = DETECTOR.on_hit(odd(20000 + n, 2 * 24 * 60 + n), cell)
            said.append(len(found))
    assert sum(said) >= 15


def test_a_stream_that_changes_for_good_is_quiet_again():
    hits = [odd(5000 + n, 2000 + 61 * n, ODD + str(n)) for n in range(1500)]
    _, found = shown(DETECTOR, hits, LEARNED)
    late = [one for one in found if one.first >= hits[1000].time]
    assert found
    assert len(late) <= 5


def test_a_cell_of_other_trees_is_begun_anew():
    cell = LEARNED.replace(forest(stream.SHAPE).fingerprint, b"\0\0\0\0")
    assert cell != LEARNED
    cell, found = DETECTOR.on_hit(odd(), cell)
    assert found == ()
    assert len(cell) < 300


def test_a_cell_is_small():
    assert len(LEARNED) < 1500


@pytest.mark.parametrize("bad", ["", "nan", "inf", "-1e999", "x", "1e400", "-5", "99999999999999999999"])
@pytest.mark.parametrize("name", ["length", "digits", "symbols", "fields"])
def test_numbers_from_outside_stay_within_the_scale(name, bad):
    values = features.read({name: bad}, 0.5)
    assert all(0 <= value <= 1 for value in values)


def test_kinds_age_together():
    kinds = bytes(features.BUCKETS)
    for _ in range(1000):
        kinds = features.counted(kinds, 3)
    kinds = features.counted(kinds, 5)
    assert kinds[3] >= 127
    assert features.rarity(kinds, 5) > features.rarity(kinds, 3)
    assert len(kinds) == features.BUCKETS
