import pytest
from hypothesis import given
from hypothesis import strategies as st

from seerflow.parsers.flatten import MAX_DEPTH, MAX_FIELDS, MAX_ITEMS, MAX_NAME, flat


@pytest.mark.parametrize(
    ("document", "wanted"),
    [
        ({"a": {"b": {"c": 1}}}, {"a.b.c": 1}),
        ({"a": [1, "x", None]}, {"a": [1, "x", None]}),
        ({"a": []}, {"a": []}),
        ({"a": {}}, {}),
        ({"a": None}, {"a": None}),
        ({"a": [{"b": 1}, {"b": 2, "c": 3}]}, {"a.b": [1, 2], "a.c": [3]}),
        ({"a": [{"b": [1, 2]}, {"b": 3}]}, {"a.b": [1, 2, 3]}),
        ({"a": [[1, 2], [3]]}, {"a": [1, 2, 3]}),
        ({"a.b": 1, "a": {"b": 2}}, {"a.b": 1}),
    ],
)
def test_flat(document, wanted):
    assert flat(document) == (wanted, False)


def nested(depth):
    document = {"x": 1}
    for _ in range(depth):
        document = {"a": document}
    return document


@pytest.mark.parametrize(
    ("document", "cut"),
    [
        pytest.param(nested(MAX_DEPTH - 1), False, id="deep enough"),
        pytest.param(nested(MAX_DEPTH), True, id="too deep"),
        pytest.param({f"k{n}": n for n in range(MAX_FIELDS)}, False, id="many fields"),
        pytest.param({f"k{n}": n for n in range(MAX_FIELDS + 1)}, True, id="too many fields"),
        pytest.param({"k" * MAX_NAME: 1}, False, id="a long name"),
        pytest.param({"k" * (MAX_NAME + 1): 1}, True, id="too long a name"),
        pytest.param({"a": [0] * MAX_ITEMS}, False, id="a long list"),
        pytest.param({"a": [0] * (MAX_ITEMS + 1)}, True, id="too long a list"),
        pytest.param({"a": [{"b": n} for n in range(MAX_ITEMS + 1)]}, True, id="too many objects"),
        pytest.param({"a": [[{"b": 1}]]}, True, id="objects in lists in lists"),
    ],
)
def test_a_bound_that_bites_is_told(document, cut):
    found, told = flat(document)
    assert told is cut
    assert len(found) <= MAX_FIELDS
    assert all(len(value) <= MAX_ITEMS for value in found.values() if isinstance(value, list))


TREE = st.recursive(
    st.integers() | st.text(max_size=5),
    lambda t: st.lists(t, max_size=4) | st.dictionaries(st.text(max_size=4), t, max_size=4),
    max_leaves=30,
)


@given(st.dictionaries(st.text(max_size=4), TREE, max_size=5))
def test_values_of_a_flat_document_are_scalars_and_lists_of_scalars(document):
    for value in flat(document)[0].values():
        for item in value if isinstance(value, list) else [value]:
            assert not isinstance(item, dict | list)
