"""What must stand in an event for a rule to match at all: the index is made of it. It may only over-approximate.

A clause is a set of terms, one of which must hold; a term is a field and a literal that its folded value, between
BEGIN and END, contains. So equality, beginning, end and containment are one question to one automaton. The empty
literal asks only that the field has a value. Negations, and tests for absence, witness nothing.
"""

from collections.abc import Callable, Mapping, Sequence

from seerflow.detectors.sigma.patterns import literals
from seerflow.detectors.sigma.values import fold
from seerflow.rules import wildcard
from seerflow.rules.condition import And, Node, Not, Or, Test

BEGIN, END = "\x02", "\x03"

Term = tuple[str, str]  # field, literal
Clause = frozenset[Term]

#: Clauses kept of a rule: each costs a bit of every mask; more than three hardly drop another candidate.
CLAUSES = 3

_PIECES = 2  # literals taken of one pattern: the longest ones
_ALPHABET = 4.0  # a literal is taken to be that much rarer with each character
_COUNTED = 14  # characters beyond which a literal gets no rarer
_ANCHOR = 4  # an anchored literal is as rare as one with so many characters more


def clauses(node: Node) -> list[Clause]:
    """Give clauses that hold in every event for which the condition holds, rarest first."""
    if isinstance(node, And):
        return sorted((clause for part in node.parts for clause in clauses(part)), key=_frequency)
    if isinstance(node, Or):
        return _alternatives([clauses(part) for part in node.parts])
    if isinstance(node, Not):
        return []
    return _alternatives([[frozenset({(node.field, one)}) for one in some] for some in _needed(node)])


def _alternatives(choices: Sequence[Sequence[Clause]]) -> list[Clause]:
    """Of alternatives, each must bring a term to a clause."""
    if not choices or not all(choices):
        return []
    count = min(CLAUSES, max(map(len, choices)))
    return [frozenset().union(*(choice[min(n, len(choice) - 1)] for choice in choices)) for n in range(count)]


def _frequency(clause: Clause) -> float:
    """Guess how often a clause holds."""
    return sum(_ALPHABET ** -_rarity(literal) for _, literal in clause)


def _rarity(literal: str) -> int:
    anchored = literal.startswith(BEGIN) or literal.endswith(END)
    return min(len(literal), _COUNTED) + (_ANCHOR if anchored else 0) if literal else 0


def _needed(test: Test) -> list[list[str]]:
    """Give for each value of a test the literals that it needs."""
    shape = _SHAPES.get(test.op)
    if test.op == "missing":
        return []
    if shape is not None:
        return [[shape(fold(value))] for value in test.values]
    pieces = {"like": _wild, "re": literals}.get(test.op)
    if pieces is None:
        return [[""]]
    return [_longest([fold(piece) for piece in pieces(value)]) for value in test.values]


def _wild(pattern: str) -> list[str]:
    parts = wildcard.read(pattern)
    found = [part for part in parts if isinstance(part, str)]
    if found and isinstance(parts[0], str):
        found[0] = BEGIN + found[0]
    if found and isinstance(parts[-1], str):
        found[-1] += END
    return found


def _longest(pieces: list[str]) -> list[str]:
    return sorted(pieces, key=_rarity)[-_PIECES:] or [""]


_SHAPES: Mapping[str, Callable[[str], str]] = {
    "is": lambda value: BEGIN + value + END,
    "starts": lambda value: BEGIN + value,
    "ends": lambda value: value + END,
    "has": lambda value: value,
}
