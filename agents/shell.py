"""The exact shell of one worker: records are handled, and what they did becomes true at once or not at all.

Law: one thing at a time. The event loop handles records while the reader's thread waits, and the reader's thread
takes partitions, gives them up and commits while the loop waits; nothing here is ever entered twice at once.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from seerflow.agents.changelog import Changelog
from seerflow.agents.gathering import Gathering
from seerflow.agents.guard import rejected_record, rejected_tick, to_rejected_topic
from seerflow.agents.positions import Place, Positions
from seerflow.agents.settings import WorkerSettings
from seerflow.agents.stage import Stage
from seerflow.agents.stats import Counters
from seerflow.agents.tables import LayeredCells, NoCells, Store, size
from seerflow.agents.transactions import Transactions
from seerflow.engine.cells import Cells
from seerflow.errors import OutsideError
from seerflow.model.log import Rejected
from seerflow.model.record import Outgoing, Record

log = logging.getLogger(__name__)

#: So many transactions in a row undone is not a passing trouble: end, visibly, rather than try for ever.
MAX_UNDONE = 20


class Shell:
    """What one worker of a stage holds: positions, cells, the open transaction."""

    def __init__(
        self,
        *,
        stage: Stage,
        settings: WorkerSettings,
        transactions: Transactions,
        open_store: Callable[[int], Store],
        changelog: Changelog | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.stage = stage
        self.settings = settings
        self.positions = Positions()
        self.counters = Counters()
        self.stopping = False
        self.restoring = False  # everything waits, and that is no stall
        self.beat = time.monotonic()  # when the reader's loop last began a turn
        self._transactions = transactions
        self._open_store = open_store
        self._changelog = changelog
        self._clock = clock
        self._cells: dict[int, LayeredCells] = {}
        self._moved: set[Place] = set()
        self._waiting = Gathering()
        self._records = self._bytes = self._undone = 0
        self._opened_at = self._committed_at = clock()

    # Partitions come and go (reader's thread) ---------------------------------------------------------------------

    def take(self, starts: Mapping[Place, int]) -> None:
        """Own these partitions from these committed offsets on; their cells are restored first."""
        fresh = {place.partition for place in starts} - self.positions.partitions()
        if self.stage.changelog:
            self._open_cells(fresh)
        self.positions.own(starts)
        for partition in sorted(fresh):
            self._hook(self.stage.opened, partition)
        self.settings.reached("taken")

    def _open_cells(self, partitions: Iterable[int]) -> None:
        self.restoring = True
        stores: dict[int, Store] = {}
        try:
            for partition in sorted(partitions):
                stores[partition] = self._open_store(partition)
            if self._changelog is not None and stores:
                done = self._changelog.restore(stores, lambda: not self.stopping)
                self.counters.cells_restored += done.cells
                self.counters.restore_seconds += done.seconds
                log.info(
                    "cells restored",
                    extra={"cells": done.cells, "seconds": round(done.seconds, 2), "wiped": done.wiped},
                )
        except BaseException:
            for store in stores.values():
                store.close()
            raise
        finally:
            self.restoring = False
        self._cells.update({partition: LayeredCells(store) for partition, store in stores.items()})

    def give_up(self, places: Iterable[Place]) -> None:
        """Let these partitions go; what is open must be committed or aborted before."""
        before = self.positions.partitions()
        gone = set(places)
        self.positions.drop(gone)
        self._moved -= gone
        for partition in sorted(before - self.positions.partitions()):
            self._hook(self.stage.closed, partition)
            cells = self._cells.pop(partition, None)
            if cells is not None:
                cells.store.close()

    def _hook(self, hook: Callable[[int, Cells], None] | None, partition: int) -> None:
        if hook is not None:
            hook(partition, self._of(partition))

    def _of(self, partition: int) -> Any:
        return self._cells[partition] if self.stage.changelog else NoCells()

    # Records and ticks (event loop) -------------------------------------------------------------------------------

    def handle(self, records: Sequence[Record]) -> int:
        """Show records to the stage until the transaction is full; give how many were shown."""
        for count, record in enumerate(records, start=1):
            self._show(record)
            if self.full():
                return count
        return len(records)

    def _show(self, record: Record) -> None:
        """Show a record to the stage; a bug in it becomes a dead letter and leaves no other trace."""
        place = Place(record.topic, record.partition)
        if not self.positions.wants(place, record.offset):
            return
        self._contained(
            record.partition,
            partial(self.stage.step, record),
            partial(rejected_record, self.stage.name, record),
        )
        self._begin()
        self._moved.add(place)
        self.positions.handled(place, record.offset)
        self._records += 1
        self._bytes += len(record.value)
        self.counters.records_in += 1
        self.counters.bytes_in += len(record.value)
        self.counters.last_event_time = record.timestamp
        self.settings.reached("handled")

    def tick(self) -> None:
        """Give every owned partition its tick."""
        tick = self.stage.tick
        if tick is None:
            return
        for partition in sorted(self.positions.partitions()):
            self._contained(
                partition,
                partial(tick, partition),
                partial(rejected_tick, self.stage.name, self.stage.inputs[0], partition),
            )

    def measure(self) -> None:
        """Count the cells of the owned partitions."""
        self.counters.cells, self.counters.cells_bytes = size(self._cells.values())

    def _contained(
        self,
        partition: int,
        work: Callable[[Cells], Sequence[Outgoing]],
        reject: Callable[[BaseException], Rejected],
    ) -> None:
        cells = self._of(partition)
        try:
            outgoing = tuple(work(cells))
            self._refuse_large(outgoing, partition)
        except Exception as error:  # noqa: BLE001 - the guard of whole records
            outgoing = (self._dead_letter(partition, reject(error)),)
        changed = self._keep(partition)
        if outgoing or changed:
            self._begin()
            # Positions go along even where only a tick spoke: they prove that the partition is still ours.
            self._moved.update(self.positions.of(partition))
        self._send(self._waiting.add(outgoing) if self.stage.gathers else outgoing)

    def _send(self, outgoing: Iterable[Outgoing]) -> None:
        for record in outgoing:
            self._transactions.send(record)
            self.counters.records_out += 1

    def _keep(self, partition: int) -> bool:
        cells = self._cells.get(partition)
        if cells is None or not cells.fresh():
            return False
        cells.keep()
        return True

    def _refuse_large(self, outgoing: Sequence[Outgoing], partition: int) -> None:
        # Kafka would refuse the whole transaction, again and again.
        most = self.settings.max_outgoing_bytes
        cells = self._cells.get(partition)
        written = cells.fresh().items() if cells is not None else ()
        size = max(
            max([len(value or b"") + len(key) for key, value in written], default=0),
            max([len(one.value or b"") + len(one.key or b"") for one in outgoing], default=0),
        )
        if size > most:
            raise OverflowError(f"a record of {size} bytes is more than max_outgoing_bytes, {most}")

    def _dead_letter(self, partition: int, rejected: Rejected) -> Outgoing:
        self.counters.bugs += 1
        log.error("a bug was contained", extra={"stage": self.stage.name, "detail": rejected.detail})
        cells = self._cells.get(partition)
        if cells is not None:
            cells.forget()
        self._refresh(partition)
        return (self.stage.dead_letter or to_rejected_topic)(rejected)

    def _refresh(self, partition: int) -> None:
        """Let the stage drop what it remembers beside the cells."""
        self._hook(self.stage.closed, partition)
        self._hook(self.stage.opened, partition)

    def _begin(self) -> None:
        if not self._transactions.open:
            self._transactions.begin()
            self._opened_at = self._clock()

    # Commit and abort (reader's thread) ---------------------------------------------------------------------------

    def due_in(self) -> float | None:
        """Give the seconds until the open transaction should be committed; None without one."""
        if not self._transactions.open:
            return None
        return max(0.0, self._committed_at + self.settings.commit_delay_ms / 1000 - self._clock())

    def full(self) -> bool:
        """Tell whether the open transaction should be committed before any more is handled."""
        if not self._transactions.open:
            return False
        settings = self.settings
        age = self._clock() - self._opened_at
        return (
            self._records >= settings.commit_records
            or self._bytes >= settings.commit_bytes
            or age * 1000 >= settings.commit_delay_ms
        )

    def commit(self, membership: Callable[[], Any]) -> None:
        """Make true what was handled; raises `Undone`, and then `undo` has to follow."""
        if not self._transactions.open:
            return
        self._send(self._waiting.take())
        ends: dict[int, int] = {}
        carried = {p: cells for p, cells in self._cells.items() if cells.pending()}
        for partition, cells in carried.items():
            self._send_cells(partition, cells.pending(), ends)
        offsets = {place: self.positions.next[place] for place in self._moved}
        self._transactions.commit(offsets, membership(), self.settings.reached)
        for partition, cells in carried.items():
            self.counters.cells_written += len(cells.pending())
            cells.settle(ends[partition])
        self.settings.reached("stored")
        self.positions.settle(offsets)
        self.counters.commits += 1
        self._undone = 0
        self._empty()

    def _send_cells(
        self, partition: int, pending: Mapping[bytes, bytes | None], ends: dict[int, int]
    ) -> None:
        def delivered(error: Any, message: Any) -> None:
            if error is None:
                ends[partition] = message.offset()

        topic, put = self.stage.changelog or "", self._transactions.put
        place = {"partition": partition}
        *before, (last, cell) = pending.items()
        for key, value in before:
            put(topic, value, key, place)
        # Records of one partition keep their order, so the last one's offset is the highest.
        put(topic, cell, last, {"partition": partition, "on_delivery": delivered})

    def undo(self) -> None:
        """Forget what was handled since the last commit; positions stay for the reader to move."""
        if self._transactions.open:
            self.counters.aborts += 1
            self._undone += 1
        if self._undone > MAX_UNDONE:
            raise OutsideError(f"{self._undone} transactions in a row were undone; see the warnings before")
        self._transactions.abort()
        for cells in self._cells.values():
            cells.drop()
        for partition in sorted(self.positions.partitions()):
            self._refresh(partition)
        self.positions.rewind()
        self._empty()

    def _empty(self) -> None:
        self._records = self._bytes = 0
        self._waiting.clear()
        self._moved.clear()
        self._committed_at = self._clock()
