"""All problems at once, each with its place, the fact, and help; never a value that may be a secret."""

from typing import Annotated, Literal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct

from seerflow.problems import Secret, find, nearest, read


class Small(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="small"):
    size: Annotated[int, Meta(ge=1, le=9, description="how small")]


class Large(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="large"):
    name: str = ""


class Thing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    level: Literal["low", "high"] = "low"
    parts: tuple[Small | Large, ...] = ()
    named: dict[str, Large] = {}
    one: Small | None = None
    password: Secret | None = None
    count: Annotated[int, Meta(ge=1)] | Literal["all"] = "all"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param({}, [], id="nothing said, nothing wrong"),
        pytest.param({"count": 3, "level": "high", "one": None}, [], id="right values"),
        pytest.param([], ["$: expected a mapping, got a list"], id="no mapping"),
        pytest.param({"levle": 1}, ["$.levle: unknown key; did you mean 'level'?"], id="a slip"),
        pytest.param(
            {"zzz": 1},
            ["$.zzz: unknown key; known: count, level, named, one, parts"],
            id="far off; what cannot be set is not offered",
        ),
        pytest.param(
            {"level": "hihg"}, ["$.level: not one of the known values; did you mean 'high'?"], id="choice"
        ),
        pytest.param({"level": 3}, ["$.level: not one of the known values; known: low, high"], id="no text"),
        pytest.param({"one": {"size": 0}}, ["$.one.size: expected `int` >= 1; how small"], id="bound"),
        pytest.param({"one": {}}, ["$.one.size: missing; how small"], id="missing"),
        pytest.param({"parts": {}}, ["$.parts: expected a list, got a mapping"], id="no list"),
        pytest.param(
            {"parts": [{"type": "smal"}, {}, 3, {"type": "small", "size": 2}]},
            [
                "$.parts[0].type: no type 'smal'; did you mean 'small'?",
                "$.parts[1].type: missing; known: large, small",
                "$.parts[2]: expected a mapping, got a number",
            ],
            id="tags",
        ),
        pytest.param({"named": []}, ["$.named: expected a mapping, got a list"], id="no entries"),
        pytest.param(
            {"named": {1: {}, "b": {"nam": 1}}},
            [
                "$.named: the key 1 is not text; put it in quotes",
                "$.named.b.nam: unknown key; did you mean 'name'?",
            ],
            id="entries",
        ),
        pytest.param(
            {"password": "hunter2"},
            ["$.password: a secret cannot stand here; name a file that holds it (`password_file`)"],
            id="a secret",
        ),
        pytest.param({"count": 0}, ["$.count: expected `int` >= 1"], id="union of leaves"),
        pytest.param(
            {"level": "x", "one": {"size": 10}, "zzzz": 1},
            [
                "$.level: not one of the known values; known: high, low",
                "$.one.size: expected `int` <= 9; how small",
                "$.zzzz: unknown key; known: count, level, named, one, parts",
            ],
            id="all at once, in order",
        ),
    ],
)
def test_problems(document, expected):
    assert find(document, Thing) == expected


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | st.integers(), inner, max_size=4)
    ),
    max_leaves=12,
)
KEYS = st.sampled_from(["level", "parts", "named", "one", "password", "count", "type", "size"])


@given(st.dictionaries(KEYS, ANY, max_size=6) | ANY)
def test_no_document_is_too_strange_to_judge(document):
    assert all(isinstance(one, str) and one.startswith("$") for one in find(document, Thing))


@given(st.dictionaries(st.sampled_from(["level", "password", "count"]), st.just("s3cr3t-value"), min_size=1))
def test_values_never_stand_in_a_message(document):
    assert "s3cr3t-value" not in "".join(find(document, Thing))


def test_a_secret_shows_itself_to_nobody():
    hidden = Secret("hunter2")
    assert "hunter2" not in f"{hidden} {hidden!r} {[hidden]} {Thing(password=hidden)!r}"


def test_a_key_that_stands_twice_is_an_error():
    with pytest.raises(yaml.YAMLError, match="'a' stands twice"):
        read("a: 1\nb: 2\na: 3\n")
    assert read("b: &x {k: 1}\na: {<<: *x, k: 2}") == {"b": {"k": 1}, "a": {"k": 2}}


def test_nearest_with_nothing_to_choose_from():
    assert nearest("x", []) == "none is known"
