"""Wildcards, beside the plain definition of what they mean."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seerflow.rules.wildcard import Wild, matcher, read, write

parts = st.lists(
    st.sampled_from([Wild.MANY, Wild.ONE]) | st.text("ab*?\\", min_size=1, max_size=3), max_size=6
)


def fits(pattern, value):
    """The definition, without a thought for time."""
    if not pattern:
        return value == ""
    first, rest = pattern[0], pattern[1:]
    if first is Wild.MANY:
        return any(fits(rest, value[place:]) for place in range(len(value) + 1))
    if first is Wild.ONE:
        return value != "" and fits(rest, value[1:])
    return value.startswith(first) and fits(rest, value[len(first) :])


@given(parts, st.text("ab*?\\\n", max_size=8))
def test_a_matcher_fits_what_the_definition_fits(pattern, value):
    assert matcher(write(pattern))(value) is fits(pattern, value)


@given(parts)
def test_reading_undoes_writing(pattern):
    joined = read(write(pattern))
    assert write(joined) == write(pattern)
    assert not any(isinstance(one, str) and isinstance(two, str) for one, two in pairwise(joined))


@pytest.mark.parametrize(("pattern", "value", "wanted"), [("a*b*c", "abc", True), ("*ab", "aab", True), ("ab*ba", "aba", False), ("", "", True), ("*", "", True), ("?*?", "a", False)])  # fmt: skip
def test_edges(pattern, value, wanted):
    assert matcher(pattern)(value) is wanted
