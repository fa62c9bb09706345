"""Sequences of logs through parsers, rules and correlations, each by itself: what stands in the end."""

import gzip
import ipaddress
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from seerflow.detectors.correlation import CorrelationDetector
from seerflow.detectors.sigma.detector import SigmaDetector
from seerflow.model.event import Event
from seerflow.model.finding import Finding
from seerflow.model.log import Origin, RawLog
from seerflow.parsers import read
from seerflow.rules.ruleset import Ruleset
from seerflow.rules.sigma import Logsource

#: When lines without a year count as received.
RECEIVED = 1_780_272_000_000_000


class Seen(Struct, frozen=True, kw_only=True):
    """An event that a base rule matched, by its text; or one with all that the correlations want, by its key."""

    rule: str
    text: str
    value: str


IP = re.compile(r"[0-9a-fA-F.:]+")


def address(text: str) -> str:
    """Give an address as all write it."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return text


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Give the JSON lines of a file, gzip or plain."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    yield from map(json.loads, content.decode("utf-8").splitlines())


def anywhere(ruleset: Ruleset) -> Ruleset:
    """Give the rules for all logs: a sequence is of one product."""
    return replace(ruleset, rules=tuple(replace(rule, logsource=Logsource()) for rule in ruleset.rules))


def events(lines: Iterable[str], received: int = RECEIVED) -> list[Event]:
    """Read lines."""
    logs = [
        RawLog(origin=Origin("eval", 0, n), raw=line.encode("utf-8", "surrogatepass"), received=received)
        for n, line in enumerate(lines)
    ]
    return [one for log in logs for one in read(log) if isinstance(one, Event)]


def standing(ruleset: Ruleset, found: Iterable[Event]) -> tuple[list[Finding], list[Seen]]:
    """Give what stands in the end, and what the base rules matched."""
    sigma = SigmaDetector(ruleset)
    keyed = CorrelationDetector(ruleset.correlations, ruleset.name)
    names = {rule.id: rule.name for rule in ruleset.rules}
    counted = {
        rule: {name for one in ruleset.groupings.get(rule, ()) for name, _ in one.fields} for rule in names
    }
    cells: dict[object, bytes | None] = {}
    last: dict[str, Finding] = {}
    seen: list[Seen] = []
    for event in found:
        seen += [Seen(rule=rule.name, text=event.text, value="") for rule in sigma.engine.matches(event)]
        for _, hit in sigma.on_event(event).hits:
            whole = [names[rule] for rule in hit.rules if counted[rule] <= hit.fields.keys()]
            seen += [Seen(rule=rule, text="", value=address(value)) for rule in whole for _, value in hit.key]
            cells[hit.key], some = keyed.on_hit(hit, cells.get(hit.key))
            last |= {finding.id: finding for finding in some}
    return [finding for finding in last.values() if not finding.retracted], seen
