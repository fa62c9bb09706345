import base64

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from seerflow.agents.guard import (
    MAX_DETAIL,
    MAX_RAW,
    attempted,
    blame,
    guarded,
    rejected_record,
    rejected_tick,
    to_rejected_topic,
)
from seerflow.model.log import REASONS
from seerflow.model.record import Record


def work(item):
    """Give two results, then break if the item is odd: a generator that fails half way."""
    yield item
    if item % 2:
        raise ValueError(item)
    yield item * 10


@given(st.lists(st.integers(0, 99)))
def test_each_item_gives_its_results_or_its_dead_letter_in_order(items):
    seen = list(guarded(items, work, lambda item, _: ("dead", item)))
    assert seen == [each for item in items for each in ([("dead", item)] if item % 2 else [item, item * 10])]


@given(st.lists(st.integers(0, 99)))
def test_results_and_dead_letters_come_apart_each_in_order(items):
    def halved(item):
        if item % 2:
            raise ValueError(item)
        return item // 2

    results, dead = attempted(items, halved, lambda item, detail: (item, detail.startswith("ValueError at ")))
    assert results == [item // 2 for item in items if not item % 2]
    assert dead == [(item, True) for item in items if item % 2]


def test_an_item_that_breaks_stops_nothing_and_is_named():
    details = []
    assert list(guarded([1, 2], work, lambda _, detail: details.append(detail))) == [None, 2, 20]
    assert details[0].startswith("ValueError at ")
    assert details[0].endswith(": 1")


def test_deep_recursion_is_a_bug_like_any_other():
    def deep(item):
        return deep(item)

    assert list(guarded([1], deep, lambda _, detail: detail[:14])) == ["RecursionError"]


def test_what_a_bug_says_is_bounded():
    assert len(blame(ValueError("x" * 10_000))) == MAX_DETAIL


def test_a_records_dead_letter_has_its_bytes_its_place_and_a_reason_of_the_closed_set():
    record = Record(topic="raw.a", partition=3, offset=17, value=b"\xff\x00", timestamp=5)
    rejected = rejected_record("parse", record, KeyError("k"))
    assert (rejected.origin.topic, rejected.origin.partition, rejected.origin.offset) == ("raw.a", 3, 17)
    assert (rejected.raw, rejected.stage, rejected.received) == (b"\xff\x00", "parse", 5)
    assert rejected.reason in REASONS


def test_a_dead_letter_fits_into_a_record():
    record = Record(topic="raw.a", partition=0, offset=0, value=b"\xff" * (MAX_RAW + 1))
    outgoing = to_rejected_topic(rejected_record("parse", record, ValueError("x" * 10_000)))
    assert outgoing.topic == "rejected"
    assert len(outgoing.value) < 1_000_000
    assert base64.b64decode(msgspec.json.decode(outgoing.value)["raw"]) == b"\xff" * MAX_RAW


def test_a_tick_has_no_offset_of_its_own():
    rejected = rejected_tick("correlate", "hits", 2, ValueError("x"))
    assert (rejected.origin.partition, rejected.origin.offset, rejected.raw) == (2, -1, b"")
