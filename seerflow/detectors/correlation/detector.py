"""Sigma correlations over the hits of one key, in event time.

Law: windows are half-open, (t - timespan, t]; the live findings are a function of the set of hits, not of their
order. Exact for hits in order, always. A late hit is exact while the rows that its windows reach are kept:
no rows were squeezed out behind it (bounds.py; more than 256 in the windows of interest), it is not later than
`lateness`, its key had no more than MAX_EPISODES findings since, and a rule that listens to another's firing
listens to one that more hits cannot silence (gte, gt, temporal). A repeat is recognised while its row is kept:
always among a key's latest 64 hits.
"""

import hashlib
from functools import lru_cache

from seerflow.detectors.correlation import bounds, episodes, intake, numbers, wording
from seerflow.detectors.correlation import cell as cells
from seerflow.detectors.correlation.cell import Cell, Proof
from seerflow.detectors.correlation.episodes import Change
from seerflow.detectors.correlation.intake import Flip
from seerflow.detectors.correlation.plan import Course, Group, Leg, Plan, course_of, groups, mark
from seerflow.detectors.correlation.track import ID, Track
from seerflow.model.entity import Key
from seerflow.model.finding import Finding, Hit, Reason
from seerflow.model.identity import finding_id
from seerflow.rules.correlation import Correlation

#: Rows that a track keeps, or twice what a verdict needs where that is more.
ROWS = 256

#: Combinations of rules that events matched; forgotten when there are too many.
MAX_COURSES = 4_096

_HOUR = 3_600_000_000  # microseconds


class CorrelationDetector:
    """Counts, and sees orders, among the hits of one group key."""

    name = "correlation"

    def __init__(
        self,
        correlations: tuple[Correlation, ...],
        ruleset: str,
        lateness: int = _HOUR,
        rows: int = ROWS,
    ) -> None:
        self._groups = groups(correlations)
        self._plans = {plan.mark: plan for group in self._groups.values() for plan in group.plans}
        self.timed = any(group.waits for group in self._groups.values())
        self._ruleset = ruleset
        self._lateness = lateness
        self._rows = rows
        self._courses: dict[tuple[tuple[str, ...], tuple[str, ...]], Course] = {}

    def on_hit(self, hit: Hit, cell: bytes | None) -> tuple[bytes | None, tuple[Finding, ...]]:
        """Show the hit to all correlations that group by its key's fields and name one of its rules."""
        group = self._groups.get(tuple([field for field, _ in hit.key]))
        course = self._course(group, hit.rules) if group is not None else None
        if group is None or course is None or not course.marks:
            return cell, ()
        content = cells.read(cell)
        event = identity(hit.evidence.event)
        tracks, said = _shown(hit, event, course, content)
        if not tracks:
            return cell, ()
        for plan, track in tracks:
            bounds.bounded(track, plan, self._rows)
            content.tracks[plan.mark] = track.packed()
        cells.keep_proof(content, Proof(hit.time, event, course.marks, cells.encoded(hit.evidence)))
        found = tuple([self._finding(hit.key, plan, change, content) for plan, change in said])
        if group.waits:
            content.key = hit.key
            return cells.written(content, self._due(content)), found
        return cells.written(content), found

    def due(self, cell: bytes) -> int:
        """Give when the cell's next silence will be known; 0: it waits for none."""
        return cells.due(cell) if self.timed else 0

    def on_time(self, cell: bytes, watermark: int) -> tuple[bytes | None, tuple[Finding, ...]]:
        """Say what silence up to the watermark means: no hit in order is from before it."""
        if not 0 < cells.due(cell) <= watermark:
            return cell, ()
        content = cells.read(cell)
        said: list[tuple[Plan, Change]] = []
        for at, plan, track in self._waiting(content):
            if intake.settled(track, plan, watermark):
                said += [(plan, change) for change in episodes.renewed(track, plan)]
            content.tracks[at] = track.packed()
        found = tuple([self._finding(content.key, plan, change, content) for plan, change in said])
        return cells.written(content, self._due(content)), found

    def _waiting(self, content: Cell) -> list[tuple[int, Plan, Track]]:
        """Give the tracks of plans that wait for silence."""
        return [
            (at, plan, Track(packed))
            for at, packed in content.tracks.items()
            if (plan := self._plans.get(at)) is not None and plan.reach
        ]

    def _due(self, content: Cell) -> int:
        waiting = [due for _, plan, track in self._waiting(content) if (due := intake.pending(track, plan))]
        return min(waiting, default=0)

    def on_tick(self, cell: bytes, watermark: int) -> bytes | None:
        """Free rows and episodes that no hit can reach which is not later than the allowed lateness."""
        content = cells.read(cell)
        for at, packed in list(content.tracks.items()):
            plan = self._plans.get(at)
            if plan is None:  # the rule was changed or taken away
                del content.tracks[at]
                continue
            track = Track(packed)
            horizon = watermark - self._lateness - plan.timespan
            due = intake.pending(track, plan) if plan.reach else 0
            if due:  # its finding is still to be made
                horizon = min(horizon, due - plan.reach - 1)
            bounds.free(track, list(range(track.find(horizon + 1, b""))))
            # Silence is told late: what fires next may still belong to an episode that is older by so much.
            track.episodes = [one for one in track.episodes if one.last >= horizon - plan.reach]
            if len(track) or track.episodes:
                content.tracks[at] = track.packed()
            else:
                del content.tracks[at]
        _forget_proofs(content, watermark - self._lateness)
        return cells.written(content, self._due(content) if cells.due(cell) else 0)

    def _course(self, group: Group, rules: tuple[str, ...]) -> Course:
        """Give what hits of these rules are to the plans of a group; kept, since they are few."""
        course = self._courses.get((group.fields, rules))
        if course is None:
            if len(self._courses) >= MAX_COURSES:
                self._courses.clear()
            course = self._courses[group.fields, rules] = course_of(group, rules)
        return course

    def _finding(self, key: Key, plan: Plan, change: Change, content: Cell) -> Finding:
        rule, episode = plan.correlation, change.episode
        lost = content.tracks[plan.mark].lost
        return Finding(
            id=finding_id(rule.id, key, episode.anchor.hex()),
            revision=episode.revision,
            retracted=change.retracted,
            replaces=finding_id(rule.id, key, change.replaces.hex()) if change.replaces else "",
            detector=self.name,
            rule=rule.id,
            title=rule.title,
            level=rule.level,
            ruleset=self._ruleset,
            story=rule.story,
            quiet=rule.cooldown,
            key=key,
            first=episode.first,
            last=episode.last,
            count=episode.count,
            evidence=cells.shown(content.proofs, plan.inputs, (episode.first, episode.anchor), episode.last),
            reasons=_reasons(plan, episode.count, lost),
            tags=rule.tags,
            authors=rule.authors,
            licence=rule.licence,
        )


