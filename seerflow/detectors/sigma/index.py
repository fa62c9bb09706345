"""Which of many rules one event may match: an automaton for each field over the literals that rules need.

Every literal has a mask: bit q * n + i says that it serves clause q of rule i of n. The masks of all that is found
in an event are joined by or; a rule is a candidate when all its clauses are there.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import ahocorasick_rs

from seerflow.detectors.sigma.values import fold, text, texts
from seerflow.detectors.sigma.view import Shape, Source, everything, fetch
from seerflow.detectors.sigma.witness import BEGIN, CLAUSES, END, Clause
from seerflow.rules.condition import ANY_FIELD

LONGEST_CACHED = 2_048  # characters of a value whose mask is kept
PIECE = 16_384  # characters shown to the automaton at once: it lists every occurrence
LARGE = 20_000  # characters of literals from which on a table of all transitions takes too much memory
MAX_SHAPED = 256  # native names of an event whose plan is kept

_BETWEEN = END + BEGIN
#: Classes of values that keywords pass over, or that are texts already.
_PLAIN = frozenset({str, type(None)})
_UNNUMBERED = _PLAIN | {int}
_NUMERIC = re.compile(rf"{BEGIN}?-?[0-9]*{END}?")  # what may stand in a whole number


class Budget:
    """How much all caches of an engine may hold together; what is counted when they are emptied."""

    __slots__ = ("caches", "emptied", "limit", "used")

    def __init__(self, limit: int) -> None:
        self.limit, self.used, self.emptied = limit, 0, 0
        self.caches: list[dict[Any, Any]] = []

    def spend(self, size: int) -> None:
        """Take some of it; empty all caches when there is no more."""
        self.used += size
        if self.used > self.limit:
            self.used = 0
            self.emptied += 1
            for cache in self.caches:
                cache.clear()


class FieldIndex:
    """The literals that rules need in one field."""

    __slots__ = ("budget", "cache", "exists", "find", "masks", "overlap", "shared")

    def __init__(self, masks: Mapping[str, int], budget: Budget, shared: dict[int, int]) -> None:
        kept = {literal: mask for literal, mask in masks.items() if literal}
        self.exists = masks.get("", 0)
        self.masks = list(kept.values())
        self.overlap = max(map(len, kept), default=0)
        self.cache: dict[Any, int] = {}
        self.budget, self.shared = budget, shared
        budget.caches.append(self.cache)
        self.find = _automaton(list(kept)) if kept else None

    def mask(self, value: Any) -> int:
        """Give the mask of a value that is not in the cache; keep it there if it is a small scalar."""
        if value is None:
            return 0
        scalar = value.__class__
        if scalar is not str and scalar is not int:
            return self.several(texts(value))
        one = text(value) or ""
        mask = self.exists | self.of(one)
        mask = self.shared.setdefault(mask, mask)  # many values, few masks
        if len(one) <= LONGEST_CACHED:
            self.cache[value] = mask
            self.budget.spend(len(one) + 200)  # a dict's entry and a text's own
        return mask

    def several(self, value: str | tuple[str, ...] | None) -> int:
        """Give the mask of a value as the view gives it, past the cache."""
        if value is None:
            return 0
        mask = self.exists
        for one in (value,) if isinstance(value, str) else value:
            mask |= self.of(one)
        return mask

    def of(self, value: str) -> int:
        """Give the mask of the literals in one text."""
        if self.find is None:
            return 0
        whole = BEGIN + fold(value) + END
        if len(whole) <= PIECE:
            return self._found(whole)
        mask = 0
        for start in range(0, max(len(whole) - self.overlap, 0) + 1, PIECE):
            mask |= self._found(whole[start : start + PIECE + self.overlap])
        return mask

    def _found(self, piece: str) -> int:
        try:
            matches = self.find(piece, overlapping=True)  # type: ignore[misc]  # asked by `of`
        except UnicodeEncodeError:  # half a surrogate pair; no rule's text holds one
            matches = self.find(piece.encode("utf-8", "replace").decode(), overlapping=True)  # type: ignore[misc]
        mask = 0
        if matches:
            for number in {match[0] for match in matches}:
                mask |= self.masks[number]
        return mask


def _automaton(found: list[str]) -> Callable[..., list[tuple[int, int, int]]]:
    kind = ahocorasick_rs.Implementation
    small = sum(map(len, found)) < LARGE
    built = ahocorasick_rs.AhoCorasick(
        found, store_patterns=False, implementation=kind.DFA if small else kind.ContiguousNFA
    )
    return built.find_matches_as_indexes


class Plan:
    """What to look up in events of one shape."""

    __slots__ = ("direct", "rest", "shared", "sourced")

    def __init__(self) -> None:
        self.direct: list[tuple[str, FieldIndex]] = []  # native names with an index of their own
        self.shared: list[tuple[str, FieldIndex]] = []  # likewise common ones
        self.sourced: list[tuple[Source, FieldIndex]] = []  # all that is not simply a name
        self.rest: Callable[[Mapping[str, Any]], Sequence[Any]] = _nothing  # values that only keywords search


class Index:
    """The rules of one group, and which of them an event may match."""

    __slots__ = ("always", "budget", "fields", "full", "keyword", "number", "numeric", "size")

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
        self.keyword = FieldIndex(keyword, budget, shared) if keyword else None
        self.numeric = any(_NUMERIC.fullmatch(literal) for literal in keyword)

    def plan(self, shape: Shape) -> Plan:
        """Give what to look up in events of the shape, and keep it with the shape."""
        plan = shape.plans[self.number] = Plan()
        for field, index in self.fields.items():
            source = shape.source(field)
            if len(source.native) == 1 and not source.path:
                plan.direct.append((source.native[0], index))
            elif len(source.common) == 1 and not source.native:
                plan.shared.append((source.common[0], index))
            elif source.native or source.common:
                plan.sourced.append((source, index))
        if self.keyword is not None:
            looked_up = {name for name, _ in plan.direct}
            plan.rest = _getter([name for name in shape.names if name not in looked_up])
        return plan

    def candidates(
        self, plan: Plan, native: Mapping[str, Any], common: Mapping[str, Any], original: str
    ) -> int:
        """Give the rules that the event may match, as bits."""
        seen = self.always
        for name, index in plan.direct:
            value = native[name]
            if value.__class__ is str or value.__class__ is int:
                mask = index.cache.get(value)
                seen |= index.mask(value) if mask is None else mask
            elif value is not None:
                seen |= index.mask(value)
        if plan.shared:
            seen |= _looked_up(plan.shared, common)
        for source, index in plan.sourced:
            seen |= index.several(fetch(source, native, common))
        if self.keyword is not None:
            seen |= self._keywords(self.keyword, plan, native, common, original)
        left = seen & self.full
        for clause in range(1, CLAUSES):
            left &= seen >> (self.size * clause)
        return left

    def _keywords(
        self,
        keyword: FieldIndex,
        plan: Plan,
        native: Mapping[str, Any],
        common: Mapping[str, Any],
        original: str,
    ) -> int:
        """Give the mask of the values that have no index: joined, they cost one look at the automaton."""
        held = plan.rest(native)
        values = [value for value in held if value.__class__ is str]
        plain = _PLAIN if self.numeric else _UNNUMBERED
        for value in [value for value in held if value.__class__ not in plain]:
            one = texts(value)
            values += (one,) if isinstance(one, str) else one or ()
        message = common.get("message")
        if message is not None:
            one = texts(message)
            values += (one,) if isinstance(one, str) else one or ()
        elif not values and all(native[name] is None for name, _ in plan.direct):
            values = list(everything(native, common, original))
        return keyword.exists | keyword.of(_BETWEEN.join(values)) if values else 0


def _looked_up(named: Sequence[tuple[str, FieldIndex]], values: Mapping[str, Any]) -> int:
    """Give the masks of all those values; a name may be missing."""
    seen = 0
    for name, index in named:
        value = values.get(name)
        if value.__class__ is str or value.__class__ is int:
            mask = index.cache.get(value)
            seen |= index.mask(value) if mask is None else mask
        elif value is not None:
            seen |= index.mask(value)
    return seen


def _nothing(_native: Mapping[str, Any]) -> Sequence[Any]:
    return ()


def _getter(names: Sequence[str]) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
    if len(names) > 1:
        return itemgetter(*names)  # all values in one call, without a loop
    return (lambda native: (native[names[0]],)) if names else _nothing


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
