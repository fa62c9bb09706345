"""What correlate and profile are: a keyed detector over the cells of a partition."""

from collections.abc import Sequence

from seerflow.adapters import codec
from seerflow.agents.detect import send_findings
from seerflow.agents.guard import guarded
from seerflow.agents.keyed import Sweeper, dead
from seerflow.agents.send import set_aside
from seerflow.agents.stage import Stage
from seerflow.agents.wiring import Wiring
from seerflow.detectors.contract import Timed
from seerflow.engine.cells import Cells
from seerflow.engine.routing import cell_key
from seerflow.model.finding import Finding, Hit
from seerflow.model.log import Rejected
from seerflow.model.record import Outgoing, Record


def remembering(wiring: Wiring, *, name: str, detector: str, hits: str) -> Stage:
    """Build a stage that shows the hits of one topic to one keyed detector."""
    engine = wiring.engine
    keyed = engine.keyed[detector]
    sweeper = Sweeper(keyed.on_tick, keyed if isinstance(keyed, Timed) and keyed.timed else None)

    def aside(hit: Hit, detail: str) -> Rejected:
        return dead(name, codec.line(hit), hit.evidence.origin, detail)

    def step(record: Record, cells: Cells) -> Sequence[Outgoing]:
        batch = codec.hits(record.value)
        sweeper.observe(record, max((hit.time for hit in batch), default=0))

        def show(hit: Hit) -> tuple[Finding | Rejected, ...]:
            return engine.remember(detector, hit, cells)

        results = list(guarded(batch, show, aside))
        if sweeper.timed:
            for key in {cell_key(hit.key) for hit in batch}:
                sweeper.noted(record.partition, key, cells)
        found = [one for one in results if isinstance(one, Finding)]
        bugs = [one for one in results if isinstance(one, Rejected)]
        wiring.metrics.add(f"seerflow_{name}_hits_in_total", len(batch))
        wiring.metrics.add(f"seerflow_{name}_rule_errors_total", len(bugs))
        return [*send_findings(wiring, found), *set_aside(bugs, record.partition)]

    def tick(partition: int, cells: Cells) -> Sequence[Outgoing]:
        found = sweeper.passed(partition, cells)
        return [*send_findings(wiring, found), *sweeper.tick(partition, cells)]

    return Stage(
        name=name,
        inputs=(hits,),
        changelog=f"{name}.cells",
        step=step,
        tick=tick,
        closed=sweeper.closed,
        gathers=True,
    )
