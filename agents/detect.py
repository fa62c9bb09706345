"""Events to findings and hits: show each event to the stateless detectors, send each hit to its cell."""

from collections.abc import Sequence

from seerflow.adapters import codec
from seerflow.agents.bounds import count_bounds
from seerflow.agents.gathering import REACHED
from seerflow.agents.guard import attempted
from seerflow.agents.send import lines, set_aside
from seerflow.agents.stage import Stage
from seerflow.agents.wiring import Wiring
from seerflow.engine.cells import Cells
from seerflow.engine.routing import cell_key
from seerflow.model.event import Event
from seerflow.model.finding import Finding, Hit
from seerflow.model.log import Rejected
from seerflow.model.record import Outgoing, Record

NAME = "detect"

#: The topic of each keyed detector's hits.
HITS = {"correlation": "hits.correlate", "profile": "hits.profile"}


def stage(wiring: Wiring) -> Stage:
    """Build the stage: `events` in; `findings`, `hits.*` and `rejected` out."""
    engine = wiring.engine

    def step(record: Record, _cells: Cells) -> Sequence[Outgoing]:
        _refresh(wiring)
        events = codec.events(record.value)
        results, bugs = attempted(events, engine.detect, dead)
        found = [finding for seen in results for finding in seen.findings]
        hits: dict[str, list[tuple[bytes, Hit]]] = {name: [] for name in HITS}
        for seen in results:
            for detector, hit in seen.hits:
                hits[detector].append((cell_key(hit.key), hit))
        headers = reached(record, max([event.time for event in events], default=0))
        out: list[Outgoing] = [*set_aside(bugs, record.partition)]
        for name, items in hits.items():
            out += lines(HITS[name], items, wiring.partitions, headers)
        out += send_findings(wiring, found)
        count_bounds(wiring, events, results)
        wiring.metrics.add("seerflow_detect_events_in_total", len(events))
        wiring.metrics.add("seerflow_detect_rule_errors_total", len(bugs))
        for name, items in hits.items():
            if items:
                wiring.metrics.add("seerflow_detect_hits_out_total", len(items), (name,))
        return out

    return Stage(name=NAME, inputs=("events",), changelog=None, step=step, gathers=True)


def _refresh(wiring: Wiring) -> None:
    """Take new lists of indicators, if there are any: here, between two envelopes."""
    live = wiring.indicators
    if live is None:
        return
    live.refresh()
    wiring.metrics.put("seerflow_detect_indicators", live.count)
    wiring.metrics.put("seerflow_detect_indicator_reloads_total", live.taken, ("taken",))
    wiring.metrics.put("seerflow_detect_indicator_reloads_total", live.refused, ("refused",))


def reached(record: Record, time: int) -> dict[str, bytes]:
    """Give the headers that tell a keyed stage how far the event time of this feeder has come."""
    return {"feeder": str(record.partition).encode(), REACHED: str(time).encode()}


def send_findings(wiring: Wiring, found: Sequence[Finding]) -> list[Outgoing]:
    """Give the records that carry findings to the alerts that they belong to; count them."""
    wiring.metrics.found(found)
    items = [(wiring.engine.alerts.key(finding), finding) for finding in found]
    return list(lines("findings", items, wiring.partitions, {}))


def dead(event: Event, detail: str) -> Rejected:
    """Set an event aside on which a detector of ours broke."""
    return Rejected(
        origin=event.origin,
        raw=event.text.encode("utf-8", "replace"),
        stage=NAME,
        reason="bug",
        detail=detail,
        source=event.source,
        received=event.received,
    )
