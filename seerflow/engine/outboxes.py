"""The outboxes of one partition of the dispatch stage, in its cells: what the live agent calls, still pure.

Two shelves keep the look at what is due short however many alerts have been told: a cell lies under `p` and
its alert's id while anything is pending, and under `t` once all is told.

    for alert in batch:                 accept(cells, alert, routes, now)
    at each tick:                       for done in dispatcher.take_finished(partition):
                                            settle(cells, done.attempt, done.outcome, now, policy) -> Delivery
                                        dispatcher.offer(partition, due(cells, now, after).attempts)
                                        forget(cells, after, limit, now, policy) -> where to go on
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from seerflow.alerts import outbox
from seerflow.alerts.outbox import Attempt, Outbox, Outcome, Policy, Route
from seerflow.engine.cells import Cells
from seerflow.model.alert import Alert, Delivery

_PENDING, _TOLD = b"p", b"t"

#: Pending cells looked at in one tick; more are reached in later ticks, from where the last one ended.
MAX_SCAN = 1000


def accept(cells: Cells, alert: Alert, routes: Sequence[Route], now: int) -> None:
    """Take up a revision of an alert. A repeat changes nothing."""
    name = alert.id.encode()
    before = _get(cells, name)
    after = outbox.on_alert(alert, routes, before, now)
    if after is not None and after is not before:
        _put(cells, name, after)


class Look(Struct, frozen=True):
    """One look at the pending alerts of a partition."""

    attempts: list[Attempt]  # whose time has come
    after: bytes  # where the next look begins (b"": at the beginning)
    seen: int  # pending alerts that were looked at


def due(cells: Cells, now: int, after: bytes = b"") -> Look:
    """Look at up to MAX_SCAN pending alerts behind `after`."""
    attempts: list[Attempt] = []
    count, last = 0, b""
    for key, cell in _shelf(cells, _PENDING, after, MAX_SCAN):
        attempts += outbox.due(outbox.decode(cell), now)
        count, last = count + 1, key
    return Look(attempts, last if count == MAX_SCAN else b"", count)


def settle(cells: Cells, attempt: Attempt, outcome: Outcome, now: int, policy: Policy) -> Delivery:
    """Record what became of an attempt; the delivery is to be produced in the same transaction."""
    name = attempt.alert.id.encode()
    after, delivery = outbox.on_outcome(_get(cells, name), attempt, outcome, now, policy)
    _put(cells, name, after)
    return delivery


def forget(cells: Cells, after: bytes, limit: int, now: int, policy: Policy) -> bytes:
    """Look at up to `limit` told cells and forget the old ones; give where the next look begins."""
    seen = list(_shelf(cells, _TOLD, after, limit))
    for key, cell in seen:
        if outbox.forgettable(outbox.decode(cell), now, policy):
            cells.put(key, None)
    return seen[-1][0] if len(seen) == limit else b""


def pending(cells: Cells, limit: int = MAX_SCAN) -> int:
    """Count the alerts with something still to be told, up to `limit`: for the metrics."""
    return sum(1 for _ in _shelf(cells, _PENDING, b"", limit))


def _shelf(cells: Cells, shelf: bytes, after: bytes, limit: int) -> Iterator[tuple[bytes, bytes]]:
    for key, cell in cells.scan(after or shelf, limit):
        if key[:1] != shelf:
            return
        yield key, cell


def _get(cells: Cells, name: bytes) -> Outbox | None:
    cell = cells.get(_PENDING + name) or cells.get(_TOLD + name)
    return outbox.decode(cell) if cell else None


def _put(cells: Cells, name: bytes, cell: Outbox) -> None:
    here, there = (_PENDING, _TOLD) if cell.pending else (_TOLD, _PENDING)
    cells.put(here + name, outbox.encode(cell))
    if cells.get(there + name) is not None:
        cells.put(there + name, None)
