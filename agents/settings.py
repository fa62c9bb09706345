"""What a worker is told: where Kafka is, who it is, how long it waits. Bounds and their reasons."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from seerflow.agents.stats import Stats


def _nothing(_: object) -> None:
    """Do nothing: the hook of a worker that nobody watches or breaks."""


class WorkerSettings(Struct, frozen=True, kw_only=True):
    """One worker's settings."""

    client: Mapping[str, str]  # librdkafka settings of every client: bootstrap.servers, security.*, sasl.*
    instance: str  # stable over restarts and unique in the stage: "correlate-0"
    datadir: str  # this instance's own folder
    prefix: str = "seerflow"  # of consumer groups and transactional ids
    session_timeout_ms: int = 30_000  # a silent worker's partitions move after this
    max_poll_interval_ms: int = 900_000  # longer than any restore
    # An open transaction of a dead worker holds up readers of its outputs for this long at most.
    transaction_timeout_ms: int = 12_000
    commit_delay_ms: int = 50  # at most so many transactions a second: 1000 / commit_delay_ms
    commit_records: int = 2_000
    commit_bytes: int = 16 << 20
    fetch_records: int = 200
    max_outgoing_bytes: int = (
        1_000_000  # topics.yaml: max.message.bytes; what is larger is refused before sending
    )
    tick_delay_seconds: float = 1.0
    stall_seconds: float = 60.0  # a partition with records that stands still for so long ends the worker
    # A store that was offline longer is rebuilt: its changelog may have forgotten deletions by then
    # (delete.retention.ms, 24 h by default).
    stale_store_seconds: float = 12 * 3600.0
    watch: Callable[[Stats], None] = _nothing  # called about once a second
    reached: Callable[[str], None] = _nothing  # named points of the commit path; tests end the process there

    def __repr__(self) -> str:
        # `client` may hold passwords.
        return f"WorkerSettings(instance={self.instance!r}, datadir={self.datadir!r})"

    def group(self, stage: str) -> str:
        """Give the consumer group of a stage."""
        return f"{self.prefix}-{stage}"
