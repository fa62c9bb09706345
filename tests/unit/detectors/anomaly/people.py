"""Made-up people and machines, for the tests of the models."""

from seerflow.detectors.anomaly.keys import ProfileKeys
from seerflow.model.event import Event
from seerflow.model.finding import Hit
from seerflow.model.identity import DAY, event_id
from seerflow.model.log import Origin

MONDAY = 20003  # 2024-10-07, counted from 1970-01-01
HOUR = DAY // 24
MINUTE = HOUR // 60

KEYS = ProfileKeys()


def event(number, moment, common, text="", native=None):
    origin = Origin("raw.test", 0, number)
    return Event(
        id=event_id(origin),
        origin=origin,
        time=moment,
        received=moment,
        parser="test/1",
        common=common,
        native=native or {},
        text=text,
    )


def at(day, hour, minute=0):
    return (MONDAY + day) * DAY + hour * HOUR + minute * MINUTE


def sign_in(number, moment, *, user="Alice", country="DE", host="web-1", address="192.0.2.7", **more):
    common = {
        "user.name": user,
        "host.name": host,
        "source.ip": address,
        "source.geo.country_iso_code": country,
        "event.category": "authentication",
        "event.outcome": "success",
        "event.dataset": "linux.sshd",
        "process.name": "sshd",
        **more,
    }
    return event(number, moment, common, f"Accepted publickey for {user} from {address}")


def user_hit(one) -> Hit:
    (hit,) = [hit for _, hit in KEYS.on_event(one).hits if hit.rules == ("user",)]
    return hit


def stream_hit(one) -> Hit:
    (hit,) = [hit for _, hit in KEYS.on_event(one).hits if hit.rules == ("dataset",)]
    return hit


def shown(detector, hits, cell=None):
    """Show hits of one key to the detector, one after the other."""
    findings = []
    for hit in hits:
        cell, found = detector.on_hit(hit, cell)
        findings += found
    return cell, findings


def weeks(number_of_days, per_day=6, begin=9):
    """Office hours, Monday to Friday, DE, web-1: hits of one user."""
    return [
        user_hit(sign_in(day * 100 + n, at(day, begin + n, 7 * n)))
        for day in range(number_of_days)
        if day % 7 < 5
        for n in range(per_day)
    ]


def log(number, moment, text="Accepted publickey for alice", host="web-1", **more):
    common = {"event.dataset": "linux.sshd", "host.name": host, "message": text, **more}
    return event(number, moment, common, text)
