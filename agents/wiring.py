"""What every agent is given: the engine, the counts of partitions, the topics' defaults, the metrics."""

from collections.abc import Mapping

from msgspec import Struct

from seerflow.adapters.live_indicators import LiveIndicators
from seerflow.adapters.metrics import Metrics
from seerflow.engine.envelopes import RawDefaults
from seerflow.engine.pipeline import Engine


class Wiring(Struct, frozen=True, kw_only=True):
    """One worker's surroundings."""

    engine: Engine
    partitions: int  # of every topic between the stages
    metrics: Metrics
    indicators: LiveIndicators | None = None  # of the detect stage
    raw: Mapping[str, RawDefaults] = {}
