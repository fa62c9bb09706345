"""What is done to a counting pipeline when a part of its input is sent."""

import random
import shutil
from collections.abc import Callable

from bench.fleet import SESSION_SECONDS, Fleet

POINTS = ("handled", "before_offsets", "before_commit", "after_commit", "stored", "revoking", "taken")

Act = Callable[[Fleet, int, random.Random], None]  # fleet, tenths of the input sent, chance


def nothing(fleet: Fleet, tenth: int, rnd: random.Random) -> None:
    """Leave it alone."""


def kill(fleet: Fleet, tenth: int, rnd: random.Random) -> None:
    """SIGKILL a worker of each stage, again and again; every other time its partitions move before it is back."""
    if 1 < tenth < 9:
        for stage in ("count", "route"):
            if len(fleet.running(stage)) > 1:
                fleet.kill(
                    rnd.choice(fleet.running(stage)), rest_seconds=(tenth % 2) * (SESSION_SECONDS + 2.0)
                )


def pause(fleet: Fleet, tenth: int, rnd: random.Random) -> None:
    """SIGSTOP a worker of each stage beyond its session, then SIGCONT."""
    if tenth == 2:
        fleet.stop(rnd.choice(fleet.running("count")))
    if tenth == 5:
        fleet.stop(rnd.choice(fleet.running("route")))


def disk(fleet: Fleet, tenth: int, rnd: random.Random) -> None:
    """SIGKILL a counting worker and take its disk, three times."""
    if tenth in (3, 5, 7):
        victim = rnd.choice(fleet.running("count"))
        fleet.kill(victim)
        shutil.rmtree(fleet.folder / victim, ignore_errors=True)


def scale(fleet: Fleet, tenth: int, _: random.Random) -> None:
    """Add two workers, take two away, one of them the first."""
    if tenth == 2:
        fleet.start("count-2")
        fleet.start("route-2")
    if tenth == 4:
        fleet.start("count-3")
    if tenth == 6:
        fleet.remove("count-0")
        fleet.remove("route-0")
    if tenth == 8:
        fleet.remove("count-2")


SCENARIOS: dict[str, tuple[Act, dict]] = {
    "nothing": (nothing, {}),
    "kill": (kill, {}),
    "pause": (pause, {}),
    "disk": (disk, {}),
    "scale": (scale, {}),
    # The keyed stage has two inputs that share cells: partition p of both belongs to one worker, whatever moves.
    "two_kill": (kill, {}),
    "two_scale": (scale, {}),
    # Ends itself once in so many passes, at every point of the commit path.
    "crash": (
        nothing,
        {
            point: ["SIGKILL", 1500 if point == "handled" else 4 if point in ("revoking", "taken") else 60]
            for point in POINTS
        },
    ),
    # Stops itself beyond its session at the worst places: offsets sent but not committed, committed but not stored.
    "freeze": (
        nothing,
        {
            "before_offsets": ["SIGSTOP", 150],
            "before_commit": ["SIGSTOP", 150],
            "after_commit": ["SIGSTOP", 150],
        },
    ),
}
