"""Any HTTP webhook: the alert as JSON, signed.

`X-Seerflow-Signature: t=<seconds>,v1=<hex>`: HMAC-SHA256 with the shared secret over `<seconds>.<body>`. A
receiver computes it over the raw body, compares in constant time, and refuses a `t` that is minutes away, so
that a recorded request cannot be played again. `Idempotency-Key` is the same for every attempt to say the
same thing.
"""

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping

import msgspec

from seerflow.adapters.notifiers.http import Endpoint, post
from seerflow.adapters.notifiers.wording import plain, words
from seerflow.alerts.outbox import Attempt, Outcome
from seerflow.problems import Secret

_JSON = msgspec.json.Encoder()


class Webhook:
    """Posts to one address."""

    def __init__(
        self,
        name: str,
        to: Endpoint,
        *,
        secret: Secret | None = None,
        headers: Mapping[str, Secret] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.name = name
        self._to, self._secret, self._clock = to, secret, clock
        self._headers = dict(headers or {})

    async def send(self, attempt: Attempt) -> Outcome:
        """Post the alert."""
        body = document(attempt)
        headers = {name: value.value for name, value in self._headers.items()}
        headers["Idempotency-Key"] = attempt.key
        if self._secret:
            headers["X-Seerflow-Signature"] = sign(self._secret, int(self._clock()), body)
        hidden = [*self._headers.values(), *([self._secret] if self._secret else [])]
        return await post(self._to, body, headers, hidden)


def document(attempt: Attempt) -> bytes:
    """Give the body: what is new, the text for people, and the whole alert (times: microseconds since 1970)."""
    return _JSON.encode(
        {
            "version": 1,
            "key": attempt.key,
            "notices": attempt.notices,
            "text": plain(words(attempt)),
            "alert": attempt.alert,
        }
    )


def sign(secret: Secret, seconds: int, body: bytes) -> str:
    """Give the signature header's value."""
    signed = f"{seconds}.".encode() + body
    return f"t={seconds},v1={hmac.new(secret.value.encode(), signed, hashlib.sha256).hexdigest()}"
