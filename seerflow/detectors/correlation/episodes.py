"""From firing rows to findings: which stretches there are now, and what that makes new, larger or void.

Law: firing hits no more than a timespan apart are one episode; its anchor is the oldest row of the shortest end
of its first firing window that counts as much. Both depend on the set of hits alone, not on their arrival.
"""

from msgspec import Struct

from seerflow.detectors.correlation.plan import Plan
from seerflow.detectors.correlation.track import Episode, Track


class Change(Struct, frozen=True, gc=False):
    """What has to be said of one episode."""

    episode: Episode
    retracted: bool = False
    replaces: bytes = b""  # anchor of the episode that is this one now
    smaller: bool = False  # a late hit took from it: possible where more hits can silence a rule


def extended(track: Track, plan: Plan) -> list[Change]:
    """Take in the last row, which came in order."""
    row = len(track) - 1
    time = track.times[row]
    episode = track.episodes[-1] if track.episodes else None
    if not track.fired[row]:
        if episode is not None:
            episode.tail += 1
        return []
    if episode is None or time - episode.last > plan.timespan:
        episode = _episode(track, plan, row, row)
        track.episodes.append(episode)
    else:
        episode.last = time
        episode.count += episode.tail + 1
        episode.tail = 0
    return told(track, [Change(episode)])


def renewed(track: Track, plan: Plan) -> list[Change]:
    """Derive all episodes again, after a hit that did not come in order."""
    if not track.episodes and 1 not in track.fired:
        return []
    before = {episode.anchor: episode for episode in track.episodes}
    now = _merged(track, plan, _runs(track, plan))
    anchors = {episode.anchor for episode in now}
    void = [episode for episode in before.values() if episode.anchor not in anchors]
    changes = [_changed(track, episode, before.get(episode.anchor), void) for episode in now]
    track.episodes = now
    return told(track, [*changes, *(Change(e, retracted=True) for e in void)])


def _changed(track: Track, episode: Episode, old: Episode | None, void: list[Episode]) -> Change:
    _tail(track, episode)
    replaces = _replaced(episode, void)
    if old is None:
        return Change(episode, replaces=replaces)
    episode.revision, episode.told = old.revision, old.told
    smaller = episode.last < old.last or episode.count < old.told
    return Change(episode, replaces=replaces, smaller=smaller)


def told(track: Track, changes: list[Change]) -> list[Change]:
    """Keep the changes that are worth saying, and number them."""
    said = []
    for change in changes:
        episode = change.episode
        if change.retracted:
            episode.revision += 1
            track.revision = max(track.revision, episode.revision)
        elif not episode.told or episode.count >= 2 * episode.told or change.replaces or change.smaller:
            episode.revision = (episode.revision or track.revision) + 1
            episode.told = episode.count
        else:
            continue
        said.append(change)
    return said


def _episode(track: Track, plan: Plan, first: int, last: int) -> Episode:
    """Give the episode whose first firing row and last firing row these are."""
    _, anchor = plan.scan(track, first, track.times[first] - plan.timespan, plan.enough)
    return Episode(track.id_at(anchor), track.times[anchor], track.times[last], track.weight(anchor, last))


def _runs(track: Track, plan: Plan) -> list[tuple[int, int]]:
    """Give (first firing row, last firing row) of each stretch that the rows show."""
    runs: list[tuple[int, int]] = []
    row = track.fired.find(1)
    while row >= 0:
        if runs and track.times[row] - track.times[runs[-1][1]] <= plan.timespan:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
        row = track.fired.find(1, row + 1)
    return runs


def _merged(track: Track, plan: Plan, runs: list[tuple[int, int]]) -> list[Episode]:
    """Join what the rows show to the episodes whose rows are partly gone."""
    now = [episode for episode in track.episodes if episode.rooted]
    for first, last in runs:
        start, end = track.times[first], track.times[last]
        near = [
            e for e in now if e.rooted and start - e.last <= plan.timespan and end - e.first >= -plan.timespan
        ]
        if not near:
            now.append(_episode(track, plan, first, last))
            continue
        kept = _joined(near)
        kept.last = max(kept.last, end)
        kept.count = max(kept.count, _rooted_count(track, kept))
        now = [e for e in now if e not in near] + [kept]
    return sorted(now, key=lambda e: (e.first, e.anchor))


def _joined(near: list[Episode]) -> Episode:
    """Give one episode for those that a late hit turned out to connect: the oldest goes on."""
    oldest = near[0]
    return Episode(
        oldest.anchor,
        oldest.first,
        max(e.last for e in near),
        sum(e.count for e in near),
        gone=sum(e.gone for e in near),
        rooted=True,
    )


def _rooted_count(track: Track, episode: Episode) -> int:
    first = track.find(episode.first, episode.anchor)
    last = track.find(episode.last + 1, b"") - 1
    while last >= first and not track.fired[last]:
        last -= 1
    return episode.gone + (track.weight(first, last) if last >= first else 0)


def _tail(track: Track, episode: Episode) -> None:
    """Count the hits behind the last firing one."""
    last = track.find(episode.last + 1, b"") - 1
    while last >= 0 and not track.fired[last] and track.times[last] == episode.last:
        last -= 1
    episode.tail = track.weight(max(last, 0), len(track) - 1) - (last >= 0)


def _replaced(episode: Episode, void: list[Episode]) -> bytes:
    overlapping = (e.anchor for e in void if e.first <= episode.last and episode.first <= e.last)
    return next(overlapping, b"")
