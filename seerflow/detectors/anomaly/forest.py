"""River's half-space trees with their memory in two byte strings, so that a cell can keep it.

River grows the trees (river.anomaly.HalfSpaceTrees, from a seed, once in a process: they are the same for every
key). What differs from key to key stands in bytes: how many logs of this window reached each leaf (the mass of a
node is the sum of its leaves'), and what a log that reaches the leaf scores by the last window. Scores equal
River's bit by bit, which the tests hold for drawn input.

A log's leaves are found in all trees at once: for each feature, the cuts sorted, with the set of leaves that a
value between two cuts can still reach; the sets' intersection has one leaf a tree. Sets are integers with one
byte a leaf, so that learning is one addition. (The idea: C. Lucchese et al., "QuickScorer", SIGIR 2015.)
Source of the model: S. C. Tan, K. M. Ting, T. F. Liu, "Fast Anomaly Detection for Streaming Data", IJCAI 2011.
"""

import hashlib
import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import compress
from typing import Any

from msgspec import Struct
from river.anomaly import HalfSpaceTrees

#: A leaf's mass is one byte, and may be the whole window.
MAX_WINDOW = 255

#: A leaf's score is two bytes: 255 * (2**8 - 1) still fits.
MAX_HEIGHT = 7


class Shape(Struct, frozen=True, kw_only=True):
    """How large a forest is. 20 trees of height 4 cost 960 bytes a key."""

    features: tuple[str, ...]
    trees: int = 20
    height: int = 4
    window: int = 250
    seed: int = 1


class Masses(Struct, array_like=True):
    """What a forest remembers of one stream. A working copy, within one hit; never shared.

    `scores`: two bytes a leaf, in the machine's order; empty until a window is full. `now`: one byte a leaf.
    """

    scores: bytes = b""
    now: bytes = b""
    count: int = 0


class Forest:
    """The trees. Holds no memory of any log; `masses` are handed in."""

    def __init__(self, shape: Shape) -> None:
        if not (0 < shape.window <= MAX_WINDOW and 0 < shape.height <= MAX_HEIGHT):
            raise ValueError(f"{shape}: a window has 1 to {MAX_WINDOW} logs, a tree 1 to {MAX_HEIGHT} levels")
        self.shape = shape
        self._leaves = shape.trees * 2**shape.height
        self._most = float(shape.trees * shape.window * (2 ** (shape.height + 1) - 1))
        trees = [_cuts(root, shape) for root in _grown(shape)]
        self._features = tuple(_reach(trees, place, shape) for place in range(len(shape.features)))
        #: Masses only mean something in the trees they were counted in: a River that grows others is noticed,
        #: and so is a machine of another byte order.
        self.fingerprint = hashlib.blake2b(
            repr((sys.byteorder, shape, trees)).encode(), digest_size=4
        ).digest()

    def leaves(self, values: Sequence[float]) -> int:
        """Give the leaves that a log reaches, one a tree, as a set; `values` in the order of `shape.features`."""
        reached = -1
        for value, (cuts, sets) in zip(values, self._features, strict=True):
            reached &= sets[bisect_right(cuts, value)]
        return reached

    def score(self, masses: Masses, leaves: int) -> float:
        """Give the anomaly score in [0, 1], 1 the oddest; 0 until a window is full."""
        if not masses.scores:
            return 0.0
        scores = memoryview(masses.scores).cast("H")
        return 1.0 - sum(compress(scores, leaves.to_bytes(self._leaves, "little"))) / self._most

    def learn(self, masses: Masses, leaves: int) -> None:
        """Count the log; a window that is full becomes the one that is scored by."""
        masses.count += 1
        masses.now = (int.from_bytes(masses.now, "little") + leaves).to_bytes(self._leaves, "little")
        if masses.count == self.shape.window:
            masses.scores, masses.now, masses.count = self._scores(masses.now), b"", 0

    def _scores(self, window: bytes) -> bytes:
        size = 2**self.shape.height
        scores = array("H")
        for begin in range(0, self._leaves, size):
            scores.extend(_leaf_scores(window[begin : begin + size], 0.1 * self.shape.window))
        return scores.tobytes()


def _leaf_scores(leaves: bytes, limit: float) -> Iterator[int]:
    """Give what a log at each leaf of one tree scores: masses from the root down, each level weighing double.

    `limit` is the paper's size limit: a node with less says too little to go deeper.
    """
    levels: list[Sequence[int]] = [leaves]
    while len(levels[0]) > 1:
        below = levels[0]
        levels.insert(0, [below[i] + below[i + 1] for i in range(0, len(below), 2)])
    height = len(levels) - 1
    for leaf in range(len(leaves)):
        total = 0
        for depth, masses in enumerate(levels):
            mass = masses[leaf >> (height - depth)]
            total += mass << depth
            if mass < limit:
                break
        yield total


#: The cuts of one tree, level by level: which feature, where.
_Cuts = tuple[tuple[int, float], ...]


def _grown(shape: Shape) -> list[Any]:
    model = HalfSpaceTrees(
        n_trees=shape.trees, height=shape.height, window_size=shape.window, seed=shape.seed
    )
    # River grows its trees at the first event, whatever it is.
    model.learn_one(dict.fromkeys(shape.features, 0.5))  # type: ignore[no-untyped-call]  # River has no types here
    return list(model.trees)


def _cuts(root: Any, shape: Shape) -> _Cuts:
    places = {name: place for place, name in enumerate(shape.features)}
    cuts: list[tuple[int, float]] = []
    level = [root]
    for _ in range(shape.height):
        cuts += [(places[node.feature], float(node.threshold)) for node in level]
        level = [child for node in level for child in node.children]
    return tuple(cuts)


def _reach(trees: list[_Cuts], feature: int, shape: Shape) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Give the cuts of a feature in all trees, sorted, and the leaves in reach below, between and above them."""
    size = 2**shape.height
    sides = []
    for number, cuts in enumerate(trees):
        for node, (place, cut) in enumerate(cuts):
            if place == feature:
                left, right = _sides(node, size)
                sides.append((cut, left << 8 * size * number, right << 8 * size * number))
    sides.sort()
    every = int.from_bytes(b"\x01" * (size * shape.trees), "little")
    sets = []
    for below in range(len(sides) + 1):
        reached = every
        for rank, (_, left, right) in enumerate(sides):
            reached &= ~(left if rank < below else right)  # a value on the cut goes right, as in River
        sets.append(reached)
    return tuple(cut for cut, _, _ in sides), tuple(sets)


def _sides(node: int, size: int) -> tuple[int, int]:
    """Give the leaves left and right below a node, which stand level by level: node i has 2i + 1 and 2i + 2."""
    depth = (node + 1).bit_length() - 1
    width = size >> depth + 1
    begin = (node + 1 - (1 << depth)) * 2 * width
    ones = int.from_bytes(b"\x01" * width, "little")
    return ones << 8 * begin, ones << 8 * (begin + width)


@lru_cache(maxsize=8)
def forest(shape: Shape) -> Forest:
    """Give the forest of that shape; growing one takes some milliseconds, so they are kept."""
    return Forest(shape)
