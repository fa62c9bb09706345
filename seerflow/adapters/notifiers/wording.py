"""What a message says, for all notifiers alike. Everything from a log is cleaned here and escaped by each notifier."""

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec import Struct

from seerflow.alerts.outbox import Attempt
from seerflow.model import entity
from seerflow.model.alert import Alert

#: The rest is in the alert itself; a message is for a glance.
MAX_EVIDENCE_LINES = 5
MAX_LINE = 300
MAX_TITLE = 150
MAX_REASONS = 5
MAX_TAGS = 12

_NOTICES = {
    "new": "New",
    "escalated": "Escalated",
    "reopened": "Reopened",
    "retracted": "Retracted: later evidence shows that it did not happen",
}


class Words(Struct, frozen=True, kw_only=True):
    """One message, in parts. No part holds a control character or a line break."""

    title: str
    level: str
    notice: str
    retracted: bool
    facts: tuple[tuple[str, str], ...]
    reasons: tuple[str, ...]
    evidence: tuple[str, ...]


def words(attempt: Attempt) -> Words:
    """Say what there is to say."""
    alert = attempt.alert
    return Words(
        title=clean(alert.title, MAX_TITLE),
        level=alert.level,
        notice=", ".join(_NOTICES.get(notice, notice) for notice in attempt.notices),
        retracted=alert.state == "retracted",
        facts=_facts(alert),
        reasons=tuple(clean(reason.text, MAX_LINE) for reason in alert.reasons[:MAX_REASONS]),
        evidence=_evidence(alert),
    )


def plain(message: Words) -> str:
    """Give the message as plain text: mail, terminals."""
    width = max(len(label) for label, _ in message.facts)
    lines = [
        f"{message.notice}, {message.level}: {message.title}",
        "",
        *(f"{label:<{width}}  {value}" for label, value in message.facts),
    ]
    if message.reasons:
        lines += ["", "why", *(f"  {reason}" for reason in message.reasons)]
    if message.evidence:
        lines += ["", "evidence", *(f"  {line}" for line in message.evidence)]
    return "\n".join(lines) + "\n"


def clean(text: str, limit: int) -> str:
    """Make one line that shows what it holds: no control, format, private or unassigned characters.

    Those steer terminals and mail headers (controls) and turn the reading order around (bidirectional
    formats: Unicode Technical Report 36, section 2.5); each becomes U+FFFD.
    """
    cut = text[: limit + 1]
    shown = "".join("\ufffd" if unicodedata.category(one)[0] == "C" else one for one in cut)
    shown = " ".join(shown.split())
    return shown if len(cut) <= limit else shown[: limit - 1] + "…"


def rfc3339(time: int) -> str:
    """Give microseconds since 1970 as RFC 3339 in UTC, to the second; times out of range as their number."""
    try:
        return datetime.fromtimestamp(time // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return str(time)


def _facts(alert: Alert) -> tuple[tuple[str, str], ...]:
    rules = ", ".join(dict.fromkeys(cause.title for cause in alert.causes))
    facts = [
        ("about", clean(entity.show(alert.key), MAX_LINE)),
        ("when", _when(alert)),
        ("events", str(alert.count)),
        ("found by", clean(rules, MAX_LINE)),
        ("tags", clean(" ".join(alert.tags[:MAX_TAGS]), MAX_LINE)),
        ("alert", f"{clean(alert.id, 64)} revision {alert.revision}"),
    ]
    return tuple((label, value) for label, value in facts if value)


def _when(alert: Alert) -> str:
    first, last = rfc3339(alert.first), rfc3339(alert.last)
    return first if first == last else f"{first} to {last}"


def _evidence(alert: Alert) -> tuple[str, ...]:
    shown = tuple(
        f"{rfc3339(one.time)} {clean(one.text or _values(one.values), MAX_LINE)}"
        for one in alert.evidence[:MAX_EVIDENCE_LINES]
    )
    more = len(alert.evidence) - len(shown)
    return (*shown, f"and {more} more in the alert") if more > 0 else shown


def _values(values: Mapping[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in values.items())
