"""Identities: made from where a thing came from and from nothing else, so that a repeat is recognised.

An event's id comes from its origin; a finding's from the rule, the key and the evidence that began it; an
alert's from the story, the key and the day (UTC, event time) on which the story began. The day makes the
alert's id independent of the order in which findings arrive: late evidence amends the alert it belongs to.
"""

import hashlib

from seerflow.model.entity import Key
from seerflow.model.log import Origin

DAY = 86_400_000_000  # microseconds


def _digest(kind: str, *parts: object) -> str:
    # 0x1f, the unit separator, keeps ("ab", "c") and ("a", "bc") apart; parts that contain it cannot
    # collide usefully, since a kind's parts are of fixed number and all but the last are ours.
    text = "\x1f".join((kind, *map(str, parts)))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _flat(key: Key) -> str:
    return "\x1e".join(f"{field}\x1d{value}" for field, value in key)


def event_id(origin: Origin, part: int = 0) -> str:
    """Give the id of the event at that origin: 32 hexadecimal digits. `part` counts the events of one raw log."""
    # `_digest` written out: this is done for every event.
    text = f"event\x1f{origin.topic}\x1f{origin.partition}\x1f{origin.offset}\x1f{origin.index}"
    if part:
        text = f"{text}\x1f{part}"
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def finding_id(rule: str, key: Key, event: str) -> str:
    """Give the id of what a rule found about a key, beginning with that event."""
    return _digest("finding", rule, event, _flat(key))


def alert_id(story: str, key: Key, first: int) -> str:
    """Give the id of the alert on a story about a key that began at `first` (microseconds)."""
    return _digest("alert", story, first // DAY, _flat(key))
