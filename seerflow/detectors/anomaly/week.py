"""The hours of a week in which an entity is active: 168 decayed weights in 168 bytes.

A weight counts the weeks in which that hour was active, not the events in it, so that one noisy hour cannot make
all others look rare. UNIT is one week; a weight halves in 8 weeks (models.md: hour-of-week histogram, decayed).
"""

HOURS = 168
EMPTY = bytes(HOURS)

#: One active hour. With a half-life of 8 weeks an hour active every week settles at 12 weeks: 240 of 255.
UNIT = 20

#: What an hour that was itself unusual adds: new habits become normal, but not after one night.
CLIPPED = 5

# Rounded down, so that even the smallest weight ends.
_DECAY = bytes(int(weight * 0.5 ** (1 / 8)) for weight in range(256))

#: Hours on either side that count as the same habit: shifts, daylight saving.
REACH = 2

_NEAR_IN_DAY = tuple(
    tuple((hour + shift) % 24 + 24 * day for day in range(7) for shift in range(-REACH, REACH + 1))
    for hour in range(24)
)
_NEAR_IN_WEEK = tuple(
    tuple((hour + shift) % HOURS for shift in range(-REACH, REACH + 1)) for hour in range(HOURS)
)


def weekday(day: int) -> int:
    """Give the day of the week, Monday 0, of a day counted from 1970-01-01, which was a Thursday."""
    return (day + 3) % 7


def week(day: int) -> int:
    """Give the number of the week, beginning on Mondays, that a day belongs to."""
    return (day + 3) // 7


def decayed(hours: bytes, weeks: int) -> bytes:
    """Give the weights as they are `weeks` weeks later."""
    for _ in range(min(weeks, 64)):  # every weight is 0 by then
        hours = hours.translate(_DECAY)
    return hours


def with_day(hours: bytes, day: int, active: int, unusual: int) -> bytes:
    """Add one day: bit h of `active` is set when hour h of it was active, of `unusual` when that was odd."""
    if not active:
        return hours
    weights = bytearray(hours)
    begin = 24 * weekday(day)
    for hour in range(24):
        if active >> hour & 1:
            gain = CLIPPED if unusual >> hour & 1 else UNIT
            weights[begin + hour] = min(weights[begin + hour] + gain, 255)
    return bytes(weights)


def active_hours(hours: bytes) -> float:
    """Give the number of active hours that the weights stand for, decay included."""
    return sum(hours) / UNIT


def share_in_day(hours: bytes, hour: int) -> float:
    """Give the probability that an active hour lies within REACH hours of this hour of the day.

    One imagined hour, spread evenly, is added: without evidence the answer is the even share (5 of 24), and no
    hour is impossible (Laplace's rule of succession).
    """
    near = sum(map(hours.__getitem__, _NEAR_IN_DAY[hour])) / UNIT
    return (near + len(_NEAR_IN_DAY[hour]) / HOURS) / (active_hours(hours) + 1)


def share_in_week(hours: bytes, day: int, hour: int) -> float:
    """Give the same for the hour of the week, on the weekday of `day` alone."""
    near = _NEAR_IN_WEEK[24 * weekday(day) + hour]
    return (sum(map(hours.__getitem__, near)) / UNIT + len(near) / HOURS) / (active_hours(hours) + 1)
