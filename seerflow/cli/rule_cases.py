"""Rules put to the test: raw logs through the real parsers and detectors, that must fire a rule, or must not.

A rule `sigma/linux/x.yml` has its cases in a file of the same path in the folder of tests:

    fires:
      - logs: ["Mar 12 03:07:14 web-1 sshd[28410]: Failed password for root from 198.51.100.23 port 44821 ssh2"]
        count: 1          # as many matches, or findings of a correlation; without it, one or more
    silent:
      - logs: ["Mar 12 03:07:14 web-1 sshd[28410]: Accepted password for root from 192.0.2.7 port 51022 ssh2"]
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct

from seerflow.adapters import rulefiles
from seerflow.detectors.correlation.detector import CorrelationDetector
from seerflow.detectors.sigma.detector import SigmaDetector
from seerflow.errors import OperatorError
from seerflow.model.event import Event
from seerflow.model.finding import Finding
from seerflow.model.log import Origin, RawLog
from seerflow.parsers import read
from seerflow.rules import documents
from seerflow.rules.sigma import identity

#: When the logs of cases count as received: 2026-06-01T00:00:00Z, in microseconds. Stamps without a year are read by it.
RECEIVED = 1_780_272_000_000_000

#: Long after all logs of cases (microseconds): what did not happen by then did not happen.
AFTERWARDS = 10 * RECEIVED

_KEYS = {"logs", "count", "about"}


class Case(Struct, frozen=True, kw_only=True):
    """Some logs, and whether the rule must fire on them."""

    name: str  # "fires 1", "silent 2"
    logs: tuple[str, ...]
    fires: bool
    count: int | None = None


class Outcome(Struct, frozen=True, kw_only=True):
    """How one case went."""

    rule: str  # the rule's file
    case: str
    passed: bool
    fact: str


def run(rules: Path, tests: Path) -> Iterator[Outcome]:
    """Run the cases of every rule file in a folder; a rule without both kinds of cases has failed."""
    ruleset = rulefiles.ruleset([rules])
    for problem in ruleset.problems:
        if problem.fatal:
            yield Outcome(rule=problem.file, case="loads", passed=False, fact=str(problem))
    detector = SigmaDetector(ruleset)
    for path in sorted((*rules.rglob("*.yml"), *rules.rglob("*.yaml"))):
        for case in cases(tests / path.relative_to(rules)):
            yield judged(path, case, detector)


def _ids(path: Path) -> frozenset[str]:
    found, _ = documents.read(str(path), path.read_bytes())
    return frozenset(identity(document) for document in found)


def cases(path: Path) -> list[Case]:
    """Read the cases of one rule; a kind without any becomes a case without logs."""
    content: Any = {}
    if path.is_file():
        try:
            content = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
        except yaml.YAMLError as error:
            raise OperatorError(f"{path}: is not YAML: {error}") from error
    if not isinstance(content, dict) or set(content) - {"fires", "silent"}:
        raise OperatorError(f"{path}: holds `fires` and `silent`, each a list of cases")
    return [*_kind(path, content, "fires"), *_kind(path, content, "silent")]


def _kind(path: Path, content: dict[str, Any], kind: str) -> Iterator[Case]:
    listed = content.get(kind) or [{"logs": []}]
    for number, one in enumerate(listed, 1):
        logs = one.get("logs") if isinstance(one, dict) else None
        if not isinstance(logs, list) or set(one) - _KEYS:
            raise OperatorError(
                f"{path}: {kind} {number}: holds `logs`, a list, and perhaps `count`, `about`"
            )
        yield Case(
            name=f"{kind} {number}",
            logs=tuple(map(str, logs)),
            fires=kind == "fires",
            count=one.get("count"),
        )


def judged(path: Path, case: Case, detector: SigmaDetector) -> Outcome:
    """Run one case of the rule in a file."""
    if not case.logs:
        kind = case.name.split()[0]
        fact = f"has no `{kind}` case: a rule shows both when it fires and when it does not"
        return Outcome(rule=str(path), case=case.name, passed=False, fact=fact)
    count = fired(case.logs, _ids(path), detector)
    wanted = (count == case.count if case.count is not None else count > 0) if case.fires else count == 0
    return Outcome(rule=str(path), case=case.name, passed=wanted, fact=f"fired {count} times")


def fired(logs: Sequence[str], ids: frozenset[str], detector: SigmaDetector) -> int:
    """Give how often the rules of those ids fired on the logs: matched an event, or stand as findings in the end."""
    # What names the rule under test would silence it: a stage is tested by itself.
    others = [one for one in detector.ruleset.correlations if ids.isdisjoint(one.rules)]
    keyed = CorrelationDetector(tuple(others), detector.ruleset.name)
    cells: dict[object, bytes | None] = {}
    found: dict[str, Finding] = {}
    matched = 0
    for event in events(logs):
        matched += sum(rule.id in ids for rule in detector.engine.matches(event))
        for _, hit in detector.on_event(event).hits:
            cells[hit.key], some = keyed.on_hit(hit, cells.get(hit.key))
            found.update({finding.id: finding for finding in some if finding.rule in ids})
    for cell in filter(None, cells.values()):  # when the logs have ended, time goes on
        found.update({f.id: f for f in keyed.on_time(cell, AFTERWARDS)[1] if f.rule in ids})
    return matched + sum(not finding.retracted for finding in found.values())


def events(logs: Iterable[str]) -> Iterator[Event]:
    """Parse logs as the parse stage does, those that nobody understands left out."""
    for number, log in enumerate(logs):
        raw = RawLog(
            origin=Origin("cases", 0, number), raw=log.encode("utf-8", "surrogatepass"), received=RECEIVED
        )
        yield from (result for result in read(raw) if isinstance(result, Event))


def shipped(rules: Path) -> Path:
    """Give the folder of tests that belongs to a folder of rules: beside it, `tests/rules`."""
    return rules.resolve().parent / "tests" / "rules"
