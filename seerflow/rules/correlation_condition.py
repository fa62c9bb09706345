"""The condition of a correlation: comparisons with a number, or rules joined by `and`, `or`, `not`.

pySigma refuses two comparisons, a range, which the specification allows; so both are read here.

Law: an expression is kept in postfix order, as a tuple of rules and the signs below, so that a codec can carry it.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from seerflow.rules import extension
from seerflow.rules.problem import UnreadableError

#: What a condition may compare by; all that it names must hold, so two make a range.
OPERATORS = ("lt", "lte", "gt", "gte", "eq", "neq")

AND, OR, NOT = "&", "|", "!"

#: Words and parentheses of one expression; a deeper or longer one is no rule that a person wrote.
MAX_WORDS = 400
MAX_DEPTH = 32

_WORD = re.compile(r"[()]|[^\s()]+")
_HELP = "write names of rules with and, or, not (small letters) and parentheses: a and not (b or c)"


class Condition(Struct, frozen=True, kw_only=True):
    """What a condition says."""

    comparisons: tuple[tuple[str, int | float], ...] = ()
    fields: tuple[str, ...] = ()  # whose values are counted or added
    percentile: int = 0
    expression: tuple[str, ...] = ()  # postfix; rules as the condition names them


def read(body: Mapping[str, Any], rules: Sequence[str]) -> Condition:
    """Read the condition of a correlation's body; raise UnreadableError where it says nothing usable."""
    condition, kind = body.get("condition"), body["type"]
    temporal = kind.startswith("temporal")
    if condition is None and temporal:
        return Condition(comparisons=(("gte", len(rules)),))
    if isinstance(condition, str) and temporal:
        return Condition(expression=expression(condition))
    if not isinstance(condition, dict):
        raise UnreadableError("the condition is not a mapping", "write: condition: {gte: 5}", "condition:")
    unknown = [key for key in condition if key not in (*OPERATORS, "field", "percentile")]
    if unknown:
        raise UnreadableError(
            f"the condition does not know '{unknown[0]}'", f"one of {', '.join(OPERATORS)}", f"{unknown[0]}:"
        )
    fields = extension.names(condition.get("field", []), "condition.field")
    _check_fields(kind, fields)
    whole = not kind.startswith("value_") or kind == "value_count"
    comparisons = tuple((op, _number(condition[op], op, whole=whole)) for op in OPERATORS if op in condition)
    if not comparisons:
        raise UnreadableError(
            "the condition compares with nothing", f"one of {', '.join(OPERATORS)}", "condition:"
        )
    return Condition(comparisons=comparisons, fields=fields, percentile=_percentile(kind, condition))


def _check_fields(kind: str, fields: Sequence[str]) -> None:
    if not fields and kind.startswith("value_"):
        raise UnreadableError("the condition names no field to count", "add: field: user.name", "condition:")
    if len(fields) > 1 and kind.startswith("value_") and kind != "value_count":
        raise UnreadableError(f"{kind} reckons with one field", "name only one", "field:")


def _number(value: Any, op: str, *, whole: bool) -> int | float:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not whole and isinstance(value, float) and math.isfinite(value):
        return value
    raise UnreadableError(f"'{value}' is no {'whole ' if whole else ''}number to compare with", "", f"{op}:")


def _percentile(kind: str, condition: Mapping[str, Any]) -> int:
    value = condition.get("percentile")
    if kind != "value_percentile":
        if value is not None:
            raise UnreadableError(f"{kind} has no percentile", "leave it out", "percentile:")
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= 100:  # noqa: PLR2004 - per cent
        raise UnreadableError("value_percentile does not say which", "add: percentile: 95", "condition:")
    return value


def expression(text: str) -> tuple[str, ...]:
    """Read `a and not (b or c)`: not binds closest, then and, then or. Gives (a, b, c, |, !, &)."""
    words = _WORD.findall(text)
    if not words or len(words) > MAX_WORDS:
        raise UnreadableError("the condition names no rules, or too many", _HELP, "condition:")
    found, rest = _either(words, MAX_DEPTH)
    if rest:
        raise _misplaced(rest)
    return found


def _either(words: list[str], depth: int) -> tuple[tuple[str, ...], list[str]]:
    return _joined(words, "or", OR, lambda rest: _both(rest, depth))


def _both(words: list[str], depth: int) -> tuple[tuple[str, ...], list[str]]:
    return _joined(words, "and", AND, lambda rest: _one(rest, depth))


def _joined(
    words: list[str],
    word: str,
    sign: str,
    part: Callable[[list[str]], tuple[tuple[str, ...], list[str]]],
) -> tuple[tuple[str, ...], list[str]]:
    found, rest = part(words)
    while rest and rest[0] == word:
        more, rest = part(rest[1:])
        found = (*found, *more, sign)
    return found, rest


def _one(words: list[str], depth: int) -> tuple[tuple[str, ...], list[str]]:
    if not words or not depth:
        raise _misplaced(words)
    first, rest = words[0], words[1:]
    if first == "not":
        found, rest = _one(rest, depth - 1)
        return (*found, NOT), rest
    if first == "(":
        found, rest = _either(rest, depth - 1)
        if not rest or rest[0] != ")":
            raise _misplaced(rest)
        return found, rest[1:]
    if first in {"and", "or", ")", AND, OR, NOT}:
        raise _misplaced(words)
    return (first,), rest


def _misplaced(rest: Sequence[str]) -> UnreadableError:
    what = f"'{rest[0]}' stands where it cannot" if rest else "something is missing at its end"
    return UnreadableError(f"the condition cannot be read: {what}", _HELP, "condition:")


def named(found: Sequence[str]) -> tuple[str, ...]:
    """Give the rules that an expression names, each once, in order of appearance."""
    return tuple(dict.fromkeys(word for word in found if word not in {AND, OR, NOT}))


def silent(found: Sequence[str]) -> bool:
    """Say whether the expression holds when none of its rules was seen: such a rule would never be silent."""
    return evaluated(found, lambda _: False)


def evaluated(found: Sequence[str], seen: Callable[[str], bool]) -> bool:
    """Say whether an expression holds, given which rules were seen."""
    stack: list[bool] = []
    for word in found:
        if word == NOT:
            stack.append(not stack.pop())
        elif word in {AND, OR}:
            right, left = stack.pop(), stack.pop()
            stack.append((left and right) if word == AND else (left or right))
        else:
            stack.append(seen(word))
    return stack[-1]
