"""Correlations against labelled outside data: python bench/eval_correlation.py DATA [--json] [-v].

CrowdSec's sequences: each runs with its own scenario definitions, translated (bench/crowdsec_rules.py), over its raw
lines through the real parsers; expected are kinds and sources. Timelines: bench/timelines.py. SSH: sources with five
failures in a minute, and who got in after five. Windows: sources of failed logons.
"""

import collections
import gzip
import ipaddress
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import timelines
import yaml
from crowdsec_filter import Untranslated
from crowdsec_rules import documents
from figures import Figure, arguments, report, table
from msgspec import Struct
from msgspec.structs import replace

from seerflow.detectors.correlation import CorrelationDetector
from seerflow.detectors.sigma.detector import SigmaDetector
from seerflow.model.event import Event
from seerflow.model.finding import Finding
from seerflow.model.log import Origin, RawLog
from seerflow.parsers import read
from seerflow.rules.load import load
from seerflow.rules.ruleset import Ruleset
from seerflow.rules.sigma import Logsource

#: When lines without a year count as received.
_RECEIVED = 1_780_272_000_000_000


class Seen(Struct, frozen=True, kw_only=True):
    """An event that a base rule matched, by its text; or one with all that the correlations want, by its key."""

    rule: str
    text: str
    value: str


class Sequence(Struct, frozen=True, kw_only=True):
    """One sequence: pairs of scenario and source, wanted and found, and what explains the rest."""

    name: str
    wanted: frozenset[tuple[str, str]]
    found: frozenset[tuple[str, str]]
    why: Mapping[tuple[str, str], str]  # (scenario, source) -> why it is not found; "": of none


def anywhere(ruleset: Ruleset) -> Ruleset:
    """Give the rules for all logs: a sequence is of one product."""
    return replace(ruleset, rules=tuple(replace(rule, logsource=Logsource()) for rule in ruleset.rules))


def events(lines: Iterable[str], received: int = _RECEIVED) -> list[Event]:
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


_IP = re.compile(r"[0-9a-fA-F.:]+")


