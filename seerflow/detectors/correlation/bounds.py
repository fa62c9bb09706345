"""What keeps a track small. Two ways, the first without loss, the second counted.

Thinning. Let E be what is enough for a verdict (plan.enough). A row p may go when the rows before it hold E,
the rows behind it hold E, and both together span less than a timespan: every window with p in it then holds all
of the former or all of the latter, so its verdict is the same with and without p, whatever else may yet
arrive, in whatever order. Such a row, and its neighbours, fire all or none, and so are never the beginning or
the end of an episode: only the number of hits must be kept, at the neighbour before.

Squeezing. When that leaves more rows than the bound, the oldest go that no later hit in order can need. Where
verdicts need every row (sums, ranks, sessions, silence), too many are merged two by two, the oldest half of them:
sums stay, at a coarser time; of ranks every second is a sample that stands for two; of the rest the oldest go.
"""

from array import array
from collections.abc import Container

from seerflow.detectors.correlation.numbers import joined
from seerflow.detectors.correlation.plan import Plan
from seerflow.detectors.correlation.scan import ALWAYS, needed
from seerflow.detectors.correlation.track import ID, Track

#: More rules than any correlation has.
_ALL = 1_000

#: A track remembers at most this many episodes: older ones can no longer be amended.
MAX_EPISODES = 16

#: Rows that a track of numbers keeps: 38 kB.
SAMPLES = 1_024


def bounded(track: Track, plan: Plan, rows: int) -> None:
    """Hold the track to about `rows` rows, or twice what a verdict needs where that is more."""
    if len(track.times) <= rows // 4 and len(track.episodes) <= MAX_EPISODES:
        return  # as most are; the bound is never less than `rows`
    bound = max(rows, 2 * plan.enough) if not plan.merged else max(rows, min(SAMPLES, 4 * rows))
    if not plan.kept and len(track.times) > max(track.limit, bound // 4):
        _thin(track, plan)
        track.limit = min(2 * len(track), bound)  # so that thinning costs little a hit
    if len(track.times) > bound:
        _squeeze(track, plan, bound - bound // 4)
    while len(track.episodes) > MAX_EPISODES:
        oldest = track.episodes.pop(0)
        until = track.find(oldest.last + 1, b"")
        track.lost += free(track, list(range(until)))


def _thin(track: Track, plan: Plan) -> None:
    if plan.count(track, len(track) - 1, ALWAYS, plan.enough) < plan.enough:
        return  # not even all rows together hold enough
    starts = [_start(track, plan, row) for row in range(len(track))]
    kept = Track()
    right = 0
    for row, time in enumerate(track.times):
        right = max(right, row + 1)
        while right < len(track) and starts[right] <= row:
            right += 1
        left = _start(kept, plan, len(kept) - 1) if right < len(track) else -1
        if left >= 0 and track.times[right] - kept.times[left] < plan.timespan:
            kept.more[-1] += 1 + track.more[row]
        else:
            kept.append(time, track.id_at(row), track.labels[row])
            kept.fired[-1], kept.more[-1] = track.fired[row], track.more[row]
    track.times, track.ids, track.labels = kept.times, kept.ids, kept.labels
    track.fired, track.more = kept.fired, kept.more


def _start(track: Track, plan: Plan, row: int) -> int:
    """Give the latest row from which on the rows up to `row` hold enough; -1: none."""
    if row < 0:
        return -1
    count, oldest = plan.scan(track, row, ALWAYS, plan.enough)
    return oldest if count >= plan.enough else -1


def _squeeze(track: Track, plan: Plan, rows: int) -> None:
    kept = _needed(track, plan)
    spare = [row for row in range(len(track)) if row not in kept]
    _let_go(track, spare[: max(len(track) - rows, 0)])
    over = len(track) - rows
    if over <= 0 or not plan.kept:
        return
    if not plan.merged:
        _let_go(track, list(range(over)))
        return
    pairs = range(0, min(2 * over, len(track) - 1), 2)
    if plan.merged == "added":
        for row in pairs:
            track.labels[row] = joined(track.labels[row], track.labels[row + 1])
    _let_go(track, [row + 1 for row in pairs])


def _needed(track: Track, plan: Plan) -> Container[int]:
    if plan.kept == "window":
        oldest = track.times[-1] - max(plan.timespan, plan.reach)
        return range(track.find(oldest + 1, b""), len(track))
    kind, enough = ("temporal", _ALL) if plan.kept else (plan.correlation.type, plan.enough)
    return needed(track, kind, enough)


def _let_go(track: Track, going: list[int]) -> None:
    if going:
        track.floor = max(track.floor, track.times[going[-1]])
        track.lost += free(track, going)


def free(track: Track, rows: list[int]) -> int:
    """Take those rows out; episodes keep count of their hits. Gives the number of hits."""
    going, kept, hits = set(rows), list[int](), 0
    for row in range(len(track)):
        if row in going:
            hits += 1 + track.more[row]
            _account(track, row, kept[-1] if kept else -1)
        else:
            kept.append(row)
    _keep(track, kept)
    return hits


def _account(track: Track, row: int, before: int) -> None:
    """Hand the hits of a row that goes to its neighbour, or to its episode if that has no row before it."""
    place, weight = track.place(row), 1 + track.more[row]
    owner = next((e for e in reversed(track.episodes) if (e.first, e.anchor) <= place), None)
    if owner is None:
        if before >= 0:
            track.more[before] += weight
        return
    owner.rooted |= place[0] <= owner.last
    if before >= 0 and track.place(before) >= (owner.first, owner.anchor):
        track.more[before] += weight
    else:
        owner.rooted = True
        owner.gone += weight


def _keep(track: Track, rows: list[int]) -> None:
    track.times = array("q", [track.times[row] for row in rows])
    track.labels = array("Q", [track.labels[row] for row in rows])
    track.more = array("I", [track.more[row] for row in rows])
    track.fired = bytearray(track.fired[row] for row in rows)
    track.ids = bytearray().join(track.ids[ID * row : ID * row + ID] for row in rows)
