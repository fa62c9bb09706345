"""One stream of logs (a dataset on a host): which of its logs are unlike the others. At most 3 KB.

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

#: 10 trees of height 6: 2.5 KB a stream. Higher ones need more masses than a cell should hold.
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

#: Running means look back over the same number of logs as the trees' window.
_ALPHA = 1 / SHAPE.window

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
    gap = hit.time - stream.last if stream.n else 0
    values = features.scaled(hit.fields, hit.time, gap, rare)
    stream.event, stream.last = hit.evidence.event, max(stream.last, hit.time)
    stream.n += 1
    stream.kinds = features.counted(stream.kinds, bucket)
    found = _scored(stream, hit, values, forest, limits) if stream.n > limits.settle else []
    _learn_means(stream, values)
    return found


def _scored(
    stream: Stream, hit: Hit, values: tuple[float, ...], forest: Forest, limits: Limits
) -> list[Finding]:
    path = forest.path(values)
    score = forest.score(stream.masses, path)
    high = estimate(stream.scores, limits.quantile)
    ready = stream.scores.n >= limits.min_scored
    flagged = ready and high is not None and score >= high + limits.margin
    found: list[Finding] = []
    if flagged and _may_tell(stream, hit.time, limits):
        odd = Reason(
            text=f"odder than {limits.quantile:.1%} of this stream's logs",
            feature="half-space trees",
            value=f"{score:.3f}",
            baseline=f"{high:.3f}",
            n=stream.scores.n,
            p=1 - limits.quantile,
        )
        reasons = (odd, *_deviations(stream, values))
        found = [report.finding(report.OUTLIER, hit.key, hit.evidence.event, hit.evidence, reasons)]
    if stream.masses.last:
        update(stream.scores, limits.quantile, score)
    # What is flagged is not learned, or a slow attack would teach the model; but when a quarter is flagged the
    # stream has changed, and not learning would keep it flagged for ever.
    if not flagged or stream.flagged > limits.drift:
        forest.learn(stream.masses, path)
    stream.flagged += _FLAG_ALPHA * (flagged - stream.flagged)
    return found


def _may_tell(stream: Stream, time: int, limits: Limits) -> bool:
    """Say whether this hour has room for one more finding, and count it if so."""
    if time // _HOUR != stream.hour:
        stream.hour, stream.told = time // _HOUR, 0
    if stream.told >= limits.max_an_hour:
        stream.untold += 1
        return False
    stream.told += 1
    return True


def _deviations(stream: Stream, values: tuple[float, ...]) -> tuple[Reason, ...]:
    """Name up to three features that are at least two deviations from their running mean, the farthest first."""
    rows = []
    for place, value in enumerate(values):
        # 0.01 of the scale is the least deviation: a constant feature that changes is far off, not infinitely.
        spread = max(math.sqrt(stream.variances[place]), 0.01)
        rows.append(((value - stream.means[place]) / spread, place))
    rows.sort(key=lambda row: (-abs(row[0]), row[1]))
    return tuple(_deviation(stream, values[place], z, place) for z, place in rows[:3] if abs(z) >= 2)  # noqa: PLR2004 - two deviations: one in twenty


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


def _learn_means(stream: Stream, values: tuple[float, ...]) -> None:
    alpha = max(_ALPHA, 1 / stream.n)  # the plain mean until a window is full
    means, variances = stream.means, stream.variances
    for place, value in enumerate(values):
        delta = value - means[place]
        means[place] += alpha * delta
        variances[place] = (1 - alpha) * (variances[place] + alpha * delta * delta)
