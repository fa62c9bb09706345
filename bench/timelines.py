"""Abstract timelines: minutes at which rules matched for a key, and whether a correlation of them must alert.

A detection has groups, each of a rule: all of them must match for one key within the lookback window, each as often
as it says; one that is marked absent must not, neither before nor after.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from seerflow.detectors.correlation import CorrelationDetector
from seerflow.model.finding import Evidence, Finding, Hit
from seerflow.model.identity import event_id
from seerflow.model.log import Origin
from seerflow.rules.correlation import Correlation

_MINUTE = 60_000_000
_START = 1_700_000_000_000_000

#: Long after everything, for what is told by silence.
_AFTERWARDS = 10 * _START

_BY = ("key",)


def correlations(case: Mapping[str, Any]) -> list[Correlation]:
    """Give a case's detection as correlations, the one that must fire last."""
    (detection,) = case["detection"]
    span = detection["LookbackWindowMinutes"] * _MINUTE
    common: dict[str, Any] = {
        "group_by": _BY,
        "timespan": span,
        "title": case["title"],
        "story": case["rule"],
    }
    groups = detection["Group"]
    many = [
        Correlation(
            id=f"many {group['ID']}",
            type="event_count",
            rules=(group["ID"],),
            conditions=(("gte", group["MinMatchCount"]),),
            **common,
        )
        for group in groups
        if group.get("MinMatchCount", 1) > 1
    ]
    renamed = {one.rules[0]: one.id for one in many}
    wanted = [renamed.get(group["ID"], group["ID"]) for group in groups if not group.get("Absence")]
    absent = [group["ID"] for group in groups if group.get("Absence")]
    words = [wanted[0], *(word for name in wanted[1:] for word in (name, "&"))]
    words += [word for name in absent for word in (name, "!", "&")]
    whole = Correlation(
        id=case["rule"],
        type="temporal",
        rules=(*wanted, *absent),
        conditions=(),
        expression=tuple(words),
        absent=tuple(absent),
        within=span if absent else 0,
        **common,
    )
    return [*many, whole]


def hits(case: Mapping[str, Any]) -> Iterator[Hit]:
    """Give the case's matches, each an event of its own."""
    number = 0
    for output in case["rule_outputs"]:
        for keys in output["Matches"].values():
            for key, times in keys.items():
                for time in times:
                    origin = Origin("timeline", 0, number)
                    evidence = Evidence(event=event_id(origin), origin=origin, time=_time(time))
                    yield Hit(rules=(output["ID"],), key=(("key", key),), evidence=evidence)
                    number += 1


def _time(told: Any) -> int:
    if isinstance(told, int):
        return _START + told * _MINUTE
    return int(datetime.fromisoformat(told).timestamp()) * 1_000_000


def alerts(case: Mapping[str, Any]) -> bool:
    """Say whether the engine alerts."""
    rules: Sequence[Correlation] = correlations(case)
    detector = CorrelationDetector(tuple(rules), "timelines")
    cells: dict[object, bytes | None] = {}
    standing: dict[str, Finding] = {}
    for hit in hits(case):
        cells[hit.key], found = detector.on_hit(hit, cells.get(hit.key))
        standing |= {finding.id: finding for finding in found}
    for cell in filter(None, cells.values()):
        standing |= {finding.id: finding for finding in detector.on_time(cell, _AFTERWARDS)[1]}
    return any(not finding.retracted for finding in standing.values())
