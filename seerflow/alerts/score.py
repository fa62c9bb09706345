"""How loud: the order of levels, and what an asset's worth makes of one."""

from collections.abc import Iterable, Mapping

from seerflow.model.entity import Key
from seerflow.model.finding import LEVELS

_RANK = {level: rank for rank, level in enumerate(LEVELS)}

#: A level is worth four of the one below, so a criticality of 4 raises by one level and 1/4 lowers by one.
_STEP = 4.0


def rank(level: str) -> int:
    """Give the level's place, 0 for the quietest. A level that nobody knows counts as medium."""
    return _RANK.get(level, _RANK["medium"])


def at_least(level: str, wanted: str) -> bool:
    """Say whether the level is as loud as the wanted one."""
    return rank(level) >= rank(wanted)


def loudest(levels: Iterable[str]) -> str:
    """Give the loudest of the levels; the quietest there is, if there are none."""
    return LEVELS[max(map(rank, levels), default=0)]


def weighed(level: str, criticality: float) -> str:
    """Give the level that a finding has on an asset of that criticality (1.0: an ordinary one)."""
    place, worth = rank(level), max(criticality, 0.0)
    while worth >= _STEP and place < len(LEVELS) - 1:
        place, worth = place + 1, worth / _STEP
    while worth <= 1 / _STEP and place > 0:
        place, worth = place - 1, worth * _STEP if worth else 0.0
    return LEVELS[place]


def criticality(key: Key, assets: Mapping[str, float]) -> float:
    """Give the criticality of the most critical entity of the key; `assets` maps an entity's value to its own."""
    return max((assets[value] for _, value in key if value in assets), default=1.0)
