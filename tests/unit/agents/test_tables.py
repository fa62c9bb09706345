import pytest
from hypothesis import given
from hypothesis import strategies as st

from seerflow.agents.tables import LayeredCells


class DictStore:
    """A store in a dict that counts its writes."""

    def __init__(self):
        self.cells, self.at, self.writes = {}, None, 0

    def get(self, key):
        return self.cells.get(key)

    def scan(self, after):
        return iter(sorted((key, value) for key, value in self.cells.items() if key > after))

    def write(self, cells, offset):
        self.at = offset
        self.writes += 1
        for key, value in cells.items():
            if value is None:
                self.cells.pop(key, None)
            else:
                self.cells[key] = value


KEYS = st.binary(min_size=1, max_size=2).filter(lambda key: key < b"\x04")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), KEYS, st.one_of(st.none(), st.binary(max_size=3))),
        st.sampled_from([("keep",), ("forget",), ("settle",), ("drop",)]),
    ),
    max_size=40,
)


@given(STEPS, KEYS, st.integers(0, 5))
def test_layers_are_a_mapping_with_two_ways_back(steps, after, limit):
    cells, store = LayeredCells(DictStore()), None
    stored, opened, fresh = {}, {}, {}
    for name, *args in steps:
        if name == "put":
            cells.put(*args)
            fresh[args[0]] = args[1]
        elif name == "keep":
            cells.keep()
            opened.update(fresh)
            fresh = {}
        elif name == "forget":
            cells.forget()
            fresh = {}
        elif name == "settle":
            cells.settle(1)
            stored.update(opened)
            opened = {}
        else:
            cells.drop()
            opened, fresh = {}, {}
    store = cells.store
    assert store.cells == {key: value for key, value in stored.items() if value is not None}
    shown = {key: value for key, value in {**stored, **opened, **fresh}.items() if value is not None}
    assert {key: cells.get(key) for key in {*stored, *opened, *fresh}} == {
        key: shown.get(key) for key in {*stored, *opened, *fresh}
    }
    assert list(cells.scan(after, limit)) == sorted((k, v) for k, v in shown.items() if k > after)[:limit]


def test_nothing_is_stored_before_it_is_settled_and_then_at_once():
    cells = LayeredCells(DictStore())
    cells.put(b"a", b"1")
    cells.keep()
    cells.put(b"b", b"2")
    cells.keep()
    assert cells.store.writes == 0
    cells.settle(17)
    assert (cells.store.cells, cells.store.at, cells.store.writes) == ({b"a": b"1", b"b": b"2"}, 17, 1)
    cells.settle(18)
    assert cells.store.writes == 1


@pytest.mark.parametrize("key", [b"__faust\0offset__", b"__seerflow\0mark__"])
def test_the_tables_own_keys_are_nobodys_cells(key):
    cells = LayeredCells(DictStore())
    cells.store.cells[key] = b"12"
    assert cells.get(key) is None
    assert list(cells.scan(b"", 9)) == []
    with pytest.raises(ValueError, match="own"):
        cells.put(key, b"")
