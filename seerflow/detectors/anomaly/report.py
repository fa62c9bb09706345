"""How the models speak: findings, each with its reasons, and the names and levels they carry."""

from msgspec import Struct
from msgspec.structs import replace

from seerflow.model.entity import Key, show
from seerflow.model.finding import Evidence, Finding, Reason
from seerflow.model.identity import finding_id

#: The models and thresholds, by version: a finding says with which it was made.
VERSION = "profile/1"


class Model(Struct, frozen=True, kw_only=True):
    """What one model is called. `title` has a place for the entity."""

    rule: str
    story: str  # all findings about a user tell one story, so that a person hears of it once a day
    title: str
    level: str
    tags: tuple[str, ...] = ()


#: Valid accounts used by someone else (ATT&CK T1078).
_ACCOUNT = ("attack.t1078",)

COUNTRY = Model(
    rule="profile-country",
    story="profile-user",
    title="First sign-in from this country: {key}",
    level="medium",
    tags=_ACCOUNT,
)
NETWORK = Model(
    rule="profile-as",
    story="profile-user",
    title="First sign-in from this provider: {key}",
    level="low",
    tags=_ACCOUNT,
)
HOST = Model(
    rule="profile-host",
    story="profile-user",
    title="First activity on this host: {key}",
    level="low",
    tags=("attack.t1078", "attack.lateral-movement"),
)
HOUR = Model(
    rule="profile-hour",
    story="profile-user",
    title="Activity at an unusual hour: {key}",
    level="low",
    tags=_ACCOUNT,
)
VOLUME = Model(
    rule="profile-volume",
    story="profile-user",
    title="More activity than on other days: {key}",
    level="low",
    tags=_ACCOUNT,
)
OUTLIER = Model(
    rule="profile-outlier", story="profile-stream", title="Unlike this host's other logs: {key}", level="low"
)


def identity(model: Model, key: Key, occasion: str) -> str:
    """Give the finding's id: it follows from the model, the key and the occasion.

    For profiles the occasion is the day and the value ("20000 FR"), not the event: whichever of that day's
    events comes first, the finding is the same.
    """
    return finding_id(model.rule, key, occasion)


def finding(
    model: Model,
    key: Key,
    occasion: str,
    evidence: Evidence,
    reasons: tuple[Reason, ...],
    *,
    replaces: str = "",
) -> Finding:
    """Say what a model found in one event."""
    said = _spoken(model, key, occasion, evidence.time)
    return replace(said, replaces=replaces, evidence=(evidence,), reasons=reasons)


def retraction(
    model: Model, key: Key, occasion: str, *, time: int, evidence: Evidence, reason: Reason
) -> Finding:
    """Take back what was said of that occasion, at `time` (microseconds), because of the event in `evidence`."""
    said = _spoken(model, key, occasion, time)
    return replace(said, revision=2, retracted=True, count=0, evidence=(evidence,), reasons=(reason,))


def _spoken(model: Model, key: Key, occasion: str, time: int) -> Finding:
    return Finding(
        id=identity(model, key, occasion),
        detector="profile",
        rule=model.rule,
        title=model.title.format(key=show(key)),
        level=model.level,
        ruleset=VERSION,
        story=model.story,
        key=key,
        first=time,
        last=time,
        tags=model.tags,
    )
