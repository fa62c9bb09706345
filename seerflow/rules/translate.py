"""pySigma's condition tree into ours (condition.py). pySigma is the parser; nothing of it goes further than here."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from sigma import types as st
from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)

from seerflow.rules import wildcard
from seerflow.rules.condition import ANY_FIELD, And, Node, Not, Or, Test
from seerflow.rules.placeholders import Values, filled
from seerflow.rules.problem import UnreadableError

_FLAGS = {
    st.SigmaRegularExpressionFlag.IGNORECASE: "i",
    st.SigmaRegularExpressionFlag.MULTILINE: "m",
    st.SigmaRegularExpressionFlag.DOTALL: "s",
}
_WILD = {
    st.SpecialChars.WILDCARD_MULTI: wildcard.Wild.MANY,
    st.SpecialChars.WILDCARD_SINGLE: wildcard.Wild.ONE,
}


def translate(tree: Any, values: Values) -> Node:
    """Give our tree for pySigma's. Placeholders are filled from `values`; UnreadableError says what cannot be."""
    match tree:
        case ConditionAND():
            return _joined(And, [translate(part, values) for part in tree.args])
        case ConditionOR():
            return either([translate(part, values) for part in tree.args])
        case ConditionNOT():
            return Not(translate(tree.args[0], values))
        case ConditionFieldEqualsValueExpression():
            return _leaf(tree.field, tree.value, values)
        case ConditionValueExpression():
            return _leaf(ANY_FIELD, tree.value, values)
        case _:
            raise UnreadableError("the condition selects nothing", "name a selection in it")


def either(parts: Sequence[Node]) -> Node:
    """Join by or; tests that differ only in their values become one test with all of them."""
    groups: dict[object, list[Node]] = {}
    for number, part in enumerate(_spread(Or, parts)):
        groups.setdefault(_likeness(part) or number, []).append(part)
    return _joined(Or, [_united(group) for group in groups.values()])


def _likeness(part: Node) -> object:
    if isinstance(part, Test) and part.values and part.op not in {"lt", "lte", "gt", "gte"}:
        return (part.field, part.op, part.cased, part.flags)
    return None


def _united(group: Sequence[Node]) -> Node:
    first = group[0]
    if len(group) == 1 or not isinstance(first, Test):
        return first
    values = dict.fromkeys(value for part in group if isinstance(part, Test) for value in part.values)
    return Test(field=first.field, op=first.op, values=tuple(values), cased=first.cased, flags=first.flags)


def _spread(kind: type[And] | type[Or], parts: Sequence[Node]) -> list[Node]:
    flat: list[Node] = []
    for part in parts:
        flat += part.parts if isinstance(part, kind) else (part,)
    return flat


def _joined(kind: type[And] | type[Or], parts: Sequence[Node]) -> Node:
    flat = _spread(kind, parts)
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def _leaf(field: str, value: Any, values: Values) -> Node:
    # SigmaTimestampPart is a subclass of SigmaNumber, so classes are compared, not asked for kinship.
    make = _LEAVES.get(type(value))
    if make is None:
        raise UnreadableError(f"values of the kind {type(value).__name__} cannot be matched")
    return make(field, value, values)


def _text(cased: bool, field: str, value: Any, values: Values) -> Node:  # noqa: FBT001 - bound by partial below
    return either([text_test(field, parts, cased=cased) for parts in filled(value.s, values)])


def text_test(field: str, parts: Sequence[Any], *, cased: bool) -> Test:
    """Give the test that a Sigma string asks for: wildcards at the ends make it starts, ends or has."""
    many = st.SpecialChars.WILDCARD_MULTI
    shape = tuple(many if part is many else str for part in parts)
    texts = [part for part in parts if isinstance(part, str)]
    keyword = field == ANY_FIELD
    ops = {(): "is", (str,): "is", (str, many): "starts", (many, str): "ends", (many, str, many): "has"}
    op = ops.get(shape, "like") if len(texts) == sum(part is not many for part in parts) else "like"
    if parts and set(shape) == {many}:
        return Test(field=field, op="exists")
    if op == "like":
        inner = [_WILD.get(part, part) for part in parts]
        if keyword:  # a keyword may stand anywhere in a value
            inner = [wildcard.Wild.MANY, *inner, wildcard.Wild.MANY]
        return Test(field=field, op=op, values=(wildcard.write(inner),), cased=cased)
    return Test(
        field=field, op="has" if keyword and op == "is" else op, values=("".join(texts),), cased=cased
    )


def _plain(field: str, value: Any, _values: Values) -> Node:
    return Test(field=field, op="has" if field == ANY_FIELD else "is", values=(str(value).lower(),))


def _missing(field: str, _value: Any, _values: Values) -> Node:
    return Test(field=field, op="missing")


def _exists(field: str, value: Any, _values: Values) -> Node:
    test = Test(field=field, op="exists")
    return test if value.exists else Not(test)


def _expansion(field: str, value: Any, values: Values) -> Node:
    return either([_leaf(field, one, values) for one in value.values])


def _regular(field: str, value: Any, values: Values) -> Node:
    flags = "".join(sorted(_FLAGS[flag] for flag in value.flags))
    marks = {st.SpecialChars.WILDCARD_MULTI: "*", st.SpecialChars.WILDCARD_SINGLE: "?"}
    patterns = tuple(
        "".join(marks.get(part, part) for part in parts)
        for parts in filled(value.regexp.s, values, quote=True)
    )
    return Test(field=field, op="re", values=patterns, flags=flags)


def _network(field: str, value: Any, _values: Values) -> Node:
    return Test(field=field, op="cidr", values=(str(value.network),))


def _comparison(field: str, value: Any, _values: Values) -> Node:
    part = value.number.timestamp_part.name.lower() if isinstance(value.number, st.SigmaTimestampPart) else ""
    return Test(field=field, op=value.op.name.lower(), values=(str(value.number.number),), flags=part)


def _time_part(field: str, value: Any, _values: Values) -> Node:
    return Test(field=field, op="eq", values=(str(value.number),), flags=value.timestamp_part.name.lower())


def _reference(field: str, value: Any, _values: Values) -> Node:
    ops = {
        (False, False): "same",
        (True, False): "same_start",
        (False, True): "same_end",
        (True, True): "same_part",
    }
    return Test(field=field, op=ops[value.starts_with, value.ends_with], values=(value.field,))


_LEAVES: Mapping[type, Callable[[str, Any, Values], Node]] = {
    st.SigmaString: partial(_text, False),
    st.SigmaCasedString: partial(_text, True),
    st.SigmaNumber: _plain,
    st.SigmaBool: _plain,
    st.SigmaNull: _missing,
    st.SigmaExists: _exists,
    st.SigmaExpansion: _expansion,
    st.SigmaRegularExpression: _regular,
    st.SigmaCIDRExpression: _network,
    st.SigmaCompareExpression: _comparison,
    st.SigmaTimestampPart: _time_part,
    st.SigmaFieldReference: _reference,
}
