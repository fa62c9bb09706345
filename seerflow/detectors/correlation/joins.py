"""Extended conditions: rules joined by `and`, `or`, `not`, over the rules that a window holds, in any order or in order.

`not a`: the window that ends at a hit holds no `a`. In order, `a and b` wants an `a` that is not later than a `b`;
what stands behind `not` has no place in the order.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from functools import lru_cache, reduce
from operator import or_

from msgspec import Struct

from seerflow.detectors.correlation.scan import Count, Scan
from seerflow.detectors.correlation.track import Track
from seerflow.rules.correlation_condition import AND, NOT, OR, evaluated


class Node(Struct, frozen=True):
    """A part of an expression: a rule's bit, or a sign over parts."""

    sign: str
    bit: int = 0
    parts: tuple[Node, ...] = ()


def tree(expression: tuple[str, ...], bits: Mapping[str, int]) -> Node:
    """Give a postfix expression as a tree."""
    stack: list[Node] = []
    for word in expression:
        if word == NOT:
            stack.append(Node(NOT, parts=(stack.pop(),)))
        elif word in {AND, OR}:
            right, left = stack.pop(), stack.pop()
            stack.append(Node(word, parts=(left, right)))
        else:
            stack.append(Node("", bit=bits[word]))
    return stack[-1]


def mask(track: Track, row: int, since: int) -> int:
    """Give the rules in the window that ends at `row`."""
    first = bisect_right(track.times, since, 0, row + 1)
    return reduce(or_, set(track.labels[first : row + 1]), 0)


def unordered(expression: tuple[str, ...], bits: Mapping[str, int]) -> tuple[Count, Scan]:
    """Give count (1: it holds) and scan of an expression whose rules come in any order."""

    @lru_cache(maxsize=1_024)
    def holds(seen: int) -> bool:
        return evaluated(expression, lambda rule: bool(bits[rule] & seen))

    def count(track: Track, row: int, since: int, _enough: int) -> int:
        return int(holds(mask(track, row, since)))

    def scan(track: Track, row: int, since: int, _enough: int) -> tuple[int, int]:
        seen, oldest = 0, row
        for at in range(row, bisect_right(track.times, since, 0, row + 1) - 1, -1):
            if track.labels[at] & ~seen:
                seen |= track.labels[at]
                oldest = at
        return int(holds(seen)), oldest

    return count, scan


def ordered(expression: tuple[str, ...], bits: Mapping[str, int]) -> tuple[Count, Scan]:
    """Give count (1: it holds) and scan of an expression whose rules come in its order."""
    whole = tree(expression, bits)

    def scan(track: Track, row: int, since: int, _enough: int) -> tuple[int, int]:
        first = bisect_right(track.times, since, 0, row + 1)
        found = _Search(track, first, row, mask(track, row, since)).latest(whole, row)
        return (0, row) if found is None else (1, found)

    def count(track: Track, row: int, since: int, enough: int) -> int:
        return scan(track, row, since, enough)[0]

    return count, scan


class _Search:
    """Looks for the latest rows of a window that fit a tree in order.

    Events of the same time are in the order that the rule wants, as in scan.ordered.
    """

    def __init__(self, track: Track, first: int, row: int, seen: int) -> None:
        self._track, self._first, self._row, self._seen = track, first, row, seen

    def latest(self, node: Node, end: int) -> int | None:
        """Give the latest beginning of what fits the node and ends at `end` or before; None: nothing does."""
        if node.sign == NOT:
            return None if self._holds(node.parts[0]) else end
        if node.sign == OR:
            found = [at for part in node.parts if (at := self.latest(part, end)) is not None]
            return max(found, default=None)
        if node.sign == AND:
            return self._both(node.parts, end)
        labels = self._track.labels
        return next((at for at in range(end, self._first - 1, -1) if labels[at] & node.bit), None)

    def _both(self, parts: tuple[Node, ...], end: int) -> int | None:
        left, right = parts
        start = self.latest(right, end)
        if start is None:
            return None
        times = self._track.times
        before = self.latest(left, min(bisect_right(times, times[start]) - 1, self._row))
        return None if before is None else min(start, before)

    def _holds(self, node: Node) -> bool:
        if node.sign == NOT:
            return not self._holds(node.parts[0])
        if node.sign:
            some = all if node.sign == AND else any
            return some(self._holds(part) for part in node.parts)
        return bool(node.bit & self._seen)


def absent(within: int) -> tuple[Count, Scan]:
    """Give count and scan of "this (bit 0), and none of the others within so long after it".

    Silence is known when event time has passed it by, which ticks say (`track.clock`).
    """

    def count(track: Track, row: int, _since: int, _enough: int) -> int:
        time = track.times[row]
        if not track.labels[row] & 1 or time + within > track.clock:
            return 0
        first, last = bisect_right(track.times, time), bisect_right(track.times, time + within)
        return int(not any(label & ~1 for label in track.labels[first:last]))

    def scan(track: Track, row: int, since: int, enough: int) -> tuple[int, int]:
        return count(track, row, since, enough), row

    return count, scan


def in_session(gap: int, count: Count, scan: Scan) -> tuple[Count, Scan]:
    """Give count and scan over the part of the window behind its last pause of more than `gap`."""

    def begin(track: Track, row: int, since: int) -> int:
        times, first = track.times, row
        lowest = bisect_left(times, since + 1, 0, row + 1)
        while first > lowest and times[first] - times[first - 1] <= gap:
            first -= 1
        return max(since, times[first] - 1)

    def count_session(track: Track, row: int, since: int, enough: int) -> int:
        return count(track, row, begin(track, row, since), enough)

    def scan_session(track: Track, row: int, since: int, enough: int) -> tuple[int, int]:
        return scan(track, row, begin(track, row, since), enough)

    return count_session, scan_session
