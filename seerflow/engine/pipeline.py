"""The engine: every stage's decision in one value, pure. The agents run one stage of it each; replay runs all.

Order: read (parsers) -> enrich -> detect (stateless) -> keyed detectors -> alerts. Time, cells and reference
data are handed in; the same input gives the same output, whichever shell runs it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol, TypeVar

from msgspec import Struct

from seerflow.detectors.contract import Keyed, Seen, Stateless, Timed
from seerflow.engine.cells import Cells
from seerflow.engine.routing import cell_key
from seerflow.enrichers.chain import Enricher, enrich
from seerflow.model.alert import Alert
from seerflow.model.event import Event
from seerflow.model.finding import Finding, Hit
from seerflow.model.log import RawLog, Rejected

T = TypeVar("T")
R = TypeVar("R")


class AlertBook(Protocol):
    """What turns findings into alerts (seerflow.alerts)."""

    def key(self, finding: Finding) -> bytes:
        """Give the key of the cell that the finding belongs to."""

    def on_finding(self, finding: Finding, cell: bytes | None) -> tuple[bytes | None, tuple[Alert, ...]]:
        """Give the cell as it is now and the revisions of alerts that people may need to see."""

    def on_tick(self, cell: bytes, watermark: int) -> bytes | None:
        """Forget an alert that nothing can amend any more."""


class Engine(Struct, frozen=True, kw_only=True):
    """All decisions of one configuration."""

    ruleset: str
    read: Callable[[RawLog], tuple[Event | Rejected, ...]]
    enrichers: tuple[Enricher, ...] = ()
    stateless: tuple[Stateless, ...]
    keyed: Mapping[str, Keyed]
    alerts: AlertBook

    def understand(self, raw: RawLog) -> tuple[Event | Rejected, ...]:
        """Read one raw log and add what is known about it."""
        results, enrichers = self.read(raw), self.enrichers
        if not enrichers:
            return results
        if len(results) == 1:  # as nearly always
            one = results[0]
            return (enrich(one, enrichers),) if isinstance(one, Event) else results
        return tuple([enrich(one, enrichers) if isinstance(one, Event) else one for one in results])

    def detect(self, event: Event) -> Seen:
        """Show one event to every stateless detector."""
        if len(self.stateless) == 1:
            return self.stateless[0].on_event(event)
        findings: tuple[Finding, ...] = ()
        hits: tuple[tuple[str, Hit], ...] = ()
        for detector in self.stateless:
            seen = detector.on_event(event)
            findings += seen.findings
            hits += seen.hits
        return Seen(findings, hits)

    def remember(self, detector: str, hit: Hit, cells: Cells) -> tuple[Finding, ...]:
        """Show one hit to its cell."""
        return step(self.keyed[detector].on_hit, cell_key(hit.key), hit, cells)

    def alert(self, finding: Finding, cells: Cells) -> tuple[Alert, ...]:
        """Show one finding to the alert that it belongs to."""
        return step(self.alerts.on_finding, self.alerts.key(finding), finding, cells)


def step(
    work: Callable[[T, bytes | None], tuple[bytes | None, tuple[R, ...]]], key: bytes, item: T, cells: Cells
) -> tuple[R, ...]:
    """Show one item to one cell and keep what the cell became."""
    before = cells.get(key)
    after, out = work(item, before)
    if after != before:
        cells.put(key, after)
    return out


def sweep(
    on_tick: Callable[[bytes, int], bytes | None], cells: Cells, after: bytes, watermark: int, limit: int
) -> bytes:
    """Show a tick to up to `limit` cells behind `after`; give the key to go on from (b"" when the round is done)."""
    last, seen = b"", 0
    for key, cell in list(cells.scan(after, limit)):
        kept = on_tick(cell, watermark)
        if kept != cell:
            cells.put(key, kept)
        last, seen = key, seen + 1
    return last if seen == limit else b""


def passed(timed: Timed, keys: Iterable[bytes], cells: Cells, watermark: int) -> tuple[Finding, ...]:
    """Show time to the cells of those keys: what their waiting has come to."""
    found: tuple[Finding, ...] = ()
    for key in keys:
        before = cells.get(key)
        if before is None:
            continue
        after, said = timed.on_time(before, watermark)
        if after != before:
            cells.put(key, after)
        found += said
    return found


class Found(Struct, frozen=True, kw_only=True):
    """What one raw log led to, in one process: everything that each stage gave, in order."""

    events: tuple[Event, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    findings: tuple[Finding, ...] = ()
    alerts: tuple[Alert, ...] = ()


def run(engine: Engine, logs: Iterable[RawLog], cells: Mapping[str, Cells]) -> Iterator[Found]:
    """Run the whole engine over logs in order. `cells` has one mapping for each keyed detector and "alerts"."""
    for raw in logs:
        results = engine.understand(raw)
        events = tuple(one for one in results if isinstance(one, Event))
        rejected = tuple(one for one in results if isinstance(one, Rejected))
        findings = tuple(found for event in events for found in follow(engine, event, cells))
        alerts = tuple(a for f in findings for a in engine.alert(f, cells["alerts"]))
        yield Found(events=events, rejected=rejected, findings=findings, alerts=alerts)


def follow(engine: Engine, event: Event, cells: Mapping[str, Cells]) -> Iterator[Finding]:
    """Give every finding that one event leads to: its own, then those of the keyed detectors."""
    seen = engine.detect(event)
    yield from seen.findings
    for name, hit in seen.hits:
        yield from engine.remember(name, hit, cells[name])
