"""Watermarks: how far event time has come in a partition that many feed."""

import pytest

from seerflow.engine.clock import Watermark

#   feeder, event time, transport time (seconds)
CASES = [
    pytest.param([], 0, id="nothing is known before anything was seen"),
    pytest.param([("a", 10, 100)], 0, id="nor before every feeder had time to be heard"),
    pytest.param([("a", 10, 100), ("a", 11, 160)], 0, id="sixty seconds are not enough"),
    pytest.param([("a", 10, 100), ("a", 11, 161)], 11, id="one feeder"),
    pytest.param([("a", 10, 100), ("b", 5, 101), ("a", 20, 161)], 5, id="the slowest feeder holds it back"),
    pytest.param(
        [("a", 90, 100), ("b", 5, 160), ("a", 95, 161)], 5, id="and does so however late it is heard first"
    ),
    pytest.param([("a", 10, 100), ("a", 7, 161)], 10, id="a late log does not turn it back"),
    pytest.param(
        [("a", 5, 100), ("a", 6, 101), ("b", 90, 161)], 6, id="sixty seconds of silence still count"
    ),
    pytest.param([("a", 5, 100), ("b", 90, 161)], 90, id="a feeder silent for longer does not"),
    pytest.param(
        [("a", 1, 100), ("a", 999, 161)], 161, id="a log from the future cannot push it beyond the transport"
    ),
]


@pytest.mark.parametrize(("seen", "wanted"), CASES)
def test_watermark(seen: list[tuple[str, int, int]], wanted: int) -> None:
    mark = Watermark(idle=60)
    for feeder, time, transport in seen:
        mark.observe(feeder, time, transport)
    assert mark.value() == wanted
