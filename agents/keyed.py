"""What the stages with cells share: one partition's event time, and the sweep that frees what it made useless."""

from collections.abc import Callable, Sequence

from seerflow.agents.gathering import REACHED
from seerflow.engine.cells import Cells
from seerflow.engine.clock import Watermark
from seerflow.engine.pipeline import sweep
from seerflow.model.log import Origin, Rejected
from seerflow.model.record import Outgoing, Record

#: Cells that one tick looks at: at 10 µs each a tick stays under 5 ms, and a million cells take half an hour.
SWEEP_CELLS = 500


class Sweeper:
    """Event time and sweep position of each partition that this worker owns."""

    def __init__(self, on_tick: Callable[[bytes, int], bytes | None]) -> None:
        self._on_tick = on_tick
        self._marks: dict[int, Watermark] = {}
        self._after: dict[int, bytes] = {}

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


def dead(stage: str, document: bytes, origin: Origin, detail: str) -> Rejected:
    """Set aside a hit or finding on which a detector of ours broke."""
    return Rejected(origin=origin, raw=document, stage=stage, reason="bug", detail=detail)
