from hypothesis import given, settings
from hypothesis import strategies as st

from seerflow.detectors.anomaly.seen import MAX_AGE, remember, sight, token

SIGHTS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 20)), max_size=40)


@settings(deadline=None)
@given(SIGHTS, st.randoms(use_true_random=False))
def test_first_and_last_day_do_not_depend_on_the_order(sights, draw):
    mixed = list(sights)
    draw.shuffle(mixed)
    maps = []
    for order in (sights, mixed):
        seen = {}
        for mark, day in order:
            remember(seen, mark, day, fired=None, cap=100)
        maps.append(seen)
    assert maps[0] == maps[1]


def test_the_first_day_is_the_least():
    seen = {}
    remember(seen, 7, 12, fired=True, cap=5)
    was = sight(seen, 7, 9)
    assert (was.new, was.moved, was.fired, was.day) == (False, True, True, 12)
    remember(seen, 7, 9, fired=False, cap=5)
    was = sight(seen, 7, 9)
    assert (was.moved, was.fired, was.day) == (False, False, 9)


def test_the_mark_of_a_finding_stays_unless_decided_anew():
    seen = {}
    remember(seen, 7, 12, fired=True, cap=5)
    remember(seen, 7, 14, fired=None, cap=5)
    assert sight(seen, 7, 20).fired


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**32 - 1), unique=True, min_size=6, max_size=60))
def test_the_map_is_bounded_and_says_so(marks):
    seen = {}
    gone = sum(remember(seen, mark, 3, fired=None, cap=5) for mark in marks)
    assert len(seen) == 5
    assert gone == len(marks) - 5


def test_what_was_not_seen_for_longest_goes():
    seen = {}
    for mark, day in ((1, 5), (2, 3), (3, 4)):
        remember(seen, mark, day, fired=None, cap=2)
    assert set(seen) == {1, 3}


def test_the_last_day_fits():
    seen = {}
    remember(seen, 2**32 - 1, MAX_AGE, fired=True, cap=1)
    assert sight(seen, 2**32 - 1, MAX_AGE).day == MAX_AGE
    assert seen[2**32 - 1] < 2**32


def test_tokens_take_any_text():
    assert 0 <= token("\udcff") < 2**32
    assert token("DE") != token("FR")
