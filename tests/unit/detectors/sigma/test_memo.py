"""What is remembered changes nothing but the time: events seen again, and those that only look like them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seerflow.detectors.sigma import memo
from seerflow.detectors.sigma.engine import Engine
from seerflow.rules.condition import Test as Asked
from seerflow.rules.sigma import Logsource, SigmaRule
from tests.unit.detectors.sigma.test_engine import commons, event, natives, rules, texts


def rule(field, *values, op="is"):
    return SigmaRule(id=f"{field}{op}", title="T", logsource=Logsource(), condition=Asked(field=field, op=op, values=values))  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    rules, st.lists(st.tuples(natives, commons, texts), min_size=1, max_size=4), st.sampled_from([400, 10**6])
)
def test_an_event_seen_again_gives_what_a_full_scan_gives(some, drawn, cache_bytes):
    engine = Engine(some, cache_bytes=cache_bytes)
    for native, common, text in drawn * 3:
        one = event(native, common, text)
        matched, view = engine.look(one)
        assert list(matched) == engine.evaluate_all(one)
        assert all(compiled.holds(view) for compiled in engine.rules if compiled.rule in matched)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(1, True, id="a number and a truth"),
        pytest.param(True, 1, id="a truth and a number"),
        pytest.param("1", "true", id="texts"),
        pytest.param(None, "1", id="nothing"),
        pytest.param(1, 1.5, id="a fraction"),
        pytest.param(["1"], "1", id="a list"),
    ],
)
def test_values_that_are_equal_keys_are_not_taken_for_each_other(first, second):
    engine = Engine([rule("f", "1"), rule("f", "true", "1.5", op="has")])
    for value in (first, second, first, second):
        one = event({"f": value})
        assert engine.matches(one) == engine.evaluate_all(one)


def test_what_no_rule_reads_makes_no_other_event():
    engine = Engine([rule("f", "a")])
    for number in range(50):
        assert [one.id for one in engine.matches(event({"f": "a", "port": number}, text=str(number)))] == [
            "fis"
        ]
    (group,) = engine.groups.values()
    assert len(group.known) == 1


@pytest.mark.parametrize(
    "some",
    [
        pytest.param([rule("", "a", op="has")], id="keywords read everything"),
        pytest.param([rule(f"f{n}", "a") for n in range(memo.MOST_FIELDS + 1)], id="too many fields"),
    ],
)
def test_nothing_is_remembered_where_it_cannot_pay(some):
    engine = Engine(some)
    for _ in range(3):
        engine.matches(event({"f0": "a"}))
    (group,) = engine.groups.values()
    assert not group.known


def test_values_that_never_come_again_cost_a_bounded_number_of_looks():
    engine = Engine([rule("f", "a")])
    for number in range(1_000):
        engine.matches(event({"f": f"x{number}"}))
    (group,) = engine.groups.values()
    assert len(group.known) == memo.FIRST_LUCK


def test_a_shape_out_of_luck_is_tried_again():
    engine = Engine([rule("f", "a")])
    for number in range(memo.FIRST_LUCK - memo.LEAST_LUCK + 10):
        engine.matches(event({"f": f"x{number}"}))
    (group,) = engine.groups.values()
    assert len(group.known) > memo.FIRST_LUCK


def test_what_is_remembered_has_a_budget_whatever_an_attacker_writes():
    engine = Engine([rule("f", "a")], cache_bytes=10_000)
    for number in range(500):
        engine.matches(event({"f": f"{number}".rjust(1_000), f"n{number}": 1}))
        (group,) = engine.groups.values()
        kept = sum(len(value) for key in group.known for value in key if isinstance(value, str))
        assert kept <= 10_000
    assert engine.budget.emptied
    engine.matches(event({"f": "y" * (memo.LONGEST_KEY + 1)}))
    assert not any("y" in str(key) for key in group.known)
