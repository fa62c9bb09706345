import pytest

from seerflow.agents.stage import Stage, problems


def stage(**fields):
    return Stage(name="count", step=lambda *_: [], **fields)


@pytest.mark.parametrize(
    ("fields", "assignor"),
    [
        pytest.param({"inputs": ("a",)}, "roundrobin", id="stateless, one input"),
        pytest.param({"inputs": ("a", "b")}, "roundrobin", id="stateless, inputs need not stay together"),
        pytest.param({"inputs": ("a",), "changelog": "c"}, "range", id="cells of one input"),
        pytest.param({"inputs": ("a", "b"), "changelog": "c"}, "range", id="two inputs share cells"),
        pytest.param({"inputs": ("a", "b"), "tick": lambda *_: []}, "range", id="two inputs share ticks"),
    ],
)
def test_inputs_that_share_a_partition_number_are_assigned_together(fields, assignor):
    assert stage(**fields).assignor == assignor


@pytest.mark.parametrize(
    ("fields", "partitions", "words"),
    [
        pytest.param({"inputs": ("a",), "changelog": "c"}, {"a": 4, "c": 4}, [], id="all there"),
        pytest.param({"inputs": ("a", "b")}, {"a": 4, "b": 12}, [], id="stateless counts may differ"),
        pytest.param({"inputs": ()}, {}, ["no input"], id="nothing to read"),
        pytest.param(
            {"inputs": ("a", "b")},
            {},
            ["'a' does not exist", "'b' does not exist"],
            id="all problems at once",
        ),
        pytest.param(
            {"inputs": ("a",), "changelog": "c"}, {"a": 4}, ["'c' does not exist"], id="no changelog"
        ),
        pytest.param(
            {"inputs": ("a",), "changelog": "c"},
            {"a": 4, "c": 8},
            ["a: 4, c: 8"],
            id="changelog of another count",
        ),
        pytest.param(
            {"inputs": ("a", "b"), "changelog": "c"},
            {"a": 4, "b": 2, "c": 4},
            ["b: 2"],
            id="inputs of two counts",
        ),
    ],
)
def test_what_hinders_a_stage_is_said_before_it_starts(fields, partitions, words):
    found = problems(stage(**fields), partitions)
    assert len(found) == len(words)
    assert all(word in problem for word, problem in zip(words, found, strict=True))
