"""Seerflow's Sigma engine beside rsigma's, a peer in Rust: the same rules and events, in turns.

    python bench/compare_rsigma.py --rules RULES --events EVENTS.jsonl --rsigma ~/.cargo/bin/rsigma

EVENTS holds flat Windows events, one JSON object a line; `--mordor FOLDER` makes them of OTRF's zip files. rsigma
(`cargo install rsigma --version 0.23.0 --locked`) routes by fields of the event, so it is given each event with its
log source written into it, for free; Seerflow finds the log source itself, within its time. Both are single processes
on one core. What counts is CPU time, without the time to load the rules (measured by a run over one event), because
other work on the machine then disturbs least. The last row is the ratio of the medians.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from seerflow.detectors.sigma.lanes import lanes

#: rsigma reads the log source of an event from these fields (`--logsource-routing`). Rules name a category or a
#: service, and rsigma leaves out a rule for either where an event says both: so it is told the narrower one.
SOURCE_FIELDS = ("product", "category", "service")


def main() -> None:
    """Run both in turns and print the table."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="compare-rsigma-") as folder:
        plain, labelled, one = (
            Path(folder) / name for name in ("plain.jsonl", "labelled.jsonl", "one.jsonl")
        )
        count = _prepare(arguments, plain, labelled, one)
        rsigma = [arguments.rsigma, "engine", "eval", "-r", str(arguments.rules), "--logsource-routing"]
        rsigma += ["--output-format", "ndjson", *arguments.option]
        print(f"{count:,} events, rules in {arguments.rules}, {arguments.rounds} rounds")
        print(f"{'':10} {'matches':>9} {'CPU s':>8} {'events/s':>10}")
        theirs, ours = [], []
        loading, _ = _rsigma(rsigma, one)
        for _ in range(arguments.rounds):
            spent, matches = _rsigma(rsigma, labelled)
            theirs.append(spent - loading)
            _row("rsigma", matches, theirs[-1], count)
            spent, matches = _seerflow(arguments.rules, plain, count)
            ours.append(spent)
            _row("seerflow", matches, ours[-1], count)
        print(f"ratio {statistics.median(theirs) / statistics.median(ours):.2f} (aim 2.0, at least 1.3)")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rules", type=Path, required=True, help="a folder of Sigma rules")
    parser.add_argument("--events", type=Path, help="flat events, one JSON object a line")
    parser.add_argument("--mordor", type=Path, help="a folder of OTRF Security-Datasets zip files instead")
    parser.add_argument("--rsigma", default="rsigma", help="the rsigma program")
    parser.add_argument("--option", action="append", default=[], help="one more option for rsigma")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    if (arguments.events is None) == (arguments.mordor is None):
        parser.error("give --events FILE or --mordor FOLDER")
    return arguments


def _prepare(arguments: argparse.Namespace, plain: Path, labelled: Path, one: Path) -> int:
    """Write the events as they are and with their log source; give how many there are."""
    count = 0
    with plain.open("wb") as as_is, labelled.open("wb") as with_source:
        for line in _lines(arguments):
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if not isinstance(event, dict):
                continue
            count += 1
            as_is.write(line + b"\n")
            with_source.write(json.dumps(_labelled(event)).encode() + b"\n")
    with labelled.open("rb") as read:
        one.write_bytes(read.readline())
    return count


def _lines(arguments: argparse.Namespace) -> Iterator[bytes]:
    if arguments.events:
        with arguments.events.open("rb") as read:
            yield from (line.rstrip(b"\r\n") for line in read)
        return
    for path in sorted(arguments.mordor.glob("*.zip")):
        with zipfile.ZipFile(path) as packed:
            for name in (name for name in packed.namelist() if name.endswith(".json")):
                lines = packed.read(name).splitlines()
                yield from (line for line in lines if b'"Channel"' in line or b'"EventID"' in line)


def _labelled(event: dict) -> dict:
    given = lanes(event, {})
    if not given or not event.keys().isdisjoint(SOURCE_FIELDS):
        return event
    product, category, service = given[0]
    named = zip(SOURCE_FIELDS, (product, category, None if category else service), strict=True)
    return {**event, **{name: value for name, value in named if value}}


def _rsigma(command: list[str], events: Path) -> tuple[float, int]:
    """Give the CPU seconds of a run and its matches."""
    with events.open("rb") as read:
        process = subprocess.Popen(command, stdin=read, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    matches = sum(1 for _ in process.stdout)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command[0]} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, matches


def _seerflow(rules: Path, events: Path, count: int) -> tuple[float, int]:
    command = [
        sys.executable,
        "-m",
        "seerflow",
        "bench",
        "sigma",
        "--rules",
        str(rules),
        "--events",
        str(events),
    ]
    done = subprocess.run(command, capture_output=True, check=True)
    row = json.loads(done.stdout.splitlines()[-1])
    return count / row["events_per_second"], row["matches"]


def _row(name: str, matches: int, spent: float, count: int) -> None:
    print(f"{name:10} {matches:9,} {spent:8.2f} {count / spent:10,.0f}", flush=True)


if __name__ == "__main__":
    main()
