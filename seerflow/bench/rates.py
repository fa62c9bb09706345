"""Rates: what was measured, and the limit that it stands beside."""

import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from msgspec import Struct

Item = TypeVar("Item")


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


def spent(items: Iterable[Item], work: Callable[[Item], object], count: int) -> Spent:
    """Do the work for each item and measure it. `count`: what is counted, if an item is more than one."""
    begin, cpu = time.perf_counter(), time.process_time()
    for item in items:
        work(item)
    return Spent(count=count, seconds=time.perf_counter() - begin, cpu=time.process_time() - cpu)


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
