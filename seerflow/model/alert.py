"""Alerts: what a person should see, once; deliveries: the attempts to tell somebody."""

from msgspec import Struct

from seerflow.model.entity import Key
from seerflow.model.finding import Evidence, Reason

#: Why a revision of an alert is worth a notification; "" is for the record only.
NOTICES = ("", "new", "escalated", "reopened", "retracted")


class Cause(Struct, frozen=True, kw_only=True):
    """One rule or model that contributes to an alert."""

    detector: str
    rule: str
    title: str
    level: str
    ruleset: str = ""
    count: int = 1


class Alert(Struct, frozen=True, kw_only=True):
    """One story about one key, at one revision. The id stays, the revision grows."""

    id: str
    revision: int
    state: str = "open"  # "open" or "retracted"
    notice: str = ""
    level: str
    title: str
    story: str
    key: Key
    first: int
    last: int
    count: int
    causes: tuple[Cause, ...]
    findings: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()
    reasons: tuple[Reason, ...] = ()
    tags: tuple[str, ...] = ()


class Delivery(Struct, frozen=True, kw_only=True):
    """One attempt to tell somebody of one revision of an alert."""

    alert: str
    revision: int
    notice: str
    notifier: str
    attempt: int
    state: str  # "delivered", "failed" (will be tried again), "given_up"
    time: int
    detail: str = ""
