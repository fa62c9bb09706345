"""Metrics and health of a worker, served in its own event loop: a loop that hangs fails its probes."""

import time
from pathlib import Path

from seerflow.adapters import presence
from seerflow.adapters.health import Health
from seerflow.adapters.metrics import Metrics
from seerflow.agents.stats import Stats


class Probes:
    """What `/metrics`, `/healthz` and `/readyz` of one worker say."""

    def __init__(
        self, metrics: Metrics, host: str, port: int, *, worker: str = "", announce: Path | None = None
    ) -> None:
        """`announce` is the file that tells where this worker answers."""
        self._metrics = metrics
        self._worker, self._announce = worker, announce
        self._place = (host, port)
        self._stats = Stats()
        self._health = Health(
            metrics.text, live={"moves": self._moves}, ready={"ready": self._ready}, worker=worker
        )

    def watch(self, stats: Stats) -> None:
        """Take over the worker's figures: the shell calls this about once a second."""
        self._stats = stats
        self._metrics.watch(stats, time.time())

    def _moves(self) -> str:
        places = ", ".join(f"{topic}/{partition}" for topic, partition in self._stats.stalled)
        return f"partitions with records stand still: {places}" if places else ""

    def _ready(self) -> str:
        return "" if self._stats.ready else "the worker owns no partition yet, or restores its cells"

    async def start(self) -> None:
        """Listen."""
        port = await self._health.start(*self._place)
        if self._announce:
            presence.tell(self._announce, self._worker, port)

    async def stop(self) -> None:
        """Stop listening."""
        await self._health.stop()
