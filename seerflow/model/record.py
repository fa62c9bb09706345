"""Kafka records as the stages see them: what came in, what goes out."""

from collections.abc import Mapping

from msgspec import Struct


class Record(Struct, frozen=True, kw_only=True):
    """One consumed Kafka record. `timestamp` is the record's own, microseconds."""

    topic: str
    partition: int
    offset: int
    value: bytes
    key: bytes | None = None
    headers: Mapping[str, bytes] = {}
    timestamp: int = 0


class Outgoing(Struct, frozen=True, kw_only=True):
    """One record to produce. With `partition` None the key decides (murmur2, as Java does)."""

    topic: str
    value: bytes | None
    key: bytes | None = None
    partition: int | None = None
    headers: Mapping[str, bytes] = {}
