"""What every notifier is. tests/contracts/test_notifiers.py holds all of them to it.

A notifier tells one service, once, and says what became of it; when to try again is the outbox's decision.
It never raises for what the service or the network does, never follows a redirect (the next host was not
configured), never waits beyond its time limit, and never lets a secret into a log, a repr or a detail.
"""

from typing import Protocol

from seerflow.alerts.outbox import Attempt, Outcome

#: Seconds for one attempt from beginning to end, whatever the other side does.
ATTEMPT_TIMEOUT_SECONDS = 15.0


class Notifier(Protocol):
    """Tells one service."""

    name: str

    async def send(self, attempt: Attempt) -> Outcome:
        """Tell the service what `attempt` says; give "delivered", "retry" or "refused"."""
