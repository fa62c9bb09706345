"""Stages: what one worker does to records, said without Kafka and without Faust.

A stage is a value. Its functions are pure in the sense that matters here: they get the record and the cells and
give back what goes out; what they did is kept or forgotten as a whole.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from msgspec import Struct

from seerflow.engine.cells import Cells
from seerflow.model.log import Rejected
from seerflow.model.record import Outgoing, Record

Step = Callable[[Record, Cells], Sequence[Outgoing]]
Tick = Callable[[int, Cells], Sequence[Outgoing]]
Hook = Callable[[int, Cells], None]
Drain = Callable[[Callable[[], None]], Awaitable[None]]


class Stage(Struct, frozen=True, kw_only=True):
    """One stage: its topics and what it does.

    `step` is shown every record of an input partition in order, with that partition's cells. `tick`, where there
    is one, is called for each owned partition about every `tick_delay_seconds` of the worker's settings.
    `opened` and `closed` bracket the time in which cells may be remembered in decoded form: both are called when
    a partition comes or goes, and one after the other whenever cells were rolled back, so a cache of decoded
    cells has to be dropped in `closed`. They run in the reader's thread, never beside `step` or `tick`.
    `drain`, where there is one, is awaited before a clean end, after the last record, and has to end within seconds;
    it is given what ticks every owned partition, and may call it to keep what it waited for.
    `gathers` says that its records without a key hold documents, one a line: those of one transaction that go to the
    same partition may be joined.
    """

    name: str
    inputs: tuple[str, ...]
    step: Step
    changelog: str | None = None  # compacted topic of the cells; None: the stage keeps nothing
    tick: Tick | None = None
    opened: Hook | None = None
    closed: Hook | None = None
    drain: Drain | None = None
    gathers: bool = False
    dead_letter: Callable[[Rejected], Outgoing] | None = None  # None: JSON to the topic `rejected`

    @property
    def keyed(self) -> bool:
        """Whether something belongs to a partition number rather than to one topic's partition."""
        return self.changelog is not None or self.tick is not None

    @property
    def assignor(self) -> str:
        """How the group shares partitions.

        "range" gives partition p of every input to one member, which shared cells need; "roundrobin" spreads small
        topics better. Neither is "cooperative-sticky": it moves partitions in two steps, and a static member that
        dies between them and comes back gets its half-way share without a rebalance. What it had to give up then
        belongs to nobody until the next one.
        """
        return "range" if self.keyed else "roundrobin"


def problems(stage: Stage, partitions: Mapping[str, int]) -> list[str]:
    """Say what hinders the stage on a cluster whose topics have so many partitions."""
    found = [] if stage.inputs else [f"stage {stage.name}: it has no input topic"]
    wanted = (*stage.inputs, *((stage.changelog,) if stage.changelog else ()))
    found += [
        f"stage {stage.name}: topic '{topic}' does not exist; `seerflow topics apply` creates it"
        for topic in wanted
        if topic not in partitions
    ]
    counts = {topic: partitions[topic] for topic in wanted if topic in partitions}
    if stage.keyed and len(set(counts.values())) > 1:
        shown = ", ".join(f"{topic}: {count}" for topic, count in counts.items())
        found.append(
            f"stage {stage.name}: partition p of every topic shares the cells p, so the counts must be equal ({shown})"
        )
    return found
