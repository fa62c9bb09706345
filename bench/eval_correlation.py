"""Correlations against labelled outside data: python bench/eval_correlation.py DATA [--json] [-v].

CrowdSec's sequences: each runs with its own scenario definitions, translated (bench/crowdsec_rules.py), over its raw
lines through the real parsers; expected are kinds and sources. Timelines: bench/timelines.py. SSH: sources with five
failures in a minute, and who got in after five. Windows: sources of failed logons.
"""

import collections
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import timelines
import yaml
from crowdsec_filter import Untranslated
from crowdsec_rules import documents
from figures import Figure, arguments, report, table
from logons import ssh, windows
from msgspec import Struct
from sequences import IP, Seen, address, anywhere, events, rows, standing

from seerflow.rules.load import load


class Sequence(Struct, frozen=True, kw_only=True):
    """One sequence: pairs of scenario and source, wanted and found, and what explains the rest."""

    name: str
    wanted: frozenset[tuple[str, str]]
    found: frozenset[tuple[str, str]]
    why: Mapping[tuple[str, str], str]  # (scenario, source) -> why it is not found; "": of none


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
        named = [source for name, source in wanted if name == one.story and not IP.fullmatch(source)
                 and any(source in piece.text for piece in one.evidence)]  # fmt: skip
        told |= {(one.story, value) for value in named or [address(value) for _, value in one.key]}
    sourceless = {one["scenario"] for one in case["expected"] if not one["sources"]}
    for one in case["expected"]:
        if one["scenario"] in bases:
            own = [hit for hit in seen if hit.rule == bases[one["scenario"]]]
            for source in one["sources"][:1]:
                text = case["scenario_definitions"][one["scenario"]]["filter"] or ""
                listed = "our list, or " if "File(" in text or "RegexpInFile" in text else ""
                why[one["scenario"], address(source)] = listed + _why(one, source, own, case["lines"])
    told = {(name, source) for name, source in told if name not in sourceless}
    return Sequence(name=case["id"].partition("/")[2], wanted=wanted, found=frozenset(told), why=why)


def crowdsec(path: Path, *, verbose: bool) -> list[Figure]:
    """Score all sequences by kind and source."""
    cases = list(rows(path))
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
    for case in (cases := list(rows(path))):
        told = timelines.alerts(case)
        right += told == case["expected_alert"]
        if told != case["expected_alert"]:
            print(f"  wrong    {case['id']}: {case['test']}: {'alerts' if told else 'silent'}")
    return [Figure(name=f"timelines right, of {len(cases)}", figure=right, aim=len(cases))]


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
