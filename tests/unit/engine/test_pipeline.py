"""Cells and the steps over them, with detectors that are two lines long."""

from seerflow.engine.cells import DictCells
from seerflow.engine.pipeline import step, sweep


def counting(item: str, cell: bytes | None) -> tuple[bytes | None, tuple[str, ...]]:
    if item == "forget":
        return None, ()
    number = int(cell or b"0") + 1
    return str(number).encode(), (f"{item}{number}",)


def test_a_step_keeps_what_the_cell_became() -> None:
    cells = DictCells()
    assert step(counting, b"k", "a", cells) == ("a1",)
    assert step(counting, b"k", "b", cells) == ("b2",)
    assert step(counting, b"other", "c", cells) == ("c1",)
    assert cells.data == {b"k": b"2", b"other": b"1"}


def test_a_forgotten_cell_is_gone() -> None:
    cells = DictCells()
    step(counting, b"k", "a", cells)
    assert step(counting, b"k", "forget", cells) == ()
    assert cells.data == {}


def test_a_sweep_sees_every_cell_once_a_round_in_bounded_steps() -> None:
    cells = DictCells()
    for number in range(7):
        cells.put(b"%d" % number, b"old" if number % 2 else b"new")
    seen: list[bytes] = []

    def on_tick(cell: bytes, watermark: int) -> bytes | None:
        seen.append(cell)
        assert watermark == 99
        return None if cell == b"old" else cell

    after, rounds = b"", 0
    while True:
        after = sweep(on_tick, cells, after, 99, 3)
        rounds += 1
        if not after:
            break
    assert (rounds, len(seen)) == (3, 7)
    assert set(cells.data) == {b"0", b"2", b"4", b"6"}
