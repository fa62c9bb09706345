"""The counting pipeline of bench/chaos_shell.py on a real broker, briefly; the long form is that bench itself."""

import pytest

from bench.chaos_shell import play

pytestmark = pytest.mark.broker


@pytest.mark.parametrize(
    ("scenario", "shown"),
    [
        pytest.param("two_kill", "killed", id="workers with two inputs are killed and come back"),
        pytest.param("pause", "woken", id="workers are paused beyond their session and wake"),
        pytest.param("crash", "crashed", id="workers end at any point of their commits"),
    ],
)
def test_every_finding_and_every_cell_is_as_if_nothing_had_happened(bootstrap, scenario, shown):
    outcome = play(bootstrap, scenario, envelopes=900, keys=300, rate=120.0)
    assert outcome.exits.get(shown, 0) > 0, "the scenario did not happen"
    assert outcome.got == outcome.wanted > 5_000
    assert (outcome.lost, outcome.invented, outcome.doubled, outcome.cells_wrong) == (0, 0, 0, 0)
    assert outcome.trouble == []


@pytest.mark.long
@pytest.mark.parametrize(
    "scenario", ["pause", "freeze", "crash", "kill", "disk", "scale", "two_kill", "two_scale"]
)
@pytest.mark.parametrize("seed", range(5))
def test_it_holds_for_longer(bootstrap, scenario, seed):
    outcome = play(bootstrap, scenario, envelopes=4000, rate=120.0, seed=seed)
    assert outcome.exact, outcome
