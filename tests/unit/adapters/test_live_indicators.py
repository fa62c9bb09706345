"""Lists of indicators that change while events go by."""

import logging
import os
import threading

import pytest

from seerflow.adapters.live_indicators import LOOK_SECONDS, LiveIndicators
from seerflow.adapters.metrics import Metrics
from seerflow.agents import detect
from seerflow.agents.wiring import Wiring
from seerflow.alerts.cell import AlertCell
from seerflow.detectors.intel.detector import IntelDetector
from seerflow.engine.pipeline import Engine
from seerflow.model.event import Event
from seerflow.model.log import Origin
from seerflow.model.record import Record


class Lists:
    """One list on disk, and the detector that follows it at times that the test sets."""

    def __init__(self, folder, content):
        self.file, self.now, self.writes = folder / "list.csv", 0.0, 0
        self.write(content)
        self.live = LiveIndicators([self.file], IntelDetector, lambda: self.now)

    def write(self, content):
        self.writes += 1
        self.file.write_text(content)
        os.utime(
            self.file, ns=(self.writes * 10**9, self.writes * 10**9)
        )  # two writes within one tick differ

    def later(self):
        """Look at the file, wait for the reading that this began, and take what it gave."""
        self.now += LOOK_SECONDS
        self.live.refresh()
        if self.live._reading:
            self.live._reading.exception(timeout=20)
        self.live.refresh()

    def finds(self, address):
        event = Event(
            id="0" * 32,
            origin=Origin("raw.test", 0, 0),
            time=0,
            received=0,
            parser="test/1",
            common={"source.ip": address},
        )
        return bool(self.live.on_event(event).findings)


@pytest.fixture
def lists(tmp_path):
    return Lists(tmp_path, "198.51.100.1\n")


def test_a_new_list_is_taken(lists):
    assert (lists.finds("198.51.100.1"), lists.finds("198.51.100.2")) == (True, False)
    lists.write("198.51.100.2\n198.51.100.3\n")
    lists.later()
    assert (lists.finds("198.51.100.1"), lists.finds("198.51.100.2")) == (False, True)
    assert (lists.live.count, lists.live.taken, lists.live.refused) == (2, 1, 0)


def test_a_file_that_did_not_change_is_not_read(lists):
    for _ in range(3):
        lists.later()
    assert (lists.live.taken, lists.live._thread) == (0, None)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(None, id="gone"),
        pytest.param("", id="empty"),
        pytest.param("198.51.100.2\n198.51.10", id="half written"),
        pytest.param("198.51.100.2\n0.0.0.0/0\n", id="a network as wide as the world"),
        pytest.param('value\n"198.51.100.2\n', id="a quote left open"),
    ],
)
def test_a_broken_list_keeps_the_last_good_one_and_says_so(lists, content, caplog):
    lists.file.unlink() if content is None else lists.write(content)
    lists.later()
    assert (lists.finds("198.51.100.1"), lists.finds("198.51.100.2")) == (True, False)
    assert (lists.live.count, lists.live.taken, lists.live.refused) == (1, 0, 1)
    (said,) = caplog.records
    assert (said.levelno, said.message) == (logging.WARNING, "indicators not taken, the last good ones stay")
    assert said.problems
    lists.write("198.51.100.2\n")
    lists.later()
    assert lists.finds("198.51.100.2")


def test_the_agent_looks_between_two_envelopes_and_counts(lists):
    metrics = Metrics("detect")
    engine = Engine(ruleset="", read=None, stateless=(), keyed={}, alerts=AlertCell())
    stage = detect.stage(Wiring(engine=engine, partitions=1, metrics=metrics, indicators=lists.live))
    record = Record(topic="events", partition=0, offset=0, key=None, value=b"", headers={}, timestamp=0)
    lists.write("broken row,\nnonsense\n")
    lists.now += LOOK_SECONDS
    stage.step(record, None)
    lists.live._reading.exception(timeout=20)
    stage.step(record, None)
    text = metrics.text().decode()
    assert "seerflow_detect_indicators 1.0" in text
    assert 'seerflow_detect_indicator_reloads_total{verdict="refused"} 1.0' in text


def test_a_long_reading_holds_up_nobody(lists, monkeypatch):
    gate = threading.Event()

    def slow(_paths):
        gate.wait(20)
        raise MemoryError

    monkeypatch.setattr("seerflow.adapters.feeds.read_indicators", slow)
    lists.write("198.51.100.2\n")
    lists.now += LOOK_SECONDS
    lists.live.refresh()
    lists.live.refresh()
    assert lists.finds("198.51.100.1")
    gate.set()
    lists.later()
    assert (lists.live.refused, lists.finds("198.51.100.1")) == (1, True)
