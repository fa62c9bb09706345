"""Which of many rules one event may match: an automaton for each field over the literals that rules need.

Every literal has a mask: bit q * n + i says that it serves clause q of rule i of n. The masks of all that is found
in an event are joined by or; a rule is a candidate when all its clauses are there.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from seerflow.detectors.sigma.fieldindex import Budget, FieldIndex
from seerflow.detectors.sigma.keywords import Keywords, Rest
from seerflow.detectors.sigma.view import Shape, Source, fetch
from seerflow.detectors.sigma.witness import CLAUSES, Clause
from seerflow.rules.condition import ANY_FIELD

MAX_SHAPED = 256  # native names of an event whose plan is kept


class Plan:
    """What to look up in events of one shape."""

    __slots__ = ("direct", "rest", "shared", "sourced")

    def __init__(self) -> None:
        self.direct: list[tuple[str, FieldIndex]] = []  # native names with an index of their own
        self.shared: list[tuple[str, FieldIndex]] = []  # likewise common ones
        self.sourced: list[tuple[Source, FieldIndex]] = []  # all that is not simply a name
        self.rest: Rest | None = None  # values that only keywords search


class Index:
    """The rules of one group, and which of them an event may match."""

    __slots__ = ("always", "budget", "fields", "full", "keywords", "number", "size")

    def __init__(self, number: int, rules: Sequence[Sequence[Clause]], budget: Budget) -> None:
        self.number, self.size, self.budget = number, len(rules), budget
        self.full = (1 << self.size) - 1
        shared: dict[int, int] = {}
        self.always, masks = _masks(rules)
        keyword = masks.pop(ANY_FIELD, {})
        # Keywords search every value: a field that is looked up anyway is asked for them at the same time.
        self.fields = {
            field: FieldIndex(_joined(terms, keyword), budget, shared) for field, terms in masks.items()
        }
        self.keywords = Keywords(FieldIndex(keyword, budget, shared), keyword) if keyword else None

    def plan(self, shape: Shape, native: Mapping[str, Any]) -> Plan:
        """Give what to look up in events of the shape of which `native` is the first, and keep it with the shape."""
        plan = shape.plans[self.number] = Plan()
        for field, index in self.fields.items():
            source = shape.source(field)
            if len(source.native) == 1 and not source.path:
                plan.direct.append((source.native[0], index))
            elif len(source.common) == 1 and not source.native:
                plan.shared.append((source.common[0], index))
            elif source.native or source.common:
                plan.sourced.append((source, index))
        if self.keywords is not None:
            looked_up = {name for name, _ in plan.direct}
            plan.rest = Rest(self.keywords, [name for name in native if name not in looked_up], native)
        return plan

    def candidates(
        self, plan: Plan, native: Mapping[str, Any], common: Mapping[str, Any], original: str
    ) -> int:
        """Give the rules that the event may match, as bits."""
        seen = _looked_up(self.always, plan.direct, native)
        if plan.shared:
            seen = _looked_up(seen, plan.shared, common)
        for source, index in plan.sourced:
            seen |= index.several(fetch(source, native, common))
        if plan.rest is not None:
            seen |= plan.rest.mask(native, common, original)
        return self._served(seen)

    def _served(self, seen: int) -> int:
        """Give the rules all of whose clauses were seen."""
        left = seen & self.full
        for clause in range(1, CLAUSES if left else 0):
            left &= seen >> (self.size * clause)
        return left


def _looked_up(seen: int, named: Sequence[tuple[str, FieldIndex]], values: Mapping[str, Any]) -> int:
    """Add the masks of all those values; a name may be missing."""
    for name, index in named:
        value = values.get(name)
        mask = index.cache.get(value) if value.__class__ is str or value.__class__ is int else None
        if mask is None:
            mask = index.mask(value)
        if mask:  # joining nothing would copy all the bits
            seen |= mask
    return seen


def _joined(first: Mapping[str, int], second: Mapping[str, int]) -> dict[str, int]:
    return {literal: first.get(literal, 0) | second.get(literal, 0) for literal in (*first, *second)}


def _masks(rules: Sequence[Iterable[Clause]]) -> tuple[int, dict[str, dict[str, int]]]:
    """Give the bits that need no evidence, and the mask of every literal by field."""
    always, masks, count = 0, dict[str, dict[str, int]](), len(rules)
    for number, rule in enumerate(rules):
        kept = list(rule)[:CLAUSES]
        for clause in range(CLAUSES):
            bit = 1 << (clause * count + number)
            if clause >= len(kept):
                always |= bit
                continue
            for field, literal in kept[clause]:
                terms = masks.setdefault(field, {})
                terms[literal] = terms.get(literal, 0) | bit
    return always, masks
