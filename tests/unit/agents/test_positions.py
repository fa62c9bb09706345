from hypothesis import given
from hypothesis import strategies as st

from seerflow.agents.positions import Place, Positions

A, B, OTHER = Place("a", 0), Place("b", 0), Place("a", 1)


def owning(**starts):
    positions = Positions()
    positions.own({A: 10, B: 20, OTHER: 0} | starts)
    return positions


def test_what_is_not_ours_or_came_already_is_refused():
    positions = owning()
    positions.drop([OTHER])
    positions.handled(A, 11)  # 10 is a marker: holes are the log's own
    assert [positions.wants(A, offset) for offset in (10, 11, 12, 40)] == [False, False, True, True]
    assert not positions.wants(OTHER, 0)


def test_going_back_undoes_all_that_is_not_committed():
    positions = owning()
    positions.handled(A, 10)
    positions.settle({A: 11})
    positions.handled(A, 11)
    positions.handled(B, 20)
    assert positions.rewind() == {A: 11, B: 20, OTHER: 0}
    assert positions.wants(A, 11)
    assert positions.wants(B, 20)


def test_a_commit_of_what_is_no_longer_ours_does_not_bring_it_back():
    positions = owning()
    positions.drop([A])
    positions.settle({A: 12, B: 21})
    assert positions.committed == {B: 21, OTHER: 0}


def test_the_end_of_the_log_counts_as_reached_but_is_no_position():
    positions = owning()
    positions.handled(A, 10)
    positions.seen_end(A, 12)  # the marker of the transaction that wrote record 10
    assert (positions.next[A], positions.reached[A]) == (11, 12)
    positions.seen_end(Place("gone", 0), 5)
    assert Place("gone", 0) not in positions.reached


def test_a_partition_number_is_ours_as_long_as_one_input_of_it_is():
    positions = owning()
    positions.drop([A])
    assert positions.partitions() == {0, 1}
    assert positions.of(0) == {B: 20}


@given(st.lists(st.integers(0, 30), max_size=60))
def test_each_record_is_wanted_once_however_often_it_comes(offsets):
    positions = Positions()
    positions.own({A: 0})
    handled = []
    for offset in offsets:
        if positions.wants(A, offset):
            positions.handled(A, offset)
            handled.append(offset)
    assert handled == sorted(set(handled))
