"""All rules at once: route the event, ask the index, try the few candidates. `evaluate_all` is the same without it."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from seerflow.detectors.sigma.closures import Holds, compiled
from seerflow.detectors.sigma.fieldindex import Budget
from seerflow.detectors.sigma.index import MAX_SHAPED, Index
from seerflow.detectors.sigma.lanes import applies, lanes, mark
from seerflow.detectors.sigma.memo import Key, Memo, read_by
from seerflow.detectors.sigma.view import Shape, View
from seerflow.detectors.sigma.witness import Clause, clauses
from seerflow.model.event import Event
from seerflow.rules.problem import Problem
from seerflow.rules.sigma import Logsource, SigmaRule

CACHE_BYTES = 48 << 20  # of values and their masks, over all fields
MAX_SHAPES = 2_048  # an attacker invents field names; shapes are forgotten when there are too many
MAX_ROUTES = 4_096
LONGEST_NAMES = 8_192  # characters of all names of a shape that is kept
LONGEST_MARK = 1_024  # characters of what a route is kept by

#: The rules that an event matches, and the view through which they see it (None where none does).
Looked = tuple[tuple[SigmaRule, ...], View | None]


class Compiled:
    """One rule, ready to be asked."""

    __slots__ = ("clauses", "holds", "rule")

    def __init__(self, rule: SigmaRule) -> None:
        self.rule = rule
        self.holds: Holds = compiled(rule.condition)
        self.clauses: list[Clause] = clauses(rule.condition)


class Group:
    """The rules for one set of log sources."""

    __slots__ = ("index", "known", "read", "rules")

    def __init__(self, number: int, rules: Sequence[Compiled], budget: Budget) -> None:
        self.rules = rules
        self.index = Index(number, [one.clauses for one in rules], budget)
        self.read = read_by(one.rule for one in rules)
        self.known: dict[Key, tuple[SigmaRule, ...]] = {}
        budget.caches.append(self.known)

    def memo(self, shape: Shape) -> Memo | None:
        """Give how to find events of that shape again, and keep it with the shape."""
        if self.read is None or not shape.number:
            return None
        memo = shape.memos[self.index.number] = Memo(shape, self.read)
        return memo


class Engine:
    """A compiled set of rules. What it remembers between events are caches, which change no result."""

    def __init__(self, rules: Iterable[SigmaRule], cache_bytes: int = CACHE_BYTES) -> None:
        self.rules: list[Compiled] = []
        self.problems: list[Problem] = []
        for rule in rules:
            try:
                self.rules.append(Compiled(rule))
            except (ValueError, RecursionError) as error:
                self.problems.append(_uncompiled(rule, error))
        self.budget = Budget(cache_bytes)
        self.forgotten = 0  # how often all shapes or routes were dropped
        self.by_source: dict[Logsource, list[int]] = {}
        for number, one in enumerate(self.rules):
            self.by_source.setdefault(one.rule.logsource, []).append(number)
        self.routes: dict[Hashable, Group | None] = {}
        self.groups: dict[tuple[int, ...], Group] = {}
        self.shapes: dict[tuple[str, ...], Shape] = {}
        self.numbers = 0  # of shapes, never given twice: what was remembered of a forgotten one is no other's

    def match(
        self, native: Mapping[str, Any], common: Mapping[str, Any], original: str = ""
    ) -> list[SigmaRule]:
        """Give the rules that an event, in its two views, matches, in the order in which they were loaded."""
        return list(self._look(native, common, original)[0])

    def look(self, event: Event) -> Looked:
        """Give the rules that an event matches, and the view through which they see it."""
        return self._look(event.native, event.common, event.text)

    def _look(self, native: Mapping[str, Any], common: Mapping[str, Any], original: str) -> Looked:
        marked = mark(native, common)
        try:
            group = self.routes[marked]
        except KeyError:
            group = self._route(marked, native, common)
        if group is None:
            return (), None
        shape = self._shape(native)
        memo = shape.memos.get(group.index.number) or group.memo(shape)
        key = memo.key(native, common) if memo is not None else None
        if memo is None or key is None:
            return self._asked(group, shape, native, common, original)
        found = group.known.get(key)
        if found is None:
            found = self._asked(group, shape, native, common, original)[0]
            if size := memo.lost(key):
                group.known[key] = found
                self.budget.spend(size)
        else:
            memo.won()
        return found, View(shape, native, common, original) if found else None

    def _asked(
        self, group: Group, shape: Shape, native: Mapping[str, Any], common: Mapping[str, Any], original: str
    ) -> Looked:
        index = group.index
        plan = shape.plans.get(index.number) or index.plan(shape, native)
        left = index.candidates(plan, native, common, original)
        if not left:
            return (), None
        view = View(shape, native, common, original)
        return self._confirmed(group, left, view), view

    def matches(self, event: Event) -> list[SigmaRule]:
        """Give the rules that an event matches."""
        return list(self.look(event)[0])

    def evaluate_all(self, event: Event) -> list[SigmaRule]:
        """Give the same without index, caches and groups: what `matches` must always equal."""
        given = lanes(event.native, event.common)
        view = self.view(event)
        return [one.rule for one in self.rules if applies(one.rule.logsource, given) and one.holds(view)]

    def view(self, event: Event) -> View:
        """Give the event as rules see it."""
        return View(Shape(tuple(event.native)), event.native, event.common, event.text)

    def _shape(self, native: Mapping[str, Any]) -> Shape:
        names = tuple(native)
        shape = self.shapes.get(names)
        if shape is None:
            kept = len(names) <= MAX_SHAPED and sum(map(len, names)) <= LONGEST_NAMES
            self.numbers += kept
            shape = Shape(names, self.numbers if kept else 0)
            if kept:
                if len(self.shapes) >= MAX_SHAPES:
                    self.shapes.clear()
                    self.forgotten += 1
                self.shapes[names] = shape
        return shape

    def _route(self, marked: Hashable, native: Mapping[str, Any], common: Mapping[str, Any]) -> Group | None:
        given = lanes(native, common)
        chosen = sorted(
            number
            for source, numbers in self.by_source.items()
            if applies(source, given)
            for number in numbers
        )
        group = self._group(tuple(chosen)) if chosen else None
        if len(repr(marked)) <= LONGEST_MARK:
            if len(self.routes) >= MAX_ROUTES:
                self.routes.clear()
                self.forgotten += 1
            self.routes[marked] = group
        return group

    def _group(self, chosen: tuple[int, ...]) -> Group:
        # Groups are by the rules in them, so there are no more than sets of log sources that rules tell apart.
        group = self.groups.get(chosen)
        if group is None:
            group = Group(len(self.groups), [self.rules[number] for number in chosen], self.budget)
            self.groups[chosen] = group
        return group

    def _confirmed(self, group: Group, left: int, view: View) -> tuple[SigmaRule, ...]:
        found: list[SigmaRule] = []
        rules = group.rules
        while left:
            bit = left & -left
            left ^= bit
            one = rules[bit.bit_length() - 1]
            if one.holds(view):
                found.append(one.rule)
        return tuple(found)


def _uncompiled(rule: SigmaRule, error: Exception) -> Problem:
    return Problem(
        file=rule.file,
        line=rule.line,
        fact=f"cannot be compiled: {error}",
        help="RE2 has no lookahead, lookbehind or backreference",
        rule=rule.id,
    )
