"""`seerflow replay`: the whole engine over files, without a broker."""

import argparse
import sys
import time
from collections.abc import Iterable, Iterator

import orjson

from seerflow import replay
from seerflow.adapters import codec, log_files
from seerflow.adapters.documents import event_from_any
from seerflow.assembly import assemble
from seerflow.cli.command import Command
from seerflow.config import load
from seerflow.engine.pipeline import Found
from seerflow.model.event import Event
from seerflow.model.log import Origin, RawLog

EMITS = ("events", "findings", "alerts")


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="raw logs: plain, gzip or EVTX; - is stdin")
    parser.add_argument(
        "--rules",
        action="append",
        metavar="DIR",
        help="rules in place of the configured ones; may be repeated",
    )
    parser.add_argument("--emit", choices=EMITS, default="alerts", help="what to print (default: alerts)")
    parser.add_argument("--events", action="store_true", help="the files hold event lines, not raw logs")
    parser.add_argument("--source", default="", help="the source's name, as the configuration knows it")
    parser.add_argument("--format", default="", help="the parser (default: recognise each log)")


def _run(arguments: argparse.Namespace) -> int:
    config = load(arguments.config)
    assembled = assemble(config, rules=arguments.rules)
    for warning in assembled.warnings:
        print(warning, file=sys.stderr)
    now = time.time_ns() // 1000
    if arguments.events:
        found = replay.over_events(assembled.engine, _events(arguments.files, now))
    else:
        source = config.sources.get(arguments.source)
        zone = source.zone if source else "UTC"
        format_ = arguments.format or (source.parser if source else "")
        logs = _logs(arguments.files, now, source=arguments.source, format_=format_, zone=zone)
        found = replay.over_logs(assembled.engine, logs)
    out = sys.stdout.buffer
    for line in _lines(found, arguments.emit):
        out.write(line + b"\n")
    out.flush()
    return 0


def _logs(paths: Iterable[str], now: int, *, source: str, format_: str, zone: str) -> Iterator[RawLog]:
    for path in paths:
        for number, raw in enumerate(log_files.logs(path)):
            if raw:
                yield RawLog(
                    origin=Origin(path, 0, number),
                    raw=raw,
                    received=now,
                    source=source,
                    format=format_,
                    zone=zone,
                )


def _events(paths: Iterable[str], now: int) -> Iterator[Event]:
    for path in paths:
        for number, line in enumerate(log_files.logs(path)):
            if line:
                yield event_from_any(orjson.loads(line), Origin(path, 0, number), now)


def _lines(found: Iterable[Found], emit: str) -> Iterator[bytes]:
    for one in found:
        if emit == "events":
            yield from map(codec.event_line, one.events)
            yield from map(codec.rejected_line, one.rejected)
        else:
            yield from map(codec.line, one.findings if emit == "findings" else one.alerts)


COMMAND = Command(
    name="replay",
    summary="Run the whole engine over files, in order, without a broker.",
    examples=(
        "seerflow replay /var/log/auth.log",
        "seerflow replay --rules ./my-rules --emit findings auth.log.1.gz auth.log",
    ),
    arguments=_arguments,
    run=_run,
)
