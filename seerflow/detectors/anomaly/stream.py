"""One stream of logs (a dataset on a host): which of its logs are unlike the others. At most 1.5 KB.

River's half-space trees give the score, an online quantile says which scores are high for this stream, running
means say in what the log deviates. Law: the outcome depends on the order of a stream's logs; a host's logs stay in
one partition, so that is the order in which they were written down.
"""

import math

from msgspec import Struct, field

from seerflow.detectors.anomaly import features, report
from seerflow.detectors.anomaly.features import FEATURES
from seerflow.detectors.anomaly.forest import Forest, Masses, Shape
from seerflow.detectors.anomaly.quantile import Quantile, estimate, update
from seerflow.model.finding import Finding, Hit, Reason

#: 20 trees of height 4, 960 bytes a stream: as good as 10 of height 7 with four times that, and steadier from seed to seed.
SHAPE = Shape(features=tuple(feature.name for feature in FEATURES))


class Limits(Struct, frozen=True, kw_only=True):
    """When a stream's model speaks."""

    settle: int = 64  # logs before the trees begin to learn: the kinds of log are all new until then
    min_scored: int = 1000  # scores before their quantile means anything
    quantile: float = 0.995
    margin: float = 0.01  # above the quantile: in a stream without outliers the quantile is an ordinary score
    max_an_hour: int = 3  # findings: more of the same say nothing more
    drift: float = 0.25  # share of flagged logs above which they are the new normal, and are learned


class Stream(Struct, array_like=True):
    """What is remembered of a stream. A working copy, read from a cell and written back within one hit."""

    fingerprint: bytes
    last: int = 0  # newest log, microseconds
    event: str = ""
    n: int = 0
    flagged: float = 0.0  # share of flagged logs, over the last 64 or so
    hour: int = 0  # counted from 1970-01-01
    told: int = 0  # findings in that hour
    untold: int = 0  # flagged logs beyond the hourly maximum, in all
    kinds: bytes = bytes(features.BUCKETS)
    means: list[float] = []
    variances: list[float] = []
    scores: Quantile = field(default_factory=Quantile)
    masses: Masses = field(default_factory=Masses)


_HOUR = 3_600_000_000

#: Running means look back over four windows: the scale must move more slowly than what is scaled.
_ALPHA = 1 / (4 * SHAPE.window)

#: Two deviations: what one in twenty exceeds.
_FAR = 2.0

#: How fast the share of flagged logs moves.
_FLAG_ALPHA = 1 / 64


def born(forest: Forest) -> Stream:
    """Give the memory of a stream that is seen for the first time."""
    size = len(FEATURES)
    return Stream(
        fingerprint=forest.fingerprint,
        means=[0.5] * size,
        variances=[0.0] * size,
    )


def on_hit(stream: Stream, hit: Hit, forest: Forest, limits: Limits) -> list[Finding]:
    """Score the log by those before it, then learn from it. Changes `stream`."""
    if stream.event == hit.evidence.event:
        return []
    bucket = int(features.number(hit.fields, "kind")) % features.BUCKETS
    rare = features.rarity(stream.kinds, bucket)
    values = features.read(hit.fields, rare)
    distances = features.deviations(values, stream.means, stream.variances)
    stream.event, stream.last = hit.evidence.event, max(stream.last, hit.time)
    stream.n += 1
    stream.kinds = features.counted(stream.kinds, bucket)
    found: list[Finding] = []
    if stream.n > limits.settle:
        reasons = _scored(stream, distances, forest, limits)
        reasons += _deviations(stream, values, distances) if reasons else ()
        # The score alone tells a person nothing: what no feature explains is not told.
        if len(reasons) > 1 and _may_tell(stream, hit.time, limits):
            found = [report.finding(report.OUTLIER, hit.key, hit.evidence.event, hit.evidence, reasons)]
    _learn_means(stream, distances)
    return found


def _scored(stream: Stream, distances: list[float], forest: Forest, limits: Limits) -> tuple[Reason, ...]:
    """Score a log and learn from it. Give the reason why it is flagged, or nothing."""
    leaves = forest.leaves(features.placed(distances))
    score = forest.score(stream.masses, leaves)
    high = estimate(stream.scores, limits.quantile) or 0.0
    flagged = stream.scores.n >= limits.min_scored and score >= high + limits.margin
    told = (_odd(score, high, stream.scores.n, limits),) if flagged else ()
    if stream.masses.scores:
        update(stream.scores, limits.quantile, score)
    # What is flagged is not learned, or a slow attack would teach the model; but when a quarter is flagged the
    # stream has changed, and not learning would keep it flagged for ever.
    if not flagged or stream.flagged > limits.drift:
        forest.learn(stream.masses, leaves)
    stream.flagged += _FLAG_ALPHA * (flagged - stream.flagged)
    return told


def _odd(score: float, high: float, scored: int, limits: Limits) -> Reason:
    return Reason(
        text=f"odder than {limits.quantile:.1%} of this stream's logs",
        feature="half-space trees",
        value=f"{score:.3f}",
        baseline=f"{high:.3f}",
        n=scored,
        p=round(1 - limits.quantile, 6),
    )


def _may_tell(stream: Stream, time: int, limits: Limits) -> bool:
    """Say whether this hour has room for one more finding, and count it if so."""
    if time // _HOUR != stream.hour:
        stream.hour, stream.told = time // _HOUR, 0
    if stream.told >= limits.max_an_hour:
        stream.untold += 1
        return False
    stream.told += 1
    return True


def _deviations(stream: Stream, values: tuple[float, ...], distances: list[float]) -> tuple[Reason, ...]:
    """Name up to three features that are at least two deviations from their running mean, the farthest first."""
    far = sorted(
        (place for place, z in enumerate(distances) if abs(z) >= _FAR),
        key=lambda place: -abs(distances[place]),
    )
    return tuple(_deviation(stream, values[place], distances[place], place) for place in far[:3])


def _deviation(stream: Stream, value: float, z: float, place: int) -> Reason:
    feature = FEATURES[place]
    usual = feature.show(stream.means[place])
    return Reason(
        text=f"{feature.noun} {feature.show(value)}, usually about {usual} ({z:+.1f} deviations)",
        feature=feature.name,
        value=feature.show(value),
        baseline=usual,
        n=stream.n - 1,
    )


def _learn_means(stream: Stream, distances: list[float]) -> None:
    """Move the means towards the log, which counts as REACH deviations away when it is farther."""
    alpha = max(_ALPHA, 1 / stream.n)  # the plain mean at first
    means, variances = stream.means, stream.variances
    for place, distance in enumerate(distances):
        delta = distance * max(math.sqrt(variances[place]), features.LEAST)
        means[place] += alpha * delta
        variances[place] = (1 - alpha) * (variances[place] + alpha * delta * delta)
