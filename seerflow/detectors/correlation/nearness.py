"""How close groups came to a correlation's threshold, so that it can be judged on logs that were kept.

All hits are held, so this is for a file of events and not for a stream. Judged are thresholds from below (gte, gt)
and how many of its rules a temporal one saw; not judged are joined rules and silence, which hold or do not.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from seerflow.detectors.correlation import intake, numbers
from seerflow.detectors.correlation.detector import identity, label_of
from seerflow.detectors.correlation.intake import Flip
from seerflow.detectors.correlation.plan import ABSENCE, Plan, course_of, groups
from seerflow.detectors.correlation.scan import count_rules
from seerflow.detectors.correlation.track import Track
from seerflow.model.entity import Key
from seerflow.model.finding import Hit
from seerflow.rules.correlation import Correlation

#: Groups that are held over all rules; hits of more are not looked at, and counted.
MAX_GROUPS = 200_000


class Near(Struct, frozen=True, kw_only=True):
    """One group of one correlation: the most that a window of it reached."""

    rule: str
    key: Key
    reached: float
    wanted: float

    @property
    def fired(self) -> bool:
        """Whether that was enough."""
        return self.reached >= self.wanted


class Nearness:
    """Takes hits, in any order, and says in the end how close each group came."""

    def __init__(self, correlations: tuple[Correlation, ...]) -> None:
        self._groups = groups(correlations)
        self._tracks: dict[tuple[int, Key], tuple[Plan, Track]] = {}
        self.unseen = 0  # hits of groups beyond MAX_GROUPS

    def take(self, hit: Hit) -> None:
        """Show a hit to the correlations that group by its key's fields."""
        group = self._groups.get(tuple(field for field, _ in hit.key))
        if group is None:
            return
        flips: dict[str, list[Flip]] = {}
        this = Flip(hit.time, identity(hit.evidence.event), True)
        for leg in course_of(group, hit.rules).legs:
            own = label_of(leg, hit)
            heard = [(bit, flip) for rule, bit in leg.hears for flip in flips.get(rule, ())]
            track = self._track(leg.plan, hit.key) if own or heard else None
            if track is not None:
                flips[leg.plan.correlation.id] = intake.taken(track, leg.plan, this, own, heard)[0] or []

    def _track(self, plan: Plan, key: Key) -> Track | None:
        place = (plan.mark, key)
        if place not in self._tracks:
            if len(self._tracks) >= MAX_GROUPS:
                self.unseen += 1
                return None
            self._tracks[place] = (plan, Track())
        return self._tracks[place][1]

    def all(self) -> Iterator[Near]:
        """Give every group of every correlation that is judged."""
        for (_, key), (plan, track) in self._tracks.items():
            wanted = _wanted(plan)
            if wanted is not None and len(track):
                reached = max(_reached(plan, track))
                yield Near(rule=plan.correlation.id, key=key, reached=reached, wanted=wanted)


def _wanted(plan: Plan) -> float | None:
    """Give the threshold from below; None where there is none."""
    c = plan.correlation
    if c.expression or c.type == ABSENCE:
        return None
    if c.type == "temporal_ordered":
        return len(c.rules)
    by = dict(c.conditions)
    if "gte" in by or c.type in numbers.RECKONINGS:
        return by.get("gte", by.get("gt"))
    return by["gt"] + 1 if "gt" in by else len(c.rules) if c.type == "temporal" and not by else None


def _reached(plan: Plan, track: Track) -> Iterable[float]:
    reckoning = numbers.RECKONINGS.get(plan.correlation.type)
    for row, time in enumerate(track.times):
        since = time - plan.timespan
        if reckoning is None:
            count = plan.count(track, row, since, plan.enough)
            # An order is there or not: near is who has many of its rules.
            part = plan.correlation.type == "temporal_ordered" and not count
            yield min(count_rules(track, row, since, plan.enough), plan.enough - 1) if part else count
        else:
            yield reckoning(*numbers.window(track, row, since), plan.correlation.percentile)
