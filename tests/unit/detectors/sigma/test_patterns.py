"""Regular expressions: found as RE2 finds them, and never without the literals that the index asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seerflow.detectors.sigma.patterns import literals, searcher
from seerflow.detectors.sigma.values import fold

pieces = st.sampled_from(["a", "b", "K", "ß", "ſ", ".", r"\.", "[ab]", "[^a]", "(?:ab)", "(a|b)", "a*", "b+", "(ab)?", "c{2}", "(?i:k)", r"\d", "^", "$", r"\b", "a{,3}", "[[:alpha:]]"])  # fmt: skip


@given(st.lists(pieces, max_size=6).map("".join), st.text("abckKßſ\u212a.1 {}[]:lph", max_size=10), st.sampled_from(["", "i", "s"]))  # fmt: skip
def test_what_is_found_contains_the_literals(pattern, value, flags):
    try:
        found = searcher(pattern, flags)(value)
    except ValueError:
        return
    if found:
        assert all(fold(literal) in fold(value) for literal in literals(pattern))


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("abc", ["abc"]),
        ("ab+c", ["a", "b", "c"]),
        ("ab?c", ["a", "c"]),
        (r"cmd\.exe /c .*whoami", ["cmd.exe /c ", "whoami"]),
        ("(?:power)shell", ["powershell"]),
        ("a|b", []),
        ("x(a|b)y", ["x", "y"]),
        ("[[:alpha:]]", []),
        ("(", []),
    ],
)
def test_literals(pattern, wanted):
    assert literals(pattern) == wanted


@pytest.mark.parametrize("pattern", ["(?=a)", "(?!a)", "(?<=a)b", r"(a)\1", "a{2001}b{2001}(c"])
def test_what_re2_does_not_know_is_refused(pattern):
    with pytest.raises(ValueError, match=r"\S"):
        searcher(pattern, "")


def test_a_counted_repeat_looks_at_the_beginning_of_a_huge_value():
    found = searcher(".{1000,}", "")
    assert found("x" * 1_000)
    assert not found("x" * 999)
    assert not found("\n" * 40_000 + "x" * 2_000)
