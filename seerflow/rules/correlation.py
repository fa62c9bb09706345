"""What a correlation rule says: which matches, joined by which fields, within which span, make it fire.

Source: https://github.com/SigmaHQ/sigma-specification/blob/main/specification/sigma-correlation-rules-specification.md
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from seerflow.rules import extension
from seerflow.rules.documents import Document
from seerflow.rules.problem import Problem, UnreadableError
from seerflow.rules.sigma import authors, identity, level, text, texts
from seerflow.rules.timespan import microseconds

#: The types of Sigma 2.1 that the keyed stage evaluates.
EVALUATED = ("event_count", "value_count", "temporal", "temporal_ordered")

#: All types of Sigma 2.1 with pySigma's additions; those not in EVALUATED are read and reported.
TYPES = (*EVALUATED, "value_sum", "value_avg", "value_percentile", "value_median")

#: What a condition may compare by; all that it names must hold, so two make a range.
OPERATORS = ("lt", "lte", "gt", "gte", "eq", "neq")

KEYS = ("type", "rules", "group-by", "timespan", "condition", "aliases", "generate")

MAX_RULES = 100


class Correlation(Struct, frozen=True, kw_only=True):
    """One correlation rule. `rules` are ids of base rules or of other correlations, in the order named."""

    id: str
    name: str = ""
    title: str
    level: str = "medium"
    type: str
    rules: tuple[str, ...]
    group_by: tuple[str, ...]
    timespan: int  # microseconds
    conditions: tuple[tuple[str, int], ...]  # (("gte", 5),); all must hold, so two make a range
    fields: tuple[str, ...] = ()  # what value_count counts; several make a tuple
    aliases: Mapping[str, Mapping[str, str]] = {}  # alias -> rule id -> that rule's own field
    generate: bool = False  # whether the rules it names still give findings of their own
    story: str
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    licence: str = ""


def read(document: Document) -> tuple[Correlation, list[Problem]]:
    """Read one correlation, its references still as written; raise UnreadableError when it says nothing usable."""
    content = document.content
    body = content["correlation"]
    known = extension.read(content.get("seerflow"))
    _check(content, body)
    rules = extension.names(body.get("rules", _named_in(body)), "correlation.rules")
    if not 0 < len(rules) <= MAX_RULES:
        raise UnreadableError("the correlation names no rules, or too many", "list names or ids", "rules:")
    made = identity(document)
    conditions, fields, unread = _condition(body, rules)
    correlation = Correlation(
        id=made,
        name=text(content, "name"),
        title=text(content, "title"),
        level=level(content),
        type=body["type"],
        rules=rules,
        group_by=extension.names(body.get("group-by") or [], "correlation.group-by"),
        timespan=microseconds(body.get("timespan")),
        conditions=conditions,
        fields=fields,
        aliases=_aliases(body.get("aliases") or {}),
        generate=_generate(body),
        story=known.story or made,
        tags=texts(content, "tags"),
        authors=authors(content),
        licence=text(content, "license"),
    )
    return correlation, _unevaluated(document, made, body["type"], unread)


def _check(content: Mapping[str, Any], body: Any) -> None:
    if not text(content, "title"):
        raise UnreadableError("the correlation has no title", "say in a few words what it finds", "title:")
    if not isinstance(body, dict):
        raise UnreadableError("`correlation` is not a mapping", f"it holds {', '.join(KEYS)}", "correlation:")
    unknown = [key for key in body if key not in KEYS]
    if unknown:
        raise UnreadableError(
            f"`correlation` does not know '{unknown[0]}'", f"it may hold {', '.join(KEYS)}", f"{unknown[0]}:"
        )
    if body.get("type") not in TYPES:
        raise UnreadableError(
            f"'{body.get('type')}' is no correlation type", f"one of {', '.join(TYPES)}", "type:"
        )


def _named_in(body: Mapping[str, Any]) -> list[str]:
    """Give the rules that an extended condition (`a and not b`) names, for a correlation without a list."""
    condition = body.get("condition")
    words = condition.replace("(", " ").replace(")", " ").split() if isinstance(condition, str) else []
    return [word for word in words if word not in {"and", "or", "not"}]


def _generate(body: Mapping[str, Any]) -> bool:
    generate = body.get("generate", False)
    if not isinstance(generate, bool):
        raise UnreadableError("`correlation.generate` is not true or false", "", "generate:")
    return generate


def _condition(
    body: Mapping[str, Any], rules: Sequence[str]
) -> tuple[tuple[tuple[str, int], ...], tuple[str, ...], str]:
    """Give (comparisons, counted fields, what of it nobody evaluates yet).

    pySigma refuses two comparisons, a range, which the specification allows; so this is read here.
    """
    condition = body.get("condition")
    temporal = body["type"].startswith("temporal")
    if condition is None and temporal:
        return (("gte", len(rules)),), (), ""
    if isinstance(condition, str) and temporal:
        return (("gte", len(rules)),), (), f"the extended condition '{condition}'"
    if not isinstance(condition, dict):
        raise UnreadableError("the condition is not a mapping", "write: condition: {gte: 5}", "condition:")
    unknown = [key for key in condition if key not in (*OPERATORS, "field", "percentile")]
    if unknown:
        raise UnreadableError(
            f"the condition does not know '{unknown[0]}'", f"one of {', '.join(OPERATORS)}", f"{unknown[0]}:"
        )
    fields = extension.names(condition.get("field", []), "condition.field")
    if not fields and body["type"].startswith("value_"):
        raise UnreadableError("the condition names no field to count", "add: field: user.name", "condition:")
    comparisons = tuple((op, _number(condition[op], op)) for op in OPERATORS if op in condition)
    if not comparisons:
        raise UnreadableError(
            "the condition compares with nothing", f"one of {', '.join(OPERATORS)}", "condition:"
        )
    return comparisons, fields, ""


def _number(value: Any, op: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise UnreadableError(f"'{value}' is no whole number to compare with", "", f"{op}:")
    return value


def _aliases(content: Any) -> Mapping[str, Mapping[str, str]]:
    mapping = isinstance(content, dict) and all(
        isinstance(alias, str)
        and isinstance(sources, dict)
        and all(isinstance(rule, str) and isinstance(field, str) for rule, field in sources.items())
        for alias, sources in content.items()
    )
    if not mapping:
        raise UnreadableError("aliases are not a mapping of alias to rule to field", "", "aliases:")
    return {alias: dict(sources) for alias, sources in content.items()}


def _unevaluated(document: Document, made: str, kind: str, unread: str) -> list[Problem]:
    what = unread or ("" if kind in EVALUATED else f"correlation type {kind}")
    if not what:
        return []
    fact = f"{what} is not evaluated yet"
    return [
        Problem(
            file=document.file,
            line=document.find("condition:" if unread else "type:"),
            fact=fact,
            help=f"this rule finds nothing; evaluated are {', '.join(EVALUATED)}",
            rule=made,
        )
    ]


def resolved(correlation: Correlation, ids: Mapping[str, str]) -> Correlation:
    """Give the correlation with ids in place of names; raise UnreadableError for a rule that is not there."""
    lost = [name for name in correlation.rules if name not in ids]
    if lost:
        raise UnreadableError(
            f"refers to rule '{lost[0]}', which is not loaded",
            "load the file that holds it, or put that rule's problem right",
            lost[0],
        )
    stray = [name for sources in correlation.aliases.values() for name in sources if name not in ids]
    if stray:
        raise UnreadableError(f"an alias names rule '{stray[0]}', which is not loaded", "", stray[0])
    return replace(
        correlation,
        rules=tuple(dict.fromkeys(ids[name] for name in correlation.rules)),
        aliases={
            alias: {ids[name]: field for name, field in sources.items()}
            for alias, sources in correlation.aliases.items()
        },
    )
