"""Rule files into a set of rules: pure, bytes in, one bad rule disables that rule only."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from seerflow.rules import correlation, documents, filters, sigma
from seerflow.rules.correlation import Correlation
from seerflow.rules.documents import Document
from seerflow.rules.filters import Filter
from seerflow.rules.placeholders import Values
from seerflow.rules.problem import Problem, UnreadableError
from seerflow.rules.ruleset import Ruleset, groupings, named, silenced
from seerflow.rules.sigma import SigmaRule

T = TypeVar("T", SigmaRule, Correlation, Filter)


def load(files: Mapping[str, bytes], values: Values | None = None) -> Ruleset:
    """Read all rules of the files (name -> content). `values` are the value lists of placeholders.

    Never raises on what a file holds: `problems` says what is wrong, and where.
    """
    lists = dict(values or {})
    found: list[Document] = []
    problems: list[Problem] = []
    for name in sorted(files):
        some, wrong = documents.read(name, files[name])
        found += some
        problems += wrong
    kinds = [(document, _kind(document)) for document in found]
    rules = _each([d for d, kind in kinds if kind == "rule"], lambda d: sigma.read(d, lists), problems)
    narrowing = _each(
        [d for d, kind in kinds if kind == "filter"], lambda d: filters.read(d, lists), problems
    )
    joins = _each([d for d, kind in kinds if kind == "correlation"], correlation.read, problems)
    unread = {p.rule for p in problems if p.fatal and p.rule}
    places = {sigma.identity(document): document for document in found}
    rules = _distinct(rules, places, problems)
    joined = _resolved(
        _distinct([j for j in joins if j.id not in unread], places, problems), rules, places, problems
    )
    return Ruleset(
        name=named(
            rules, joined, narrowing, {made: d.text for made, d in places.items()}, sorted(lists.items())
        ),
        rules=tuple(filters.narrowed(rule, narrowing) for rule in rules),
        correlations=tuple(joined),
        problems=tuple(sorted(problems, key=lambda p: (p.file, p.line, p.fact))),
        silenced=silenced(joined),
        groupings=groupings(rules, joined),
    )


def _kind(document: Document) -> str:
    return next((kind for kind in ("correlation", "filter") if kind in document.content), "rule")


def _each(
    found: Sequence[Document],
    read: Callable[[Document], tuple[T, list[Problem]]],
    problems: list[Problem],
) -> list[T]:
    values = []
    for document in found:
        try:
            value, warnings = read(document)
        except UnreadableError as error:
            problems.append(_problem(document, error))
        except Exception as error:  # noqa: BLE001 - pySigma raises whatever a hostile file makes it raise
            fact = f"cannot be read as a rule ({type(error).__name__}: {error})"
            problems.append(
                _problem(document, UnreadableError(fact[:300], "compare it with a rule that works"))
            )
        else:
            values.append(value)
            problems += warnings
    return values


def _problem(document: Document, error: UnreadableError) -> Problem:
    return Problem(
        file=document.file,
        line=document.find(error.near),
        fact=error.fact,
        help=error.help,
        rule=sigma.identity(document),
    )


def _distinct(values: Sequence[Any], places: Mapping[str, Document], problems: list[Problem]) -> list[Any]:
    """Drop all but the first of rules with one id: which one a finding means must be certain."""
    kept: dict[str, Any] = {}
    for value in values:
        if value.id in kept:
            fact = f"has the id of another rule, '{kept[value.id].title}'"
            problems.append(
                _problem(places[value.id], UnreadableError(fact, "give it an id of its own", value.id))
            )
        else:
            kept[value.id] = value
    return list(kept.values())


def _resolved(
    joins: Sequence[Correlation],
    rules: Sequence[SigmaRule],
    places: Mapping[str, Document],
    problems: list[Problem],
) -> list[Correlation]:
    """Resolve names to ids, dropping what refers to nothing or, at last, to itself."""
    base = _names(rules)
    waiting, done = list(joins), dict[str, Correlation]()
    reasons: dict[str, UnreadableError] = {}
    while True:
        ids = base | _names(done.values())
        settled: list[Correlation] = []
        for one in waiting:
            try:
                settled.append(correlation.resolved(one, ids))
            except UnreadableError as error:
                reasons[one.id] = error
        if not settled:
            break
        done |= {one.id: one for one in settled}
        waiting = [one for one in waiting if one.id not in done]
    problems += [_problem(places[one.id], _circular(one, waiting) or reasons[one.id]) for one in waiting]
    order = {one.id: number for number, one in enumerate(joins)}
    return sorted(done.values(), key=lambda one: order[one.id])


def _circular(one: Correlation, waiting: Sequence[Correlation]) -> UnreadableError | None:
    names = _names(waiting)
    unresolved = [name for name in one.rules if name in names]
    return (
        UnreadableError("waits for a correlation that is not loaded, or for itself", "", unresolved[0])
        if unresolved
        else None
    )


def _names(values: Any) -> dict[str, str]:
    """Give all names by which rules may be referred to: ids, and names where they have one."""
    return {value.name: value.id for value in values if value.name} | {value.id: value.id for value in values}