def identity(event: str) -> bytes:
    """Give the event's id as bytes. Ids are 32 hexadecimal digits; anything else gets some of its own."""
    if len(event) == 2 * ID:
        try:
            return bytes.fromhex(event)
        except ValueError:
            pass
    return hashlib.blake2b(event.encode("utf-8", "surrogatepass"), digest_size=ID).digest()


def _shown(
    hit: Hit, event: bytes, course: Course, content: Cell
) -> tuple[list[tuple[Plan, Track]], list[tuple[Plan, Change]]]:
    """Give the tracks that changed, and what is to be said."""
    tracks: list[tuple[Plan, Track]] = []
    said: list[tuple[Plan, Change]] = []
    flips: dict[str, list[Flip]] = {}
    this = Flip(hit.evidence.time, event, True)
    for leg in course.legs:
        plan, own = leg.plan, label_of(leg, hit)
        heard = [(bit, flip) for rule, bit in leg.hears for flip in flips.get(rule, ())] if flips else []
        if not own and not heard:
            continue
        track = Track(content.tracks.get(plan.mark))
        flipped, in_order = intake.taken(track, plan, this, own, heard)
        if flipped is None:
            continue
        tracks.append((plan, track))
        if flipped and leg.heard:
            flips[plan.correlation.id] = flipped
        if not plan.silent:
            changes = episodes.extended(track, plan) if in_order else episodes.renewed(track, plan)
            said += [(plan, change) for change in changes]
    return tracks, said


def label_of(leg: Leg, hit: Hit) -> int:
    """Give the hit's label for a plan: its rules, its value's hash or its number; 0: it is none of the plan's."""
    plan, own = leg.plan, leg.label
    if not own or not plan.counts_values:
        return own
    return numbers.label(hit.fields.get(plan.correlation.fields[0])) if plan.numbers else _value(plan, hit)


def _value(plan: Plan, hit: Hit) -> int:
    """Give the hash of the values that are counted; 0, which is no label, where one is missing."""
    values = [hit.fields.get(field) for field in plan.correlation.fields]
    return 0 if None in values else _texts_mark(*values) | 1


@lru_cache(
    maxsize=4_096
)  # values are cut at 1,000 characters (sigma/detector.py): 4 MB for each that is counted
def _texts_mark(*values: str | None) -> int:
    return mark(*values)


def _reasons(plan: Plan, count: int, lost: int) -> tuple[Reason, ...]:
    rule = plan.correlation
    wanted = wording.wanted(rule)
    reasons = [
        Reason(
            text=f"{count} hits; {wording.sentence(rule, wanted)}",
            feature=rule.type,
            value=str(count),
            baseline=wanted,
            n=count,
        )
    ]
    if lost:
        reasons.append(Reason(text=f"{lost} older hits were set aside by the bound on a cell", n=lost))
    return tuple(reasons)


def _forget_proofs(content: Cell, horizon: int) -> None:
    """Keep what a row or an episode's beginning can still show."""
    starts = [(e.first, e.anchor) for packed in content.tracks.values() for e in packed.episodes]
    guarded = cells.heads(content.proofs, starts)
    oldest = min(
        (Track(packed).times[0] for packed in content.tracks.values() if packed.times), default=horizon
    )
    content.proofs = [p for n, p in enumerate(content.proofs) if p.time >= oldest or n in guarded]
