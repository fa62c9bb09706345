"""Alerts to deliveries: keep what is to be told in the outbox's cells, tell it, keep what became of it.

A cell and the record of its delivery are one transaction; the telling itself is not, and cannot be. A worker
that dies between the two tells again, under the same idempotency key.
"""

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial

from seerflow.adapters import codec
from seerflow.adapters.dispatching import Dispatcher
from seerflow.agents.stage import Stage
from seerflow.agents.wiring import Wiring
from seerflow.alerts.outbox import Policy, Route
from seerflow.engine import outboxes
from seerflow.engine.cells import Cells
from seerflow.model.record import Outgoing, Record

log = logging.getLogger(__name__)

NAME = "dispatch"

#: So long (seconds) a clean end waits for what is under way. `seerflow up` kills after 15, Kubernetes after 30.
DRAIN_SECONDS = 8.0

#: Told alerts that one tick looks at, to forget the old ones.
FORGET_CELLS = 200


class _Partitions:
    """Where the looks at each partition's cells go on."""

    def __init__(self) -> None:
        self.due: dict[int, bytes] = {}
        self.told: dict[int, bytes] = {}
        # Alerts with something still to be told, as of the last whole round.
        self.pending: dict[int, int] = {}
        self._round: dict[int, int] = {}  # and in the round that is under way
        self.ending = False

    def looked(self, partition: int, look: outboxes.Look) -> None:
        """Note where the next look begins, and count."""
        seen = self._round.get(partition, 0) + look.seen
        self.due[partition] = look.after
        self._round[partition] = seen if look.after else 0
        self.pending[partition] = max(seen, self.pending.get(partition, 0)) if look.after else seen

    def alerts(self) -> int:
        """Count the alerts with something still to be told, in all partitions."""
        return sum(self.pending.values())

    def drop(self, partition: int) -> None:
        self.pending.pop(partition, None)
        self._round.pop(partition, None)
        self.due.pop(partition, None)
        self.told.pop(partition, None)


def stage(wiring: Wiring, dispatcher: Dispatcher, routes: Sequence[Route], policy: Policy) -> Stage:
    """Build the stage: `alerts` in, `deliveries` out, outboxes in `dispatch.cells`."""
    at = _Partitions()

    def step(record: Record, cells: Cells) -> Sequence[Outgoing]:
        alerts = codec.alerts(record.value)
        for alert in alerts:
            outboxes.accept(cells, alert, routes, _now())
        wiring.metrics.add("seerflow_dispatch_alerts_in_total", len(alerts))
        return ()

    def tick(partition: int, cells: Cells) -> Sequence[Outgoing]:
        now = _now()
        done = dispatcher.take_finished(partition)
        settled = [outboxes.settle(cells, one.attempt, one.outcome, now, policy) for one in done]
        look = outboxes.due(cells, now, at.due.get(partition, b""))
        at.looked(partition, look)
        if not at.ending:
            dispatcher.offer(partition, look.attempts)
        after = at.told.get(partition, b"")
        at.told[partition] = outboxes.forget(cells, after, FORGET_CELLS, now, policy)
        wiring.metrics.delivered(settled)
        wiring.metrics.put("seerflow_dispatch_pending_alerts", at.alerts())
        return [
            Outgoing(topic="deliveries", key=one.alert.encode(), value=codec.line(one)) for one in settled
        ]

    def closed(partition: int, _cells: Cells) -> None:
        at.drop(partition)
        dispatcher.let_go(partition)
        wiring.metrics.put("seerflow_dispatch_pending_alerts", at.alerts())

    return Stage(
        name=NAME,
        inputs=("alerts",),
        changelog="dispatch.cells",
        step=step,
        tick=tick,
        closed=closed,
        drain=partial(_drain, at, dispatcher),
    )


async def _drain(at: _Partitions, dispatcher: Dispatcher, tick_all: Callable[[], None]) -> None:
    at.ending = True
    await dispatcher.drain(DRAIN_SECONDS)
    left = dispatcher.under_way()
    await dispatcher.close()
    tick_all()
    log.info("deliveries drained", extra={"pending_alerts": at.alerts(), "cut_off_attempts": left})


def _now() -> int:
    return time.time_ns() // 1000
