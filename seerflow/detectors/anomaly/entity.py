"""One entity's profile: the hours, hosts, countries and providers it was seen with, in at most 1 KB.

Law: an event is judged by all days (UTC) before its own, and by nothing of its own day; findings are named after
the day and the value. So events of one day may come in any order and the same findings come out, and an event of
the day before is judged as if it had come in time. What is later still teaches and is judged by which values were
seen when, and moves a first-seen finding to the day where it belongs; hours and counts are closed to it.
"""

import math
from collections.abc import Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from seerflow.detectors.anomaly import report, week
from seerflow.detectors.anomaly.seen import MAX_AGE, Seen, Sight, remember, sight, token
from seerflow.model.finding import Finding, Hit, Reason
from seerflow.model.identity import DAY

_HOUR = DAY // 24
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Limits(Struct, frozen=True, kw_only=True):
    """When a profile speaks."""

    min_events: int = 30
    min_days: int = 7
    rare_hour_of_day: float = 0.01
    rare_hour_of_week: float = 0.002  # rarer, since a week has seven times the hours
    week_days: int = 28  # four of each weekday, before an hour of the week can be rare
    volume_deviations: float = 6.0
    volume_min: int = 50


class First(Struct, frozen=True, kw_only=True):
    """A feature of which the first value is remembered."""

    field: str
    noun: str
    cap: int
    model: report.Model | None = None  # None: only a reason beside another finding


#: Caps: a user with more hosts than this is not told apart by a new one, and the feature falls silent.
FIRSTS: tuple[First, ...] = (
    First(field="source.geo.country_iso_code", noun="country", cap=10, model=report.COUNTRY),
    First(field="source.as.number", noun="provider", cap=10, model=report.NETWORK),
    First(field="host.name", noun="host", cap=20, model=report.HOST),
    First(field="network", noun="source network", cap=20),
    First(field="process.name", noun="program", cap=12),
)


class Day(Struct, array_like=True):
    """One day: how many events, which hours were active, which of them a finding was made about."""

    n: int = 0
    active: int = 0
    unusual: int = 0
    loud: bool = False


class Entity(Struct, array_like=True):
    """The profile. A working copy, read from a cell and written back within one hit; never shared."""

    last: int  # newest event, microseconds
    born: int  # day of the first event, counted from 1970-01-01
    day: int  # newest day
    event: str = ""  # the event that came last: a repeat of it is nothing new
    n: int = 0  # events of the days before the two open ones
    late: int = 0  # events too late to be judged
    days: int = 0  # closed days, those without events included
    mean: float = 0.0  # of the events a day, exponentially weighted
    variance: float = 0.0
    hours: bytes = week.EMPTY
    today: Day = field(default_factory=Day)
    before: Day = field(default_factory=Day)
    seen: list[Seen] = []
    quiet: list[int] = []  # a feature: for so many days it says nothing, since values had to go


#: Two weeks: what "usual" means for counts.
_ALPHA = 1 / 14

#: Days of silence after a feature's map was full: what it forgot would all look new.
_QUIET_DAYS = 30


def born(time: int) -> Entity:
    """Give the profile of an entity that is seen for the first time."""
    day = time // DAY
    return Entity(
        last=time,
        born=day,
        day=day,
        seen=[{} for _ in FIRSTS],
        quiet=[0] * len(FIRSTS),
    )


def on_hit(entity: Entity, hit: Hit, limits: Limits) -> list[Finding]:
    """Judge the event by the days before its own, then learn from it. Changes `entity`."""
    if entity.event == hit.evidence.event:
        return []
    entity.event = hit.evidence.event
    day = hit.time // DAY
    _roll(entity, day, limits)
    entity.last = max(entity.last, hit.time)
    found, context = _first_seen(entity, hit, day, limits)
    open_day = {0: entity.today, 1: entity.before}.get(entity.day - day)
    if open_day is None:
        entity.late += 1
    else:
        open_day.n += 1
        if _converged(entity, day, limits):
            found += _unusual_hour(entity, hit, open_day, limits)
            found += _volume(entity, hit, open_day, limits)
        open_day.active |= 1 << hit.time % DAY // _HOUR
    return [one if one.retracted else replace(one, reasons=one.reasons + context) for one in found]


def _known(entity: Entity, day: int) -> int:
    """Count the events of the days before `day`, as far as they are known."""
    return entity.n + (entity.before.n if day == entity.day else 0)


def _converged(entity: Entity, day: int, limits: Limits) -> bool:
    return day - entity.born >= limits.min_days and _known(entity, day) >= limits.min_events


def _roll(entity: Entity, day: int, limits: Limits) -> None:
    """Close days until `day` is the newest. At most as many steps as a profile may be old (profile.RETENTION)."""
    while entity.day < day:
        closing = entity.day - 1
        if closing >= entity.born:
            _close(entity, closing, entity.before, limits)
        if week.week(closing + 1) != week.week(closing):
            entity.hours = week.decayed(entity.hours, 1)
        entity.before, entity.today = entity.today, Day()
        entity.day += 1
        entity.quiet = [max(days - 1, 0) for days in entity.quiet]


