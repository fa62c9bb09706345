import pytest
from hypothesis import given
from hypothesis import strategies as st

from seerflow.parsers.described.dissect import compiled, names

CASES = [
    ("%{a} %{b}", "1 2", {"a": "1", "b": "2"}),
    ("%{a} %{b}", "1 2 3", {"a": "1", "b": "2 3"}),
    ("%{a} %{b}", "1", None),
    ("<%{a}>", "<1>", {"a": "1"}),
    ("<%{a}>", "<1> tail", {"a": "1"}),
    ("<%{a}>", "1>", None),
    ("%{?a}-%{}-%{c}", "1-2-3", {"c": "3"}),
    ("%{a->} %{b}", "1    2", {"a": "1", "b": "2"}),
    ("%{a} %{b}", "1    2", {"a": "1", "b": "   2"}),
    ("%{+t} %{+t} %{b}", "Mar 12 x", {"t": "Mar 12", "b": "x"}),
    ("%{t} %{x} %{+t}", "Mar x 12", {"t": "Mar 12", "x": "x"}),
    ("%{source.ip}:%{source.port}", "192.0.2.1:80", {"source.ip": "192.0.2.1", "source.port": "80"}),
    ("%{a}", "", {"a": ""}),
]


@pytest.mark.parametrize(("pattern", "text", "found"), CASES)
def test_what_a_pattern_takes(pattern, text, found):
    assert compiled(pattern)(text) == found


@pytest.mark.parametrize(
    ("pattern", "fact"),
    [
        ("plain", "has no %{name}"),
        ("%{a}%{b}", "nothing stands between %{a} and %{b}"),
        ("%{a} %{b", "has an opening %{ that nothing closes"),
        ("%{a %{b}", "has an opening %{ that nothing closes"),
    ],
)
def test_what_is_no_pattern(pattern, fact):
    with pytest.raises(ValueError, match="^" + fact.replace("{", r"\{").replace("}", r"\}") + "$"):
        compiled(pattern)


def test_names_are_those_that_are_kept():
    assert names("%{?a} %{} %{b} %{c->} %{+d}") == ["b", "c", "d"]


@given(st.lists(st.text("abc", max_size=4), min_size=2, max_size=6), st.sampled_from(["|", ", ", " - "]))
def test_joined_values_come_apart_again(values, between):
    pattern = between.join("%{" + f"n{index}" + "}" for index in range(len(values)))
    assert compiled(pattern)(between.join(values)) == {f"n{i}": value for i, value in enumerate(values)}
