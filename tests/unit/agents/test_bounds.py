"""Bounds that an event reaches are counted, and an ordinary event reaches none."""

import pytest

from seerflow.adapters import codec
from seerflow.adapters.metrics import Metrics
from seerflow.agents import detect
from seerflow.agents.wiring import Wiring
from seerflow.alerts.cell import AlertCell
from seerflow.detectors.intel.detector import MAX_FINDINGS, IntelDetector
from seerflow.detectors.intel.lists import read_csv
from seerflow.detectors.sigma.patterns import MAX_COUNTED
from seerflow.detectors.sigma.values import MAX_ELEMENTS
from seerflow.engine.pipeline import Engine
from seerflow.model.event import Event
from seerflow.model.log import Origin
from seerflow.model.record import Record

LIST, _ = read_csv("list", "\n".join(f"d{number}.example.com" for number in range(200)).encode())


def event(native, text=None):
    shown = str(native) if text is None else text
    return Event(
        id="0" * 32,
        origin=Origin("raw.test", 0, 0),
        time=0,
        received=0,
        parser="test/1",
        common={},
        native=native,
        text=shown,
    )


def names(first, last):
    return ",".join(f"d{number}.example.com" for number in range(first, last))


@pytest.mark.parametrize(
    ("native", "bounds"),
    [
        pytest.param({"a": "x", "b": ["y"] * 3}, {}, id="an ordinary event"),
        pytest.param({"a": "x" * MAX_COUNTED}, {}, id="just as long as patterns look"),
        pytest.param({"a": "x" * (MAX_COUNTED + 1)}, {"pattern_characters": 1}, id="longer"),
        pytest.param(
            {"a": ["x" * (MAX_COUNTED + 1), "y"]}, {"pattern_characters": 1}, id="longer, in a list"
        ),
        pytest.param({"a": ["x"] * MAX_ELEMENTS}, {}, id="a list that is looked at whole"),
        pytest.param({"a": ["x"] * (MAX_ELEMENTS + 1)}, {"list_elements": 1}, id="a longer one"),
        pytest.param(
            {"QueryResults": names(0, 40), "query": [f"d{n}.example.com" for n in range(40, 60)]},
            {},
            id="sixty findings",
        ),
        pytest.param(
            {"QueryResults": names(0, 60), "query": [f"d{n}.example.com" for n in range(60, 120)]},
            {"intel_findings": 1},
            id="more than one event may make",
        ),
    ],
)
def test_a_bound_that_is_reached_is_counted(native, bounds):
    metrics = Metrics("detect")
    engine = Engine(ruleset="", read=None, stateless=(IntelDetector(LIST),), keyed={}, alerts=AlertCell())
    stage = detect.stage(Wiring(engine=engine, partitions=1, metrics=metrics))
    value = codec.event_line(event(native))
    found = stage.step(
        Record(topic="events", partition=0, offset=0, key=None, value=value, headers={}, timestamp=0), None
    )
    assert sum(len(codec.findings(one.value)) for one in found if one.topic == "findings") <= MAX_FINDINGS
    text = metrics.text().decode()
    counted = {
        bound: 1
        for bound in ("intel_findings", "list_elements", "pattern_characters", "other")
        if f'seerflow_detect_bounds_reached_total{{bound="{bound}"}} 1.0' in text
    }
    assert counted == bounds
