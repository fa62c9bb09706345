"""How close groups come: the most that a window reached, whatever the order."""

import random

import pytest

from seerflow.detectors.correlation.nearness import Nearness
from seerflow.model.finding import Evidence, Hit
from seerflow.model.identity import event_id
from seerflow.model.log import Origin
from seerflow.rules.correlation import Correlation


def rule(kind="event_count", rules="a", n=5, **more) -> Correlation:
    return Correlation(
        id=more.pop("id", "r"), title="t", type=kind, rules=tuple(rules), group_by=("source.ip",), timespan=10,
        conditions=(("gte", n),) if n else (), story="s", **more,
    )  # fmt: skip


def hits(text: str, source="198.51.100.23"):
    """`0a1 3b2`: time, rule and value."""
    for number, word in enumerate(text.split()):
        name = next(letter for letter in word if letter.isalpha())
        time, value = word.split(name)
        origin = Origin(source, 0, number)
        evidence = Evidence(event=event_id(origin), origin=origin, time=int(time))
        yield Hit(rules=(name,), key=(("source.ip", source),), evidence=evidence, fields={"v": value})


@pytest.mark.parametrize(
    ("one", "text", "reached"),
    [
        pytest.param(rule(), "0a 1a 2a 20a 40a", 3, id="events"),
        pytest.param(rule(), "0a 1a 2a 3a 4a 5a", 5, id="no more than is wanted"),
        pytest.param(rule("value_count", fields=("v",)), "0a1 1a1 2a2 30a3", 2, id="values"),
        pytest.param(rule("value_sum", fields=("v",), n=100), "0a40 1a39.5 30a50", 79.5, id="a sum"),
        pytest.param(rule("temporal", "abc", 0), "0a 1b 30c", 2, id="some of the rules"),
        pytest.param(rule(gap=2), "0a 1a 4a 5a 6a", 3, id="a session"),
    ],
)
def test_the_most_that_a_window_reached(one, text, reached):
    given = list(hits(text))
    random.Random(3).shuffle(given)
    nearness = Nearness((one,))
    for hit in given:
        nearness.take(hit)
    [near] = nearness.all()
    assert near.reached == reached
    assert near.fired == (reached >= near.wanted)


def test_each_group_by_itself_and_chains_hear():
    rules = (rule(n=2), rule("temporal_ordered", ("r", "b"), 0, id="chain"))
    nearness = Nearness(rules)
    for hit in [*hits("0a 1a 2a 3b"), *hits("0a 3b", source="192.0.2.7")]:
        nearness.take(hit)
    found = {(one.rule, one.key[0][1]): (one.reached, one.fired) for one in nearness.all()}
    assert found == {
        ("r", "198.51.100.23"): (2, True),
        ("chain", "198.51.100.23"): (2, True),
        ("r", "192.0.2.7"): (1, False),
        ("chain", "192.0.2.7"): (1, False),
    }


def test_what_holds_or_does_not_is_not_judged():
    nearness = Nearness((rule("temporal", "ab", 0, expression=("a", "b", "!", "&")), rule(n=0, id="x")))
    for hit in hits("0a 1b"):
        nearness.take(hit)
    assert list(nearness.all()) == []
