"""Every metric that is declared is filled by a path of the program: all stages at work, by hand."""

import asyncio
from collections import Counter, defaultdict
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from seerflow.adapters.dispatching import Dispatcher
from seerflow.adapters.metrics import METRICS, Metrics
from seerflow.agents import alert, correlate, detect, dispatch, parse, profile
from seerflow.agents.bounds import count_bounds
from seerflow.agents.detect import send_findings
from seerflow.agents.stats import Counters
from seerflow.agents.wiring import Wiring
from seerflow.alerts.outbox import Outcome, Policy, Route
from seerflow.assembly import STAGES, assemble
from seerflow.cli.collect import LOSSES, figures
from seerflow.config import Config
from seerflow.config.options import Indicators
from seerflow.engine.cells import DictCells
from seerflow.engine.envelopes import RawDefaults
from seerflow.model.event import Event
from seerflow.model.finding import Finding
from seerflow.model.log import Origin
from seerflow.model.record import Record
from seerflow.story import chapters


class Always:
    """A notifier to which everything arrives."""

    name = "chat"

    async def send(self, _attempt):
        return Outcome(state="delivered")


KNOWN = {"parser": ["openssh"], "detector": ["sigma", "correlation", "profile"], "notifier": ["chat"]}


@pytest.fixture(scope="module")
def metrics(tmp_path_factory):
    """The metrics of every stage, after a told attack."""
    made = {stage: Metrics(stage, KNOWN) for stage in STAGES}
    state = tmp_path_factory.mktemp("state")
    (state / "list.csv").write_text("198.51.100.23\n")
    made_of = assemble(Config(state_dir=str(state), indicators=(Indicators(path=str(state / "list.csv")),)))
    engine = made_of.engine
    raw = {"raw.lines": RawDefaults()}
    wirings = {name: _wired(engine, one, raw) for name, one in made.items()}
    wirings["detect"] = replace(wirings["detect"], indicators=made_of.indicators)
    asyncio.run(_told(wirings))
    # A profile that knows people takes weeks of logs; what it reports goes this way.
    finding = Finding(
        id="f",
        detector="profile",
        rule="r",
        title="t",
        level="low",
        story="s",
        key=(("user.name", "u"),),
        first=0,
        last=0,
    )
    send_findings(_wired(engine, made["profile"], raw), [finding])
    view = Counters().view(ready=True, positions={}, lag={("t", 0): 3}, stalled=())
    for one in made.values():
        one.watch(view, 1.0)
    _long_text(wirings["detect"])
    return made


def _long_text(wiring):
    event = Event(
        id="e",
        origin=Origin("t", 0, 0),
        time=0,
        received=0,
        parser="p/1",
        common={},
        native={"a": "x" * 40_000},
        text="x" * 40_000,
    )
    count_bounds(wiring, [event], [])


def _wired(engine, metrics, raw):
    return Wiring(engine=engine, partitions=1, metrics=metrics, raw=raw)


async def _told(wirings):
    dispatcher = Dispatcher([Always()])
    built = {one.NAME: one.stage(wirings[one.NAME]) for one in (parse, detect, alert)}
    built |= {
        name: one.stage(wirings[name]) for name, one in (("correlate", correlate), ("profile", profile))
    }
    built["dispatch"] = dispatch.stage(wirings["dispatch"], dispatcher, [Route(notifier="chat")], Policy())
    lines = [line.encode() for chapter in chapters(datetime.now(UTC)) for line in chapter.lines]
    topics = defaultdict(list, {"raw.lines": [*lines, b"\xff\x00" * 40, b" "]})
    for stage in built.values():
        cells = DictCells()
        for topic in stage.inputs:
            for offset, value in enumerate(topics[topic]):
                headers = {"feeder": b"0", "reached": b"1"}
                record = Record(
                    topic=topic,
                    partition=0,
                    offset=offset,
                    key=None,
                    value=value,
                    headers=headers,
                    timestamp=1,
                )
                for out in stage.step(record, cells):
                    topics[out.topic].append(out.value)
        if stage.drain:
            stage.tick(0, cells)
            await stage.drain(lambda tick=stage.tick, cells=cells: tick(0, cells))


def _collected():
    collectors = [SimpleNamespace(name="syslog_udp", counts=Counter(documents=3, bytes=9, dropped_full=1))]
    metrics = Metrics("collect", {"collector": ["syslog_udp"], "reason": LOSSES})
    figures(metrics, collectors)
    return metrics


def test_each_is_filled(metrics):
    text = b"".join(one.text() for one in (*metrics.values(), _collected())).decode()
    filled = {line.split("{")[0].split(" ")[0] for line in text.splitlines() if not line.startswith("#")}
    assert {one.name for one in METRICS} - filled == set()


def test_what_is_still_to_be_told_is_counted(metrics):
    text = metrics["dispatch"].text().decode()
    assert "seerflow_dispatch_pending_alerts 0.0" in text
    assert 'seerflow_dispatch_deliveries_total{notifier="chat",state="delivered"}' in text
