"""`seerflow parse`: raw logs into events, rejected ones marked."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from seerflow.adapters import descriptions
from seerflow.adapters.documents import encode, event_document
from seerflow.adapters.ecs import ecs_document
from seerflow.adapters.log_files import documents, modified
from seerflow.adapters.ocsf.document import ocsf_document
from seerflow.cli.command import Command
from seerflow.cli.named_sources import Given, Sources, sources
from seerflow.cli.output import printable
from seerflow.engine.joining import joined
from seerflow.engine.lines import MODES
from seerflow.errors import OperatorError
from seerflow.model.event import Event
from seerflow.model.log import Origin, RawLog, Rejected
from seerflow.parsers import explain, shelf
from seerflow.parsers.recognition import read
from seerflow.parsers.shelf import Shelf

#: The columns of the table for people, and the fields they show: the first that is there.
_COLUMNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("host", ("host.name", "host.ip")),
    ("dataset", ("event.dataset",)),
    ("action", ("event.action", "event.code")),
    ("outcome", ("event.outcome",)),
    ("user", ("user.name", "user.id")),
    ("source", ("source.address",)),
    ("text", ("message",)),
)
#: What an event is written as.
FORMS: Mapping[str, Callable[[Event], dict[str, Any]]] = {
    "seerflow": event_document,
    "ecs": ecs_document,
    "ocsf": ocsf_document,
}
#: A table's widths are found from this many rows at a time, so that a long file shows at once and stays small.
_TABLE_ROWS = 500
_RECORDS_TOPIC = "records"


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--source",
        metavar="NAME",
        default="",
        help="the source, as the configuration knows it; where it knows none of that name, the parser",
    )
    parser.add_argument(
        "--format",
        metavar="PARSER",
        default="",
        help="the parser, instead of recognising the format: docs/reference/parsers.md lists all",
    )
    parser.add_argument(
        "--parsers",
        metavar="DIR",
        nargs=1,
        action="extend",
        type=Path,
        default=[],
        help="descriptions of your own, asked before ours",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="FILEs are descriptions of parsers (or folders of them): say what is wrong and run their tests",
    )
    _output(parser)
    parser.add_argument(
        "--zone", metavar="ZONE", help="time zone of stamps that carry none (default: the source's, else UTC)"
    )
    parser.add_argument(
        "--multiline",
        choices=MODES,
        default="auto",
        help="which lines are one log: stack traces and pretty JSON (auto), indented ones, JSON only, none",
    )
    parser.add_argument(
        "files", metavar="FILE", nargs="*", help="plain, gzip or evtx; - or none: standard input"
    )


def _output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--explain", action="store_true", help="show each step that recognition and parsing take"
    )
    parser.add_argument(
        "--records",
        action="store_true",
        help='stdin {"id","raw"[,"source"]}, stdout {"id","events","rejected"}',
    )
    parser.add_argument(
        "--as",
        dest="form",
        choices=tuple(FORMS),
        default="seerflow",
        help="write events as our own documents (flat ECS names and native ones), as plain ECS or as OCSF",
    )


def rejected_document(rejected: Rejected) -> dict[str, Any]:
    """Give a rejected log as one document."""
    origin = rejected.origin
    return {
        "reason": rejected.reason,
        "detail": rejected.detail,
        "stage": rejected.stage,
        "source": rejected.source,
        "raw": rejected.raw.decode("utf-8", "backslashreplace"),
        "origin": [origin.topic, origin.partition, origin.offset, origin.index],
    }


def _now() -> int:
    return time.time_ns() // 1000


def _shelf(arguments: argparse.Namespace) -> Shelf:
    return descriptions.shelf(arguments.parsers) if arguments.parsers else shelf()


def _check(places: list[str]) -> int:
    if not places:
        raise OperatorError("--check wants files or folders of descriptions")
    files, tests, problems = descriptions.check(Path(place) for place in places)
    for one in problems:
        print(printable(str(one)))
    print(f"{files} descriptions, {tests} tests, {len(problems)} problems", file=sys.stderr)
    return 1 if problems else 0


def _raw_logs(arguments: argparse.Namespace, given: Given) -> Iterator[RawLog]:
    for path in arguments.files or ["-"]:
        # A file's logs are not younger than the file: so an old file's stamps get their own year.
        received = modified(path) or _now()
        for index, document in enumerate(documents(path, multiline=arguments.multiline)):
            yield RawLog(
                origin=Origin(path, 0, index),
                raw=document.data,
                columns=document.columns,
                received=received,
                source=given.source,
                format=given.format,
                zone=given.zone,
            )


def _loads(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except ValueError:  # lone surrogates, which orjson refuses, stand for bytes that were no text
        return json.loads(line)


def _asked(line: bytes, number: int) -> tuple[Any, list[str], str]:
    """Read one question of `--records`: its id, its raw logs (one, or a list of lines), its source."""
    try:
        asked = _loads(line)
        text, source = asked["raw"], asked.get("source") or ""
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise OperatorError(f'line {number}: not {{"id", "raw"[, "source"]}}: {error}') from error
    texts = text if isinstance(text, list) else [text]
    if not texts or not all(isinstance(one, str) for one in (*texts, source)):
        raise OperatorError(f"line {number}: raw is text or a list of texts, source is text")
    return asked.get("id"), texts, source


def _answer(
    line: bytes, number: int, known: Sources, parsers: Shelf, form: Callable[[Event], dict[str, Any]]
) -> bytes:
    """Give one answer of `--records`."""
    asked_id, texts, name = _asked(line, number)
    given = known.given(name)
    received, results = _now(), list[Event | Rejected]()
    for index, text in enumerate(joined(text.encode("utf-8", "surrogatepass") for text in texts)):
        raw = RawLog(
            origin=Origin(_RECORDS_TOPIC, 0, number - 1, index),
            raw=text,
            received=received,
            source=given.source,
            format=given.format,
            zone=given.zone,
        )
        results.extend(read(parsers, raw))
    return encode(
        {
            "id": asked_id,
            "events": [form(one) for one in results if isinstance(one, Event)],
            "rejected": [rejected_document(one) for one in results if isinstance(one, Rejected)],
        }
    )


def _records(arguments: argparse.Namespace) -> int:
    out, parsers, form = sys.stdout.buffer, _shelf(arguments), FORMS[arguments.form]
    known = sources(arguments, parsers)
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if line.strip():
            out.write(_answer(line, number, known, parsers, form) + b"\n")
    out.flush()
    return 0


def _write(results: Iterable[Event | Rejected], form: Callable[[Event], dict[str, Any]]) -> int:
    out, code = sys.stdout.buffer, 0
    for one in results:
        if isinstance(one, Event):
            out.write(encode(form(one)) + b"\n")
        else:
            code = 1
            out.write(encode({"rejected": rejected_document(one)}) + b"\n")
    out.flush()
    return code


def _row(one: Event | Rejected) -> list[Text]:
    # Text, not markup: what a log says must not colour the table; controls must not reach the terminal.
    if isinstance(one, Rejected):
        return [
            Text("rejected", style="red"),
            *[Text("")] * (len(_COLUMNS) - 1),
            Text(f"{one.reason}: {one.detail}"[:200]),
        ]
    cells = [str(event_document(one)["@timestamp"])]
    for _, names in _COLUMNS:
        cells.append(next((str(value) for name in names if (value := one.common.get(name)) is not None), ""))
    cells[-1] = cells[-1] or one.text
    return [Text("".join(c if c.isprintable() else "·" for c in cell[:200])) for cell in cells]


def _table(results: Iterator[Event | Rejected]) -> int:
    code = 0
    while rows := list(islice(results, _TABLE_ROWS)):
        table = Table("time", *[name for name, _ in _COLUMNS], box=None, pad_edge=False)
        for one in rows:
            table.add_row(*_row(one))
            code = code or int(isinstance(one, Rejected))
        Console().print(table)
    return code


def _explain(raws: Iterable[RawLog], parsers: Shelf) -> int:
    for raw in raws:
        print("\n".join(step.encode("utf-8", "replace").decode() for step in explain(raw, parsers)))
        print()
    return 0


def _run(arguments: argparse.Namespace) -> int:
    if arguments.check:
        return _check(arguments.files)
    if arguments.records:
        if arguments.files:
            raise OperatorError("--records reads standard input; leave the files away")
        return _records(arguments)
    parsers = _shelf(arguments)
    raws = _raw_logs(arguments, sources(arguments, parsers).given(arguments.source))
    if arguments.explain:
        return _explain(raws, parsers)
    results = (one for raw in raws for one in read(parsers, raw))
    if sys.stdout.isatty() and arguments.form == "seerflow":
        return _table(results)
    return _write(results, FORMS[arguments.form])


COMMAND = Command(
    name="parse",
    summary="Read raw logs into events; rejected ones are marked.",
    examples=(
        "seerflow parse /var/log/auth.log",
        "seerflow parse --as ocsf /var/log/auth.log",
        "seerflow parse --check my-parsers/door.yaml",
        "seerflow parse --parsers my-parsers/ door.log",
        "seerflow parse --explain --format syslog - < line.txt",
        "seerflow parse --config seerflow.yaml --source edge edge.log",
        'echo \'{"id": 1, "raw": "sshd[1]: Invalid user x from 192.0.2.1"}\' | seerflow parse --records',
    ),
    arguments=_arguments,
    run=_run,
)
