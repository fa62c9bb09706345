"""Correlations made ready: who listens to which rule, what is enough for a verdict, and what cannot be evaluated.

Correlations that group by the same fields share a cell, and one may listen to another's firing there (a chain).
"""

import hashlib
import operator
from collections.abc import Callable, Mapping

from msgspec import Struct

from seerflow.detectors.correlation.scan import COUNTS, SCANS, Count, Scan
from seerflow.rules.correlation import Correlation

#: A mask has a bit for each rule that a correlation names.
MAX_RULES = 64

#: A verdict may need this many hits, each with a row in the cell (37 bytes).
MAX_ENOUGH = 10_000

_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "gte": operator.ge,
    "gt": operator.gt,
    "lte": operator.le,
    "lt": operator.lt,
    "eq": operator.eq,
    "neq": operator.ne,
}
#: From `threshold + this` hits on, one more cannot change what the operator says.
_BEYOND = {"gte": 0, "gt": 1, "lte": 1, "lt": 0, "eq": 1, "neq": 1}


class Plan(Struct, frozen=True, kw_only=True):
    """One correlation, made ready."""

    correlation: Correlation
    mark: int  # names its tracks in cells; another one as soon as its meaning changes
    timespan: int
    count: Count
    scan: Scan
    enough: int  # counts from here on are all alike
    verdicts: tuple[bool, ...]  # by count, 0 to `enough`
    lasting: bool  # more hits never silence it
    bits: Mapping[str, int]  # rule -> its bit in a label
    counts_values: bool
    silent: bool  # a correlation that names it wants it silent
    inputs: frozenset[int]  # marks of the base rules whose events are its evidence


class Group(Struct, frozen=True, kw_only=True):
    """All plans of one cell, those that are listened to before those that listen."""

    fields: tuple[str, ...]  # that the key is made of
    plans: tuple[Plan, ...]
    by_mark: Mapping[int, Plan]
    listeners: Mapping[str, tuple[Plan, ...]]  # rule or correlation -> the plans that name it


class Leg(Struct, frozen=True, kw_only=True):
    """What a hit of some rules is to one plan."""

    plan: Plan
    label: int  # a mask of those rules among the plan's; 0: it only listens to other correlations
    hears: tuple[tuple[str, int], ...]  # the correlations that it listens to, with their bits
    heard: bool  # whether others listen to it


class Course(Struct, frozen=True, kw_only=True):
    """The plans that a hit of some rules passes, in their order."""

    marks: tuple[int, ...]  # of the rules that anybody listens to; none: the hit is nothing here
    legs: tuple[Leg, ...]


def course_of(group: Group, rules: tuple[str, ...]) -> Course:
    """Give the course of hits that matched these rules."""
    chained = {plan.correlation.id for plan in group.plans}
    legs = [
        Leg(
            plan=plan,
            label=sum({plan.bits[rule] for rule in rules if rule in plan.bits}),
            hears=tuple((rule, bit) for rule, bit in plan.bits.items() if rule in chained),
            heard=plan.correlation.id in group.listeners,
        )
        for plan in group.plans
    ]
    return Course(
        marks=tuple(mark(rule) for rule in rules if rule in group.listeners),
        legs=tuple(leg for leg in legs if leg.label or leg.hears),
    )


def mark(*parts: object) -> int:
    """Give a 64-bit name for what is made of those parts."""
    text = "\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")


def groups(correlations: tuple[Correlation, ...]) -> dict[tuple[str, ...], Group]:
    """Make ready what can be evaluated, by the fields that it groups by."""
    faulty = {correlation_id for correlation_id, _ in _faults(correlations)}
    sound = _in_order([c for c in correlations if c.id not in faulty])
    silenced = {rule for c in sound if not c.generate for rule in c.rules}
    plans: dict[str, Plan] = {}
    for correlation in sound:
        plans[correlation.id] = _plan(correlation, plans, silent=correlation.id in silenced)
    return {
        fields: _group(fields, tuple(p for p in plans.values() if p.correlation.group_by == fields))
        for fields in {correlation.group_by for correlation in sound}
    }


def problems(correlations: tuple[Correlation, ...]) -> tuple[str, ...]:
    """Say which correlations are not evaluated, and why: place, fact, help."""
    return tuple(f"correlation {correlation_id}: {fact}" for correlation_id, fact in _faults(correlations))


def _group(fields: tuple[str, ...], plans: tuple[Plan, ...]) -> Group:
    rules = {rule for plan in plans for rule in plan.bits}
    return Group(
        fields=fields,
        plans=plans,
        by_mark={plan.mark: plan for plan in plans},
        listeners={rule: tuple(plan for plan in plans if rule in plan.bits) for rule in rules},
    )


