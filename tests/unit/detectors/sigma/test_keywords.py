"""The vectorised first look drops no event that the whole look would keep, whatever the kinds and length of values."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seerflow.detectors.sigma.engine import Engine
from seerflow.detectors.sigma.fieldindex import INTO_ASCII, PIECE, SHORT, VECTORISED, Budget, FieldIndex
from seerflow.detectors.sigma.witness import BEGIN, END
from seerflow.model.event import Event
from seerflow.model.log import Origin
from seerflow.rules import condition
from seerflow.rules.sigma import Logsource, SigmaRule

NEEDLES = ("needle", "äpfel", "4711", "a?b", "\\x\\", "true", "::")
_filling = st.text(alphabet=string.ascii_letters + "äß?\\ \ud800:", max_size=SHORT * 2)
_values = st.one_of(
    _filling,
    st.sampled_from(NEEDLES),
    st.builds(lambda a, b, c: a + b.upper() + c, _filling, st.sampled_from(NEEDLES), _filling),
    st.integers(min_value=-5, max_value=50_000),
    st.sampled_from([4711, True, False, None, 4711.0]),
    st.lists(st.one_of(_filling, st.sampled_from(NEEDLES)), max_size=3),
)


def _rule(word: str) -> SigmaRule:
    return SigmaRule(
        id=word,
        title=word,
        level="low",
        logsource=Logsource(),
        condition=condition.Test(field=condition.ANY_FIELD, op="has", values=(word,)),
    )


ENGINE = Engine([_rule(word) for word in NEEDLES])


def _event(native: dict, common: dict) -> Event:
    return Event(
        id="0",
        time=0,
        received=0,
        origin=Origin("raw.lines", 0, 0),
        parser="p",
        common=common,
        native=native,
        text="a NEEDLE",
    )


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.dictionaries(st.sampled_from("abcde"), _values, max_size=5),
            st.dictionaries(st.just("message"), _values, max_size=1),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_what_the_index_finds_is_what_all_rules_find(views):
    # One engine over all examples: a shape's first event decides where its texts are looked for, and must not matter.
    for native, common in views:
        event = _event(native, common)
        assert ENGINE.matches(event) == ENGINE.evaluate_all(event)


@given(
    st.integers(min_value=1, max_value=VECTORISED * 2),
    st.integers(min_value=0, max_value=PIECE * 2),
    st.integers(min_value=0, max_value=VECTORISED * 2),
)
@settings(max_examples=60, deadline=None)
def test_few_or_many_literals_in_short_or_long_texts(count, place, wanted):
    literals = {f"literal{number:03}.": 1 << number for number in range(count)}
    index = FieldIndex(literals, Budget(1 << 20), {})
    text = "x" * place + f"LITERAL{wanted:03}." + "y" * 300
    assert index.of(text) == (1 << wanted if wanted < count else 0)


def test_anchors_are_seen_by_both_looks():
    index = FieldIndex({f"{BEGIN}begins": 1, f"ends{END}": 2}, Budget(1 << 20), {})
    assert index.of("begins " + "x" * SHORT + " ends") == 3
    assert index.of(" begins " + "x" * SHORT + " ends ") == 0


def test_all_letters_that_fold_into_ascii_are_known():
    others = (chr(point) for point in range(128, 0x110000) if not 0xD800 <= point < 0xE000)
    assert "".join(one for one in others if any(map(str.isascii, one.casefold()))) == INTO_ASCII


@pytest.mark.parametrize(
    "text", ["\N{KELVIN SIGN}iwi", "gro\N{LATIN SMALL LETTER SHARP S}", "\N{LATIN SMALL LIGATURE FI}ne"]
)
def test_a_literal_hidden_in_another_alphabet_is_found(text):
    index = FieldIndex({"kiwi": 1, "gross": 2, "fine": 4}, Budget(1 << 20), {})
    assert index.of("é" * SHORT + text)
    assert not index.of("é" * SHORT + "nothing")
