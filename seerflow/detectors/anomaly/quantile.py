"""One quantile of a stream in five numbers: the P² estimator, as plain state that a cell can keep.

Source: R. Jain, I. Chlamtac, "The P² Algorithm for Dynamic Calculation of Quantiles and Histograms Without
Storing Observations", CACM 28 (1985). river.stats.Quantile is the same; its state cannot be read without pickle.
"""

from msgspec import Struct

_MARKERS = 5


class Quantile(Struct, array_like=True):
    """The state: heights of the five markers, their positions (from 1), how many values there were.

    A working copy, read from a cell and written back within one hit; never shared.
    """

    heights: list[float] = []
    positions: list[int] = []
    n: int = 0


def _steps(q: float) -> tuple[float, ...]:
    return (0.0, q / 2, q, (1 + q) / 2, 1.0)


def update(state: Quantile, q: float, value: float) -> None:
    """Take in one value; `q` in (0, 1) must be the same each time."""
    state.n += 1
    if state.n <= _MARKERS:
        state.heights = sorted([*state.heights, value])
        state.positions = list(range(1, state.n + 1))
        return
    _count(state, value)
    for i, step in zip((1, 2, 3), _steps(q)[1:4], strict=True):
        _adjust(state, i, 1 + (state.n - 1) * step)


def _count(state: Quantile, value: float) -> None:
    heights, positions = state.heights, state.positions
    heights[0] = min(heights[0], value)
    heights[4] = max(heights[4], value)
    cell = next((i for i in (1, 2, 3) if value < heights[i]), 4)
    for i in range(cell, _MARKERS):
        positions[i] += 1


def _adjust(state: Quantile, i: int, desired: float) -> None:
    q, n = state.heights, state.positions
    off = desired - n[i]
    if not ((off >= 1 and n[i + 1] - n[i] > 1) or (off <= -1 and n[i - 1] - n[i] < -1)):
        return
    step = 1 if off > 0 else -1
    up, down = n[i + 1] - n[i], n[i] - n[i - 1]
    height = q[i] + step / (up + down) * (
        (down + step) * (q[i + 1] - q[i]) / up + (up - step) * (q[i] - q[i - 1]) / down
    )
    if not q[i - 1] < height < q[i + 1]:  # the parabola left its bounds: the straight line instead
        height = q[i] + step * (q[i + step] - q[i]) / (n[i + step] - n[i])
    q[i] = height
    n[i] += step


def estimate(state: Quantile, q: float) -> float | None:
    """Give the quantile, or None before the first value. Exact up to five values."""
    if not state.n:
        return None
    if state.n < _MARKERS:
        return state.heights[min(int(q * state.n), state.n - 1)]
    return state.heights[2]
