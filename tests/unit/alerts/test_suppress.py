"""The flood guard: what is kept, what is only counted, and that the alert says so."""

from hypothesis import given
from hypothesis import strategies as st

from seerflow.alerts.suppress import Rest, reason, split


def test_a_rule_has_its_share_and_all_rules_have_theirs():
    ranked = [("a", 1), ("a", 2), ("a", 3), ("b", 4), ("c", 5)]
    assert split(ranked, per_rule=2, total=3) == ([1, 2, 4], [3, 5])


@given(st.lists(st.sampled_from("abc")), st.integers(1, 5), st.integers(1, 9))
def test_nothing_is_lost(rules, per_rule, total):
    ranked = [(rule, n) for n, rule in enumerate(rules)]
    kept, spilled = split(ranked, per_rule, total)
    assert sorted(kept + spilled) == list(range(len(rules)))
    assert len(kept) <= total
    assert all(sum(rules[n] == rule for n in kept) <= per_rule for rule in "abc")


def test_the_rest_is_counted():
    rest = Rest().with_more(Rest(1, 3, 10, 20)).with_more(Rest(1, 4, 5, 15))
    assert rest == Rest(2, 7, 5, 20)
    assert "2 more findings of guessing" in reason("guessing", rest).text
