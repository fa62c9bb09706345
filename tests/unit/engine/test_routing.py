"""Keys, cells and partitions."""

from hypothesis import given
from hypothesis import strategies as st

from seerflow.engine.routing import by_partition, cell_key, partition_of

WORDS = st.text(max_size=8)
KEYS = st.lists(st.tuples(st.text(min_size=1, max_size=6), WORDS), min_size=1, max_size=3).map(tuple)


def test_a_cell_s_partition_is_fixed_for_ever() -> None:
    """Known values: another result would lose the cells of a running cluster."""
    assert partition_of(b"source.ip\x1d198.51.100.23", 4) == 1
    assert partition_of(b"123456789", 1 << 32) == 0xCBF43926  # the check value of CRC-32


@given(KEYS)
def test_field_and_value_cannot_be_taken_for_each_other(key: tuple[tuple[str, str], ...]) -> None:
    joined = (("".join(f + v for f, v in key), ""),)
    assert joined == key or cell_key(joined) != cell_key(key)


@given(st.lists(st.tuples(st.binary(max_size=5), st.integers())), st.integers(1, 12))
def test_gathering_loses_nothing_and_keeps_the_order_of_a_cell(
    items: list[tuple[bytes, int]], partitions: int
) -> None:
    groups = dict(by_partition(items, partitions))
    assert sorted(item for group in groups.values() for item in group) == sorted(item for _, item in items)
    for partition, group in groups.items():
        assert group == [item for cell, item in items if partition_of(cell, partitions) == partition]
