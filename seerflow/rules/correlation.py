"""What a correlation rule says: which matches, joined by which fields, within which span, make it fire.

Source: https://github.com/SigmaHQ/sigma-specification/blob/main/specification/sigma-correlation-rules-specification.md
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from seerflow.rules import correlation_condition, extension
from seerflow.rules.documents import Document
from seerflow.rules.problem import Problem, UnreadableError
from seerflow.rules.sigma import authors, identity, level, text, texts
from seerflow.rules.timespan import microseconds

#: All types of Sigma 2.1 with pySigma's additions.
TYPES = (
    "event_count", "value_count", "temporal", "temporal_ordered",
    "value_sum", "value_avg", "value_percentile", "value_median",
)  # fmt: skip

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
    conditions: tuple[tuple[str, int | float], ...]  # (("gte", 5),); all must hold, so two make a range
    expression: tuple[str, ...] = ()  # in place of comparisons, of temporal ones: rules and signs, postfix
    fields: tuple[str, ...] = ()  # whose values are counted or added; several make a tuple
    percentile: int = 0
    gap: int = 0  # microseconds without a hit that end a session; 0: no sessions
    absent: tuple[str, ...] = ()  # rules that must not match afterwards
    within: int = 0  # microseconds for which they must not
    aliases: Mapping[str, Mapping[str, str]] = {}  # alias -> rule id -> that rule's own field
    generate: bool = False  # whether the rules it names still give findings of their own
    story: str
    cooldown: int = 0  # microseconds; 0: as configured
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    licence: str = ""


def read(document: Document) -> tuple[Correlation, list[Problem]]:
    """Read one correlation, its references still as written; raise UnreadableError when it says nothing usable."""
    content = document.content
    body = content["correlation"]
    known = extension.read(content.get("seerflow"), joins=True)
    _check(content, body)
    rules = extension.names(body.get("rules", _named_in(body)), "correlation.rules")
    if not 0 < len(rules) <= MAX_RULES:
        raise UnreadableError("the correlation names no rules, or too many", "list names or ids", "rules:")
    made = identity(document)
    condition = correlation_condition.read(body, rules)
    _check_named(condition.expression, rules)
    timespan = microseconds(body.get("timespan"), "timespan:" if "timespan" in body else "correlation:")
    correlation = Correlation(
        id=made,
        name=text(content, "name"),
        title=text(content, "title"),
        level=level(content),
        type=body["type"],
        rules=rules,
        group_by=extension.names(body.get("group-by") or [], "correlation.group-by"),
        timespan=timespan,
        conditions=condition.comparisons,
        expression=condition.expression,
        fields=condition.fields,
        percentile=condition.percentile,
        gap=known.gap,
        absent=known.absent,
        within=(known.within or timespan) if known.absent else 0,
        aliases=_aliases(body.get("aliases") or {}),
        generate=_generate(body),
        story=known.story or made,
        cooldown=known.cooldown,
        tags=texts(content, "tags"),
        authors=authors(content),
        licence=text(content, "license"),
    )
    return correlation, []


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
    if not isinstance(condition, str):
        return []
    return list(correlation_condition.named(correlation_condition.expression(condition)))


def _check_named(expression: tuple[str, ...], rules: Sequence[str]) -> None:
    stray = [name for name in correlation_condition.named(expression) if name not in rules]
    if stray:
        raise UnreadableError(f"the condition names '{stray[0]}', which is not among the rules", "", stray[0])
    if expression and correlation_condition.silent(expression):
        raise UnreadableError(
            "the condition holds where none of its rules matched", "add a rule that must match", "condition:"
        )


def _generate(body: Mapping[str, Any]) -> bool:
    generate = body.get("generate", False)
    if not isinstance(generate, bool):
        raise UnreadableError("`correlation.generate` is not true or false", "", "generate:")
    return generate


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


def resolved(correlation: Correlation, ids: Mapping[str, str]) -> Correlation:
    """Give the correlation with ids in place of names; raise UnreadableError for a rule that is not there."""
    lost = [name for name in (*correlation.rules, *correlation.absent) if name not in ids]
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
        expression=tuple(ids.get(word, word) for word in correlation.expression),
        absent=tuple(dict.fromkeys(ids[name] for name in correlation.absent)),
        aliases={
            alias: {ids[name]: field for name, field in sources.items()}
            for alias, sources in correlation.aliases.items()
        },
    )
