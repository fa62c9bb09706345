"""From findings to alerts: one alert for a story about a key that began on a day (UTC, event time).

Law: the alert is a function of the set of findings that stand (alerts/memory.py); only its revision and the
notices along the way depend on the order in which they came.
"""

import hashlib
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from seerflow.alerts import memory as memories
from seerflow.alerts import score, suppress
from seerflow.alerts.memory import Entry, Memory, Said
from seerflow.alerts.suppress import Rest
from seerflow.model.alert import Alert, Cause
from seerflow.model.finding import LEVELS, Finding, Reason
from seerflow.model.identity import alert_id

#: Reasons that an alert shows.
MAX_REASONS = 8

_HOUR = 3_600_000_000  # microseconds

#: An alert can be amended for so long behind event time (microseconds): findings are never later than that.
RETENTION = 7 * 24 * _HOUR


class AlertCell(Struct, frozen=True, kw_only=True):
    """Makes alerts of findings. Options are values; what is remembered is in the cells."""

    min_level: str = "low"  # quieter alerts are for the record only
    quiet: int = 6 * _HOUR  # microseconds of event time after which new evidence is news again
    max_reopened: int = 3  # notices "reopened" of one alert
    assets: Mapping[str, float] = {}  # entity's value -> criticality, 1.0 for an ordinary one

    def key(self, finding: Finding) -> bytes:
        """Give the key of the finding's cell: its alert's id."""
        return alert_id(finding.story, finding.key, finding.first).encode()

    def on_finding(self, finding: Finding, cell: bytes | None) -> tuple[bytes | None, tuple[Alert, ...]]:
        """Show the finding to its cell. Gives the cell, and the alert's next revision if there is news."""
        memory = memories.read(cell)
        fresh = _fresh(memory, finding, finding.quiet or self.quiet)
        if not memories.taken_in(memory, finding):
            return cell, ()
        alert = self.alert(finding, memory)
        notice, said = self._notice(memory.said, alert, fresh=fresh)
        alert = self._as_told(alert, notice, said, finding, memory)
        if alert is None or not (notice or _visible(memory.said, alert)):
            memory.said = said
            return memories.written(memory), ()
        alert = msgspec.structs.replace(alert, revision=said.revision + 1, notice=notice)
        memory.said = msgspec.structs.replace(
            said,
            revision=alert.revision,
            title=alert.title,
            state=alert.state,
            level=alert.level,
            causes=_causes_mark(alert),
            count=alert.count,
        )
        return memories.written(memory), (alert,)

    def on_tick(self, cell: bytes, watermark: int) -> bytes | None:
        """Forget an alert whose evidence is older than RETENTION: nothing that is in time can still amend it."""
        return None if watermark - memories.last(memories.read(cell)) > RETENTION else cell

    def alert(self, finding: Finding, memory: Memory) -> Alert | None:
        """Give the alert that the cell amounts to, without a revision; None if nothing stands."""
        entries = memories.live(memory)
        rest = sorted(memory.rest.items())
        if not entries and not rest:
            return None
        causes = _causes(memory, entries)
        levels = [score.weighed(c.level, score.criticality(finding.key, self.assets)) for c in causes]
        spans = [(e.first, e.last) for e in entries] + [(r.first, r.last) for _, r in rest]
        return Alert(
            id=alert_id(finding.story, finding.key, finding.first),
            revision=0,
            level=score.loudest(levels),
            title=causes[0].title,
            story=finding.story,
            key=finding.key,
            first=min(first for first, _ in spans),
            last=max(last for _, last in spans),
            count=sum(cause.count for cause in causes),
            causes=causes,
            findings=tuple(entry.id for entry in entries),
            evidence=memories.evidence(memory, entries),
            reasons=_reasons(memory, entries),
            tags=tuple(sorted({tag for kind in _kinds(memory, entries) for tag in memory.kinds[kind].tags})),
        )

    def _notice(self, said: Said, alert: Alert | None, *, fresh: bool) -> tuple[str, Said]:
        """Decide what people hear, and note that they heard it."""
        rank = score.rank(alert.level) if alert is not None else -1
        change = msgspec.structs.replace
        if rank < score.rank(self.min_level):
            return ("retracted", change(said, open=False)) if said.open else ("", said)
        louder = change(said, open=True, ever=True, told=max(rank, said.told))
        again = change(louder, reopened=said.reopened + 1)
        if not said.ever:
            return "new", louder
        # One that was taken back comes again as "reopened", as long as that may be said.
        if rank > said.told and (said.open or said.reopened >= self.max_reopened):
            return "escalated", louder
        if (fresh or not said.open) and said.reopened < self.max_reopened:
            return "reopened", again
        return "", louder

    def _as_told(
        self, alert: Alert | None, notice: str, said: Said, finding: Finding, memory: Memory
    ) -> Alert | None:
        """Give a retracted alert the level that people were told, so that whoever heard of it hears that too."""
        if alert is not None and (said.open or not said.ever):
            return alert
        if not said.ever and not said.revision:
            return None
        level = LEVELS[said.told] if said.ever else said.level
        if alert is not None:
            return msgspec.structs.replace(alert, state="retracted", level=level)
        return Alert(
            id=alert_id(finding.story, finding.key, finding.first),
            revision=0,
            state="retracted",
            notice=notice,
            level=level,
            title=memory.said.title,
            story=finding.story,
            key=finding.key,
            first=finding.first,
            last=finding.last,
            count=0,
            causes=(),
            findings=(),
        )


