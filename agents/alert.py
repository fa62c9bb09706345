"""Findings to alerts: show each finding to the alert that it belongs to."""

from collections.abc import Sequence

from seerflow.adapters import codec
from seerflow.agents.guard import guarded
from seerflow.agents.keyed import Sweeper, dead
from seerflow.agents.send import set_aside
from seerflow.agents.stage import Stage
from seerflow.agents.wiring import Wiring
from seerflow.engine.cells import Cells
from seerflow.model.alert import Alert
from seerflow.model.finding import Finding
from seerflow.model.log import Origin, Rejected
from seerflow.model.record import Outgoing, Record

NAME = "alert"


def stage(wiring: Wiring) -> Stage:
    """Build the stage: `findings` in, `alerts` out (one record a revision, under the alert's id), cells."""
    engine = wiring.engine
    sweeper = Sweeper(engine.alerts.on_tick)

    def step(record: Record, cells: Cells) -> Sequence[Outgoing]:
        batch = codec.findings(record.value)
        sweeper.observe(record, max((finding.last for finding in batch), default=0))

        def aside(finding: Finding, detail: str) -> Rejected:
            place = Origin(record.topic, record.partition, record.offset)
            return dead(NAME, codec.line(finding), place, detail)

        def show(finding: Finding) -> tuple[Alert | Rejected, ...]:
            return engine.alert(finding, cells)

        results = list(guarded(batch, show, aside))
        alerts = [one for one in results if isinstance(one, Alert)]
        bugs = [one for one in results if isinstance(one, Rejected)]
        wiring.metrics.add("seerflow_alert_findings_in_total", len(batch))
        wiring.metrics.alerted(alerts)
        return [*map(_outgoing, alerts), *set_aside(bugs, record.partition)]

    return Stage(
        name=NAME,
        inputs=("findings",),
        changelog="alert.cells",
        step=step,
        tick=sweeper.tick,
        closed=sweeper.closed,
    )


def _outgoing(alert: Alert) -> Outgoing:
    return Outgoing(topic="alerts", key=alert.id.encode(), value=codec.line(alert))
