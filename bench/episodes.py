"""What the cells of the correlation rules remember: each stretch of firing hits, with its first, last and count.

A finding is amended when its count has doubled, so an alert's count lags; what the cell holds does not, and depends
on the set of hits alone. So it shows each hit that was lost or came twice.
"""

from collections.abc import Iterable

from seerflow.detectors.correlation import cell as cells

#: (cell's key, correlation's mark) -> (first, last, count) of each episode, the oldest first; times in microseconds.
Episodes = dict[tuple[bytes, int], list[tuple[int, int, int]]]


def episodes(changes: Iterable[tuple[bytes, bytes]]) -> Episodes:
    """Read the cells; of each key the last one given counts."""
    return {
        (key, mark): [(one.first, one.last, one.count) for one in packed.episodes]
        for key, cell in dict(changes).items()
        for mark, packed in cells.read(cell).tracks.items()
        if packed.episodes
    }


def compared(wanted: Episodes, found: Episodes, forgotten: int) -> tuple[int, int, int]:
    """Give how many are lost, invented, and different. What ended before `forgotten` may be gone."""
    lost = invented = wrong = 0
    for place in wanted.keys() | found.keys():
        right, here = wanted.get(place, []), found.get(place, [])
        lost += sum(one[1] >= forgotten and one not in here for one in right)
        invented += max(0, len(here) - len(right))
        wrong += sum(one not in right for one in here)
    return lost, invented, wrong
