"""The slow, plain truth that the correlation detector must equal: written from Sigma 2.1 and the law below.

All hits of one key are known and sorted by (time, event id). A correlation fires at a hit of its rules when the
window that ends there, (time - timespan, time], satisfies the condition. Firing hits no more than a timespan
apart are one episode. Its anchor is the first hit of the shortest end of its first firing window that counts as
much as the window, as far as the condition can tell. A correlation that listens to another one hears its firing
hits. An order is one of times: events of the same time are in any order.

Numbers: the window's values are added, averaged or ranked (nearest rank), and the result is compared. What has no
number is no hit. Joined rules: a rule is true where the window holds a hit of it; in order, `x and y` wants an x
that is not later than some y, and what stands behind `not` has no place in the order. Sessions: a window ends, looking
back, at the first pause longer than the gap. Silence: what fires at t stands when event time has come to
t + within and no absent rule matched in (t, t + within]; its rows are both kinds, its anchor the firing hit itself.
Where more than a count is judged, the anchor is the window's first hit (numbers), the latest hit from which on the
same rules are there (joined), or the order is (joined in order).
"""

import math
import operator
import statistics
from dataclasses import dataclass

from seerflow.model.finding import Hit
from seerflow.model.identity import finding_id
from seerflow.rules.correlation import Correlation

OPERATORS = {
    "gte": operator.ge, "gt": operator.gt, "lte": operator.le, "lt": operator.lt,
    "eq": operator.eq, "neq": operator.ne,
}  # fmt: skip


NUMBERS = ("value_sum", "value_avg", "value_percentile", "value_median")


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


def number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None


def reckoned(rule: Correlation, rows: list[Row]) -> float:
    values = sorted(float(row.value[0]) for row in rows)
    if rule.type == "value_sum":
        return math.fsum(values)
    if rule.type == "value_avg":
        return math.fsum(values) / len(values)
    if rule.type == "value_median":
        return statistics.median(values)
    return next(v for n, v in enumerate(values, 1) if 100 * n >= rule.percentile * len(values))


def parts(expression) -> object:
    """Give a postfix expression as nested tuples."""
    stack: list[object] = []
    for word in expression:
        if word == "!":
            stack.append(("!", stack.pop()))
        elif word in "&|":
            second = stack.pop()
            stack.append((word, stack.pop(), second))
        else:
            stack.append(word)
    (whole,) = stack
    return whole


def true(part, names: frozenset[str]) -> bool:
    if isinstance(part, str):
        return part in names
    sign, *inner = part
    if sign == "!":
        return not true(inner[0], names)
    return (all if sign == "&" else any)(true(one, names) for one in inner)


def spans(part, rows: list[Row], names: frozenset[str]) -> set[tuple[float, float]]:
    """Give (from, to) of everything in the rows that fits, in order; what has no place fits everywhere."""
    if isinstance(part, str):
        return {(row.time, row.time) for row in rows if part in row.rules}
    sign, *inner = part
    if sign == "!":
        return set() if true(inner[0], names) else {(math.inf, -math.inf)}
    first, second = (spans(one, rows, names) for one in inner)
    if sign == "|":
        return first | second
    return {(min(a, c), max(b, d)) for a, b in first for c, d in second if b <= c or math.inf in (a, c)}


def names_in(rows: list[Row]) -> frozenset[str]:
    return frozenset[str]().union(*(row.rules for row in rows))


def holds(rule: Correlation, rows: list[Row]) -> bool:
    if rule.expression and rule.type == "temporal":
        return true(parts(rule.expression), names_in(rows))
    if rule.expression:
        return bool(spans(parts(rule.expression), rows, names_in(rows)))
    count = reckoned(rule, rows) if rule.type in NUMBERS else counted(rule, rows)
    return all(OPERATORS[name](count, value) for name, value in conditions(rule))


