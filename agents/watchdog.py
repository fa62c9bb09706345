"""The watchdog: a partition that has records and stands still is an alarm, a failed probe and a restart.

A thread of its own with its own connection, so that a worker which hangs in a step, in a callback or in a lock is
seen too.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping

from seerflow.agents.clients import Clients
from seerflow.agents.positions import Place
from seerflow.agents.shell import Shell
from seerflow.errors import OutsideError

log = logging.getLogger(__name__)

_LOOK_SECONDS = 5.0
#: A partition may stand still so many times longer while others of the worker move.
PATIENCE = 10
_WATCH_SECONDS = 1.0
_TURNS = 2  # times stall_seconds: Kafka's requests have patience of their own, which comes first


class Stillness:
    """Since when each partition has work and has not moved. Pure; times are handed in."""

    def __init__(self, stall_seconds: float) -> None:
        self._stall_seconds = stall_seconds
        self._since: dict[Place, tuple[tuple[int, int], float]] = {}
        self._marks: dict[Place, tuple[int, int]] = {}
        self._moved = 0.0

    def look(
        self,
        now: float,
        reached: Mapping[Place, int],
        committed: Mapping[Place, int],
        handled: Mapping[Place, int],
        ends: Mapping[Place, int],
    ) -> tuple[Place, ...]:
        """Give the partitions that stood still for too long: not reading, or not committing what was handled."""
        still: dict[Place, tuple[tuple[int, int], float]] = {}
        for place, at in reached.items():
            done = committed.get(place, at)
            if at >= ends.get(place, at) and done >= handled.get(place, done):
                continue
            mark = (at, done)
            before, since = self._since.get(place, (mark, now))
            still[place] = (mark, since if before == mark else now)
        marks = {place: (at, committed.get(place, at)) for place, at in reached.items()}
        if marks != self._marks:
            self._marks, self._moved = marks, now
        self._since = still
        # A client works off one partition's backlog before the next one's: while others move, more patience.
        patience = self._stall_seconds * (PATIENCE if now - self._moved <= self._stall_seconds else 1)
        return tuple(place for place, (_, since) in still.items() if now - since > patience)


class Watchdog(threading.Thread):
    """Looks at the shell from outside."""

    def __init__(self, shell: Shell, clients: Clients, end: Callable[[int], None], code: int) -> None:
        super().__init__(name="watchdog", daemon=True)
        self._shell = shell
        self._clients = clients
        self._end = end
        self._code = code
        self._stillness = Stillness(shell.settings.stall_seconds)
        self._looked = float("-inf")
        self._ends: dict[Place, int] = {}  # as last known
        self._lag: dict[tuple[str, int], int] = {}
        self._stalled: tuple[Place, ...] = ()
        self.ending = threading.Event()

    def run(self) -> None:
        """Look until the worker ends."""
        while not self.ending.wait(_WATCH_SECONDS):
            self.look_once()

    def look_once(self) -> None:
        """Show the figures, and end the worker if it stands still."""
        now = time.monotonic()
        if now - self._looked >= _LOOK_SECONDS:
            self._looked = now
            self._look(now)
        self._show()
        if self._stalled or self._hangs(now):
            log.error("the worker stands still", extra={"places": [tuple(place) for place in self._stalled]})
            self._end(self._code)

    def _hangs(self, now: float) -> bool:
        """Tell whether the loop is stuck in a step, a callback or a request; a restore has its own patience."""
        stall_seconds = self._shell.settings.stall_seconds
        return not self._shell.restoring and now - self._shell.beat > _TURNS * stall_seconds

    def _look(self, now: float) -> None:
        # dict() of a dict is one step under the interpreter's lock, so each copy is whole.
        positions = self._shell.positions
        # While stores are restored everything waits; the restore has a patience of its own.
        reached = {} if self._shell.restoring else dict(positions.reached)
        try:
            self._ends = self._clients.stable_ends(reached)
        except OutsideError as error:
            log.warning("no ends of partitions", extra={"reason": str(error)})
        ends = {place: end for place, end in self._ends.items() if place in reached}
        committed, handled = dict(positions.committed), dict(positions.next)
        self._stalled = self._stillness.look(now, reached, committed, handled, ends)
        self._lag = {
            (place.topic, place.partition): max(0, end - reached[place]) for place, end in ends.items()
        }

    def _show(self) -> None:
        # A Place is such a tuple; a copy of plain ones can be encoded by anyone.
        positions = {(p.topic, p.partition): offset for p, offset in dict(self._shell.positions.next).items()}
        stalled = tuple((p.topic, p.partition) for p in self._stalled)
        ready = self._shell.counters.assigned and not self._shell.restoring and not stalled
        try:
            self._shell.settings.watch(
                self._shell.counters.view(ready=ready, positions=positions, lag=self._lag, stalled=stalled)
            )
        except Exception:
            log.exception("the stats were not taken")  # whoever watches must not blind the watchdog
