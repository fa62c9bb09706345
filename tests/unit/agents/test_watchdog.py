import pytest

from seerflow.agents.positions import Place
from seerflow.agents.settings import WorkerSettings
from seerflow.agents.shell import Shell
from seerflow.agents.stage import Stage
from seerflow.agents.watchdog import Stillness, Watchdog
from seerflow.errors import OutsideError

P = Place("hits", 0)


@pytest.mark.parametrize(
    ("looks", "stalled"),
    [
        #  each look: second, reached, committed, handled, end of the log
        pytest.param(
            [(0, 5, 5, 5, 9), (30, 5, 5, 5, 9), (61, 5, 5, 5, 9)], True, id="records wait and nobody reads"
        ),
        pytest.param([(0, 5, 5, 5, 9), (60, 5, 5, 5, 9)], False, id="not yet too long"),
        pytest.param([(0, 5, 5, 5, 9), (50, 6, 5, 6, 9), (90, 7, 6, 7, 9)], False, id="slow, but it moves"),
        pytest.param([(0, 9, 9, 9, 9), (500, 9, 9, 9, 9)], False, id="nothing to do"),
        pytest.param([(0, 9, 8, 8, 9), (500, 9, 8, 8, 9)], False, id="only a marker behind the last record"),
        pytest.param([(0, 9, 5, 9, 9), (61, 9, 5, 9, 9)], True, id="handled and never committed"),
        pytest.param(
            [(0, 5, 5, 5, 9), (59, 9, 9, 9, 9), (61, 9, 9, 9, 12), (120, 9, 9, 9, 12)],
            False,
            id="the clock starts over",
        ),
        pytest.param(
            [(0, 5, 5, 5, 9), (30, None, 0, 0, 9), (61, 5, 5, 5, 9)], False, id="it was gone in between"
        ),
    ],
)
def test_standing_still_with_work_is_an_alarm(looks, stalled):
    stillness = Stillness(60)
    found = ()
    for now, reached, committed, handled, end in looks:
        at = {} if reached is None else {P: reached}
        found = stillness.look(now, at, {P: committed}, {P: handled}, {P: end})
    assert bool(found) == stalled


def test_an_unknown_end_is_no_alarm():
    stillness = Stillness(60)
    stillness.look(0, {P: 5}, {P: 5}, {P: 5}, {})
    assert stillness.look(100, {P: 5}, {P: 5}, {P: 5}, {}) == ()


def test_a_partition_may_wait_while_others_are_worked_off():
    """Nine minutes beside a busy neighbour are a queue, eleven are a fault, and so is one minute of nothing."""
    busy, waiting = Place("events", 0), Place("events", 1)
    stillness = Stillness(60.0)
    found = {}
    for now in range(0, 700, 5):
        at = {busy: now, waiting: 7}
        found[now] = stillness.look(float(now), at, at, at, {busy: now + 100, waiting: 9})
    assert found[540] == ()
    assert found[605] == (waiting,)
    idle = Stillness(60.0)
    at = {busy: 5, waiting: 7}
    looks = [idle.look(float(now), at, at, at, {busy: 9, waiting: 9}) for now in (0, 60, 65)]
    assert looks == [(), (), (busy, waiting)]


class Blind:
    """Clients that never get an answer."""

    def stable_ends(self, _):
        raise OutsideError("no answer")


@pytest.mark.parametrize(
    ("beat_age", "restoring", "ends"),
    [
        pytest.param(
            121.0, False, [75], id="the loop is stuck, and Kafka does not answer the watchdog either"
        ),
        pytest.param(121.0, True, [], id="a restore has its own patience"),
        pytest.param(110.0, False, [], id="a request may take that long"),
    ],
)
def test_a_loop_that_hangs_is_ended_from_outside(tmp_path, beat_age, restoring, ends):
    stage = Stage(name="x", inputs=("hits",), step=lambda *_: [])
    settings = WorkerSettings(client={}, instance="0", datadir=str(tmp_path), stall_seconds=60)
    shell = Shell(stage=stage, settings=settings, transactions=None, open_store=None, changelog=None)
    shell.restoring = restoring
    ended = []
    watchdog = Watchdog(shell, Blind(), ended.append, 75)
    shell.beat -= beat_age
    watchdog.look_once()
    assert ended == ends
