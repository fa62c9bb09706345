"""Which values an entity was seen with, and on which day each was first seen. Bounded, in one dict a feature.

Law: the outcome does not depend on the order of events. `first` is the least day, whatever came when; a value
that turns out to be older than thought says so, and its finding is moved there.
"""

import hashlib
from functools import lru_cache

from msgspec import Struct

#: Value's token -> first day, last day, "a finding was made", packed. Days count from the entity's birth.
Seen = dict[int, int]

#: Days that fit into 12 bits: eleven years. Later days are one day.
MAX_AGE = 0xFFF

_FIRST, _LAST = 13, 1


class Sight(Struct, frozen=True):
    """What one look at a value showed. `day` is when it was first seen as far as was known before."""

    new: bool = False
    moved: bool = False  # seen before, but this event is of an earlier day than the first
    fired: bool = False  # there is a finding about the day in `day`
    day: int = 0


@lru_cache(maxsize=8192)
def token(value: str) -> int:
    """Give 32 bits that stand for the value. Not secret; a collision only makes a new value look known."""
    digest = hashlib.blake2b(value.encode("utf-8", "surrogatepass"), digest_size=4).digest()
    return int.from_bytes(digest, "big")


def sight(seen: Seen, mark: int, day: int) -> Sight:
    """Look at a value, by its token, on a day (0 to MAX_AGE), without remembering it."""
    packed = seen.get(mark)
    if packed is None:
        return Sight(new=True)
    first = packed >> _FIRST
    return Sight(moved=day < first, fired=bool(packed & 1), day=first)


def remember(seen: Seen, mark: int, day: int, *, fired: bool | None, cap: int) -> int:
    """Remember the value; `fired` None keeps the mark it has. Give how many others had to go for it (0 or 1)."""
    packed = seen.get(mark)
    if packed is None:
        seen[mark] = day << _FIRST | day << _LAST | bool(fired)
        if len(seen) <= cap:
            return 0
        del seen[min(seen, key=lambda other: (seen[other] >> _LAST & MAX_AGE, other == mark, other))]
        return 1
    first = min(packed >> _FIRST, day)
    last = max(packed >> _LAST & MAX_AGE, day)
    seen[mark] = first << _FIRST | last << _LAST | (packed & 1 if fired is None else fired)
    return 0
