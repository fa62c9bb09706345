"""What is done to the workers of a live system while it works, and when: by how far the work is, never by the clock."""

import signal
import time
from collections.abc import Iterable

from msgspec import Struct

from bench.inbox import Inbox, holder
from bench.live import Live

#: A stopped worker's input waits with so many records before it reads them at once: more than one fetch (200).
FULL_BUFFER = 400

#: No worker starts within this; what becomes visible until then was committed by the one that was killed.
STARTING_SECONDS = 1.0

Place = tuple[str, int]


class Step(Struct, frozen=True):
    """One deed: it is due when that share of the input has been read."""

    at: float
    deed: str  # "kill" or "pause"
    stage: str


class Wound(Struct):
    """What was done to a worker, and until its partitions moved on."""

    step: Step
    worker: str
    began: float
    places: dict[Place, int]  # what it owned, and how far that was
    phase: str = "down"
    waiting: int = 0  # records that waited for a paused worker when it was stopped with its buffer full
    seconds: float = 0.0  # until its partitions moved on


def plan(kills: Iterable[str], pauses: Iterable[str]) -> list[Step]:
    """Spread one kill a stage, and the pauses, over the flow."""
    deeds = [("kill", stage) for stage in kills]
    for at, stage in enumerate(pauses):
        deeds.insert(3 + 2 * at, ("pause", stage))
    width = 0.9 / max(1, len(deeds))
    return [Step(0.05 + width * at, deed, stage) for at, (deed, stage) in enumerate(deeds)]


class Disturbance:
    """Does the steps one after the other; each is over when the partitions that it hit move again."""

    def __init__(self, live: Live, inbox: Inbox, steps: list[Step], session_seconds: float) -> None:
        self._live, self._inbox = live, inbox
        self._due = list(steps)
        self._patience = 0.6 * session_seconds
        self._open: list[Wound] = []
        self._armed: Step | None = None
        self.done: list[Wound] = []
        self._phases = {
            "down": self._down,
            "filling": self._filling,
            "silent": self._silent,
            "woken": self._woken,
        }

    @property
    def over(self) -> bool:
        """Whether nothing is left to do or to wait for."""
        return not (self._due or self._open or self._armed)

    def late(self, progress: float) -> bool:
        """Whether a step is due and the one before is not over: then the flow should wait."""
        return bool(self._due) and progress >= self._due[0].at

    def tend(self, progress: float) -> None:
        """Look at what is under way, and begin what is due. Call it often."""
        for wound in list(self._open):
            self._phases[wound.phase](wound)
        if self._armed is not None:
            self._kill_sender(self._armed)
        elif self.late(progress) and not self._open:
            self._begin(self._due.pop(0))

    def _begin(self, step: Step) -> None:
        if step.deed == "kill" and step.stage == "dispatch":
            self._inbox.hold()  # the worst moment: it was told, and the commit does not know yet
            self._armed = step
            return
        # Not always the same one: the first of a group is also its leader.
        worker = f"{step.stage}-{len(self.done) % 2}"
        if step.deed == "kill":
            self._strike(step, worker, signal.SIGKILL, "down")
        else:
            self._strike(step, worker, signal.SIGSTOP, "filling")

    def _kill_sender(self, step: Step) -> None:
        pids = {self._live.processes[name].pid: name for name in self._live.names if step.stage in name}
        found = [pid for port in tuple(self._inbox.held) if (pid := holder(port, pids)) is not None]
        if found:
            self._strike(step, pids[found[0]], signal.SIGKILL, "down")
            self._armed = None
            self._inbox.release()

    def _strike(self, step: Step, worker: str, number: int, phase: str) -> None:
        places = self._live.offsets.owned(step.stage).get(worker, set())
        began = time.monotonic()
        self._live.signal(worker, number)
        done = self._live.offsets.committed(step.stage, places)
        self._open.append(Wound(step, worker, began, done, phase))

    def _down(self, wound: Wound) -> None:
        if time.monotonic() - wound.began < STARTING_SECONDS:
            wound.places = self._live.offsets.committed(wound.step.stage, wound.places)
        elif self._moved(wound):
            self._close(wound)

    def _filling(self, wound: Wound) -> None:
        """Stopped within its session, until much waits for it; then it reads that, and is stopped again."""
        patient = time.monotonic() - wound.began < self._patience
        if patient and self._waiting(wound) < FULL_BUFFER:
            return
        self._live.signal(wound.worker, signal.SIGCONT)
        deadline = time.monotonic() + self._patience
        while not self._moved(wound) and time.monotonic() < deadline:
            time.sleep(0.001)
        self._live.signal(wound.worker, signal.SIGSTOP)
        wound.waiting = self._waiting(wound)
        wound.places = self._live.offsets.committed(wound.step.stage, wound.places)
        wound.began, wound.phase = time.monotonic(), "silent"

    def _silent(self, wound: Wound) -> None:
        """Until the group has put it out and another has its partitions and works on them."""
        if wound.worker not in self._live.offsets.owned(wound.step.stage) and self._moved(wound):
            wound.seconds = time.monotonic() - wound.began
            self._live.signal(wound.worker, signal.SIGCONT)
            wound.phase = "woken"

    def _woken(self, wound: Wound) -> None:
        """Until it is a member again, as itself or as its next process."""
        if self._live.offsets.owned(wound.step.stage).get(wound.worker):
            self._close(wound)

    def _close(self, wound: Wound) -> None:
        wound.seconds = wound.seconds or time.monotonic() - wound.began
        self._open.remove(wound)
        self.done.append(wound)

    def _moved(self, wound: Wound) -> bool:
        """Whether each partition of it that has work was worked on since."""
        stage = wound.step.stage
        now = self._live.offsets.committed(stage, wound.places)
        if any(now[place] > before for place, before in wound.places.items()):
            return True
        lags = self._live.offsets.lags(stage)
        # Nothing left to read: then it is enough that somebody owns them.
        idle = all(lags.get(place, 0) <= 2 for place in wound.places)
        owned = {place for places in self._live.offsets.owned(stage).values() for place in places}
        return idle and set(wound.places) <= owned and self._alive(wound)

    def _alive(self, wound: Wound) -> bool:
        return wound.phase != "down" or self._live.processes[wound.worker].poll() is None

    def _waiting(self, wound: Wound) -> int:
        lags = self._live.offsets.lags(wound.step.stage)
        return sum(lags.get(place, 0) for place in wound.places)
