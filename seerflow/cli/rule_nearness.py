"""`seerflow rules nearmiss`: for every windowed rule, how close the groups of some events came to its threshold."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from seerflow.detectors.correlation.nearness import Near, Nearness
from seerflow.detectors.sigma.detector import LISTENER, SigmaDetector
from seerflow.model.event import Event
from seerflow.rules.ruleset import Ruleset

#: Groups that are named for each rule.
NAMED = 3


def rows(ruleset: Ruleset, events: Iterable[Event]) -> Iterator[Mapping[str, Any]]:
    """Give a row for each correlation that saw anything, the nearest first."""
    sigma, nearness = SigmaDetector(ruleset), Nearness(ruleset.correlations)
    for event in events:
        for listener, hit in sigma.on_event(event).hits:
            if listener == LISTENER:
                nearness.take(hit)
    by_rule: dict[str, list[Near]] = {}
    for one in nearness.all():
        by_rule.setdefault(one.rule, []).append(one)
    made = [_row(ruleset, rule, near) for rule, near in by_rule.items()]
    yield from sorted(made, key=lambda row: (-row["share"], row["title"]))


def _row(ruleset: Ruleset, rule: str, near: list[Near]) -> dict[str, Any]:
    title = next((one.title for one in ruleset.correlations if one.id == rule), rule)
    missed = sorted((one for one in near if not one.fired), key=lambda one: (-one.reached, one.key))
    wanted = near[0].wanted
    return {
        "rule": rule,
        "title": title,
        "wanted": wanted,
        "groups": len(near),
        "fired": sum(one.fired for one in near),
        "nearest": missed[0].reached if missed else None,
        "share": round(missed[0].reached / wanted, 3) if missed and wanted else 0.0,
        "who": [{"key": dict(one.key), "reached": one.reached} for one in missed[:NAMED]],
    }
