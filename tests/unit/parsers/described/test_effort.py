"""The two matchers say the same, and the quick one is used only where it cannot be made to try again and again."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seerflow.parsers.described.effort import Effort, effort
from seerflow.parsers.described.expression import (
    SEARCHED,
    _finder,
    _linear,
    _quick,
    capturing,
    finding,
    names,
)

JUDGED = [
    (r"^\S+ \S+ \[[^\]]*\] x", Effort(0, 1)),
    (r"^(?P<a>\d+):(?: (?P<b>[a-z]+))?$", Effort(0, 1)),
    (r"user \"([^\"]+)\"", Effort(1, 1)),
    (r"^.* to x", Effort(1, 1)),
    (r"^.*a.*b", Effort(2, 1)),
    (r"^\d+\w+", Effort(1, 1)),
    (r"^(?:a?){8}b", Effort(0, 256)),
    (r"^(?:ab|ac|d)x", Effort(0, 2)),
    (r"^(?:\d+\.){3}\d+ ", Effort(0, 1)),
    (r"^(?:\d+\d+){2}x", Effort(4, 1)),
    (r"^(a+)+$", None),
    (r"^(?:a|a)*$", None),
    (r"^(?:a*){9}$", None),
    (r"^(?:\S+ )+x", None),
    (r"(?i)^abc", None),
    (r"^[[:alpha:]]+", None),
    (r"^\pL+", None),
    (r"^a(?=b)", None),
    ("^(", None),
]


@pytest.mark.parametrize(("pattern", "judged"), JUDGED)
def test_the_work_of_a_pattern(pattern, judged):
    assert effort(pattern) == judged


PIECES = [
    r"\S+",
    r"\d+",
    " ",
    "a",
    r"[^\]]*",
    r"\[",
    r"\]",
    "(a|b|ab)",
    "(?:x )?",
    r"(\w+)",
    ".*",
    "a?",
    "[a-c]{2,4}",
    "b+?",
]


@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join),
    st.booleans(),
    st.text("ab x[]1é\n", max_size=24),
)
def test_both_matchers_find_the_same(pattern, begins, text):
    pattern = f"^{pattern}" if begins else pattern
    assert _quick(pattern, anchored=False)(text) == _linear(pattern, anchored=False)(text)


# A text that makes a pattern fail late, for each way of trying again.
HOSTILE = [
    "a" * SEARCHED,
    "a " * (SEARCHED // 2),
    "1" * SEARCHED,
    "[" * SEARCHED,
    "ab" * (SEARCHED // 2),
    "x " * (SEARCHED // 2),
]


@pytest.mark.parametrize("pattern", [one for one, _ in JUDGED if one not in ("^(", r"^a(?=b)")])
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:2])
def test_no_text_takes_long(pattern, text):
    find = _finder(pattern, anchored=False)
    begun = time.process_time()
    find(text)
    find(text[:1_024])
    assert time.process_time() - begun < 0.25


@pytest.mark.parametrize("pattern", ["^(", r"a(?=b)", r"(a)\1", "x{2000}"])
def test_what_is_no_pattern_of_re2(pattern):
    with pytest.raises(ValueError, match=r".+"):
        names(pattern)


def test_groups_name_fields():
    take = capturing(r"^(?P<source__ip>\S+) (?P<user__name>\w+)?(?P<rest>.*)$")
    assert take("192.0.2.1  x") == {"source.ip": "192.0.2.1", "rest": " x"}
    assert take("one") is None


def test_half_a_surrogate_pair_is_only_a_character():
    assert finding(r"(\S+) .*x.*y")("a\ud800 xy") is not None


def test_at_the_beginning_only():
    assert finding("b", anchored=True)("ab") is None
    assert finding("b", anchored=True)("ba") == ("b",)
    assert re.search("b", "ab")
