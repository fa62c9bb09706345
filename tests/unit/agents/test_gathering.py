"""Joined outputs carry what their parts carried, in order, to the same places."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from seerflow.agents.gathering import JOINED_BYTES, WAITING_BYTES, Gathering, gathered
from seerflow.model.record import Outgoing


def hits(value, partition=0, feeder=b"0", reached=b"5"):
    return Outgoing(
        topic="hits.profile", partition=partition, value=value, headers={"feeder": feeder, "reached": reached}
    )


_records = st.builds(
    Outgoing,
    topic=st.sampled_from(("events", "findings")),
    value=st.sampled_from((b"{}", b'{"a":1}', b"x" * (JOINED_BYTES // 2))),
    key=st.sampled_from((None, None, None, b"key")),
    partition=st.sampled_from((0, 1, None)),
    headers=st.sampled_from(({}, {"feeder": b"0", "reached": b"1"}, {"feeder": b"1", "reached": b"12"})),
)


def _documents(records):
    seen = defaultdict(list)
    for one in records:
        rest = tuple(sorted(pair for pair in one.headers.items() if pair[0] != "reached"))
        seen[one.topic, one.partition, one.key, rest] += one.value.split(b"\n")
    return dict(seen)


@given(st.lists(_records, max_size=12))
def test_every_document_arrives_at_its_place_in_order(records):
    assert _documents(gathered(records)) == _documents(records)


@given(st.lists(_records, max_size=12))
def test_a_joined_record_stays_within_the_bound(records):
    assert all(len(one.value) <= JOINED_BYTES for one in gathered(records))


def test_hits_of_one_feeder_and_partition_are_one_record():
    assert [one.value for one in gathered([hits(b"1"), hits(b"2", partition=1), hits(b"3")])] == [
        b"1\n3",
        b"2",
    ]


def test_hits_of_two_feeders_stay_apart():
    assert [one.value for one in gathered([hits(b"1"), hits(b"2", feeder=b"1")])] == [b"1", b"2"]


def test_the_joined_record_has_reached_what_its_furthest_part_had():
    (one,) = gathered([hits(b"1", reached=b"9"), hits(b"2", reached=b"10"), hits(b"3", reached=b"3")])
    assert one.headers == {"feeder": b"0", "reached": b"10"}


def test_a_record_with_a_key_or_without_a_partition_stays_as_it_is():
    given_ = [
        Outgoing(topic="alerts", key=b"k", value=b"1", partition=0),
        Outgoing(topic="rejected", value=b"2"),
        Outgoing(topic="rejected", value=b"3"),
    ]
    assert list(gathered(given_)) == given_


def test_what_waits_goes_on_once_it_is_much():
    waiting = Gathering()
    assert list(waiting.add([hits(b"1")])) == []
    assert sum(len(one.value) for one in waiting.add([hits(b"x" * WAITING_BYTES)])) == WAITING_BYTES + 1
    assert list(waiting.take()) == []


def test_what_was_forgotten_is_not_sent():
    waiting = Gathering()
    waiting.add([hits(b"1")])
    waiting.clear()
    assert list(waiting.take()) == []
