"""Rates: what was measured, and the limit that it stands beside."""

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from msgspec import Struct

Item = TypeVar("Item")
Other = TypeVar("Other")

#: So many turns each have the work and its limit.
TURNS = 20


class Spent(Struct, frozen=True, kw_only=True):
    """What some work took: `seconds` on the wall, `cpu` seconds of the process with all its threads."""

    count: int
    seconds: float
    cpu: float

    @property
    def per_second(self) -> float:
        """How many in a second."""
        return self.count / max(self.seconds, 1e-9)

    @property
    def per_core_second(self) -> float:
        """How many in a second of one core."""
        return self.count / max(self.cpu, 1e-9)

    @property
    def microseconds(self) -> float:
        """Microseconds of one core for one."""
        return self.cpu / max(self.count, 1) * 1e6


_NOTHING = Spent(count=0, seconds=0.0, cpu=0.0)


def beside(
    items: Sequence[Item],
    work: Callable[[Item], object],
    others: Sequence[Other],
    limit: Callable[[Other], object],
) -> tuple[Spent, Spent]:
    """Do the work for each item and the limit's for each of the others, in order, by turns; measure both.

    By turns, because what else runs on the machine then slows both alike.
    """
    both = [_NOTHING, _NOTHING]
    for turn in range(TURNS):
        both[0] = _sum(both[0], _spent(_part(items, turn), work))
        both[1] = _sum(both[1], _spent(_part(others, turn), limit))
    return both[0], both[1]


def _part(items: Sequence[Item], turn: int) -> Sequence[Item]:
    return items[len(items) * turn // TURNS : len(items) * (turn + 1) // TURNS]


def _spent(items: Sequence[Item], work: Callable[[Item], object]) -> Spent:
    begin, cpu = time.perf_counter(), time.process_time()
    for item in items:
        work(item)
    return Spent(count=len(items), seconds=time.perf_counter() - begin, cpu=time.process_time() - cpu)


def _sum(one: Spent, other: Spent) -> Spent:
    return Spent(count=one.count + other.count, seconds=one.seconds + other.seconds, cpu=one.cpu + other.cpu)


def counted(work: Spent, count: int) -> Spent:
    """Give the same work with what was in its items counted instead of the items."""
    return Spent(count=count, seconds=work.seconds, cpu=work.cpu)


def row(bench: str, name: str, unit: str, work: Spent, limit: Spent) -> dict[str, Any]:
    """Give one line of a report: per second of one core, the limit's rate likewise, and their ratio."""
    return {
        "bench": bench,
        "name": name,
        "unit": unit,
        "count": work.count,
        "events_per_second": round(work.per_core_second),
        "limit_per_second": round(limit.per_core_second),
        "ratio": round(work.per_core_second / max(limit.per_core_second, 1e-9), 3),
        "cpu_microseconds": round(work.microseconds, 2),
        "limit_cpu_microseconds": round(limit.microseconds, 2),
    }
