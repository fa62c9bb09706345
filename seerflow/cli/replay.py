"""`seerflow replay`: the whole engine over files, without a broker."""

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from seerflow import replay
from seerflow.adapters import codec, descriptions, log_files
from seerflow.alerts.incidents import incidents
from seerflow.assembly import assemble
from seerflow.cli import event_lines
from seerflow.cli.command import Command
from seerflow.config import load
from seerflow.engine.lines import Multiline
from seerflow.engine.pipeline import Found
from seerflow.errors import OperatorError
from seerflow.model.alert import Alert
from seerflow.model.event import Event
from seerflow.model.log import Origin, RawLog
from seerflow.parsers import shelf
from seerflow.problems import nearest

EMITS = ("events", "findings", "alerts", "incidents")


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
    parser.add_argument(
        "--format",
        default="",
        metavar="PARSER",
        help="the parser (default: recognise each log): docs/reference/parsers.md lists all",
    )


def _run(arguments: argparse.Namespace) -> int:
    config = load(arguments.config)
    known = descriptions.shelf(Path(one) for one in config.parsers) if config.parsers else shelf()
    if arguments.format and arguments.format not in known.by_name:
        near = nearest(arguments.format, known.by_name)
        raise OperatorError(f"--format: no parser {arguments.format!r}; {near}")
    assembled = assemble(config, rules=arguments.rules)
    for warning in assembled.warnings:
        print(warning, file=sys.stderr)
    events = _Told(arguments.files)
    if arguments.events:
        found = replay.over_events(assembled.engine, events)
    else:
        now = time.time_ns() // 1000
        source = config.sources.get(arguments.source)
        zone = source.zone if source else "UTC"
        format_ = arguments.format or (source.parser if source else "")
        multiline: Multiline = source.multiline if source else "auto"
        logs = _logs(
            arguments.files, now, source=arguments.source, format_=format_, zone=zone, multiline=multiline
        )
        found = replay.over_logs(assembled.engine, logs)
    rejected = _write(found, arguments.emit)
    if rejected:
        print(f"{rejected} rejected; `--emit events` shows them", file=sys.stderr)
    return 1 if events.failed else 0


def _write(found: Iterable[Found], emit: str) -> int:
    """Print what was asked for; give how many logs were rejected."""
    out, rejected, last = sys.stdout.buffer, 0, dict[str, Alert]()
    for one in found:
        rejected += len(one.rejected)
        if emit == "incidents":
            last.update((alert.id, alert) for alert in one.alerts)
            continue
        for line in _lines(one, emit):
            out.write(line + b"\n")
    for incident in incidents(last.values()):
        out.write(msgspec.json.encode(incident) + b"\n")
    out.flush()
    return rejected


def _logs(
    paths: Iterable[str], now: int, *, source: str, format_: str, zone: str, multiline: Multiline
) -> Iterator[RawLog]:
    for path in paths:
        for number, document in enumerate(log_files.documents(path, multiline=multiline)):
            if document.data:
                yield RawLog(
                    origin=Origin(path, 0, number),
                    raw=document.data,
                    columns=document.columns,
                    received=now,
                    source=source,
                    format=format_,
                    zone=zone,
                )


class _Told:
    """The events of several files; `failed` once a line was none."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = paths
        self.failed = False

    def __iter__(self) -> Iterator[Event]:
        for path in self._paths:
            for _, event in event_lines.events(path):
                if event is None:
                    self.failed = True
                else:
                    yield event


def _lines(one: Found, emit: str) -> Iterator[bytes]:
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
