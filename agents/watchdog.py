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
_WATCH_SECONDS = 1.0


class Stillness:
    """Since when each partition has work and has not moved. Pure; times are handed in."""

    def __init__(self, stall_seconds: float) -> None:
        self._stall_seconds = stall_seconds
        self._since: dict[Place, tuple[tuple[int, int], float]] = {}

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
        self._since = still
        return tuple(place for place, (_, since) in still.items() if now - since > self._stall_seconds)


class Watchdog(threading.Thread):
    """Looks at the shell from outside."""

    def __init__(self, shell: Shell, clients: Clients, end: Callable[[int], None], code: int) -> None:
        super().__init__(name="watchdog", daemon=True)
        self._shell = shell
        self._clients = clients
        self._end = end
        self._code = code
        self._stillness = Stillness(shell.settings.stall_seconds)
        self._lag: dict[tuple[str, int], int] = {}
        self._stalled: tuple[Place, ...] = ()
        self.ending = threading.Event()

    def run(self) -> None:
        """Look until the worker ends."""
        looked = 0.0
        while not self.ending.wait(_WATCH_SECONDS):
            if time.monotonic() - looked >= _LOOK_SECONDS:
                looked = time.monotonic()
                self._look(looked)
            self._show()
            if self._stalled:
                log.error(
                    "partitions stand still", extra={"places": [tuple(place) for place in self._stalled]}
                )
                self._end(self._code)

    def _look(self, now: float) -> None:
        # dict() of a dict is one step under the interpreter's lock, so each copy is whole.
        positions = self._shell.positions
        reached = dict(positions.reached)
        try:
            ends = self._clients.stable_ends(reached)
        except OutsideError as error:
            log.warning("no ends of partitions", extra={"reason": str(error)})
            return
        committed, handled = dict(positions.committed), dict(positions.next)
        self._stalled = self._stillness.look(now, reached, committed, handled, ends)
        self._lag = {tuple(place): max(0, end - reached[place]) for place, end in ends.items()}

    def _show(self) -> None:
        positions = {tuple(place): offset for place, offset in dict(self._shell.positions.next).items()}
        stalled = tuple(tuple(place) for place in self._stalled)
        self._shell.settings.watch(self._shell.counters.view(positions, self._lag, stalled))  # type: ignore[arg-type]  # a Place is such a tuple
