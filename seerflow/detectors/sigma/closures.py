"""Conditions into functions of one event. Functions are composed; no text of a rule ever becomes code.

Where a field has several values (a list, or a keyword's all fields), a test holds when it holds for one of them.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from operator import eq, ge, gt, le, lt

from seerflow.detectors.sigma.patterns import searcher
from seerflow.detectors.sigma.values import fold
from seerflow.detectors.sigma.view import View
from seerflow.rules import wildcard
from seerflow.rules.condition import And, Node, Not, Test

Holds = Callable[[View], bool]
Asks = Callable[[str], bool]

_ORDERS: Mapping[str, Callable[[float, float], bool]] = {"eq": eq, "lt": lt, "lte": le, "gt": gt, "gte": ge}

_PARTS: Mapping[str, Callable[[datetime], int]] = {
    "minute": lambda time: time.minute,
    "hour": lambda time: time.hour,
    "day": lambda time: time.day,
    "week": lambda time: time.isocalendar().week,
    "month": lambda time: time.month,
    "year": lambda time: time.year,
}

_RELATIONS: Mapping[str, Callable[[str, str], bool]] = {
    "same": eq,
    "same_start": str.startswith,
    "same_end": str.endswith,
    "same_part": lambda value, other: other in value,
}

_LONGEST_NUMBER = 64  # characters; float() takes time for more
_LONGEST_ADDRESS = 64
_MICROSECONDS, _MILLISECONDS = 1e14, 1e11  # an epoch stamp above it is in that unit


def compiled(node: Node) -> Holds:
    """Give the function that says whether the condition holds. Raises ValueError for what cannot be compiled."""
    if isinstance(node, Test):
        return _test(node)
    if isinstance(node, Not):
        part = compiled(node.part)
        return lambda view: not part(view)
    parts = tuple(compiled(one) for one in node.parts)
    return _all(parts) if isinstance(node, And) else _any(parts)


def _all(parts: Sequence[Holds]) -> Holds:
    def holds(view: View) -> bool:
        for part in parts:  # noqa: SIM110 - all() with a generator takes twice the time
            if not part(view):
                return False
        return True

    return holds


def _any(parts: Sequence[Holds]) -> Holds:
    def holds(view: View) -> bool:
        for part in parts:  # noqa: SIM110 - as above
            if part(view):
                return True
        return False

    return holds


def _test(test: Test) -> Holds:
    field = test.field
    if test.op == "exists":
        return lambda view: view.raw(field) is not None
    if test.op == "missing":
        return lambda view: not _said(view.raw(field))
    if test.op in _RELATIONS:
        return _relation(test)
    return _raw(field, asks(test)) if test.cased or test.op in _RAW else _folded(field, asks(test))


def _said(value: str | tuple[str, ...] | None) -> bool:
    """Say whether there is anything: null, "" and a list of nothing but "" are not."""
    return bool(value) if isinstance(value, str) or value is None else any(value)


def _folded(field: str, ask: Asks) -> Holds:
    def holds(view: View) -> bool:
        value = view.folded(field)
        if value.__class__ is str:
            return ask(value)
        return value is not None and any(map(ask, value))

    return holds


def _raw(field: str, ask: Asks) -> Holds:
    def holds(view: View) -> bool:
        value = view.raw(field)
        if value.__class__ is str:
            return ask(value)
        return value is not None and any(map(ask, value))

    return holds


def _relation(test: Test) -> Holds:
    relate, field, others = _RELATIONS[test.op], test.field, test.values

    def holds(view: View) -> bool:
        values = _listed(view.folded(field))
        return any(
            relate(value, one) for other in others for one in _listed(view.folded(other)) for value in values
        )

    return holds


def _listed(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value or ()


def asks(test: Test) -> Asks:
    """Give the question that a test puts to one value: folded, unless it reads raw ones."""
    values = test.values if test.cased or test.op in _RAW else tuple(map(fold, test.values))
    return _QUESTIONS[test.op](values, test)


def _is(values: tuple[str, ...], _test: Test) -> Asks:
    return frozenset(values).__contains__ if len(values) > 1 else values[0].__eq__


def _starts(values: tuple[str, ...], _test: Test) -> Asks:
    return lambda value: value.startswith(values)


def _ends(values: tuple[str, ...], _test: Test) -> Asks:
    return lambda value: value.endswith(values)


def _has(values: tuple[str, ...], _test: Test) -> Asks:
    if len(values) == 1:
        only = values[0]
        return lambda value: only in value
    return lambda value: any(one in value for one in values)


def _like(values: tuple[str, ...], _test: Test) -> Asks:
    return _one_of([wildcard.matcher(value) for value in values])


def _expression(values: tuple[str, ...], test: Test) -> Asks:
    return _one_of([searcher(value, test.flags) for value in values])


def _one_of(questions: Sequence[Asks]) -> Asks:
    return questions[0] if len(questions) == 1 else lambda value: any(ask(value) for ask in questions)


def _network(values: tuple[str, ...], _test: Test) -> Asks:
    networks = [ip_network(value) for value in values]

    def inside(value: str) -> bool:
        try:
            address = ip_address(value.strip()) if len(value) <= _LONGEST_ADDRESS else None
        except ValueError:
            return False
        return address is not None and any(address in network for network in networks)

    return inside


def _number(values: tuple[str, ...], test: Test) -> Asks:
    order, limits = _ORDERS[test.op], [float(value) for value in values]
    part = _PARTS.get(test.flags)

    def compares(value: str) -> bool:
        number = (_stamp(value, part) if part else _float(value)) if len(value) <= _LONGEST_NUMBER else None
        return number is not None and any(order(number, limit) for limit in limits)

    return compares


def _float(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _stamp(value: str, part: Callable[[datetime], int]) -> float | None:
    """Read an ISO 8601 stamp, UTC where it names no zone, or seconds, milliseconds, microseconds since 1970."""
    number = _float(value)
    try:
        if number is None:
            time = datetime.fromisoformat(value.strip())
            time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
        else:
            scale = 1e6 if number > _MICROSECONDS else 1e3 if number > _MILLISECONDS else 1.0
            time = datetime.fromtimestamp(number / scale, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return part(time)


_QUESTIONS: Mapping[str, Callable[[tuple[str, ...], Test], Asks]] = {
    "is": _is,
    "starts": _starts,
    "ends": _ends,
    "has": _has,
    "like": _like,
    "re": _expression,
    "cidr": _network,
    **dict.fromkeys(_ORDERS, _number),
}

#: What reads values as they were written.
_RAW = frozenset({"re", "cidr", *_ORDERS})
