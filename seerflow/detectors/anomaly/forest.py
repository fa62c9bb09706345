"""River's half-space trees with their memory in two byte strings, so that a cell can keep it.

River grows the trees (river.anomaly.HalfSpaceTrees, from a seed, once in a process: they are the same for every
key); what differs from key to key are the masses, and they stand in `bytes`, one a node, since a window of at
most 255 events fits into one byte each. Scores equal River's, which tests/unit holds for any input.
Source: S. C. Tan, K. M. Ting, T. F. Liu, "Fast Anomaly Detection for Streaming Data", IJCAI 2011.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct
from river.anomaly import HalfSpaceTrees

#: The nodes that one event passes: one tuple a tree, from the root to a leaf, as places in the masses.
Path = tuple[tuple[int, ...], ...]

#: Masses are bytes, and the root's mass is the window.
MAX_WINDOW = 255


class Shape(Struct, frozen=True, kw_only=True):
    """How large a forest is. 10 trees of height 6 cost 2 x 1,270 bytes a key."""

    features: tuple[str, ...]
    trees: int = 10
    height: int = 6
    window: int = 250
    seed: int = 1


class Masses(Struct, array_like=True):
    """What a forest remembers: masses of the last full window, masses of this one, events in this one.

    `last` is empty until the first window is full. A working copy, within one hit; never shared.
    """

    last: bytes = b""
    now: bytes = b""
    count: int = 0


class Forest:
    """The trees, flat: node i has children 2i + 1 and 2i + 2. Holds no memory of any event."""

    def __init__(self, shape: Shape) -> None:
        if not 0 < shape.window <= MAX_WINDOW:
            raise ValueError(f"window {shape.window}: a mass is one byte, so 1 to {MAX_WINDOW}")
        self.shape = shape
        self.nodes = 2 ** (shape.height + 1) - 1
        self._most: float = float(shape.trees * shape.window * self.nodes)
        self._trees = tuple(_flat(tree, shape) for tree in _grown(shape))
        #: Masses only mean something in the trees they were counted in: a River that grows others is noticed.
        self.fingerprint = hashlib.blake2b(repr((shape, self._trees)).encode(), digest_size=4).digest()

    def path(self, values: Sequence[float]) -> Path:
        """Say which nodes an event passes; `values` in [0, 1], in the order of `shape.features`."""
        levels = range(self.shape.height)
        paths = []
        begin = 0
        for features, thresholds in self._trees:
            node, passed = 0, [begin]
            for _ in levels:
                node = 2 * node + (1 if values[features[node]] < thresholds[node] else 2)
                passed.append(begin + node)
            paths.append(tuple(passed))
            begin += self.nodes
        return tuple(paths)

    def score(self, masses: Masses, path: Path) -> float:
        """Give the anomaly score in [0, 1], 1 the oddest; 0 until a window is full."""
        last, window = masses.last, self.shape.window
        if not last:
            return 0.0
        limit = 0.1 * window  # the paper's size limit: below it a node says too little to go deeper
        total = 0
        for passed in path:
            weight = 1
            for node in passed:
                mass = last[node]
                total += mass * weight
                if mass < limit:
                    break
                weight <<= 1
        return 1.0 - total / self._most

    def learn(self, masses: Masses, path: Path) -> None:
        """Count the event; a window that is full becomes the one that is scored by."""
        now = bytearray(masses.now or bytes(self.nodes * self.shape.trees))
        for passed in path:
            for node in passed:
                now[node] += 1
        masses.count += 1
        masses.now = bytes(now)
        if masses.count == self.shape.window:
            masses.last, masses.now, masses.count = masses.now, b"", 0


def _grown(shape: Shape) -> list[object]:
    model = HalfSpaceTrees(
        n_trees=shape.trees, height=shape.height, window_size=shape.window, seed=shape.seed
    )
    # River grows its trees at the first event, whatever it is.
    model.learn_one(dict.fromkeys(shape.features, 0.5))  # type: ignore[no-untyped-call]  # River has no types here
    return list(model.trees)


def _flat(root: object, shape: Shape) -> tuple[tuple[int, ...], tuple[float, ...]]:
    places = {name: place for place, name in enumerate(shape.features)}
    features, thresholds = [], []
    level: list[object] = [root]
    for _ in range(shape.height):
        features += [places[node.feature] for node in level]  # type: ignore[attr-defined]  # River has no types
        thresholds += [float(node.threshold) for node in level]  # type: ignore[attr-defined]  # as above
        level = [child for node in level for child in node.children]  # type: ignore[attr-defined]  # as above
    return tuple(features), tuple(thresholds)


@lru_cache(maxsize=8)
def forest(shape: Shape) -> Forest:
    """Give the forest of that shape; growing one takes some milliseconds, so they are kept."""
    return Forest(shape)
