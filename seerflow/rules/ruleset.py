"""A whole set of rules as one value, named by its content, and what correlations ask of its single-event rules."""

from collections.abc import Iterable, Mapping
from hashlib import blake2b

from msgspec import Struct

from seerflow.rules.correlation import Correlation
from seerflow.rules.filters import Filter
from seerflow.rules.problem import Problem
from seerflow.rules.sigma import SigmaRule

#: Part of every set's name: grows whenever the same rule text comes to mean something else.
COMPILER = 1


class Grouping(Struct, frozen=True):
    """What one correlation, or several with the same key, want of an event that matches a base rule."""

    keys: tuple[tuple[str, str], ...]  # (name in the key, the event's field), as `group-by` orders them
    fields: tuple[tuple[str, str], ...] = ()  # (name, the event's field) of the values that are counted


class Ruleset(Struct, frozen=True, kw_only=True):
    """All rules that are loaded, ready to be compiled, and all that is wrong with them."""

    name: str  # "r-" and 12 hexadecimal digits
    rules: tuple[SigmaRule, ...] = ()
    correlations: tuple[Correlation, ...] = ()
    problems: tuple[Problem, ...] = ()
    silenced: frozenset[str] = frozenset()  # rules that speak only through the correlations that name them
    groupings: Mapping[str, tuple[Grouping, ...]] = {}  # base rule -> what to tell the correlations


def named(
    rules: Iterable[SigmaRule],
    correlations: Iterable[Correlation],
    filters: Iterable[Filter],
    texts: Mapping[str, str],
    values: object,
) -> str:
    """Give the set's name: a digest of ids, what their texts say, the value lists and the compiler."""
    ids = sorted([rule.id for rule in rules] + [one.id for one in correlations] + [one.id for one in filters])
    digest = blake2b(f"{COMPILER}\x1f{values!r}".encode("utf-8", "surrogatepass"), digest_size=6)
    for made in ids:
        digest.update(f"\x1e{made}\x1f{texts.get(made, '')}".encode("utf-8", "surrogatepass"))
    return f"r-{digest.hexdigest()}"


def silenced(correlations: Iterable[Correlation]) -> frozenset[str]:
    """Give the rules that are named by correlations, none of which says `generate: true`; absent ones are no news."""
    named_by: dict[str, bool] = {}
    for one in correlations:
        for rule in one.rules:
            named_by[rule] = named_by.get(rule, False) or one.generate
        for rule in one.absent:
            named_by.setdefault(rule, False)
    return frozenset(rule for rule, generate in named_by.items() if not generate)


def groupings(
    rules: Iterable[SigmaRule], correlations: Iterable[Correlation]
) -> dict[str, tuple[Grouping, ...]]:
    """Give for each base rule the keys under which its matches are wanted, equal keys joined."""
    base = {rule.id for rule in rules}
    wanted: dict[str, dict[tuple[tuple[str, str], ...], dict[tuple[str, str], None]]] = {}
    for one in correlations:
        for rule in (*one.rules, *one.absent):
            if rule in base:
                keys = tuple((name, _source(one, name, rule)) for name in one.group_by)
                fields = wanted.setdefault(rule, {}).setdefault(keys, {})
                fields.update(((name, _source(one, name, rule)), None) for name in one.fields)
    return {
        rule: tuple(Grouping(keys, tuple(fields)) for keys, fields in by_keys.items())
        for rule, by_keys in wanted.items()
    }


def _source(correlation: Correlation, name: str, rule: str) -> str:
    """Give the event field behind a name: an alias has one for each rule."""
    return correlation.aliases.get(name, {}).get(rule, name)
