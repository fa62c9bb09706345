"""Nothing is lost, and how much is recognised, file by file: python bench/eval_raw.py DATA [--json] [--most N].

Every log gives events or a rejected log, and no exception. Recognised is what a parser of its format read: not
`unknown`, not marked unparsed. Each file counts with its first N logs, so that no long file speaks for all.
"""

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from figures import Figure, arguments, report, table
from msgspec import Struct
from outside import files, raw_logs

from seerflow.errors import OutsideError
from seerflow.model.event import Event
from seerflow.model.log import Origin, RawLog
from seerflow.parsers import read

#: Logs of one file that count.
MOST = 5_000


class Read(Struct, kw_only=True):
    """What came of one file's logs."""

    name: str
    is_logs: bool
    logs: int = 0
    events: int = 0
    rejected: int = 0
    lost: int = 0  # neither
    broke: int = 0  # exceptions
    known: int = 0  # logs whose events were all recognised
    parsers: Counter[str] = Counter()


def recognised(one: object) -> bool:
    """Say whether a parser of its format read it."""
    return isinstance(one, Event) and not one.parser.startswith("unknown/") and "unparsed" not in one.flags


def measure(name: str, given: Iterable[bytes], *, is_logs: bool, received: int) -> Read:
    """Read one file's logs."""
    told = Read(name=name, is_logs=is_logs, parsers=Counter())
    for number, line in enumerate(given):
        raw = RawLog(origin=Origin(name, 0, number), raw=line, received=received)
        told.logs += 1
        try:
            results = read(raw)
        except Exception as error:  # noqa: BLE001 - the point of this measure: no log may raise
            told.broke += 1
            print(f"{name}: log {number}: {type(error).__name__}", file=sys.stderr)
            continue
        events = [one for one in results if isinstance(one, Event)]
        told.events += len(events)
        told.rejected += len(results) - len(events)
        told.lost += not results
        told.known += bool(results) and all(map(recognised, results))
        told.parsers.update({one.parser.partition("/")[0] for one in events})
    return told


def unbroken(given: Iterator[bytes]) -> Iterator[bytes]:
    """Give the logs of a file up to where it breaks off."""
    try:
        yield from given
    except OutsideError as error:
        print(error, file=sys.stderr)


def share(those: list[Read]) -> float:
    """Give the share of recognised logs."""
    return sum(one.known for one in those) / max(sum(one.logs for one in those), 1)


def by_file(those: list[Read]) -> float:
    """Give the mean share of the files: each counts the same."""
    return sum(one.known / one.logs for one in those if one.logs) / max(sum(bool(o.logs) for o in those), 1)


def show(those: list[Read]) -> None:
    rows = sorted(
        (one for one in those if one.is_logs and one.logs), key=lambda one: (one.known / one.logs, one.name)
    )
    table(
        ("file", "logs", "events", "rejected", "recognised", "read by"),
        [
            (one.name, one.logs, one.events, one.rejected, one.known / one.logs, _named(one.parsers))
            for one in rows
            if one.known < one.logs
        ],
    )
    print(f"{sum(one.known == one.logs for one in rows)} more files are recognised whole\n")
    folders = sorted({one.name.partition("/")[0] for one in those})
    grouped = [(name, [one for one in those if one.name.partition("/")[0] == name]) for name in folders]
    table(
        ("folder", "files", "logs", "events", "rejected", "lost", "exceptions", "recognised"),
        [
            (
                name,
                len(group),
                *(
                    sum(getattr(one, what) for one in group)
                    for what in ("logs", "events", "rejected", "lost", "broke")
                ),
                share(held) if (held := [one for one in group if one.is_logs]) else "no logs",
            )
            for name, group in grouped
        ],
    )


def _named(parsers: Counter[str]) -> str:
    return " ".join(f"{name}:{count}" for name, count in parsers.most_common(4))


def figures(those: list[Read]) -> list[Figure]:
    logs = [one for one in those if one.is_logs]
    raw = [one for one in logs if one.name.startswith("raw/")]
    return [
        Figure(
            name="raw: logs that raised or vanished",
            figure=sum(one.broke + one.lost for one in those),
            aim=0,
            at_most=True,
        ),
        Figure(name="raw: recognised, all folders", figure=share(logs), aim=0.95),
        Figure(name="raw: recognised, raw/ by log", figure=share(raw), aim=0.95),
        Figure(name="raw: recognised, raw/ by file", figure=by_file(raw)),
    ]


def main() -> None:
    given = arguments(
        __doc__ or "", ("--most", {"type": int, "default": MOST, "help": f"logs a file (default: {MOST})"})
    )
    received = time.time_ns() // 1000
    those = [
        measure(name, islice(unbroken(raw_logs(path)), given.most), is_logs=is_logs, received=received)
        for name, path, is_logs in files(given.data)
    ]
    show(those)
    report(figures(those), as_json=given.json)


if __name__ == "__main__":
    main()
