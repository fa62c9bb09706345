"""Watermarks: how far event time has come in a partition that many feed."""

import pytest

from seerflow.engine.clock import Watermark

#   feeder, event time, transport time (seconds)
CASES = [
    pytest.param([], 0, id="nothing is known before anything was seen"),
    pytest.param([("a", 10, 100)], 10, id="one feeder"),
    pytest.param([("a", 10, 100), ("b", 5, 101)], 5, id="the slowest feeder holds it back"),
    pytest.param([("a", 10, 100), ("a", 7, 101)], 10, id="a late log does not turn it back"),
    pytest.param([("a", 5, 100), ("b", 90, 160)], 5, id="sixty seconds of silence still count"),
    pytest.param([("a", 5, 100), ("b", 90, 161)], 90, id="a feeder silent for longer does not"),
    pytest.param([("a", 999, 100)], 100, id="a log from the future cannot push it beyond the transport"),
]


@pytest.mark.parametrize(("seen", "wanted"), CASES)
def test_watermark(seen: list[tuple[str, int, int]], wanted: int) -> None:
    mark = Watermark(idle=60)
    for feeder, time, transport in seen:
        mark.observe(feeder, time, transport)
    assert mark.value() == wanted