def address(text: str) -> str:
    """Give an address as all write it."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return text


def _why(wanted: Mapping[str, Any], source: str, seen: Iterable[Seen], lines: Iterable[str]) -> str:
    """Say whose the miss is: too few events that the rule knows, without their key or value, or the rule itself."""
    of_it = [one for one in seen if source in one.text or one.value == address(source)]
    known, whole = sum(not one.value for one in of_it), sum(bool(one.value) for one in of_it)
    enough, there = wanted["events_count"] or 1, sum(source in line for line in lines)
    if whole >= enough:
        return f"the rule: {whole} of its events have all it wants"
    if known > whole:
        return (
            f"the parser: of {there} lines {known} are known for what they are, {whole} with source and value"
        )
    return f"the parser: of {there} lines {known} are known for what they are"


def sequence(case: Mapping[str, Any]) -> Sequence:
    """Run one sequence of lines."""
    why: dict[tuple[str, str], str] = {}
    files: dict[str, bytes] = {}
    bases: dict[str, str] = {}
    for name, definition in case["scenario_definitions"].items():
        try:
            made = documents(name, definition)
        except Untranslated as reason:
            why[name, ""] = f"not translated: {reason}"
            continue
        files[f"{name}.yml"] = yaml.safe_dump_all(made).encode()
        bases[name] = made[0]["name"]
    found, seen = standing(anywhere(load(files)), events(case["lines"]))
    wanted = frozenset(
        (one["scenario"], address(source)) for one in case["expected"] for source in one["sources"][:1]
    )
    told: set[tuple[str, str]] = set()
    for one in found:
        # A source that is no address (a user, a program) is somewhere in the evidence.
        named = [source for name, source in wanted if name == one.story and not _IP.fullmatch(source)
                 and any(source in piece.text for piece in one.evidence)]  # fmt: skip
        told |= {(one.story, value) for value in named or [address(value) for _, value in one.key]}
    sourceless = {one["scenario"] for one in case["expected"] if not one["sources"]}
    for one in case["expected"]:
        if one["scenario"] in bases:
            own = [hit for hit in seen if hit.rule == bases[one["scenario"]]]
            for source in one["sources"][:1]:
                why[one["scenario"], address(source)] = _why(one, source, own, case["lines"])
    told = {(name, source) for name, source in told if name not in sourceless}
    return Sequence(name=case["id"].partition("/")[2], wanted=wanted, found=frozenset(told), why=why)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    yield from map(json.loads, content.decode("utf-8").splitlines())


def crowdsec(path: Path, *, verbose: bool) -> list[Figure]:
    """Score all sequences by kind and source."""
    cases = list(_rows(path))
    kinds = {one["scenario"]: one["kind"] for case in cases for one in case["expected"]}
    parts: collections.Counter[str] = collections.Counter()
    misses: collections.Counter[str] = collections.Counter()
    for case in cases:
        one = sequence(case)
        wanted = {(kinds.get(name, name), source) for name, source in one.wanted}
        found = {(kinds.get(name, name), source) for name, source in one.found}
        parts.update(
            wanted=len(wanted), found=len(wanted & found), said=len(found), false=len(found - wanted)
        )
        for name, source in sorted(one.wanted):
            if (kinds[name], source) in found:
                continue
            why = one.why.get((name, source)) or one.why[name, ""]
            misses[why.partition(":")[0]] += 1
            print(f"  missing  {one.name}: {name} of {source}: {why}")
        for name, source in sorted(one.found):
            if (kinds.get(name, name), source) not in wanted and verbose:
                print(f"  false    {one.name}: {name} of {source}")
    print(f"\n{parts['wanted']} wanted, {parts['said']} found, {parts['false']} of them false; missing: "
          + ", ".join(f"{why} {count}" for why, count in misses.most_common()) + "\n")  # fmt: skip
    return [
        Figure(name="crowdsec: recall of kind and source", figure=parts["found"] / max(parts["wanted"], 1), aim=0.95),
        Figure(name="crowdsec: false", figure=parts["false"] / max(parts["said"], 1), aim=0.02, at_most=True),
    ]  # fmt: skip


def panther(path: Path) -> list[Figure]:
    """Count the timelines that come out as they should."""
    right = 0
    for case in (cases := list(_rows(path))):
        told = timelines.alerts(case)
        right += told == case["expected_alert"]
        if told != case["expected_alert"]:
            print(f"  wrong    {case['id']}: {case['test']}: {'alerts' if told else 'silent'}")
    return [Figure(name=f"timelines right, of {len(cases)}", figure=right, aim=len(cases))]


_SSH = """
title: A failure
id: 0b9c1c9c-3f0c-4ab5-9a41-0d5a5c6a3b01
name: failure
logsource: {category: any}
detection:
  tried: {event.category: authentication, event.outcome: failure}
  condition: tried
---
title: Somebody got in
id: 0b9c1c9c-3f0c-4ab5-9a41-0d5a5c6a3b02
name: success
logsource: {category: any}
detection:
  got: {event.category: authentication, event.outcome: success}
  condition: got
---
title: Fast
id: 0b9c1c9c-3f0c-4ab5-9a41-0d5a5c6a3b03
correlation: {type: event_count, rules: [failure], group-by: [source.address], timespan: 60s, condition: {gte: 5}}
---
title: Five
id: 0b9c1c9c-3f0c-4ab5-9a41-0d5a5c6a3b04
name: five
correlation:
  {type: event_count, rules: [failure], group-by: [source.address], timespan: 10m, condition: {gte: 5}, generate: true}
