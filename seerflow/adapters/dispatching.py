"""Runs the outbox's attempts beside the stage's work, a bounded number at a time.

Nothing here is durable and nothing needs to be: what is lost with the process is still pending in its cell. An
alert is under way to a notifier at most once; what a notifier has no room for stays due and is offered again.

Of a partition that another worker took over, nothing more is begun: what only waited for its turn is dropped, and
a loop that was away for so long that another may have its partitions (LEASE_SECONDS) begins nothing before it has
asked Kafka once. What is under way ends, since a message that was cut off may have arrived all the same; its outcome
waits for a tick of that partition. Should it come back, a "delivered" that comes late is still true, and recording
it twice changes nothing.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from msgspec import Struct

from seerflow.adapters.notifiers.contract import Notifier
from seerflow.alerts.outbox import Attempt, Outcome

#: Attempts of one notifier that run at the same time, and that wait for it: few, since services limit rates.
CONCURRENCY = 4
CAPACITY = 32

#: A service that asked for patience gets it from all alerts, for at most this long at a stretch.
MAX_PAUSE_SECONDS = 60.0


#: Ticks come several times a second. After a gap of more than this the worker may have been stopped, and its
#: partitions be another's: shorter than every session time-out that brokers take by default (6 s).
LEASE_SECONDS = 3.0

#: Partition, alert, notifier.
Place = tuple[int, str, str]


class Finished(Struct, frozen=True):
    """An attempt and what became of it."""

    attempt: Attempt
    outcome: Outcome


class Dispatcher:
    """Takes attempts, gives outcomes. Lives in one event loop; no call blocks."""

    def __init__(self, notifiers: Sequence[Notifier], clock: Callable[[], float] = time.monotonic) -> None:
        self._lanes = {one.name: _Lane(one, clock) for one in notifiers}
        self._clock = clock
        self._under_way: dict[Place, asyncio.Task[Outcome | None]] = {}
        self._finished: dict[int, list[Finished]] = {}
        self._looked: dict[int, float] = {}  # partition -> when it was last offered something, or nothing
        self._lease: dict[int, int] = {}  # partition -> number of the present ownership

    def offer(self, partition: int, attempts: Iterable[Attempt]) -> None:
        """Begin what is not under way and fits in. Call it at each tick, from within the event loop."""
        now = self._clock()
        away = now - self._looked.get(partition, now) > LEASE_SECONDS
        self._looked[partition] = now
        if away:
            self._renew(partition)
            return
        for attempt in attempts:
            place = (partition, attempt.alert.id, attempt.notifier)
            lane = self._lanes.get(attempt.notifier)
            if place in self._under_way:
                continue
            if lane is None:
                refusal = Outcome(state="refused", detail="the configuration names no such notifier")
                self._finished.setdefault(partition, []).append(Finished(attempt, refusal))
            elif lane.has_room():
                lane.taken += 1
                held = partial(self._holds, partition, self._lease.get(partition, 0))
                task = asyncio.get_running_loop().create_task(lane.send(attempt, held))
                self._under_way[place] = task
                # A callback, not a `finally` inside: a task that is cancelled before its first step runs nothing.
                task.add_done_callback(partial(self._done, place, lane, attempt))

    def let_go(self, partition: int) -> None:
        """Begin nothing more of what was offered for the partition. May be called from another thread."""
        self._looked.pop(partition, None)
        self._renew(partition)

    def _renew(self, partition: int) -> None:
        self._lease[partition] = self._lease.get(partition, 0) + 1

    def _holds(self, partition: int, lease: int) -> bool:
        """Tell whether what was offered under that lease may still be begun."""
        looked = self._looked.get(partition, float("-inf"))
        return lease == self._lease.get(partition, 0) and self._clock() - looked <= LEASE_SECONDS

    def take_finished(self, partition: int) -> list[Finished]:
        """Give, once, what has finished for the partition."""
        return self._finished.pop(partition, [])

    def under_way(self) -> int:
        """Count the attempts that are under way."""
        return len(self._under_way)

    async def drain(self, seconds: float) -> None:
        """Wait until nothing is under way, at most so long: before the last tick of a clean end."""
        if self._under_way:
            await asyncio.wait(list(self._under_way.values()), timeout=seconds)

    async def close(self) -> None:
        """Stop everything; what was under way is made again by whoever owns it next."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _done(
        self, place: Place, lane: "_Lane", attempt: Attempt, task: "asyncio.Task[Outcome | None]"
    ) -> None:
        lane.taken -= 1
        del self._under_way[place]
        outcome = None if task.cancelled() else task.result()
        if outcome is not None:
            self._finished.setdefault(place[0], []).append(Finished(attempt, outcome))


class _Lane:
    """One notifier, how much of it is taken, and until when it wants peace."""

    def __init__(self, notifier: Notifier, clock: Callable[[], float]) -> None:
        self._notifier, self._clock = notifier, clock
        self._slots = asyncio.Semaphore(CONCURRENCY)
        self._quiet_until = float("-inf")
        self.taken = 0

    def has_room(self) -> bool:
        return self.taken < CAPACITY and self._clock() >= self._quiet_until

    async def send(self, attempt: Attempt, held: Callable[[], bool]) -> Outcome | None:
        """Give what became of it; None: its time came when it was no longer ours."""
        async with self._slots:
            if not held():
                return None
            try:
                outcome = await self._notifier.send(attempt)
            except Exception as error:  # noqa: BLE001  # a bug of a notifier is one failed attempt; its text may hold secrets
                return Outcome(state="retry", detail=f"a bug of ours: {type(error).__name__}")
        if outcome.after:
            pause = min(outcome.after / 1_000_000, MAX_PAUSE_SECONDS)
            self._quiet_until = max(self._quiet_until, self._clock() + pause)
        return outcome