def inputs(rule: Correlation, hits: list[Hit], firing: dict[str, list[Row]]) -> list[Row]:
    rows: dict[tuple[int, str], set[str]] = {}
    value: dict[tuple[int, str], tuple[str, ...]] = {}
    for hit in hits:
        place = (hit.time, hit.evidence.event)
        values = tuple(hit.fields[field] for field in rule.fields if field in hit.fields)
        if len(values) < len(rule.fields):
            continue
        if rule.type in NUMBERS and number(values[0]) is None:
            continue
        matched = set(hit.rules) & set(rule.rules)
        if matched:
            rows.setdefault(place, set()).update(matched)
            value[place] = values
    for base in set(rule.rules) & firing.keys():
        for row in firing[base]:
            rows.setdefault((row.time, row.event), set()).add(base)
    return [Row(*place, frozenset(rows[place]), value.get(place)) for place in sorted(rows)]


def window(rows: list[Row], at: int, rule: Correlation) -> list[Row]:
    seen = [row for row in rows[: at + 1] if row.time > rows[at].time - rule.timespan]
    if rule.gap:
        breaks = [n for n in range(1, len(seen)) if seen[n].time - seen[n - 1].time > rule.gap]
        seen = seen[max(breaks, default=0) :]
    return seen


def anchor(rule: Correlation, seen: list[Row]) -> Row:
    ends = [seen[at:] for at in range(len(seen) - 1, -1, -1)]
    if rule.type in NUMBERS:
        return seen[0]
    if rule.expression and rule.type == "temporal":
        return next(end[0] for end in ends if names_in(end) == names_in(seen))
    if rule.expression:
        whole, names = parts(rule.expression), names_in(seen)
        return next(end[0] for end in ends if spans(whole, end, names))
    beyond = {"gte": 0, "gt": 1, "lte": 1, "lt": 0, "eq": 1, "neq": 1}
    enough = max(1, *(value + beyond[name] for name, value in conditions(rule)))
    wanted = min(counted(rule, seen), enough)
    return next(end[0] for end in ends if min(counted(rule, end), enough) == wanted)


def truths(rule: Correlation, rows: list[Row], firing: list[int], span: int, first, key) -> dict[str, Truth]:
    runs: list[list[int]] = []
    for at in firing:
        if runs and rows[at].time - rows[runs[-1][-1]].time <= span:
            runs[-1].append(at)
        else:
            runs.append([at])
    found = {}
    for run in runs:
        start = first(run[0])
        found[finding_id(rule.id, key, start.event)] = Truth(
            start.time, rows[run[-1]].time, run[-1] - rows.index(start) + 1
        )
    return found


def episodes(rule: Correlation, rows: list[Row], key) -> tuple[list[Row], dict[str, Truth]]:
    firing = [at for at in range(len(rows)) if holds(rule, window(rows, at, rule))]
    found = truths(rule, rows, firing, rule.timespan, lambda at: anchor(rule, window(rows, at, rule)), key)
    return [rows[at] for at in firing], found


def silences(rule: Correlation, begins: list[Row], hits: list[Hit], now: float, key) -> dict[str, Truth]:
    """Give what stands of a rule with `absent` when event time has come to `now`."""
    breaks = {(h.time, h.evidence.event) for h in hits if set(h.rules) & set(rule.absent)}
    starts = {(row.time, row.event) for row in begins}
    rows = [Row(*place, frozenset(), None) for place in sorted(starts | breaks)]
    firing = [
        at for at, row in enumerate(rows)
        if (row.time, row.event) in starts
        and row.time + rule.within <= now
        and not any(row.time < time <= row.time + rule.within for time, _ in breaks)
    ]  # fmt: skip
    return truths(rule, rows, firing, rule.within, lambda at: rows[at], key)


def truth(rules: list[Correlation], hits: list[Hit], key, now: float = math.inf) -> dict[str, Truth]:
    """Give all findings by id. `rules` are in order: those listened to before those that listen."""
    hits = sorted({h.evidence.event: h for h in hits}.values(), key=lambda h: (h.time, h.evidence.event))
    silenced = {base for rule in rules if not rule.generate for base in rule.rules}
    firing: dict[str, list[Row]] = {}
    found: dict[str, Truth] = {}
    for rule in rules:
        firing[rule.id], loud = episodes(rule, inputs(rule, hits, firing), key)
        if rule.absent:
            loud = silences(rule, firing.pop(rule.id), hits, now, key)
        if rule.id not in silenced:
            found |= loud
    return found
