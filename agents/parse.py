"""Raw logs to events: understand each log of an envelope, set aside what nobody understands."""

from collections import Counter
from collections.abc import Sequence

from seerflow.adapters import codec
from seerflow.agents.guard import guarded
from seerflow.agents.send import MAX_VALUE_BYTES, chunks, set_aside
from seerflow.agents.stage import Stage
from seerflow.agents.wiring import Wiring
from seerflow.engine.cells import Cells
from seerflow.engine.envelopes import RawDefaults, unpack
from seerflow.engine.pipeline import Engine
from seerflow.model.event import Event
from seerflow.model.log import RawLog, Rejected
from seerflow.model.record import Outgoing, Record

NAME = "parse"

#: What a raw topic that topics.yaml says nothing about is taken for: plain lines, format recognised.
PLAIN = RawDefaults()


def stage(wiring: Wiring) -> Stage:
    """Build the stage: every raw topic in, `events` and `rejected` out, in the partition the log came from."""

    def step(record: Record, _cells: Cells) -> Sequence[Outgoing]:
        opened = unpack(record, wiring.raw.get(record.topic, PLAIN))
        logs = [one for one in opened if isinstance(one, RawLog)]
        results = _understood(wiring.engine, logs)
        aside = [one for one in (*opened, *results) if isinstance(one, Rejected)]
        lines, large = _encoded([one for one in results if isinstance(one, Event)])
        aside += large
        wiring.metrics.add("seerflow_parse_logs_in_total", len(opened))
        wiring.metrics.rejected(aside)
        _count(wiring, results)
        events = [
            Outgoing(topic="events", partition=record.partition, value=value) for value in chunks(lines)
        ]
        return [*events, *set_aside(aside, record.partition)]

    return Stage(name=NAME, inputs=tuple(sorted(wiring.raw)), changelog=None, step=step, gathers=True)


def _understood(engine: Engine, logs: Sequence[RawLog]) -> list[Event | Rejected]:
    try:
        return [result for log in logs for result in engine.understand(log)]
    except Exception:  # noqa: BLE001 - the guard finds the one that breaks; to understand a log twice changes nothing
        return list(guarded(logs, engine.understand, _dead))


def _encoded(events: Sequence[Event]) -> tuple[list[bytes], list[Rejected]]:
    lines, large = [], []
    for event in events:
        line = codec.event_line(event)
        if len(line) <= MAX_VALUE_BYTES:
            lines.append(line)
        else:  # mostly control characters, which JSON writes six times as long
            large.append(
                Rejected(
                    origin=event.origin,
                    raw=event.text.encode("utf-8", "replace")[:MAX_VALUE_BYTES],
                    stage=NAME,
                    reason="too_long",
                    detail=f"the event's document has {len(line)} bytes, {MAX_VALUE_BYTES} are taken",
                    source=event.source,
                    received=event.received,
                )
            )
    return lines, large


def _dead(log: RawLog, detail: str) -> Rejected:
    return Rejected(
        origin=log.origin,
        raw=log.raw,
        stage=NAME,
        reason="bug",
        detail=detail,
        source=log.source,
        received=log.received,
    )


def _count(wiring: Wiring, results: Sequence[Event | Rejected]) -> None:
    titles = Counter([one.parser for one in results if isinstance(one, Event)])
    for title, count in titles.items():
        wiring.metrics.add("seerflow_parse_events_out_total", count, (title.partition("/")[0],))
