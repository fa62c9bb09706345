"""An alert as text, for a terminal or an e-mail. What came from logs is escaped: it may be written to deceive."""

import unicodedata
from datetime import UTC, datetime, timedelta

from seerflow.model import entity
from seerflow.model.alert import Alert, Cause
from seerflow.model.finding import Evidence

#: Characters of one value or line of evidence that are shown.
MAX_WIDTH = 200

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_HEADS = {
    "new": "ALERT",
    "escalated": "ESCALATED",
    "reopened": "AGAIN",
    "retracted": "RETRACTED",
    "": "ALERT",
}


def subject(alert: Alert) -> str:
    """Give one line: what, how loud, about whom."""
    head = _HEADS.get(alert.notice, "ALERT")
    return f"[{head} {alert.level}] {clean(alert.title)}: {clean(entity.show(alert.key))}"


def text(alert: Alert) -> str:
    """Give the whole alert, lines of plain text."""
    lines = [
        subject(alert),
        f"  who       {clean(entity.show(alert.key))}",
        f"  when      {stamp(alert.first)} to {stamp(alert.last)}",
        f"  count     {alert.count}",
        *(_cause(cause) for cause in alert.causes),
        *(f"  reason    {clean(reason.text)}" for reason in alert.reasons),
        *(_evidence(piece) for piece in alert.evidence),
    ]
    if alert.tags:
        lines.append(f"  tags      {clean(', '.join(alert.tags))}")
    lines.append(f"  alert     {alert.id} revision {alert.revision}")
    return "\n".join(lines) + "\n"


def stamp(time: int) -> str:
    """Give a time in microseconds as RFC 3339, UTC, to the second."""
    try:
        moment = _EPOCH + timedelta(microseconds=time)
    except OverflowError:
        return f"{time} us"
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def clean(value: str) -> str:
    """Escape what could move a cursor, reorder text or break a line, and cut what is long."""
    shown = value if len(value) <= MAX_WIDTH else value[: MAX_WIDTH - 1] + "…"
    return "".join(_escaped(c) for c in shown)


def _escaped(character: str) -> str:
    # Cc: control, Cf: format (bidirectional overrides), Zl and Zp: line and paragraph separators,
    # Cs: lone surrogates, which no terminal can encode; Co, Cn: no meaning.
    if character == " " or unicodedata.category(character)[0] not in "CZ":
        return character
    if unicodedata.category(character) == "Zs":
        return " "
    return character.encode("unicode_escape").decode("ascii")


def _cause(cause: Cause) -> str:
    return f"  because   {clean(cause.title)} ({cause.level}, {clean(cause.rule)}, {cause.count})"


def _evidence(piece: Evidence) -> str:
    origin = piece.origin
    place = f"{origin.topic}/{origin.partition}/{origin.offset}/{origin.index}"
    values = " ".join(f"{field}={value}" for field, value in piece.values.items())
    return f"  {stamp(piece.time)} {clean(piece.text or values)} <{clean(place)}>"
