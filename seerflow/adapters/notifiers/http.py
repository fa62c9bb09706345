"""One HTTP request to a service that may be slow, wrong, hostile or gone, and what became of it."""

import asyncio
import logging
import ssl
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

import httpx
from msgspec import Struct

from seerflow import __version__
from seerflow.adapters.notifiers.contract import ATTEMPT_TIMEOUT_SECONDS
from seerflow.adapters.notifiers.wording import clean
from seerflow.alerts.outbox import Outcome
from seerflow.problems import Secret

#: Bytes of an answer that are read: enough for a reason, too few to hurt.
MAX_ANSWER = 2048
MAX_SHOWN = 160

#: 4xx that mean "not now" (RFC 9110, 15.5.9; RFC 8470, 5.2; RFC 6585, 4). All other 4xx stay what they are.
_NOT_NOW = frozenset({408, 425, 429})

#: A part of an address that is shorter than this is no secret, and hiding it would hide half of every text.
_MIN_SECRET = 6


def open_client(ca_file: str = "") -> httpx.AsyncClient:
    """Open the client that all notifiers of a process share."""
    # httpx writes each request's address at INFO and httpcore its headers at DEBUG; of a webhook the
    # address is the secret.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return httpx.AsyncClient(
        verify=ssl.create_default_context(cafile=ca_file) if ca_file else True,
        timeout=httpx.Timeout(10.0, connect=5.0),
        limits=httpx.Limits(max_connections=32, max_keepalive_connections=8),
        follow_redirects=False,
        headers={"User-Agent": f"seerflow/{__version__}"},
    )


class Endpoint(Struct, frozen=True, kw_only=True):
    """Where to post, with which client, and how long to wait in all."""

    client: httpx.AsyncClient
    url: Secret
    timeout_seconds: float = ATTEMPT_TIMEOUT_SECONDS


async def post(
    to: Endpoint,
    body: bytes,
    headers: Mapping[str, str] = MappingProxyType({}),
    hidden: Iterable[Secret] = (),
) -> Outcome:
    """Send JSON. 2xx is delivered; 408, 425, 429, 5xx and the network's failures may be tried again.

    `hidden` are the secrets that the request carries beside its address: no detail shows them.
    """
    try:
        async with asyncio.timeout(to.timeout_seconds):
            status, answer, answered = await _exchange(to, body, headers)
    except TimeoutError:
        return Outcome(state="retry", detail=f"no answer in {to.timeout_seconds:g} s")
    except httpx.InvalidURL:
        return Outcome(state="refused", detail="the configured address is no URL")
    except httpx.UnsupportedProtocol:
        return Outcome(state="refused", detail="the configured address is neither http nor https")
    except (httpx.HTTPError, OSError) as error:
        # The error's own text may name the address.
        return Outcome(state="retry", detail=f"no answer: {type(error).__name__}")
    return _outcome(status, answered, clean(redact(_said(answer), to.url, hidden), MAX_SHOWN))


def redact(text: str, url: Secret, hidden: Iterable[Secret]) -> str:
    """Hide what a service may have sent back of the secrets that we sent to it."""
    parts = urlsplit(url.value)
    tail = f"{parts.path}?{parts.query}" if parts.query else parts.path
    pieces = [url.value, tail, unquote(tail), *parts.path.split("/"), *parts.query.split("&")]
    pieces += [piece for secret in hidden for piece in (secret.value, *secret.value.split())]
    for piece in sorted({one for one in pieces if len(one) >= _MIN_SECRET}, key=len, reverse=True):
        text = text.replace(piece, "***")
    return text


async def _exchange(
    to: Endpoint, body: bytes, headers: Mapping[str, str]
) -> tuple[int, bytes, httpx.Headers]:
    sent = {"Content-Type": "application/json", "Accept-Encoding": "identity", **headers}
    async with to.client.stream(
        "POST", to.url.value, content=body, headers=sent, follow_redirects=False
    ) as response:
        answer = b""
        async for piece in response.aiter_raw():  # raw: a packed answer is never unpacked
            answer += piece
            if len(answer) >= MAX_ANSWER:
                break
        return response.status_code, answer[:MAX_ANSWER], response.headers


def _outcome(status: int, headers: httpx.Headers, said: str) -> Outcome:
    detail = f"answered {status}" + (f": {said}" if said else "")
    if 200 <= status < 300:  # noqa: PLR2004  # RFC 9110, 15.3
        return Outcome(state="delivered", detail=f"answered {status}")
    if status in _NOT_NOW or status >= 500:  # noqa: PLR2004  # RFC 9110, 15.6
        return Outcome(state="retry", detail=detail, after=_retry_after(headers))
    if 300 <= status < 400:  # noqa: PLR2004  # RFC 9110, 15.4
        return Outcome(state="refused", detail=f"answered {status}: a redirect, which is not followed")
    return Outcome(state="refused", detail=detail)


def _retry_after(headers: httpx.Headers) -> int:
    """Give microseconds to wait; 0 where nothing usable was said (RFC 9110, 10.2.3: seconds or a date)."""
    said = headers.get("Retry-After", "")
    if said.isascii() and said.isdigit():
        return int(said[:9]) * 1_000_000
    try:
        until, now = parsedate_to_datetime(said), parsedate_to_datetime(headers.get("Date", ""))
        return max(0, int((_aware(until) - _aware(now)).total_seconds())) * 1_000_000
    except (ValueError, TypeError):
        return 0


def _aware(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _said(answer: bytes) -> str:
    # Redacted before it is cut for show, so that a cut does not leave half a secret: MAX_ANSWER bounds it.
    return clean(answer.decode("utf-8", "replace"), MAX_ANSWER)
