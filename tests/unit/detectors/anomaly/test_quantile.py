import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river import stats

from seerflow.detectors.anomaly.quantile import Quantile, estimate, update

SHAPES = {
    "even": lambda draw: draw.random(),
    "skewed": lambda draw: draw.random() ** 4,
    "steps": lambda draw: draw.randrange(5) / 5,
    "normal": lambda draw: draw.gauss(10, 3),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_median_equals_rivers(shape):
    draw, state, river = random.Random(1), Quantile(), stats.Quantile(0.5)
    for _ in range(2000):
        value = SHAPES[shape](draw)
        update(state, 0.5, value)
        river.update(value)
        if state.n >= 5:
            assert estimate(state, 0.5) == pytest.approx(river.get(), abs=1e-9)


@pytest.mark.parametrize("shape", ["even", "skewed", "normal"])
@pytest.mark.parametrize("q", [0.9, 0.99, 0.995])
def test_the_estimate_is_near_the_true_quantile(shape, q):
    draw, state, values = random.Random(2), Quantile(), []
    for _ in range(20000):
        values.append(SHAPES[shape](draw))
        update(state, q, values[-1])
    above = sum(value > estimate(state, q) for value in values) / len(values)
    assert above == pytest.approx(1 - q, rel=0.25)


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60), st.sampled_from([0.5, 0.9, 0.995]))
def test_the_estimate_lies_within_what_was_seen(values, q):
    state = Quantile()
    for value in values:
        update(state, q, value)
    assert min(values) <= estimate(state, q) <= max(values)
    assert state.heights == sorted(state.heights)
    assert len(state.heights) <= 5


def test_there_is_no_estimate_of_nothing():
    assert estimate(Quantile(), 0.5) is None
