"""What makes a rule true, in our own form: and, or, not over tests of one field. Plain values that a codec can carry.

Source: https://github.com/SigmaHQ/sigma-specification/blob/main/specification/sigma-rules-specification.md
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

#: The field of a test that searches the values of all fields (Sigma's keywords).
ANY_FIELD = ""

#: What a test may ask, and how its values are read. Several values: one of them suffices.
OPS: dict[str, str] = {
    "is": "the value equals the text",
    "starts": "the value starts with the text",
    "ends": "the value ends with the text",
    "has": "the value contains the text",
    "like": "the value as a whole fits the wildcard pattern (seerflow.rules.wildcard)",
    "re": "the regular expression (RE2's syntax) is found somewhere in the raw value",
    "cidr": "the value is an address in the network",
    "exists": "the event has the field",
    "missing": "the event lacks the field, or its value is null or empty",
    "eq": "the value is a number, or a point in time, equal to the number",
    "lt": "… less than the number",
    "lte": "… at most the number",
    "gt": "… greater than the number",
    "gte": "… at least the number",
    "same": "the value equals that of the other field",
    "same_start": "the value starts with that of the other field",
    "same_end": "the value ends with that of the other field",
    "same_part": "the value contains that of the other field",
}

#: Which part of a point in time (UTC) a number test reads; "" reads a plain number.
TIME_PARTS = ("minute", "hour", "day", "week", "month", "year")


class Test(Struct, frozen=True, kw_only=True, tag="test"):
    """One question about one field."""

    field: str
    op: str
    values: tuple[str, ...] = ()
    cased: bool = False  # texts differ by case; regular expressions always do, unless flags say "i"
    flags: str = ""  # of "re": i, m, s; of number tests: one of TIME_PARTS


class And(Struct, frozen=True, tag="and"):
    """True when all parts are."""

    parts: tuple[Node, ...]


class Or(Struct, frozen=True, tag="or"):
    """True when one part is."""

    parts: tuple[Node, ...]


class Not(Struct, frozen=True, tag="not"):
    """True when the part is not: also when the field is missing."""

    part: Node


Node = And | Or | Not | Test


def tests(node: Node) -> Iterator[Test]:
    """Give every test of the tree, from left to right."""
    if isinstance(node, Test):
        yield node
    elif isinstance(node, Not):
        yield from tests(node.part)
    else:
        for part in node.parts:
            yield from tests(part)


def fields(node: Node) -> tuple[str, ...]:
    """Give the names of all fields that the tree reads, each once, in order of appearance."""
    names: dict[str, None] = {}
    for test in tests(node):
        if test.field != ANY_FIELD:
            names[test.field] = None
        if test.op.startswith("same"):
            names.update(dict.fromkeys(test.values))
    return tuple(names)