---
title: In after five
id: 0b9c1c9c-3f0c-4ab5-9a41-0d5a5c6a3b05
correlation: {type: temporal_ordered, rules: [five, success], group-by: [source.address], timespan: 10m}
"""


def ssh(folder: Path) -> Iterator[Figure]:
    """Compare with the facts counted from real sshd logs."""
    rules = anywhere(load({"ssh.yml": _SSH.encode()}))
    for path in sorted(folder.glob("*.truth.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        lines = (folder / truth["file"]).read_text("utf-8", "replace").splitlines()
        received = int(datetime(truth["assumed_year"], 12, 31, tzinfo=UTC).timestamp()) * 1_000_000
        found, _ = standing(rules, events(lines, received))
        for title, fact in (("Fast", lambda one: one["max_failed_in_60s"] >= 5),
                            ("In after five", lambda one: one["success_after_5_failures_within_600s"])):  # fmt: skip
            wanted = {one["src_ip"] for one in truth["sources"] if fact(one)}
            told = {finding.key[0][1] for finding in found if finding.title == title}
            for what, some in (("missing", wanted - told), ("false", told - wanted)):
                print("".join(f"  {what:8} {path.stem}: {title}: {one}\n" for one in sorted(some)), end="")
            share = len(wanted & told) / max(len(wanted | told), 1) if wanted | told else 1.0
            yield Figure(name=f"{path.stem.partition('.')[0]}: {title}, right of all", figure=share, aim=1.0)


_WINDOWS = """
title: A failed logon
id: 0b9c1c9c-3f0c-4ab5-9a41-0d5a5c6a3c01
name: failure
logsource: {category: any}
detection:
  tried: {event.category: authentication, event.outcome: failure}
  condition: tried
"""


def windows(folder: Path) -> list[Figure]:
    """Compare with the facts counted from Windows event logs: five and more failures of one source."""
    fields = ("source.ip", "source.domain", "source.address", "host.name")
    texts = [_WINDOWS] + [
        f"title: {field}\nid: 0b9c1c9c-3f0c-4ab5-9a41-0d5a5c6a3d0{n}\ncorrelation: {{type: event_count, rules: [failure], "
        f"group-by: [{field}], timespan: 10m, condition: {{gte: 5}}}}\n"
        for n, field in enumerate(fields)
    ]
    rules = anywhere(load({"windows.yml": "---\n".join(texts).encode()}))
    facts = {fact["case"]: fact for fact in _rows(folder / "auth_facts.jsonl")}
    right = wanted = 0
    for path in sorted(folder.glob("*.jsonl.gz")):
        for case in _rows(path):
            fact = facts.get(case.get("id", ""))
            if fact is None:
                continue
            found, _ = standing(rules, events(map(json.dumps, case["events"])))
            told = {value.casefold().removeprefix("::ffff:") for one in found for _, value in one.key}
            for source, counted in fact["failed_logons_by_source"].items():
                wanted += 1
                name = source.casefold().removeprefix("::ffff:")
                right += any(one == name or one.partition(".")[0] == name for one in told)
                if name not in {one.partition(".")[0] for one in told} | told:
                    print(
                        f"  missing  {case['id']}: {source}, {counted['failed']} failures; told of {sorted(told)}"
                    )
    return [Figure(name=f"windows: sources of failed logons, of {wanted}", figure=right, aim=wanted)]


def main() -> None:
    """Print all tables."""
    given = arguments("Correlations against labelled outside data.", ("-v", {"action": "store_true"}))
    figures = [
        *crowdsec(given.data / "correlation" / "crowdsec-scenarios.jsonl.gz", verbose=given.v),
        *panther(given.data / "correlation" / "panther-timelines.jsonl"),
        *ssh(given.data / "correlation" / "ssh"),
        *windows(given.data / "windows_attacks"),
    ]
    if not given.json:
        table(("figure", "is"), [(one.name, float(one.figure)) for one in figures])
    report(figures, as_json=given.json)


if __name__ == "__main__":
    main()
