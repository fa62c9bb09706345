"""How much a window holds, by type of correlation: looking back from the row at which it ends.

Every scan goes back from `row` over rows later than `since` until it has seen `enough`, beyond which more cannot
change a verdict, or until the window ends. It gives what it counted and the oldest row that added to the
count: the window's shortest end that counts as much.
"""

from bisect import bisect_right
from collections.abc import Callable
from functools import reduce
from operator import or_

from seerflow.detectors.correlation.track import Track

#: (track, row, since, enough) -> (count up to enough, oldest row that added to it)
Scan = Callable[[Track, int, int, int], tuple[int, int]]

Count = Callable[[Track, int, int, int], int]

#: Earlier than every time: the window has no beginning.
ALWAYS = -(2**63)


def events(track: Track, row: int, since: int, enough: int) -> tuple[int, int]:
    """Count rows (event_count)."""
    oldest = row - enough + 1
    if oldest >= 0 and track.times[oldest] > since:
        return enough, oldest
    oldest = bisect_right(track.times, since, max(oldest, 0), row + 1)
    return row - oldest + 1, oldest


def values(track: Track, row: int, since: int, enough: int) -> tuple[int, int]:
    """Count different labels (value_count)."""
    times, labels = track.times, track.labels
    seen: set[int] = set()
    oldest = row
    for at in range(row, -1, -1):
        if times[at] <= since:
            break
        if labels[at] not in seen:
            seen.add(labels[at])
            oldest = at
            if len(seen) >= enough:
                break
    return len(seen), oldest


def rules(track: Track, row: int, since: int, enough: int) -> tuple[int, int]:
    """Count different rules (temporal); a label is the mask of the rules that the event matched."""
    times, labels = track.times, track.labels
    seen, oldest = 0, row
    for at in range(row, -1, -1):
        if times[at] <= since or seen.bit_count() >= enough:
            break
        if labels[at] & ~seen:
            seen |= labels[at]
            oldest = at
    return min(seen.bit_count(), enough), oldest


def ordered(track: Track, row: int, since: int, enough: int) -> tuple[int, int]:
    """Find all rules in order (temporal_ordered): `enough` when there, else 0.

    Logs often carry whole seconds, so events of the same time are taken to be in the order the rule wants.
    From the last rule to the first, the latest row that can serve is the best choice for all before it.
    """
    times, labels = track.times, track.labels
    at = oldest = row
    for step in range(enough - 1, -1, -1):
        bit = 1 << step
        while at >= 0 and times[at] > since and not labels[at] & bit:
            at -= 1
        if at < 0 or times[at] <= since:
            return 0, row
        oldest = min(oldest, at)
        at = min(bisect_right(times, times[at]) - 1, row)
    return enough, oldest


def _labels(track: Track, row: int, since: int) -> set[int]:
    """Give the different labels in the window: one pass in C, where the scans above would take a loop each."""
    return set(track.labels[bisect_right(track.times, since, 0, row + 1) : row + 1])


def count_events(track: Track, row: int, since: int, enough: int) -> int:
    """Count rows."""
    return events(track, row, since, enough)[0]


def count_values(track: Track, row: int, since: int, enough: int) -> int:
    """Count different values."""
    return min(len(_labels(track, row, since)), enough)


def count_rules(track: Track, row: int, since: int, enough: int) -> int:
    """Count different rules."""
    return min(reduce(or_, _labels(track, row, since), 0).bit_count(), enough)


def count_ordered(track: Track, row: int, since: int, enough: int) -> int:
    """Give `enough` if the rules are there in order; most windows lack one, which is cheap to see."""
    if reduce(or_, _labels(track, row, since), 0).bit_count() < enough:
        return 0
    return ordered(track, row, since, enough)[0]


#: Type -> what its scan counts, without the oldest row.
COUNTS: dict[str, Count] = {
    "event_count": count_events,
    "value_count": count_values,
    "temporal": count_rules,
    "temporal_ordered": count_ordered,
}

#: Type -> its scan.
SCANS: dict[str, Scan] = {
    "event_count": events,
    "value_count": values,
    "temporal": rules,
    "temporal_ordered": ordered,
}


def needed(track: Track, kind: str, enough: int) -> set[int]:
    """Give the rows on which verdicts about later hits depend, if all hits to come are later than these."""
    last = len(track) - 1
    if kind == "event_count":
        return set(range(max(last - enough + 1, 0), last + 1))
    if kind == "temporal_ordered":
        return _chains(track, enough)
    seen: set[int] = set()
    rows: set[int] = set()
    for at in range(last, -1, -1):
        new = {track.labels[at]} if kind == "value_count" else _bits(track.labels[at])
        if new - seen:
            seen |= new
            rows.add(at)
            if len(seen) >= enough:
                break
    return rows


def _bits(mask: int) -> set[int]:
    return {bit for bit in range(mask.bit_length()) if mask >> bit & 1}


def _chains(track: Track, enough: int) -> set[int]:
    """Give the latest chain for each beginning of the list of rules: what comes next extends one of them."""
    rows: set[int] = set()
    last = len(track) - 1
    for steps in range(1, enough + 1):
        at = last
        for step in range(steps - 1, -1, -1):
            while at >= 0 and not track.labels[at] >> step & 1:
                at -= 1
            if at < 0:
                break
            rows.add(at)
            at = bisect_right(track.times, track.times[at]) - 1
    return rows
