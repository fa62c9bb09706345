import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seerflow.model.log import Origin, RawLog
from seerflow.parsers import read
from seerflow.parsers.pairs import MAX_PAIRS, named, pairs, separated, separator, split

KEYS = st.from_regex(r"[a-z][a-z0-9_]{0,11}", fullmatch=True)
PLAIN = st.text(st.characters(codec="ascii", min_codepoint=48, max_codepoint=122, exclude_characters="[]{}<>=\\^`;@"), max_size=12)  # fmt: skip
ANY = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20)


def quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


@given(st.dictionaries(KEYS, ANY, max_size=8), st.sampled_from([" ", ", ", "; ", "|", "\t"]))
def test_quoted_values_survive_any_dialect(values, mark):
    text = mark.join(f"{key}={quoted(value)}" for key, value in values.items())
    assert pairs(text)[0] == values


@given(st.dictionaries(KEYS, PLAIN, max_size=8), st.sampled_from([" ", ", ", "; ", "|"]))
def test_bare_values_survive_any_dialect(values, mark):
    text = mark.join(f"{key}={value}" for key, value in values.items())
    assert pairs(text)[0] == values


@given(
    st.dictionaries(KEYS, PLAIN.map(lambda v: f"{v} and more"), min_size=3, max_size=8),
    st.sampled_from("|;\t"),
)
def test_values_with_blanks_end_at_the_separator(values, mark):
    text = mark.join(f"{key}={value}" for key, value in values.items())
    assert separator(text) == mark
    assert separated(text, mark) == {key: value.strip() for key, value in values.items()}


@given(st.lists(PLAIN, min_size=1, max_size=8), st.sampled_from(";|,"))
def test_what_is_cut_can_be_joined(pieces, mark):
    text = mark.join(pieces)
    assert mark.join(split(text, mark)) == text


@given(ANY, st.sampled_from(";|,"))
def test_cutting_loses_nothing(text, mark):
    assert mark.join(split(text, mark)) == text


def test_a_mark_inside_of_quotes_does_not_cut():
    assert split('a="b;c";d', ";") == ['a="b;c"', "d"]
    assert split('a="b;c;d', ";") == ['a="b', "c", "d"]
    assert split(r'a="b\";c";d', ";") == [r'a="b\";c"', "d"]


def test_lists_of_named_values():
    assert named('[Action:"drop"; Product:"A; B"; see http://x]', ";") == (
        {"Action": "drop", "Product": "A; B"},
        1,
    )


def test_documents_and_lists_are_values():
    found = pairs('a=[x y] b={"c": 1, "d": {"e": 2}} f=1')[0]
    assert found == {"a": "[x y]", "b.c": "1", "b.d": '{"e": 2}', "f": "1"}
    assert pairs('a={"b" c=1')[0]["c"] == "1"


def test_more_pairs_than_the_bound_are_said_to_be_cut():
    text = " ".join(f"k{number}=v" for number in range(MAX_PAIRS + 1))
    found, _, cut = pairs(text)
    assert (len(found), cut) == (MAX_PAIRS, True)
    assert not pairs(text.rpartition(" ")[0])[2]


@pytest.mark.parametrize(
    "piece", ['a="', "a=[", 'a={"b":', "a=b|", "a: b, ", '"', "a='", "\\", ' a="\\"', "=", "[a:"]
)
def test_the_work_grows_with_the_text(piece):
    def cost(size: int) -> float:
        raw = RawLog(
            origin=Origin("t", 0, 0), raw=(piece * size)[:size].encode(), received=0, format="keyvalue"
        )
        begin = time.process_time()
        for _ in range(3):
            read(raw)
        return time.process_time() - begin

    cost(20_000)
    small, large = min(cost(50_000) for _ in range(3)), min(cost(400_000) for _ in range(2))
    assert large < 40 * small + 0.05  # eight times the text; a square would be sixty-four times
