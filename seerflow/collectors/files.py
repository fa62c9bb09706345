"""The file follower: every file that a pattern names, from where it was, through rotation and truncation.

Acknowledgement: a position is saved only when Kafka has everything before it. After a crash the lines since the
last save come again (those of SAVE_SECONDS, and what was on its way); none is missing.

Rotation. Renamed (app.log becomes app.log.1): the open file is read on until it is quiet, then let go; the new
file under the old name begins at 0. Copied and truncated: the bytes before the offset are gone, so the file begins
at 0, and the copy beside it, known by the same bytes, is read from the old offset to its end. Compressed files
(gzip) are read once.
"""

import asyncio
import time
from collections import Counter
from pathlib import Path

from msgspec import Struct

from seerflow.collectors.contract import Labels, Receipt, Run, Sink, now, put_runs
from seerflow.collectors.following import Followed
from seerflow.collectors.positions import Position, Positions
from seerflow.collectors.watching import Watch

#: So often, in seconds, positions are saved and patterns are read again.
SAVE_SECONDS = 1.0


class FilesOptions(Struct, frozen=True, kw_only=True):
    """One pattern of files."""

    path: str  # `*` and `**` allowed
    state_file: Path
    labels: Labels = Labels(topic="raw.files", source="files")
    max_bytes: int = 256 * 1024
    max_files: int = 500  # open at once
    poll_seconds: float = 0.2
    save_seconds: float = SAVE_SECONDS
    grace_seconds: float = 2.0  # a renamed file that was quiet for so long has been let go by its writer
    at_end: bool = False  # at the very first start, leave alone what the files hold already


class Files:
    """Follows the files of one pattern."""

    name = "files"

    def __init__(self, options: FilesOptions) -> None:
        self._options = options
        self.counts: Counter[str] = Counter()
        self.ready = asyncio.Event()
        self._positions = Positions(options.state_file)
        self._watch = Watch(
            options.path,
            self._positions,
            self.counts,
            max_bytes=options.max_bytes,
            multiline=options.labels.multiline,
            max_files=options.max_files,
            grace_seconds=options.grace_seconds,
        )
        self._kept = 0.0

    async def run(self, sink: Sink, stopping: asyncio.Event) -> None:
        """Follow until `stopping`; what was read by then is in Kafka and its position saved."""
        await asyncio.to_thread(self._begin)
        self.ready.set()
        try:
            while not stopping.is_set():
                moved = await self._turn(sink, stopping)
                await asyncio.to_thread(self._keep)
                if not moved:
                    await _pause(stopping, self._options.poll_seconds)
        finally:
            # Noted positions are of delivered lines only, so saving them is right however we end.
            await asyncio.to_thread(self._end)

    async def _turn(self, sink: Sink, stopping: asyncio.Event) -> bool:
        """Read a piece of each file that has one, and wait until Kafka has it; give whether there was any."""
        reached: list[Position] = []
        receipts: list[Receipt] = []
        for followed in await asyncio.to_thread(self._watch.due):
            receipts += await self._read(sink, followed)
            reached.append(followed.position)
            if stopping.is_set():
                break
        for receipt in receipts:
            await receipt.delivered()
        for position in reached:
            self._positions.note(position)
        return bool(receipts)

    async def _read(self, sink: Sink, followed: Followed) -> list[Receipt]:
        last = self._watch.over(followed)
        try:
            runs = await asyncio.to_thread(followed.finish if last else followed.read)
        except OSError:  # the disk or the network share under it; found again once it can be read
            self.counts["unread_files"] += 1
            runs, last = [], True
        if last:
            self._watch.drop(followed)
        envelope = self._options.labels.envelope(self.name, lane=followed.position.path)
        receipts = await put_runs(sink, envelope, runs, now())
        self._count(runs)
        return receipts

    def _count(self, runs: list[Run]) -> None:
        for run in runs:
            self.counts["documents"] += len(run.documents)
            self.counts["bytes"] += sum(map(len, run.documents))
            self.counts["cut"] += len(run.documents) if run.cut else 0

    # --- on the disk, in a thread --------------------------------------------------------------------------

    def _begin(self) -> None:
        known = self._positions.load()
        self._watch.begin(at_end=self._options.at_end and not known)
        self._kept = time.monotonic()

    def _keep(self) -> None:
        if time.monotonic() - self._kept >= self._options.save_seconds:
            self._positions.save()
            self._watch.discover()
            self._kept = time.monotonic()

    def _end(self) -> None:
        self._watch.close()
        self._positions.save()


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        pass
