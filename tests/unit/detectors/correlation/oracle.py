"""The slow, plain truth that the correlation detector must equal: written from Sigma 2.1 and the law below.

All hits of one key are known and sorted by (time, event id). A correlation fires at a hit of its rules when the
window that ends there, (time - timespan, time], satisfies the condition. Firing hits no more than a timespan
apart are one episode. Its anchor is the first hit of the shortest end of its first firing window that counts as
much as the window, as far as the condition can tell. A correlation that listens to another one hears its firing
hits. An order is one of times: events of the same time are in any order.
"""

import operator
from dataclasses import dataclass

from seerflow.model.finding import Hit
from seerflow.model.identity import finding_id
from seerflow.rules.correlation import Correlation

OPERATORS = {
    "gte": operator.ge, "gt": operator.gt, "lte": operator.le, "lt": operator.lt,
    "eq": operator.eq, "neq": operator.ne,
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    time: int
    event: str
    rules: frozenset[str]
    value: tuple[str, ...] | None


@dataclass(frozen=True)
class Truth:
    first: int
    last: int
    count: int


def conditions(rule: Correlation):
    if rule.type == "temporal_ordered" or not rule.conditions:
        return (("gte", len(rule.rules)),)
    return rule.conditions


def counted(rule: Correlation, rows: list[Row]) -> int:
    if rule.type == "event_count":
        return len(rows)
    if rule.type == "value_count":
        return len({row.value for row in rows})
    if rule.type == "temporal":
        return len(frozenset[str]().union(*(row.rules for row in rows)))
    return len(rule.rules) if in_order(rule.rules, [(row.time, row.rules) for row in rows]) else 0


def in_order(wanted, rows, not_before=None) -> bool:
    if not wanted:
        return True
    return any(
        wanted[0] in rules and in_order(wanted[1:], rows, time)
        for time, rules in rows
        if not_before is None or time >= not_before
    )


def holds(rule: Correlation, rows: list[Row]) -> bool:
    count = counted(rule, rows)
    return all(OPERATORS[name](count, value) for name, value in conditions(rule))


def inputs(rule: Correlation, hits: list[Hit], firing: dict[str, list[Row]]) -> list[Row]:
    rows: dict[tuple[int, str], set[str]] = {}
    value: dict[tuple[int, str], tuple[str, ...]] = {}
    for hit in hits:
        place = (hit.time, hit.evidence.event)
        values = tuple(hit.fields[field] for field in rule.fields if field in hit.fields)
        if rule.type == "value_count" and len(values) < len(rule.fields):
            continue
        matched = set(hit.rules) & set(rule.rules)
        if matched:
            rows.setdefault(place, set()).update(matched)
            value[place] = values
    for base in set(rule.rules) & firing.keys():
        for row in firing[base]:
            rows.setdefault((row.time, row.event), set()).add(base)
    return [Row(*place, frozenset(rows[place]), value.get(place)) for place in sorted(rows)]


def window(rows: list[Row], at: int, timespan: int) -> list[Row]:
    return [row for row in rows[: at + 1] if row.time > rows[at].time - timespan]


def anchor(rule: Correlation, seen: list[Row]) -> Row:
    beyond = {"gte": 0, "gt": 1, "lte": 1, "lt": 0, "eq": 1, "neq": 1}
    enough = max(1, *(value + beyond[name] for name, value in conditions(rule)))
    ends = [seen[at:] for at in range(len(seen) - 1, -1, -1)]
    wanted = min(counted(rule, seen), enough)
    return next(end[0] for end in ends if min(counted(rule, end), enough) == wanted)


def episodes(rule: Correlation, rows: list[Row], key) -> tuple[list[Row], dict[str, Truth]]:
    firing = [at for at in range(len(rows)) if holds(rule, window(rows, at, rule.timespan))]
    runs: list[list[int]] = []
    for at in firing:
        if runs and rows[at].time - rows[runs[-1][-1]].time <= rule.timespan:
            runs[-1].append(at)
        else:
            runs.append([at])
    truths = {}
    for run in runs:
        start = anchor(rule, window(rows, run[0], rule.timespan))
        truths[finding_id(rule.id, key, start.event)] = Truth(
            start.time, rows[run[-1]].time, run[-1] - rows.index(start) + 1
        )
    return [rows[at] for at in firing], truths


def truth(rules: list[Correlation], hits: list[Hit], key) -> dict[str, Truth]:
    """Give all findings by id. `rules` are in order: those listened to before those that listen."""
    hits = sorted({h.evidence.event: h for h in hits}.values(), key=lambda h: (h.time, h.evidence.event))
    silenced = {base for rule in rules if not rule.generate for base in rule.rules}
    firing: dict[str, list[Row]] = {}
    found: dict[str, Truth] = {}
    for rule in rules:
        firing[rule.id], truths = episodes(rule, inputs(rule, hits, firing), key)
        if rule.id not in silenced:
            found |= truths
    return found