def _fresh(memory: Memory, finding: Finding, quiet: int) -> bool:
    """Say whether the finding begins after a quiet gap. A known finding's growth is no gap: it never paused."""
    entries = memories.live(memory)
    if finding.retracted or not entries or any(entry.id == finding.id for entry in memory.entries):
        return False
    last = max([entry.last for entry in entries] + [rest.last for rest in memory.rest.values()])
    return finding.first - last > quiet


def _visible(said: Said, alert: Alert) -> bool:
    """Say whether a person who looks at the record would see something else than before."""
    return (
        (said.level, said.state, said.causes) != (alert.level, alert.state, _causes_mark(alert))
        or alert.count >= 2 * said.count
        or 2 * alert.count <= said.count
    )


def _causes_mark(alert: Alert) -> int:
    text = "\x1e".join(f"{c.detector}\x1f{c.rule}\x1f{c.title}\x1f{c.level}" for c in alert.causes)
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big")


def _kinds(memory: Memory, entries: list[Entry]) -> set[int]:
    return {entry.kind for entry in entries} | memory.rest.keys()


def _causes(memory: Memory, entries: list[Entry]) -> tuple[Cause, ...]:
    """Give one cause a rule, the loudest first; among equals the one that began first."""
    counts: dict[tuple[str, str], int] = {}
    order: dict[tuple[str, str], tuple[int, int, str]] = {}
    kinds: dict[tuple[str, str], int] = {}
    parts = [(memories.importance(memory, e), e.kind, e.count) for e in entries]
    for kind, rest in memory.rest.items():
        parts.append(((-score.rank(memory.kinds[kind].level), rest.first, "~"), kind, rest.count))
    for place, at, count in sorted(parts):
        rule = (memory.kinds[at].detector, memory.kinds[at].rule)
        order.setdefault(rule, place)
        kinds.setdefault(rule, at)
        counts[rule] = counts.get(rule, 0) + count
    ranked = sorted(order, key=lambda rule: (order[rule][:2], rule))
    return tuple(_cause(memory, kinds[rule], counts[rule]) for rule in ranked)


def _cause(memory: Memory, at: int, count: int) -> Cause:
    kind = memory.kinds[at]
    return Cause(
        detector=kind.detector,
        rule=kind.rule,
        title=kind.title,
        level=kind.level,
        ruleset=kind.ruleset,
        count=count,
    )


def _reasons(memory: Memory, entries: list[Entry]) -> tuple[Reason, ...]:
    guard: dict[str, Rest] = {}
    for kind, rest in sorted(memory.rest.items(), key=lambda item: memory.kinds[item[0]].rule):
        rule = memory.kinds[kind].rule
        guard[rule] = guard.get(rule, Rest()).with_more(rest)
    found = dict.fromkeys(reason for entry in entries for reason in memories.reasons(entry))
    return (*(suppress.reason(rule, rest) for rule, rest in guard.items()), *found)[:MAX_REASONS]
