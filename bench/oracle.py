"""What a live system should have found: the alerts of the same lines in one process, and what must be equal."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from bench.episodes import Episodes, episodes
from seerflow import assembly, replay
from seerflow.config import Config
from seerflow.detectors.contract import Seen, Stateless
from seerflow.engine import pipeline
from seerflow.model.alert import Alert
from seerflow.model.event import Event
from seerflow.model.log import Origin, RawLog


class Oracle(Struct, frozen=True):
    """What the lines lead to in one process."""

    alerts: dict[str, Alert]
    hits: Counter[str]  # by keyed detector
    episodes: Episodes  # of the correlations
    last: int  # the newest event time, microseconds


def final(revisions: Iterable[Alert]) -> dict[str, Alert]:
    """Give each alert at its highest revision."""
    last: dict[str, Alert] = {}
    for alert in revisions:
        if alert.id not in last or alert.revision > last[alert.id].revision:
            last[alert.id] = alert
    return last


def essence(alerts: Mapping[str, Alert]) -> set[tuple[object, ...]]:
    """Give what must be equal however the alerts came to be: id, story, key, level, state, rules and their levels.

    Not the count: a revision is sent when a finding's count has doubled, and what an alert of several findings had
    counted by then depends on which of them came first. The exact counts are compared in the cells (episodes.py).
    """
    return {
        (a.id, a.story, a.key, a.level, a.state, tuple(sorted((c.rule, c.level) for c in a.causes)))
        for a in alerts.values()
    }


class _Counting:
    """A stateless detector whose hits are counted."""

    def __init__(self, inner: Stateless, hits: Counter[str]) -> None:
        self.name, self._inner, self._hits = inner.name, inner, hits
        self.last = 0

    def on_event(self, event: Event) -> Seen:
        seen = self._inner.on_event(event)
        self.last = max(self.last, event.time)
        self._hits.update(name for name, _ in seen.hits)
        return seen


def consulted(config: Config, lines: Iterable[tuple[str, str]], rules: list[str] | None = None) -> Oracle:
    """Show the same lines to one process, in order."""
    engine = assembly.assemble(config, rules=rules).engine
    hits = Counter[str]()
    detectors = tuple(_Counting(one, hits) for one in engine.stateless)
    engine = replace(engine, stateless=detectors)
    now = time.time_ns() // 1000
    logs = (
        RawLog(origin=Origin("oracle", 0, number), raw=line.encode(), received=now, source="syslog")
        for number, (_, line) in enumerate(lines)
    )
    cells = replay.cells(engine)
    alerts = final(alert for one in pipeline.run(engine, logs, cells) for alert in one.alerts)
    last = max(one.last for one in detectors)
    return Oracle(alerts, hits, episodes(cells["correlation"].data.items()), last)


def replayed(
    config: Config, lines: Iterable[tuple[str, str]], rules: list[str] | None = None
) -> dict[str, Alert]:
    """Give the alerts of the same lines in one process, in order."""
    return consulted(config, lines, rules).alerts
