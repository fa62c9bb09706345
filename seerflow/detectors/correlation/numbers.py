"""Sums, means and ranks of a field's values in a window (value_sum, value_avg, value_percentile, value_median).

A label holds a number: the bits of its negative, as IEEE 754 double. Zero's are then not 0, which is no label.
Percentiles go by the nearest rank: the least value that so many per cent of the values do not exceed; a median
of an even number of values is the mean of the two in the middle. What is no number is no hit.
"""

from __future__ import annotations

import math
import struct
from array import array
from bisect import bisect_right
from collections.abc import Callable

from seerflow.detectors.correlation.track import Track

#: Larger ones are no measurements, and their sums could overflow.
LARGEST = 1e100

_DOUBLE, _BITS = struct.Struct("<d"), struct.Struct("<Q")

#: (values, hits that stand behind each, percentile) -> what is compared
Reckoning = Callable[["array[float]", "array[int]", int], float]


def label(text: str | None) -> int:
    """Give the label of a number; 0 for what is none."""
    if text is None or "_" in text:
        return 0
    try:
        value = float(text)
    except ValueError:
        return 0
    if not -LARGEST <= value <= LARGEST:  # also what is not a number
        return 0
    return _of(value)


def _of(value: float) -> int:
    bits: int = _BITS.unpack(_DOUBLE.pack(-(value + 0.0)))[0]  # -0.0 becomes 0.0 before
    return bits


def value(label: int) -> float:
    """Give the number of a label."""
    number: float = _DOUBLE.unpack(_BITS.pack(label))[0]
    return 0.0 - number


def joined(first: int, second: int) -> int:
    """Give the label of two numbers' sum."""
    return _of(value(first) + value(second))


def window(track: Track, row: int, since: int) -> tuple[array[float], array[int]]:
    """Give the values in the window that ends at `row`, negated, and the hits behind each beyond one."""
    first = bisect_right(track.times, since, 0, row + 1)
    negated = array("d", track.labels[first : row + 1].tobytes())
    return negated, track.more[first : row + 1]


def total(negated: array[float], _more: array[int], _percentile: int) -> float:
    """Add the values."""
    return -math.fsum(negated)


def mean(negated: array[float], more: array[int], _percentile: int) -> float:
    """Give the mean: a row of several hits holds their sum."""
    return -math.fsum(negated) / (len(negated) + sum(more))


def percentile(negated: array[float], more: array[int], per_cent: int) -> float:
    """Give the nearest rank."""
    hits = len(negated) + sum(more)
    return _ranked(negated, more, -(-per_cent * hits // 100))


def median(negated: array[float], more: array[int], _percentile: int) -> float:
    """Give the value in the middle."""
    hits = len(negated) + sum(more)
    low = _ranked(negated, more, (hits + 1) // 2)
    return low if hits % 2 else (low + _ranked(negated, more, hits // 2 + 1)) / 2


def _ranked(negated: array[float], more: array[int], rank: int) -> float:
    """Give the value of that rank, 1 the least; a row of several hits stands for as many like it."""
    if not any(more):
        return 0.0 - sorted(negated, reverse=True)[rank - 1]
    for number, hits in sorted(zip(negated, more, strict=True), reverse=True):
        rank -= 1 + hits
        if rank <= 0:
            return 0.0 - number
    raise AssertionError("the rank is not among the values")


#: Type -> how its values are reckoned.
RECKONINGS: dict[str, Reckoning] = {
    "value_sum": total,
    "value_avg": mean,
    "value_percentile": percentile,
    "value_median": median,
}

#: Types whose rows can be added up when there are too many; of the others every second is let go.
ADDED = frozenset({"value_sum", "value_avg"})
