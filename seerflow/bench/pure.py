"""The core by itself: parsers, and keyed detectors over cells in dicts. No Kafka, one process, one core."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from seerflow import parsers
from seerflow.adapters import codec
from seerflow.assembly import assemble
from seerflow.bench import workload
from seerflow.bench.families import FAMILIES
from seerflow.bench.rates import beside, counted, row
from seerflow.config import Config
from seerflow.engine.cells import DictCells
from seerflow.engine.pipeline import Engine
from seerflow.model.event import Event
from seerflow.model.finding import Hit
from seerflow.model.log import Origin, RawLog

#: The moment at which generated logs are received (microseconds): shortly after what they tell of.
RECEIVED = 1_773_400_000_000_000
#: Hits travel together: so many a record.
TOGETHER = 100
#: Stage -> the detector whose cells it keeps.
KEYED = {"correlate": "correlation", "profile": "profile"}


def raw(number: int, text: bytes) -> RawLog:
    """Give a line as a raw log."""
    return RawLog(origin=Origin("bench", 0, number), raw=text, received=RECEIVED)


def parse(logs: int, samples: Path | None = None) -> Iterator[dict[str, Any]]:
    """Read so many logs of each family; the limit is reading the finished events' documents as JSON.

    `samples`: a folder with one folder a parser and its logs in `*.log` (tests/golden/parsers): families besides ours.
    """
    for name, (line, parser) in FAMILIES.items():
        yield _read(name, parser, [line(n) for n in range(logs)])
    for folder in sorted(samples.iterdir()) if samples else ():
        lines = [one for file in sorted(folder.glob("*.log")) for one in file.read_bytes().splitlines()]
        if lines:
            # Few lines again and again: what is remembered of addresses and stamps is always warm.
            yield _read(f"golden/{folder.name}", folder.name, [lines[n % len(lines)] for n in range(logs)])


def _read(name: str, parser: str, lines: list[bytes]) -> dict[str, Any]:
    given = [raw(n, line) for n, line in enumerate(lines)]
    events = [one for log in given[:TOGETHER] for one in parsers.read(log)]
    understood = sum(isinstance(one, Event) and one.parser.startswith(f"{parser}/") for one in events)
    documents = [codec.event_line(one) for one in events if isinstance(one, Event)]
    # A hundred documents of one shape stand for all: decoding them costs the same each time.
    many = [documents[n % len(documents)] for n in range(len(lines))]
    work, limit = beside(given, parsers.read, many, orjson.loads)
    size = round(sum(map(len, lines)) / len(lines))
    return {**row("parse", name, "logs", work, limit), "bytes": size, "understood": understood / len(events)}


def correlate(config: Config, logs: int, rules: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
    """Show the hits of so many logins to their cells, decoded before; the limit is decoding alone."""
    engine = assemble(config, stages=("parse", "detect", *KEYED), rules=rules).engine
    hits: dict[str, list[Hit]] = {name: [] for name in KEYED.values()}
    for number, text in enumerate(workload.logins(logs)):
        for name, hit in _hits(engine, raw(number, text)):
            hits[name].append(hit)
    for stage, detector in KEYED.items():
        yield _remembered(engine, stage, detector, hits[detector])


def _hits(engine: Engine, log: RawLog) -> Iterator[tuple[str, Hit]]:
    for event in engine.understand(log):
        if isinstance(event, Event):
            yield from engine.detect(event).hits


def _remembered(engine: Engine, stage: str, detector: str, hits: list[Hit]) -> dict[str, Any]:
    values = [codec.lines(hits[start : start + TOGETHER]) for start in range(0, len(hits), TOGETHER)]
    cells, findings = DictCells(), 0

    def show(value: bytes) -> None:
        nonlocal findings
        for hit in codec.hits(value):
            findings += len(engine.remember(detector, hit, cells))

    work, limit = (counted(one, len(hits)) for one in beside(values, show, values, codec.hits))
    return {**row("correlate", stage, "hits", work, limit), "keys": len(cells.data), "findings": findings}


def native_documents(logs: int, path: Path) -> None:
    """Write so many flat native documents to a file, one a line: what `bench sigma` reads by default."""
    families = [FAMILIES[name][0] for name in ("windows", "cloudtrail")]
    with path.open("wb") as out:
        for number in range(logs):
            for event in parsers.read(raw(number, families[number % 2](number // 2))):
                if isinstance(event, Event):
                    out.write(orjson.dumps(dict(event.native)) + b"\n")
