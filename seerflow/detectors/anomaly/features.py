"""What the stream model measures of a log, and how it is scaled to [0, 1] for the trees.

Two steps: each number on a fixed scale (logarithms for sizes), then its distance from the stream's running mean in
deviations. Without the second step a stream fills a corner of the unit cube that few cuts reach: the area under
the ROC curve on HTTP parameters rises from 0.75 to 0.99 with it (bench/eval_anomaly.py). Hour and gap are left out on
purpose: a window of 250 logs is minutes or days of time, every log is at a new hour, and the cuts are wasted.
"""

import math
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

#: Buckets in which a stream counts its kinds of log. 64 bytes; streams have few kinds, and two that share a
#: bucket only look more usual.
BUCKETS = 64

#: What every bucket of a stream's kinds is halved with when one of them is full.
_HALVED = bytes(count // 2 for count in range(256))


class Feature(Struct, frozen=True, kw_only=True):
    """One number: how it is called to people, and how a scaled mean is shown to them."""

    name: str
    noun: str
    show: Callable[[float], str]


def log_scale(value: float, full: int) -> float:
    """Give log2(1 + value) / full, at most 1: 0 for nothing, 1 for 2**full - 1 and more."""
    return min(math.log2(1 + max(value, 0.0)) / full, 1.0)


def _log_shown(full: int, unit: str) -> Callable[[float], str]:
    return lambda scaled: f"{2 ** (scaled * full) - 1:.0f}{unit}"


def _share_shown(scaled: float) -> str:
    return f"{scaled:.0%}"


_LENGTH, _FIELDS, _RARITY = 14, 8, 12

#: In the alphabetical order in which River takes them.
FEATURES: tuple[Feature, ...] = (
    Feature(name="digits", noun="share of digits", show=_share_shown),
    Feature(name="fields", noun="number of fields", show=_log_shown(_FIELDS, "")),
    Feature(name="length", noun="length", show=_log_shown(_LENGTH, " characters")),
    Feature(name="outcome", noun="failure", show=_share_shown),
    Feature(
        name="rarity", noun="rarity of this kind of log", show=lambda scaled: f"{scaled * _RARITY:.1f} bits"
    ),
    Feature(name="symbols", noun="share of other signs", show=_share_shown),
)

_OUTCOMES = {"success": 0.0, "failure": 1.0}


def number(fields: Mapping[str, str], name: str) -> float:
    """Read one number of a hit; a hit without it, or with something else, counts as 0."""
    try:
        value = float(fields.get(name, "0"))
    except ValueError:
        return 0.0
    return value if math.isfinite(value) else 0.0


def rarity(kinds: bytes, bucket: int) -> float:
    """Give how many bits of surprise a log of this kind is, scaled: -log2 p, p by the rule of succession."""
    p = (kinds[bucket] + 1) / (sum(kinds) + BUCKETS)
    return min(-math.log2(p) / _RARITY, 1.0)


def counted(kinds: bytes, bucket: int) -> bytes:
    """Count one log of that kind; a full bucket halves all of them."""
    if kinds[bucket] == 255:  # noqa: PLR2004 - the greatest byte
        kinds = kinds.translate(_HALVED)
    return kinds[:bucket] + bytes((kinds[bucket] + 1,)) + kinds[bucket + 1 :]


def read(fields: Mapping[str, str], rare: float) -> tuple[float, ...]:
    """Give the features of a hit on their fixed scales, in the order of FEATURES."""
    return (
        min(max(number(fields, "digits"), 0.0), 1.0),
        log_scale(number(fields, "fields"), _FIELDS),
        log_scale(number(fields, "length"), _LENGTH),
        _OUTCOMES.get(fields.get("outcome", ""), 0.5),
        rare,
        min(max(number(fields, "symbols"), 0.0), 1.0),
    )


#: Deviations from the mean at which the trees' scale ends; a log beyond weighs no more than one there.
REACH = 8.0

#: The least deviation, on the fixed scale: a constant that changes is far off, not infinitely.
LEAST = 0.02


def deviations(values: Sequence[float], means: Sequence[float], variances: Sequence[float]) -> list[float]:
    """Give how far each value is from its mean, in deviations, within REACH."""
    return [
        min(max((value - mean) / max(math.sqrt(variance), LEAST), -REACH), REACH)
        for value, mean, variance in zip(values, means, variances, strict=True)
    ]


def placed(distances: Sequence[float]) -> list[float]:
    """Give the distances on the trees' scale: 0.5 is the mean, 0 and 1 are REACH deviations off."""
    return [0.5 + distance / (2 * REACH) for distance in distances]
