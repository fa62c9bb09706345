"""`seerflow bench`: how many logs a second and core, each rate beside its limit in the same run."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from msgspec import Struct

from seerflow.cli.command import Command
from seerflow.cli.output import show
from seerflow.config import load
from seerflow.errors import OperatorError

Row = Mapping[str, Any]

_COLUMNS = ("name", "unit", "count", "events_per_second", "limit_per_second", "ratio", "cpu_microseconds")


class _Bench(Struct, frozen=True, kw_only=True):
    """One bench: what it measures, how many logs it takes by itself, its columns on a terminal."""

    measures: str
    logs: int
    rows: Callable[[argparse.Namespace], Iterable[Row]]
    columns: tuple[str, ...] = _COLUMNS


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _parse(arguments: argparse.Namespace) -> Iterator[Row]:
    from seerflow.bench import pure  # noqa: PLC0415 - the detectors' libraries take a second; --help should not

    return pure.parse(arguments.logs, arguments.samples)


def _sigma(arguments: argparse.Namespace) -> Iterator[Row]:
    from seerflow.cli import bench_sigma  # noqa: PLC0415 - as above

    folders = arguments.rules or []
    if arguments.events:
        yield _sigma_row(bench_sigma.measure(folders, arguments.events))
        return
    from seerflow.bench import pure  # noqa: PLC0415 - as above

    with tempfile.TemporaryDirectory(prefix="seerflow-bench-") as folder:
        events = Path(folder) / "events.jsonl"
        pure.native_documents(arguments.logs, events)
        yield _sigma_row(bench_sigma.measure(folders, events))


def _sigma_row(measured: Row) -> Row:
    ratio = measured["events_per_second"] / max(measured["limit_per_second"], 1)
    shared = {"bench": "sigma", "name": "sigma", "unit": "events", "count": measured["events"]}
    return {**shared, **measured, "ratio": round(ratio, 3)}


def _correlate(arguments: argparse.Namespace) -> Iterator[Row]:
    from seerflow.bench import pure  # noqa: PLC0415 - as above

    return pure.correlate(load(arguments.config), arguments.logs, _named(arguments))


def _pipeline(arguments: argparse.Namespace) -> Iterator[Row]:
    from seerflow.bench import pipeline  # noqa: PLC0415 - as above, and Faust

    config = load(arguments.config)
    return pipeline.measure(config, arguments.config, arguments.logs, _named(arguments), _say)


def _named(arguments: argparse.Namespace) -> list[str] | None:
    return [str(folder) for folder in arguments.rules] if arguments.rules else None


_BENCHES: Mapping[str, _Bench] = {
    "parse": _Bench(
        measures="each family of formats, beside reading the finished events as JSON",
        logs=20_000,
        rows=_parse,
        columns=(*_COLUMNS, "bytes", "understood"),
    ),
    "sigma": _Bench(measures="all rules, beside decoding the events", logs=50_000, rows=_sigma),
    "correlate": _Bench(
        measures="the keyed detectors over many keys, beside decoding the hits", logs=50_000, rows=_correlate
    ),
    "pipeline": _Bench(
        measures="each stage's worker on a real broker, beside one that only decodes",
        logs=100_000,
        rows=_pipeline,
        columns=(*_COLUMNS, "input_per_second", "wall_per_second", "wall_limit_per_second", "wall_ratio"),
    ),
}


def _arguments(parser: argparse.ArgumentParser) -> None:
    told = "; ".join(f"{name}: {bench.measures}" for name, bench in _BENCHES.items())
    parser.add_argument("what", choices=tuple(_BENCHES), help=told)
    parser.add_argument("--json", action="store_true", help="JSON lines, on a terminal too")
    parser.add_argument("--logs", metavar="N", type=int, help="how many logs (parse: of each family)")
    parser.add_argument(
        "--rules",
        metavar="DIR",
        nargs="+",
        type=Path,
        action="extend",
        help="rules in place of the configured ones (not with parse)",
    )
    parser.add_argument(
        "--events",
        metavar="FILE",
        type=Path,
        help="sigma: flat native documents, one a line, instead of invented ones",
    )
    parser.add_argument(
        "--samples",
        metavar="DIR",
        type=Path,
        help="parse: a folder with one folder of *.log a parser, each a family more",
    )


def _run(arguments: argparse.Namespace) -> int:
    bench = _BENCHES[arguments.what]
    _refuse(arguments)
    arguments.logs = bench.logs if arguments.logs is None else arguments.logs
    _say(f"{arguments.what}: {bench.measures}")
    with _interruptible():
        if arguments.json or not sys.stdout.isatty():
            for row in bench.rows(arguments):  # each as soon as it is there
                print(orjson.dumps(row).decode(), flush=True)
        else:
            show(bench.rows(arguments), bench.columns)
    return 0


def _refuse(arguments: argparse.Namespace) -> None:
    """Raise OperatorError for options that the bench does not have."""
    if arguments.logs is not None and arguments.logs < 1:
        raise OperatorError(f"--logs {arguments.logs}: at least one log, please")
    if arguments.events and arguments.what != "sigma":
        raise OperatorError(f"--events belongs to `bench sigma`; {arguments.what} makes its own logs")
    if arguments.rules and arguments.what == "parse":
        raise OperatorError("--rules: parsers read no rules")
    if arguments.samples and arguments.what != "parse":
        raise OperatorError("--samples belongs to `bench parse`")
    if arguments.samples and not arguments.samples.is_dir():
        raise OperatorError(f"--samples {arguments.samples}: no such folder")


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let SIGTERM end the run as Ctrl-C does: the broker stops, topics and folders go."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


COMMAND = Command(
    name="bench",
    summary="Measure logs per second and core, each rate beside its limit in the same run.",
    examples=(
        "seerflow bench parse",
        "seerflow bench parse --logs 5000 --samples tests/golden/parsers",
        "seerflow bench sigma --rules my-rules/",
        "seerflow bench pipeline --json",
    ),
    arguments=_arguments,
    run=_run,
)
