"""A hit enters a track: its row, and the rows whose windows it is in, are judged."""

from collections.abc import Sequence

from msgspec import Struct

from seerflow.detectors.correlation.plan import Plan
from seerflow.detectors.correlation.track import Track


class Flip(Struct, frozen=True, gc=False):
    """A row began to fire, or stopped."""

    time: int
    event: bytes
    fires: bool


def taken(
    track: Track, plan: Plan, hit: Flip, own: int, heard: Sequence[tuple[int, Flip]]
) -> tuple[list[Flip] | None, bool]:
    """Put the hit, and what other correlations' firing means here, into the track.

    Gives the rows whose verdict changed (None: nothing changed at all), and whether the only change was one
    row at the end.
    """
    if own and not heard and not plan.reach:
        rows = len(track.times)
        if not rows or hit.time > track.times[-1] or (hit.time, hit.event) > track.place(rows - 1):
            track.append(hit.time, hit.event, own)
            return _last_judged(track, plan, hit), True
    labels: dict[tuple[int, bytes], int] = {(hit.time, hit.event): own} if own else {}
    gone: list[tuple[int, Flip]] = []
    for bit, flip in heard:
        if flip.fires:
            place = (flip.time, flip.event)
            labels[place] = labels.get(place, 0) | bit
        else:
            gone.append((bit, flip))
    if len(labels) == 1 and not gone and not plan.reach:
        [((time, event), label)] = labels.items()
        rows = len(track.times)
        if not rows or (time, event) > track.place(rows - 1):
            track.append(time, event, label)
            return _last_judged(track, plan, Flip(time, event, True)), True
    places = [place for place in sorted(labels) if _put(track, plan, *place, labels[place])]
    silenced: list[Flip] = []  # rows that fired and are no more
    places += [(flip.time, flip.event) for bit, flip in gone if _take_out(track, bit, flip, silenced)]
    if not places:
        return None, False
    first = track.find(*min(places)) if not plan.reach else track.find(min(places)[0] - plan.reach, b"")
    until = track.find(max(places)[0] + plan.timespan, b"")
    return [*silenced, *_judged(track, plan, first, until, added=not gone)], False


def _put(track: Track, plan: Plan, time: int, event: bytes, label: int) -> bool:
    """Put a row at its place, or widen its label. False: it was there."""
    row = track.find(time, event)
    if not track.holds(row, time, event):
        track.insert(row, time, event, label)
        return True
    if plan.counts_values:  # an event has one value
        return False
    known = track.labels[row]
    track.labels[row] = known | label
    return known | label != known


def _take_out(track: Track, bit: int, flip: Flip, silenced: list[Flip]) -> bool:
    row = track.find(flip.time, flip.event)
    if not track.holds(row, flip.time, flip.event) or not track.labels[row] & bit:
        return False
    track.labels[row] &= ~bit
    if not track.labels[row]:
        if track.fired[row]:
            silenced.append(Flip(flip.time, flip.event, False))
        track.remove(row)
    return True


def _last_judged(track: Track, plan: Plan, hit: Flip) -> list[Flip]:
    """Judge the last row, which was just added. `hit`: what to say of it if it fires."""
    count = plan.count(track, len(track.times) - 1, hit.time - plan.timespan, plan.enough)
    if not plan.verdicts[count]:
        return []
    track.fired[-1] = 1
    return [hit]


def _judged(track: Track, plan: Plan, first: int, until: int, *, added: bool = False) -> list[Flip]:
    """Judge the rows from `first` to before `until` again and give those whose verdict changed.

    `added`: hits came and none went, so that what fires goes on firing where more hits cannot silence a rule.
    """
    flips = []
    settled = added and plan.lasting
    if settled and until - first > 1 and not _possible(track, plan, first, until):
        return []
    for row in range(first, until):
        if settled and track.fired[row]:
            continue
        count = plan.count(track, row, track.times[row] - plan.timespan, plan.enough)
        fires = plan.verdicts[count]
        if fires != track.fired[row]:
            track.fired[row] = fires
            flips.append(Flip(track.times[row], track.id_at(row), fires))
    return flips


def _possible(track: Track, plan: Plan, first: int, until: int) -> bool:
    """Say whether all those windows together hold enough for one of them to fire."""
    return plan.verdicts[plan.count(track, until - 1, track.times[first] - plan.timespan, plan.enough)]


def settled(track: Track, plan: Plan, watermark: int) -> list[Flip]:
    """Let event time pass: judge the rows whose silence is known now, and give those that fire."""
    before, track.clock = track.clock, watermark
    first = track.find(before - plan.reach + 1, b"")
    return _judged(track, plan, first, track.find(watermark - plan.reach + 1, b""))


def pending(track: Track, plan: Plan) -> int:
    """Give when the next silence will be known; 0: nothing waits."""
    first = track.find(track.clock - plan.reach + 1, b"")
    waiting = (
        time for time, label in zip(track.times[first:], track.labels[first:], strict=True) if label & 1
    )
    return next(waiting, -plan.reach) + plan.reach
