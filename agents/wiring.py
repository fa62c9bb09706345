"""What every agent is given: the engine, the counts of partitions, the topics' defaults, the counters."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from seerflow.engine.envelopes import RawDefaults
from seerflow.engine.pipeline import Engine

#: (stage, what, label, how many): one counter's growth, in words of closed sets (adapters/metrics.py).
Count = Callable[[str, str, str, int], None]


def ignore(_stage: str, _what: str, _label: str, _number: int) -> None:
    """Count nothing: for tests and benchmarks."""


class Wiring(Struct, frozen=True, kw_only=True):
    """One worker's surroundings."""

    engine: Engine
    partitions: int  # of every topic between the stages
    raw: Mapping[str, RawDefaults] = {}
    count: Count = ignore
