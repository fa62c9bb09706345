"""The sweep of a keyed stage: what event time made useless goes, and nothing that a feeder may still need."""

import pytest

from seerflow.agents.keyed import Sweeper
from seerflow.engine.cells import DictCells
from seerflow.model.record import Record

SECOND = 1_000_000
#: A cell that is useless once event time has come to 50 s.
CELL = b"until 50"


def free(cell: bytes, watermark: int) -> bytes | None:
    return None if watermark >= 50 * SECOND else cell


def heard(feeder: int, reached: int, stamp: int) -> Record:
    """A record of hits: how far its feeder has come, and when Kafka got it (seconds)."""
    return Record(
        topic="hits",
        partition=0,
        offset=0,
        key=None,
        value=b"",
        headers={"feeder": b"%d" % feeder, "reached": b"%d" % (reached * SECOND)},
        timestamp=(1000 + stamp) * SECOND,
    )


@pytest.mark.parametrize(
    ("records", "kept"),
    [
        pytest.param([], True, id="nothing was heard"),
        pytest.param([heard(1, 90, 0)], True, id="the partition was only just taken"),
        pytest.param(
            [heard(1, 90, 0), heard(0, 5, 40), heard(1, 95, 61)], True, id="the slowest feeder came later"
        ),
        pytest.param([heard(1, 90, 0), heard(1, 95, 61)], False, id="no other feeder spoke for a minute"),
        pytest.param(
            [heard(1, 90, 0), heard(0, 5, 40), heard(0, 60, 61)], False, id="the slowest feeder caught up"
        ),
    ],
)
def test_a_cell_goes_when_every_feeder_has_passed_it(records, kept):
    sweeper, cells = Sweeper(free), DictCells()
    cells.put(b"key", CELL)
    for record in records:
        sweeper.observe(record)
        assert sweeper.tick(0, cells) == ()
    assert (cells.get(b"key") is not None) is kept


def test_who_takes_a_partition_again_begins_anew():
    sweeper, cells = Sweeper(free), DictCells()
    sweeper.observe(heard(1, 40, 0))
    sweeper.observe(heard(1, 45, 61))
    sweeper.closed(0, cells)
    cells.put(b"key", CELL)
    sweeper.observe(heard(1, 90, 62))
    sweeper.tick(0, cells)
    assert cells.get(b"key") == CELL
