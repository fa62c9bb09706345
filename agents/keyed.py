"""What the stages with cells share: one partition's event time, and the sweep that frees what it made useless."""

from collections.abc import Callable, Sequence

from seerflow.agents.gathering import REACHED
from seerflow.detectors.contract import Timed
from seerflow.engine.cells import Cells
from seerflow.engine.clock import Watermark
from seerflow.engine.pipeline import passed, sweep
from seerflow.model.finding import Finding
from seerflow.model.log import Origin, Rejected
from seerflow.model.record import Outgoing, Record

#: Cells that one tick looks at: at 10 µs each a tick stays under 5 ms, and a million cells take half an hour.
SWEEP_CELLS = 500

#: Cells that wait for a time, remembered so that they are looked at when it has come. A cell that is not among
#: them, as after a restart, is found by the sweep: later, never not.
MAX_WAITING = 100_000


class Sweeper:
    """Event time and sweep position of each partition that this worker owns."""

    def __init__(self, on_tick: Callable[[bytes, int], bytes | None], timed: Timed | None = None) -> None:
        self._on_tick = on_tick
        self._timed = timed
        self._marks: dict[int, Watermark] = {}
        self._after: dict[int, bytes] = {}
        self._waiting: dict[int, dict[bytes, int]] = {}  # partition -> key of a cell -> when to look at it

    @property
    def timed(self) -> bool:
        """Whether time itself can make the detector speak."""
        return self._timed is not None

    def noted(self, partition: int, key: bytes, cells: Cells) -> None:
        """Note until when a cell that was just written waits."""
        cell = cells.get(key)
        waiting = self._waiting.setdefault(partition, {})
        if self._timed and cell and (due := self._timed.due(cell)):
            if key in waiting or len(waiting) < MAX_WAITING:
                waiting[key] = due
        else:
            waiting.pop(key, None)

    def passed(self, partition: int, cells: Cells) -> tuple[Finding, ...]:
        """Show time to the cells that wait for it: those whose time was noted, and some more in turn."""
        mark = self._marks.get(partition)
        watermark = mark.value() if mark else 0
        if not self._timed or not watermark:
            return ()
        waiting = self._waiting.setdefault(partition, {})
        keys = [key for key, due in waiting.items() if due <= watermark][:SWEEP_CELLS]
        keys += [key for key, _ in cells.scan(self._after.get(partition, b""), SWEEP_CELLS)]
        found = passed(self._timed, keys, cells, watermark)
        for key in keys:
            self.noted(partition, key, cells)
        return found

    def observe(self, record: Record, time: int = 0) -> None:
        """Note how far the record's feeder has come: by its header, else by `time`."""
        feeder = record.headers.get("feeder", b"").decode("ascii", "replace")
        text = record.headers.get(REACHED, b"")
        reached = int(text) if text.isdigit() else time
        if reached:
            self._marks.setdefault(record.partition, Watermark()).observe(feeder, reached, record.timestamp)

    def tick(self, partition: int, cells: Cells) -> Sequence[Outgoing]:
        """Free some cells of one partition; nothing is sent."""
        mark = self._marks.get(partition)
        if mark and (watermark := mark.value()):
            after = self._after.get(partition, b"")
            self._after[partition] = sweep(self._on_tick, cells, after, watermark, SWEEP_CELLS)
        return ()

    def closed(self, partition: int, _cells: Cells) -> None:
        """Forget a partition that another worker owns now."""
        self._marks.pop(partition, None)
        self._after.pop(partition, None)
        self._waiting.pop(partition, None)


def dead(stage: str, document: bytes, origin: Origin, detail: str) -> Rejected:
    """Set aside a hit or finding on which a detector of ours broke."""
    return Rejected(origin=origin, raw=document, stage=stage, reason="bug", detail=detail)