def _plan(correlation: Correlation, known: Mapping[str, Plan], *, silent: bool) -> Plan:
    conditions = _conditions(correlation)
    enough = max(1, *(value + _BEYOND[name] for name, value in conditions))
    inputs: set[int] = set()
    for rule in correlation.rules:
        inputs |= known[rule].inputs if rule in known else {mark(rule)}
    c = correlation
    meaning = (c.id, c.type, c.rules, c.group_by, c.timespan, conditions, c.fields, [
        known[rule].mark for rule in c.rules if rule in known
    ])  # fmt: skip
    verdicts = tuple(
        all(_COMPARE[name](count, value) for name, value in conditions) for count in range(enough + 1)
    )
    return Plan(
        correlation=correlation,
        mark=mark(*meaning),
        timespan=correlation.timespan,
        count=COUNTS[correlation.type],
        scan=SCANS[correlation.type],
        enough=enough,
        verdicts=verdicts,
        lasting=list(verdicts) == sorted(verdicts),
        bits={rule: 1 << at for at, rule in enumerate(correlation.rules)},
        counts_values=correlation.type == "value_count",
        silent=silent,
        inputs=frozenset(inputs),
    )


def _conditions(correlation: Correlation) -> tuple[tuple[str, int], ...]:
    # Sigma 2.1: a temporal correlation without a condition wants all its rules.
    if correlation.type == "temporal_ordered" or not correlation.conditions:
        return (("gte", len(correlation.rules)),)
    return correlation.conditions


def _in_order(correlations: list[Correlation]) -> list[Correlation]:
    """Put those that are listened to before those that listen; rings are left out."""
    ids = {correlation.id for correlation in correlations}
    done: dict[str, Correlation] = {}
    for _ in correlations:
        for c in correlations:
            if c.id not in done and all(rule in done for rule in c.rules if rule in ids):
                done[c.id] = c
    return list(done.values())


def _faults(correlations: tuple[Correlation, ...]) -> list[tuple[str, str]]:
    by_id = {correlation.id: correlation for correlation in correlations}
    found = [(c.id, fact) for c in correlations for fact in (*_own(c), *_chained(c, by_id))]
    bad = {correlation_id for correlation_id, _ in found}
    ordered = {c.id for c in _in_order(list(correlations))}
    found += [(c.id, "it listens to itself through others; break the ring") for c in correlations
              if c.id not in ordered and c.id not in bad]  # fmt: skip
    # What listens to one that is not evaluated would wait for ever.
    for _ in correlations:
        bad = {correlation_id for correlation_id, _ in found}
        found += [(c.id, f"it listens to {rule}, which is not evaluated") for c in correlations
                  if c.id not in bad for rule in c.rules if rule in bad]  # fmt: skip
    return list(dict.fromkeys(found))


def _own(c: Correlation) -> tuple[str, ...]:
    """Say what is wrong with a correlation by itself."""
    operators = [name for name, _ in c.conditions]
    checks = (
        (c.type not in SCANS, f"type {c.type} is not evaluated; there are {', '.join(SCANS)}"),
        (c.timespan <= 0, "its timespan is not positive"),
        (not c.rules, "it names no rules"),
        (len(set(c.rules)) < len(c.rules), "it names a rule twice"),
        (len(c.rules) > MAX_RULES, f"it names more than {MAX_RULES} rules"),
        (not c.conditions and not c.type.startswith("temporal"), "it has no condition"),
        (not set(operators) <= _COMPARE.keys(), f"operators are {', '.join(_COMPARE)}"),
        (any(value < 0 for _, value in c.conditions), "its threshold is negative"),
        (
            any(value > MAX_ENOUGH for _, value in c.conditions),
            f"its threshold is above {MAX_ENOUGH}; group by more fields or take a shorter timespan",
        ),
        (c.type == "value_count" and not c.fields, "it does not say which field's values to count"),
        (
            c.type == "temporal_ordered" and c.conditions not in ((), (("gte", len(c.rules)),)),
            "an order wants all its rules; leave its condition out",
        ),
    )
    return tuple(fact for wrong, fact in checks if wrong)


def _chained(c: Correlation, by_id: Mapping[str, Correlation]) -> tuple[str, ...]:
    """Say what is wrong between a correlation and those that it listens to."""
    sources = [by_id[rule] for rule in c.rules if rule in by_id]
    facts = [
        f"it groups by {list(c.group_by)}, but {source.id}, to which it listens, by {list(source.group_by)}; "
        "give both the same fields in the same order"
        for source in sources
        if source.group_by != c.group_by
    ]
    if sources and c.type == "value_count":
        facts.append("it counts values of another correlation's firing, which has none; count events")
    return tuple(facts)
