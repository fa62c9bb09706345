"""The flat trees are River's: the same scores, bit by bit."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river.anomaly import HalfSpaceTrees

from seerflow.detectors.anomaly.forest import Forest, Masses, Shape, forest

NAMES = ("a", "b", "c")
VALUES = st.lists(
    st.tuples(*[st.one_of(st.floats(-0.5, 1.5), st.sampled_from((0.0, 0.5, 1.0)))] * 3), max_size=80
)


@settings(max_examples=60, deadline=None)
@given(
    VALUES,
    st.integers(1, 40),
    st.sampled_from([(1, 1), (3, 4), (2, 7)]),
    st.integers(0, 5),
)
def test_scores_equal_rivers(rows, window, size, seed):
    trees, height = size
    flat = Forest(Shape(features=NAMES, trees=trees, height=height, window=window, seed=seed))
    river = HalfSpaceTrees(n_trees=trees, height=height, window_size=window, seed=seed)
    masses = Masses()
    for row in rows:
        leaves = flat.leaves(row)
        named = dict(zip(NAMES, row, strict=True))
        assert flat.score(masses, leaves) == river.score_one(named)
        flat.learn(masses, leaves)
        river.learn_one(named)


def test_a_value_on_a_cut_goes_where_river_sends_it():
    shape = Shape(features=("a",), trees=1, height=1, window=2)
    (root,) = HalfSpaceTrees(n_trees=1, height=1, window_size=2, seed=1).trees or _grown(shape)
    below, on = root.threshold - 1e-9, root.threshold
    flat = Forest(shape)
    assert flat.leaves((below,)) == 0x0001
    assert flat.leaves((on,)) == 0x0100


def _grown(shape):
    river = HalfSpaceTrees(n_trees=1, height=1, window_size=2, seed=shape.seed)
    river.learn_one({"a": 0.5})
    return river.trees


def test_a_log_reaches_one_leaf_in_each_tree():
    flat = forest(Shape(features=NAMES))
    leaves = flat.leaves((0.1, 0.9, 0.4)).to_bytes(20 * 16, "little")
    assert [sum(leaves[i : i + 16]) for i in range(0, 320, 16)] == [1] * 20


def test_the_memory_is_three_bytes_a_leaf():
    flat = forest(Shape(features=NAMES))
    masses = Masses()
    for n in range(499):
        flat.learn(masses, flat.leaves((n / 499, 0.5, 0.5)))
    assert (len(masses.scores), len(masses.now), masses.count) == (640, 320, 249)


def test_nothing_is_scored_before_a_window_is_full():
    flat = Forest(Shape(features=NAMES, window=3))
    masses, usual, odd = Masses(), flat.leaves((0.1, 0.1, 0.1)), flat.leaves((0.9, 0.9, 0.9))
    scores = []
    for _ in range(4):
        scores.append(flat.score(masses, odd))
        flat.learn(masses, usual)
    assert scores[:3] == [0.0, 0.0, 0.0]
    assert scores[3] > 0.5


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param({"window": 256}, id="a mass would not fit into a byte"),
        pytest.param({"window": 0}, id="no window"),
        pytest.param({"height": 8}, id="a score would not fit into two bytes"),
    ],
)
def test_a_shape_that_does_not_fit_is_refused(shape):
    with pytest.raises(ValueError, match="a window has 1 to 255 logs"):
        Forest(Shape(features=NAMES, **shape))


def test_other_trees_have_another_fingerprint():
    prints = {Forest(Shape(features=NAMES, seed=seed)).fingerprint for seed in range(4)}
    assert len(prints) == 4
    assert Forest(Shape(features=NAMES, seed=1)).fingerprint in prints
