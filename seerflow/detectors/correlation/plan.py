"""Correlations made ready: who listens to which rule, what is enough for a verdict, and what cannot be evaluated.

Correlations that group by the same fields share a cell, and one may listen to another's firing there (a chain).
"""

import hashlib
import operator
from collections.abc import Callable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from seerflow.detectors.correlation import joins, numbers
from seerflow.detectors.correlation.faults import faults, in_order
from seerflow.detectors.correlation.scan import COUNTS, SCANS, Count, Scan
from seerflow.detectors.correlation.track import Track
from seerflow.rules.correlation import Correlation
from seerflow.rules.correlation_condition import NOT

#: The type of a plan that waits for silence, made of a correlation with `absent`.
ABSENCE = "absence"

_COMPARE: dict[str, Callable[[float, float], bool]] = {
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
    numbers: bool = False  # labels hold numbers
    kept: str = ""  # how a row is known to be spare: "" by enough (scan.needed), "bits", "window"
    merged: str = ""  # what becomes of two rows when there are too many: "" one goes, "added", "sampled"
    reach: int = 0  # a hit changes verdicts on rows that are so much older
    inputs: frozenset[int]  # marks of the base rules whose events are its evidence


class Group(Struct, frozen=True, kw_only=True):
    """All plans of one cell, those that are listened to before those that listen."""

    fields: tuple[str, ...]  # that the key is made of
    plans: tuple[Plan, ...]
    by_mark: Mapping[int, Plan]
    listeners: Mapping[str, tuple[Plan, ...]]  # rule or correlation -> the plans that name it
    waits: bool  # whether one of them waits for silence


class _Judging(Struct, frozen=True, kw_only=True):
    """How a correlation judges a window, and what that allows."""

    count: Count
    scan: Scan
    enough: int = 1
    verdicts: tuple[bool, ...] = (False, True)
    lasting: bool = False
    kept: str = "window"
    merged: str = ""
    reach: int = 0


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
    faulty = {correlation_id for correlation_id, _ in faults(correlations)}
    sound = in_order([c for c in correlations if c.id not in faulty])
    silenced = {rule for c in sound for rule in (*c.absent, *(() if c.generate else c.rules))}
    plans: dict[str, Plan] = {}
    for correlation in sound:
        for part in _parts(correlation):
            silent = part.id != correlation.id or correlation.id in silenced
            plans[part.id] = _plan(part, plans, silent=silent)
    return {
        fields: _group(fields, tuple(p for p in plans.values() if p.correlation.group_by == fields))
        for fields in {correlation.group_by for correlation in sound}
    }


def problems(correlations: tuple[Correlation, ...]) -> tuple[str, ...]:
    """Say which correlations are not evaluated, and why: place, fact, help."""
    return tuple(f"correlation {correlation_id}: {fact}" for correlation_id, fact in faults(correlations))


def _parts(correlation: Correlation) -> tuple[Correlation, ...]:
    """Split a correlation that waits for silence into what begins the waiting, and the waiting."""
    if not correlation.absent:
        return (correlation,)
    begins = replace(correlation, id=f"{correlation.id}\x1fbegins", absent=(), within=0)
    waits = replace(
        correlation,
        type=ABSENCE,
        rules=(begins.id, *correlation.absent),
        timespan=correlation.within,
        conditions=(),
        expression=(),
        fields=(),
        gap=0,
    )
    return begins, waits


def _group(fields: tuple[str, ...], plans: tuple[Plan, ...]) -> Group:
    rules = {rule for plan in plans for rule in plan.bits}
    return Group(
        fields=fields,
        plans=plans,
        by_mark={plan.mark: plan for plan in plans},
        listeners={rule: tuple(plan for plan in plans if rule in plan.bits) for rule in rules},
        waits=any(plan.reach for plan in plans),
    )


def _plan(correlation: Correlation, known: Mapping[str, Plan], *, silent: bool) -> Plan:
    c = correlation
    bits = {rule: 1 << at for at, rule in enumerate(c.rules)}
    inputs: set[int] = set()
    for rule in c.rules[:1] if c.type == ABSENCE else c.rules:
        inputs |= known[rule].inputs if rule in known else {mark(rule)}
    meaning: tuple[object, ...] = (
        c.id, c.type, c.rules, c.group_by, c.timespan, _conditions(c), c.fields,
        [known[rule].mark for rule in c.rules if rule in known],
    )  # fmt: skip
    more = (c.expression, c.percentile, c.gap, c.within)
    if any(more):  # the others keep the names, and so the cells, that they had before there were these
        meaning = (*meaning, *more)
    judging = _judging(c, bits)
    if c.gap:
        count, scan = joins.in_session(c.gap, judging.count, judging.scan)
        judging = replace(judging, count=count, scan=scan, lasting=False, kept="window")
    return Plan(
        correlation=c,
        mark=mark(*meaning),
        timespan=c.timespan,
        count=judging.count,
        scan=judging.scan,
        enough=judging.enough,
        verdicts=judging.verdicts,
        lasting=judging.lasting,
        bits=bits,
        counts_values=c.type.startswith("value_"),
        numbers=c.type in numbers.RECKONINGS,
        silent=silent,
        inputs=frozenset(inputs),
        kept=judging.kept,
        merged=judging.merged,
        reach=judging.reach,
    )


def _judging(c: Correlation, bits: Mapping[str, int]) -> _Judging:
    if c.type == ABSENCE:
        count, scan = joins.absent(c.within)
        return _Judging(count=count, scan=scan, reach=c.within)
    if c.type in numbers.RECKONINGS:
        return _reckoned(c)
    if c.expression:
        made = joins.ordered if c.type == "temporal_ordered" else joins.unordered
        count, scan = made(c.expression, bits)
        kept = "window" if c.type == "temporal_ordered" else "bits"
        return _Judging(count=count, scan=scan, lasting=NOT not in c.expression, kept=kept)
    conditions = _conditions(c)
    enough = max(1, *(int(value) + _BEYOND[name] for name, value in conditions))
    verdicts = tuple(
        all(_COMPARE[name](count, value) for name, value in conditions) for count in range(enough + 1)
    )
    return _Judging(
        count=COUNTS[c.type],
        scan=SCANS[c.type],
        enough=enough,
        verdicts=verdicts,
        lasting=list(verdicts) == sorted(verdicts),
        kept="",
    )


def _reckoned(c: Correlation) -> _Judging:
    reckoning = numbers.RECKONINGS[c.type]

    def scan(track: Track, row: int, since: int, _enough: int) -> tuple[int, int]:
        negated, more = numbers.window(track, row, since)
        value = reckoning(negated, more, c.percentile)
        holds = all(_COMPARE[name](value, wanted) for name, wanted in c.conditions)
        return int(holds), row - len(negated) + 1

    def count(track: Track, row: int, since: int, enough: int) -> int:
        return scan(track, row, since, enough)[0]

    return _Judging(count=count, scan=scan, merged="added" if c.type in numbers.ADDED else "sampled")


def _conditions(correlation: Correlation) -> tuple[tuple[str, int | float], ...]:
    # Sigma 2.1: a temporal correlation without a condition wants all its rules.
    if correlation.type == "temporal_ordered" or not correlation.conditions:
        return (("gte", len(correlation.rules)),)
    return correlation.conditions
