"""`seerflow ingest`: send files once."""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import orjson
import uvloop

from seerflow import broker
from seerflow import config as configuration
from seerflow.adapters.kafka import producer_settings
from seerflow.cli.command import Command
from seerflow.cli.output import bar
from seerflow.config import Config

if TYPE_CHECKING:
    from seerflow.collectors.contract import Labels
    from seerflow.collectors.ingesting import Ingested

#: A longer document is cut; longer ones than this fit no record.
_MAX_BYTES = 1 << 20
#: Kafka may take so long, in seconds, for what is still on its way at the end.
_PATIENCE = 60.0


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--source", required=True, metavar="NAME", help="the source that the logs are of")
    parser.add_argument("--format", default="", metavar="PARSER", help="the parser (default: the source's)")
    parser.add_argument("--topic", default="raw.ingest", help="the raw topic (default: raw.ingest)")
    parser.add_argument("files", nargs="+", metavar="FILE", help="plain, gzip or EVTX; - is standard input")


def _run(arguments: argparse.Namespace) -> int:
    config = broker.reach(configuration.load(arguments.config))
    from seerflow.collectors.building import labels  # noqa: PLC0415 - collectors that other commands need not load

    named = labels(config, arguments.topic, arguments.source)
    if arguments.format:
        named = msgspec.structs.replace(named, format=arguments.format)
    begun = time.monotonic()
    with bar("sending") as show:
        done, records = uvloop.run(_send(config, arguments.files, named, _Bar(arguments.files, show)))
    for problem in done.failed:
        print(f"seerflow ingest: {problem}", file=sys.stderr)
    summary = msgspec.to_builtins(done) | {
        "failed": len(done.failed),
        "records": records,
        "seconds": round(time.monotonic() - begun, 3),
    }
    print(orjson.dumps(summary).decode())
    return 1 if done.failed or done.broken else 0


async def _send(
    config: Config, files: Sequence[str], named: "Labels", progress: "_Bar"
) -> "tuple[Ingested, int]":
    from seerflow.collectors.ingesting import send  # noqa: PLC0415 - as above
    from seerflow.collectors.sink import KafkaSink  # noqa: PLC0415 - as above

    sink = KafkaSink(producer_settings(config))
    try:
        done = await send(files, sink, named, max_bytes=_MAX_BYTES, progress=progress.reached)
        await sink.flush(_PATIENCE)
        return done, sink.records
    finally:
        await sink.close()


class _Bar:
    """The bar over all files: bytes read of bytes there are."""

    def __init__(self, files: Sequence[str], show: Callable[[int, int], None]) -> None:
        self._show = show
        self._sizes = {path: _size(path) for path in files}
        self._reached: dict[str, int] = {}

    def reached(self, path: str, position: int) -> None:
        """Show that a file was read up to there."""
        self._reached[path] = position
        self._show(sum(self._reached.values()), max(1, sum(self._sizes.values())))


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:  # standard input, or what will be said when it is opened
        return 0


COMMAND = Command(
    name="ingest",
    summary="Send files once: plain text, gzip or EVTX; - is standard input.",
    examples=("seerflow ingest --source web-prod-01 /var/log/auth.log /var/log/auth.log.1.gz",),
    arguments=_arguments,
    run=_run,
)