def _close(entity: Entity, number: int, day: Day, limits: Limits) -> None:
    entity.hours = week.with_day(entity.hours, number, day.active, day.unusual)
    entity.n += day.n
    entity.days += 1
    # A day that was too loud teaches no more than the loudest day that is still quiet.
    count = min(float(day.n), _loudest(entity, limits)) if day.loud else float(day.n)
    alpha = max(_ALPHA, 1 / entity.days)  # the plain mean until there are two weeks
    delta = count - entity.mean
    entity.mean += alpha * delta
    entity.variance = (1 - alpha) * (entity.variance + alpha * delta * delta)


def _loudest(entity: Entity, limits: Limits) -> float:
    """Give the count above which a day is loud. The mean is added to the variance: counts vary that much anyhow."""
    deviation = math.sqrt(entity.variance + entity.mean + 1)
    return max(entity.mean + limits.volume_deviations * deviation, float(limits.volume_min))


def _first_seen(
    entity: Entity, hit: Hit, day: int, limits: Limits
) -> tuple[list[Finding], tuple[Reason, ...]]:
    """Give the findings, and what else was new: reasons that speak only beside a finding."""
    found: list[Finding] = []
    context: list[Reason] = []
    speaks = _converged(entity, day, limits)
    age = min(max(day - entity.born, 0), MAX_AGE)
    for place, first in enumerate(FIRSTS):
        value = hit.fields.get(first.field)
        if not value:
            continue
        seen, mark = entity.seen[place], token(value)
        was = sight(seen, mark, age)
        fires = speaks and (was.new or was.moved) and not entity.quiet[place]
        if first.model is None:
            context += [_new(entity, place, value, day)] if fires else []
        elif fires or (was.moved and was.fired):
            found += _told(entity, hit, place, first.model, was, fires=fires)
        # An older sighting decides anew; else the mark stays.
        told = fires if was.new or was.moved else None
        if remember(seen, mark, age, fired=told, cap=first.cap):
            entity.quiet[place] = _QUIET_DAYS
    return found, tuple(context)


def _told(
    entity: Entity, hit: Hit, place: int, model: report.Model, was: Sight, *, fires: bool
) -> Iterator[Finding]:
    """Take back the finding about the day that was thought the first, and make the one about this day."""
    value, day = hit.fields[FIRSTS[place].field], hit.time // DAY
    replaces = ""
    if was.moved and was.fired:
        thought = entity.born + was.day
        replaces = report.identity(model, hit.key, f"{thought} {value}")
        reason = Reason(
            text=f"a late event shows this {FIRSTS[place].noun} on an earlier day",
            feature=FIRSTS[place].field,
            value=value,
        )
        yield report.retraction(model, hit.key, f"{thought} {value}", thought * DAY, reason)
    if fires:
        reason = _new(entity, place, value, day)
        yield report.finding(model, hit.key, f"{day} {value}", hit.evidence, (reason,), replaces=replaces)


def _new(entity: Entity, place: int, value: str, day: int) -> Reason:
    first, seen = FIRSTS[place], entity.seen[place]
    known = _known(entity, day)
    return Reason(
        text=f"first time with this {first.noun} in {known} events of {day - entity.born} days",
        feature=first.field,
        value=value,
        baseline=f"{len(seen)} known" if seen else "none known",
        n=known,
        p=1 / (known + 2),  # rule of succession: nothing of that kind in n events
    )


def _unusual_hour(entity: Entity, hit: Hit, open_day: Day, limits: Limits) -> Iterator[Finding]:
    day, hour = hit.time // DAY, hit.time % DAY // _HOUR
    if open_day.active >> hour & 1:
        return  # judged already, and by the same days
    hours = entity.hours
    if day == entity.day:  # yesterday is a day before this one, though not closed yet
        hours = week.with_day(hours, day - 1, entity.before.active, entity.before.unusual)
    reasons = tuple(_rare(entity, hours, day, hour, limits))
    if reasons:
        open_day.unusual |= 1 << hour
        yield report.finding(report.HOUR, hit.key, f"{day} {hour}", hit.evidence, reasons)


def _rare(entity: Entity, hours: bytes, day: int, hour: int, limits: Limits) -> Iterator[Reason]:
    known = _known(entity, day)
    rows = (
        ("hour of the day", f"{hour:02}:00 UTC", week.share_in_day(hours, hour), limits.rare_hour_of_day, 0),
        (
            "hour of the week",
            f"{_WEEKDAYS[week.weekday(day)]} {hour:02}:00 UTC",
            week.share_in_week(hours, day, hour),
            limits.rare_hour_of_week,
            limits.week_days,
        ),
    )
    for feature, value, share, rare, days in rows:
        if share < rare and day - entity.born >= days:
            yield Reason(
                text=f"{share:.2%} of the active hours lie within {week.REACH} hours of this {feature}",
                feature=feature,
                value=value,
                baseline=f"{week.active_hours(hours):.0f} active hours",
                n=known,
                p=share,
            )


def _volume(entity: Entity, hit: Hit, open_day: Day, limits: Limits) -> Iterator[Finding]:
    if open_day.loud or open_day.n <= _loudest(entity, limits):
        return
    open_day.loud = True
    day = hit.time // DAY
    reason = Reason(
        text=f"{open_day.n} events on this day so far, {entity.mean:.1f} ± {math.sqrt(entity.variance):.1f} are usual",
        feature="events a day",
        value=str(open_day.n),
        baseline=f"{entity.mean:.1f} ± {math.sqrt(entity.variance):.1f}",
        n=entity.days,
    )
    yield report.finding(report.VOLUME, hit.key, str(day), hit.evidence, (reason,))
