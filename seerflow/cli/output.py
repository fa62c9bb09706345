"""How commands print: one JSON object a line where something reads it, a table where a person does."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import orjson


def show(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Print rows to stdout: all their fields as JSON lines, or `columns` as a table on a terminal."""
    if sys.stdout.isatty():
        _table(rows, columns)
        return
    for row in rows:
        print(orjson.dumps(row, default=str).decode())


def _table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    from rich.console import Console  # noqa: PLC0415 - 60 ms that only a terminal pays
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    table = Table(*columns)
    for row in rows:
        table.add_row(*(Text(printable(str(row.get(column, "")))) for column in columns))
    if table.row_count:
        Console().print(table)


def printable(text: str) -> str:
    """Give the text with control characters spelled out: a log must not command the reader's terminal."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


@contextmanager
def bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function that shows (done, all) as a bar on stderr; it appears with the first step, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda _done, _all: None
        return
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.progress import Progress  # noqa: PLC0415 - as above

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, visible=False)
        yield lambda done, all_: progress.update(task, completed=done, total=all_, visible=True)
