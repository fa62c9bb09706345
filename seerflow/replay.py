"""The offline shell: the whole engine over files, in order, in one process, with cells in dicts.

What live workers find over the same logs, this finds too, with the same ids of alerts: it is their oracle.
"""

from collections.abc import Iterable, Iterator

from seerflow.engine.cells import DictCells
from seerflow.engine.pipeline import Engine, Found, follow, run
from seerflow.model.alert import Alert
from seerflow.model.event import Event
from seerflow.model.log import RawLog


def cells(engine: Engine) -> dict[str, DictCells]:
    """Give empty cells for every keyed detector and for the alerts."""
    return {name: DictCells() for name in (*engine.keyed, "alerts")}


def over_logs(engine: Engine, logs: Iterable[RawLog]) -> Iterator[Found]:
    """Run the engine over raw logs."""
    return run(engine, logs, cells(engine))


def over_events(engine: Engine, events: Iterable[Event]) -> Iterator[Found]:
    """Run the engine over events that were parsed before."""
    memory = cells(engine)
    for event in events:
        findings = tuple(follow(engine, event, memory))
        alerts = tuple(alert for finding in findings for alert in engine.alert(finding, memory["alerts"]))
        yield Found(events=(event,), findings=findings, alerts=alerts)


def final(found: Iterable[Found]) -> dict[str, Alert]:
    """Give each alert at its last revision, by id."""
    return {alert.id: alert for one in found for alert in one.alerts}
