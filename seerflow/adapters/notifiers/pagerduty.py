"""PagerDuty: Events API v2. An alert is one incident: its id is the dedup_key, a retraction resolves it.

Reference: https://developer.pagerduty.com/docs/events-api-v2-overview (summary at most 1024 characters,
dedup_key at most 255; 202 accepted, 400 invalid, 429 slower).
"""

import msgspec

from seerflow.adapters.notifiers.http import Endpoint, post
from seerflow.adapters.notifiers.wording import clean, rfc3339, words
from seerflow.alerts.outbox import Attempt, Outcome
from seerflow.model import entity
from seerflow.problems import Secret

EVENTS_URL = "https://events.pagerduty.com/v2/enqueue"
MAX_SUMMARY = 1024
MAX_DEDUP_KEY = 255

SEVERITIES = {
    "informational": "info",
    "low": "info",
    "medium": "warning",
    "high": "error",
    "critical": "critical",
}


class PagerDuty:
    """Sends to one service's integration key."""

    def __init__(self, name: str, to: Endpoint, key: Secret) -> None:
        self.name = name
        self._to, self._key = to, key

    async def send(self, attempt: Attempt) -> Outcome:
        """Trigger or resolve."""
        body = msgspec.json.encode(event(attempt, self._key.value))
        return await post(self._to, body, hidden=(self._key,))


def event(attempt: Attempt, routing_key: str) -> dict[str, object]:
    """Give the event."""
    alert, said = attempt.alert, words(attempt)
    head: dict[str, object] = {
        "routing_key": routing_key,
        "event_action": "resolve" if said.retracted else "trigger",
        "dedup_key": alert.id[:MAX_DEDUP_KEY],
    }
    if said.retracted:
        return head
    return head | {
        "client": "Seerflow",
        "payload": {
            "summary": clean(f"{said.title}: {entity.show(alert.key)}", MAX_SUMMARY),
            "source": clean(entity.show(alert.key[:1]), MAX_SUMMARY) or "seerflow",
            "severity": SEVERITIES[alert.level],
            "timestamp": rfc3339(alert.first),
            "class": clean(alert.story, MAX_SUMMARY),
            "custom_details": {
                **dict(said.facts),
                "notice": said.notice,
                "reasons": said.reasons,
                "evidence": said.evidence,
            },
        },
    }
