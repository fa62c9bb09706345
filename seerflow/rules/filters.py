"""Filters: conditions that an operator adds to rules without touching them.

A filter's condition is joined to the rule's by `and`, as it stands: `not selection` takes the selected away. One
without `not` keeps only what it selects, which is seldom meant, although the specification's own example reads so.
Source: https://github.com/SigmaHQ/sigma-specification/blob/main/specification/sigma-filters-specification.md
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sigma.conditions import SigmaCondition
from sigma.filters import SigmaFilter

from seerflow.rules import condition
from seerflow.rules.documents import Document
from seerflow.rules.placeholders import Values
from seerflow.rules.problem import Problem, UnreadableError
from seerflow.rules.sigma import Logsource, SigmaRule, check_conditions, conditions_tree, identity, unreadable

ANY = "any"


class Filter(Struct, frozen=True, kw_only=True):
    """One filter: which rules it narrows, and by what."""

    id: str
    title: str
    logsource: Logsource
    rules: tuple[str, ...]  # ids or names; (ANY,) is every rule of the log source
    condition: condition.Node
    file: str = ""
    raw: str = ""


def read(document: Document, values: Values) -> tuple[Filter, list[Problem]]:
    """Read one filter and its warnings; raise UnreadableError when it cannot be applied."""
    body = document.content.get("filter")
    if not isinstance(body, dict):
        raise UnreadableError(
            "`filter` is not a mapping", "it holds rules, selections and a condition", "filter:"
        )
    check_conditions(body)
    parsed = SigmaFilter.from_dict(dict(document.content), collect_errors=True)
    if parsed.errors:
        raise unreadable(parsed.errors[0])
    text = parsed.filter.condition[0]
    tree = conditions_tree([SigmaCondition(text, parsed.filter)], values)
    source = parsed.logsource
    made = Filter(
        id=identity(document),
        title=str(parsed.title),
        logsource=Logsource(source.product, source.category, source.service),
        rules=_references(parsed.filter.rules),
        condition=tree,
        file=document.file,
        raw=document.text,
    )
    return made, _warnings(document, made.id, text)


def _references(rules: Any) -> tuple[str, ...]:
    return (ANY,) if isinstance(rules, str) else tuple(str(rule.reference) for rule in rules)


def _warnings(document: Document, made: str, text: str) -> list[Problem]:
    if text.lstrip("( ").startswith("not"):
        return []
    return [
        Problem(
            file=document.file,
            line=document.find("condition:"),
            fact=f"the filter keeps only what '{text}' selects, and takes away everything else",
            help=f"write 'not ({text})' to take away what it selects",
            rule=made,
            fatal=False,
        )
    ]


def narrowed(rule: SigmaRule, filters: Sequence[Filter]) -> SigmaRule:
    """Give the rule with the conditions of all filters that are meant for it."""
    parts = [one.condition for one in filters if applies(one, rule)]
    if not parts:
        return rule
    tree = condition.And((rule.condition, *parts))
    return replace(rule, condition=tree, fields=condition.fields(tree))


def applies(one: Filter, rule: SigmaRule) -> bool:
    """Say whether the filter is meant for the rule: by log source, and by name or id."""
    wanted, given = one.logsource, rule.logsource
    within = (
        wanted.product in (None, given.product)
        and wanted.category in (None, given.category)
        and wanted.service in (None, given.service)
    )
    named = one.rules == (ANY,) or rule.id in one.rules or (rule.name != "" and rule.name in one.rules)
    return within and named
