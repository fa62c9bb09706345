"""What an evaluation says at its end: figures, each beside its aim. `bench/eval_X.py DATA [--json]` is their interface.

Each prints its own table; with --json also one JSON line a figure, {"name", "figure", "aim", "at_most"}, which
bench/evaluate.py gathers.
"""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct


class Figure(Struct, frozen=True, kw_only=True):
    """One number of an evaluation, and what it should at least be, or at most. `aim` None: no aim was set."""

    name: str
    figure: float
    aim: float | None = None
    at_most: bool = False

    @property
    def reached(self) -> bool | None:
        """Whether it is as good as it should be; None where nobody said."""
        if self.aim is None:
            return None
        return self.figure <= self.aim if self.at_most else self.figure >= self.aim


def arguments(told: str, *more: tuple[str, dict[str, object]]) -> argparse.Namespace:
    """Read the command line that all evaluations share: the folder, --json, and `more` options."""
    parser = argparse.ArgumentParser(description=told)
    parser.add_argument("data", metavar="DATA", type=Path, help="the folder of labelled outside data")
    parser.add_argument(
        "--json", action="store_true", help="print each figure as a JSON line after the table"
    )
    for name, settings in more:
        parser.add_argument(name, **settings)  # type: ignore[arg-type]  # argparse's own keywords
    given = parser.parse_args()
    if not given.data.is_dir():
        parser.error(f"no folder {given.data}")
    return given


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under their heads, the first column left, numbers right."""
    cells = [tuple(head), *[tuple(_shown(cell) for cell in row) for row in rows]]
    widths = [max(len(row[place]) for row in cells) for place in range(len(head))]
    for row in cells:
        first, *rest = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join([first.strip().ljust(widths[0]), *rest]).rstrip())
    print()


def _shown(cell: object) -> str:
    return f"{cell:.3f}" if isinstance(cell, float) else str(cell)


def report(figures: Sequence[Figure], *, as_json: bool) -> None:
    """Print the figures: a table, or the lines that a program reads."""
    if as_json:
        for one in figures:
            print(msgspec.json.encode(one).decode(), flush=True)
        return
    summary(figures)


def summary(figures: Iterable[Figure]) -> None:
    """Print each figure beside its aim."""
    words = {True: "reached", False: "missed", None: ""}
    table(
        ("figure", "is", "should be", ""),
        [
            (
                one.name,
                float(one.figure),
                "" if one.aim is None else f"{'<=' if one.at_most else '>='} {one.aim:g}",
                words[one.reached],
            )
            for one in figures
        ],
    )
