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


class Waits:
    """A detector whose cell is the second for which it waits; then it says so, once."""

    timed = True

    def due(self, cell: bytes) -> int:
        return int(cell) * SECOND

    def on_time(self, cell: bytes, watermark: int):
        said = self.due(cell) and self.due(cell) <= watermark
        return (b"0", (cell,)) if said else (cell, ())


def test_who_waits_is_looked_at_when_its_time_has_come_and_only_then():
    sweeper, cells = Sweeper(lambda cell, _: cell, Waits()), DictCells()
    for n in range(3_000):  # far more than one tick looks at
        cells.put(b"%04d" % n, b"5000")
    cells.put(b"9999", b"50")
    sweeper.noted(0, b"9999", cells)
    sweeper.observe(heard(1, 40, 0))
    sweeper.observe(heard(1, 45, 61))
    assert sweeper.passed(0, cells) == ()
    sweeper.observe(heard(1, 50, 62))
    assert sweeper.passed(0, cells) == (b"50",)
    assert sweeper.passed(0, cells) == ()


def test_who_waited_before_a_restart_is_found_in_turn():
    sweeper, cells = Sweeper(lambda cell, _: cell, Waits()), DictCells()
    for n in range(1_200):
        cells.put(b"%04d" % n, b"5000")
    cells.put(b"9999", b"50")
    sweeper.observe(heard(1, 40, 0))
    sweeper.observe(heard(1, 60, 61))
    said = []
    for _ in range(3):
        said += sweeper.passed(0, cells)
        sweeper.tick(0, cells)
    assert said == [b"50"]
