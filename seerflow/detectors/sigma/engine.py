"""All rules at once: route the event, ask the index, try the few candidates. `evaluate_all` is the same without it."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from seerflow.detectors.sigma.closures import Holds, compiled
from seerflow.detectors.sigma.fieldindex import Budget
from seerflow.detectors.sigma.index import MAX_SHAPED, Index
from seerflow.detectors.sigma.lanes import applies, lanes, mark
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


class Compiled:
    """One rule, ready to be asked."""

    __slots__ = ("clauses", "holds", "rule")

    def __init__(self, rule: SigmaRule) -> None:
        self.rule = rule
        self.holds: Holds = compiled(rule.condition)
        self.clauses: list[Clause] = clauses(rule.condition)


class Group:
    """The rules for one set of log sources."""

    __slots__ = ("index", "rules")

    def __init__(self, number: int, rules: Sequence[Compiled], budget: Budget) -> None:
        self.rules = rules
        self.index = Index(number, [one.clauses for one in rules], budget)


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

    def match(
        self, native: Mapping[str, Any], common: Mapping[str, Any], original: str = ""
    ) -> list[SigmaRule]:
        """Give the rules that an event, in its two views, matches, in the order in which they were loaded."""
        marked = mark(native, common)
        try:
            group = self.routes[marked]
        except KeyError:
            group = self._route(marked, native, common)
        if group is None:
            return []
        shape = self._shape(native)
        index = group.index
        plan = shape.plans.get(index.number) or index.plan(shape, native)
        left = index.candidates(plan, native, common, original)
        if not left:
            return []
        return self._confirmed(group, left, View(shape, native, common, original))

    def matches(self, event: Event) -> list[SigmaRule]:
        """Give the rules that an event matches."""
        return self.match(event.native, event.common, event.text)

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
            shape = Shape(names)
            if len(names) <= MAX_SHAPED and sum(map(len, names)) <= LONGEST_NAMES:
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

    def _confirmed(self, group: Group, left: int, view: View) -> list[SigmaRule]:
        found: list[SigmaRule] = []
        rules = group.rules
        while left:
            bit = left & -left
            left ^= bit
            one = rules[bit.bit_length() - 1]
            if one.holds(view):
                found.append(one.rule)
        return found


def _uncompiled(rule: SigmaRule, error: Exception) -> Problem:
    return Problem(
        file=rule.file,
        line=rule.line,
        fact=f"cannot be compiled: {error}",
        help="RE2 has no lookahead, lookbehind or backreference",
        rule=rule.id,
    )
