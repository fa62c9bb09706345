"""A clean end of the dispatch stage: what is under way ends, or stays pending, within bounded time."""

import asyncio
import logging

import pytest

from seerflow.adapters import codec
from seerflow.adapters.dispatching import Dispatcher
from seerflow.adapters.metrics import Metrics
from seerflow.agents import dispatch
from seerflow.agents.wiring import Wiring
from seerflow.alerts.outbox import Outcome, Policy, Route
from seerflow.engine import outboxes
from seerflow.engine.cells import DictCells
from seerflow.model.record import Record
from tests.unit.alerts.test_outbox import an_alert


class Slow:
    """A notifier that answers once somebody waits for it, or never."""

    name = "chat"

    def __init__(self, *, answers):
        self.answers, self.waited = answers, asyncio.Event()

    async def send(self, _attempt):
        await (asyncio.sleep(0) if self.answers else self.waited.wait())
        return Outcome(state="delivered")


@pytest.mark.parametrize(
    ("answers", "told", "left"),
    [
        pytest.param(True, 2, 0, id="what is under way ends, and is kept"),
        pytest.param(False, 0, 2, id="what does not end in time stays pending"),
    ],
)
def test_a_clean_end_drains(answers, told, left, monkeypatch, caplog):
    monkeypatch.setattr(dispatch, "DRAIN_SECONDS", 5.0 if answers else 0.01)
    metrics, cells = Metrics("dispatch", {"notifier": ["chat"]}), DictCells()
    caplog.set_level(logging.INFO)

    async def story():
        stage = dispatch.stage(
            Wiring(engine=None, partitions=1, metrics=metrics),
            Dispatcher([Slow(answers=answers)]),
            [Route(notifier="chat")],
            Policy(),
        )
        value = b"\n".join(codec.line(an_alert(name=name * 32)) for name in "ab")
        record = Record(topic="alerts", partition=0, offset=0, key=b"", value=value, headers={}, timestamp=0)
        stage.step(record, cells)
        assert stage.tick(0, cells) == []
        out = []
        await stage.drain(lambda: out.extend(stage.tick(0, cells)))
        return out

    out = asyncio.run(story())
    assert (len(out), outboxes.pending(cells)) == (told, left)
    assert f"seerflow_dispatch_pending_alerts {float(left)}" in metrics.text().decode()
    (said,) = [one for one in caplog.records if one.message == "deliveries drained"]
    assert (said.pending_alerts, said.cut_off_attempts) == (left, left)


def test_pending_alerts_are_counted_over_all_looks_of_a_round(monkeypatch):
    monkeypatch.setattr(outboxes, "MAX_SCAN", 20)
    metrics, cells = Metrics("dispatch"), DictCells()
    stage = dispatch.stage(
        Wiring(engine=None, partitions=1, metrics=metrics), _Silent(), [Route(notifier="chat")], Policy()
    )
    value = b"\n".join(codec.line(an_alert(name=f"{number:032x}")) for number in range(50))
    stage.step(
        Record(topic="alerts", partition=0, offset=0, key=b"", value=value, headers={}, timestamp=0), cells
    )
    seen = []
    for _ in range(6):
        stage.tick(0, cells)
        seen.append(metrics.text().decode().split("seerflow_dispatch_pending_alerts ")[-1].split("\n")[0])
    assert seen == ["20.0", "40.0", "50.0", "50.0", "50.0", "50.0"]
    stage.closed(0, cells)
    assert "seerflow_dispatch_pending_alerts 0.0" in metrics.text().decode()


class _Silent:
    """A dispatcher that begins nothing."""

    def offer(self, _partition, _attempts):
        return None

    def take_finished(self, _partition):
        return []

    def let_go(self, _partition):
        return None
