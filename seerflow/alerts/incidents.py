"""Alerts that belong together: they name the same host, user or address, or stand on the same event, and are near in time.

Law: a function of the set of alerts, at their last revisions; their order changes nothing.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from seerflow.alerts import score
from seerflow.model.alert import Alert
from seerflow.model.entity import Key
from seerflow.model.identity import alert_id

#: Alerts on one entity that are further apart (microseconds of event time) are two incidents.
GAP = 6 * 3_600_000_000

#: Field -> kind of entity: an address is the same one at either end.
KINDS: dict[str, str] = {
    **dict.fromkeys(
        ("source.ip", "source.address", "destination.ip", "destination.address", "host.ip"), "address"
    ),
    **dict.fromkeys(("user.name", "user.target.name", "user.effective.name"), "user"),
    "host.name": "host",
}


class Incident(Struct, frozen=True, kw_only=True):
    """Alerts of one attack, as far as what they name tells."""

    id: str
    level: str
    title: str  # of the alert that is the loudest, among equals the first
    first: int
    last: int
    entities: Key
    stories: tuple[str, ...]
    alerts: tuple[str, ...]  # ids, the first alert first
    tags: tuple[str, ...] = ()


def incidents(alerts: Iterable[Alert]) -> tuple[Incident, ...]:
    """Group alerts, each at its last revision; retracted ones belong to none. Gives the earliest incident first."""
    standing = sorted((one for one in alerts if one.state == "open"), key=lambda one: (one.first, one.id))
    leader = list(range(len(standing)))
    reached: dict[
        tuple[str, str], tuple[int, int]
    ] = {}  # token -> its last alert so far, and the latest time
    for at, one in enumerate(standing):
        for token in _tokens(one):
            before, until = reached.get(token, (at, one.last))
            if one.first - until <= GAP:
                leader[_led(leader, at)] = _led(leader, before)
            else:
                until = one.last
            reached[token] = (at, max(until, one.last))
    groups: dict[int, list[Alert]] = {}
    for at, one in enumerate(standing):
        groups.setdefault(_led(leader, at), []).append(one)
    made = [_incident(group) for group in groups.values()]
    return tuple(sorted(made, key=lambda one: (one.first, one.alerts)))


def _led(leader: list[int], at: int) -> int:
    while leader[at] != at:
        leader[at] = leader[leader[at]]  # halve the way for the next who asks
        at = leader[at]
    return at


def _tokens(alert: Alert) -> set[tuple[str, str]]:
    """Give what joins the alert to others."""
    named = {*alert.key, *(pair for one in alert.evidence for pair in one.values.items())}
    entities = {(KINDS[field], value) for field, value in named if field in KINDS and value}
    return entities | {("event", one.event) for one in alert.evidence}


def _incident(group: list[Alert]) -> Incident:
    first = group[0]
    loudest = max(group, key=lambda one: (score.rank(one.level), -one.first))
    return Incident(
        id=alert_id("incident", (("alert", first.id),), first.first),
        level=loudest.level,
        title=loudest.title,
        first=first.first,
        last=max(one.last for one in group),
        entities=tuple(sorted(set(_named(group)))),
        stories=tuple(dict.fromkeys(one.story for one in group)),
        alerts=tuple(one.id for one in group),
        tags=tuple(sorted({tag for one in group for tag in one.tags})),
    )


def _named(group: list[Alert]) -> Iterator[tuple[str, str]]:
    for one in group:
        yield from (pair for pair in one.key if pair[1])
