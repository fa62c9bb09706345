"""The offline shell: the whole engine over files, in order, in one process, with cells in dicts.

What live workers find over the same logs, this finds too, with the same ids of alerts: it is their oracle.
"""

from collections.abc import Iterable, Iterator, Mapping

from seerflow.detectors.contract import Timed
from seerflow.engine.cells import DictCells
from seerflow.engine.pipeline import Engine, Found, follow, passed, run
from seerflow.model.alert import Alert
from seerflow.model.event import Event
from seerflow.model.log import RawLog

#: Logs after which time is shown to the cells that wait for it: seldom, since all of them are looked at.
EVERY = 10_000

#: Logs in a file may be so much out of order (microseconds) without a finding that is taken back.
LATENESS = 3_600_000_000


def cells(engine: Engine) -> dict[str, DictCells]:
    """Give empty cells for every keyed detector and for the alerts."""
    return {name: DictCells() for name in (*engine.keyed, "alerts")}


def over_logs(engine: Engine, logs: Iterable[RawLog]) -> Iterator[Found]:
    """Run the engine over raw logs."""
    memory = cells(engine)
    yield from _timed(engine, run(engine, logs, memory), memory)


def over_events(engine: Engine, events: Iterable[Event]) -> Iterator[Found]:
    """Run the engine over events that were parsed before."""
    memory = cells(engine)
    yield from _timed(engine, _followed(engine, events, memory), memory)


def _followed(engine: Engine, events: Iterable[Event], memory: Mapping[str, DictCells]) -> Iterator[Found]:
    for event in events:
        findings = tuple(follow(engine, event, memory))
        alerts = tuple(alert for finding in findings for alert in engine.alert(finding, memory["alerts"]))
        yield Found(events=(event,), findings=findings, alerts=alerts)


def _timed(engine: Engine, found: Iterable[Found], memory: Mapping[str, DictCells]) -> Iterator[Found]:
    """Let event time pass, so that what did not happen is said: now and then, and when the logs have ended."""
    timed = {name: one for name, one in engine.keyed.items() if isinstance(one, Timed) and one.timed}
    if not timed:
        yield from found
        return
    latest = 0
    for number, one in enumerate(found, 1):
        yield one
        latest = max(latest, *(event.time for event in one.events), 0)
        if not number % EVERY:
            yield from _passed(engine, timed, memory, latest - LATENESS)
    yield from _passed(engine, timed, memory, latest)


def _passed(
    engine: Engine, timed: Mapping[str, Timed], memory: Mapping[str, DictCells], watermark: int
) -> Iterator[Found]:
    findings = tuple(
        finding
        for name, one in timed.items()
        for finding in passed(one, list(memory[name].data), memory[name], watermark)
    )
    if findings:
        alerts = tuple(alert for finding in findings for alert in engine.alert(finding, memory["alerts"]))
        yield Found(findings=findings, alerts=alerts)


def final(found: Iterable[Found]) -> dict[str, Alert]:
    """Give each alert at its last revision, by id."""
    return {alert.id: alert for one in found for alert in one.alerts}
