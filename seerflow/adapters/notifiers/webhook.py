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

import httpx
import msgspec

from seerflow.adapters.notifiers.contract import ATTEMPT_TIMEOUT_SECONDS, Secret
from seerflow.adapters.notifiers.http import post
from seerflow.adapters.notifiers.wording import plain, words
from seerflow.alerts.outbox import Attempt, Outcome

_JSON = msgspec.json.Encoder()


class Webhook:
    """Posts to one address."""

    def __init__(
        self,
        name: str,
        client: httpx.AsyncClient,
        url: Secret,
        *,
        secret: Secret | None = None,
        headers: Mapping[str, Secret] | None = None,
        clock: Callable[[], float] = time.time,
        timeout_seconds: float = ATTEMPT_TIMEOUT_SECONDS,
    ) -> None:
        self.name = name
        self._client, self._url, self._secret = client, url, secret
        self._headers = dict(headers or {})
        self._clock, self._timeout = clock, timeout_seconds

    async def send(self, attempt: Attempt) -> Outcome:
        """Post the alert."""
        body = document(attempt)
        headers = {name: value.reveal() for name, value in self._headers.items()}
        headers["Idempotency-Key"] = attempt.key
        if self._secret:
            headers["X-Seerflow-Signature"] = sign(self._secret, int(self._clock()), body)
        hidden = [*self._headers.values(), *([self._secret] if self._secret else [])]
        return await post(self._client, self._url, body, headers, hidden, self._timeout)


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
    return f"t={seconds},v1={hmac.new(secret.reveal().encode(), signed, hashlib.sha256).hexdigest()}"
