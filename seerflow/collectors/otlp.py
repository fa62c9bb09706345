"""OpenTelemetry logs over OTLP/HTTP: POST /v1/logs, protobuf and JSON, gzip or plain.

Source: https://opentelemetry.io/docs/specs/otlp/#otlphttp

Acknowledgement: 200 is said when Kafka has every log of the request; before that the sender keeps it. Where
there is no room, or Kafka takes too long, the answer is 503 with Retry-After, and 429 where too many ask at once.
"""

import asyncio
import hmac
import logging
import ssl
import time
from collections import Counter
from pathlib import Path

from aiohttp import web
from msgspec import Struct

from seerflow.collectors import otlp_requests as requests
from seerflow.collectors.contract import Labels, Receipt, Sink, ended, now
from seerflow.collectors.listening import Tls, refused
from seerflow.collectors.otlp_requests import ENCODINGS, PROTOBUF, TooLarge
from seerflow.engine.envelopes import Envelope
from seerflow.engine.otlp_values import Malformed
from seerflow.errors import OperatorError, OutsideError

log = logging.getLogger(__name__)

#: The token file is read again when it changed, looked at so often (seconds): tokens rotate while we run.
_TOKEN_SECONDS = 2.0
_RETRY_SECONDS = 1


class OtlpOptions(Struct, frozen=True, kw_only=True):
    """One OTLP/HTTP listener."""

    host: str = "127.0.0.1"
    port: int = 4318
    labels: Labels = Labels(topic="raw.otlp", source="otlp")
    token_file: Path | None = None  # one bearer token a line; None lets everybody send
    max_bytes: int = 4 << 20  # of a body as sent
    max_unpacked: int = 16 << 20  # of a body unpacked
    max_requests: int = 32  # at once, in memory
    max_connections: int = 512
    read_seconds: float = 30.0  # until a body is complete
    delivery_seconds: float = 8.0  # senders give up after 10 by default
    tls: Tls | None = None


class _Answer(Exception):  # noqa: N818 - an answer, not a failure
    """What the sender is told in place of 200."""

    def __init__(self, code: int, message: str) -> None:
        self.code = code
        super().__init__(message)


class Otlp:
    """Takes export requests and answers when Kafka has them."""

    name = "otlp"

    def __init__(self, options: OtlpOptions) -> None:
        self._options = options
        self.counts: Counter[str] = Counter()
        self.ready = asyncio.Event()
        self.port = options.port
        self._tokens = Tokens(options.token_file) if options.token_file else None
        self._asking = 0
        self._closing = False
        self._failed: asyncio.Future[None] | None = None

    async def run(self, sink: Sink, stopping: asyncio.Event) -> None:
        """Serve until `stopping`; requests that were taken are answered before the end."""
        failed = self._failed = asyncio.get_running_loop().create_future()
        if self._tokens:
            self._tokens.load()
        runner = self._runner(sink)
        await runner.setup()
        try:
            server = await self._listen(runner)
            self.port = server.sockets[0].getsockname()[1]
            self.ready.set()
            await ended(stopping, failed)
            self._closing = True
            server.close()
        finally:
            await runner.cleanup()

    def _runner(self, sink: Sink) -> web.AppRunner:
        async def receive(request: web.Request) -> web.Response:
            return await self._receive(sink, request)

        app = web.Application(client_max_size=self._options.max_bytes)
        app.router.add_post("/v1/logs", receive)
        return web.AppRunner(
            app,
            access_log=None,
            auto_decompress=False,  # ours has a bound
            keepalive_timeout=75.0,
            shutdown_timeout=self._options.delivery_seconds + 1,
        )

    async def _listen(self, runner: web.AppRunner) -> asyncio.Server:
        options = self._options
        tls: ssl.SSLContext | None = options.tls.context() if options.tls else None
        serving = runner.server
        assert serving is not None  # noqa: S101 - setup() made it

        def protocol() -> asyncio.BaseProtocol:
            if len(serving.connections) >= options.max_connections:
                self.counts["refused_connections"] += 1
                return _Refusal()
            return serving()

        try:
            return await asyncio.get_running_loop().create_server(
                protocol, options.host, options.port, ssl=tls, backlog=128
            )
        except OSError as error:
            raise refused(options.host, options.port, error) from error

    # --- one request ---------------------------------------------------------------------------------------

    async def _receive(self, sink: Sink, request: web.Request) -> web.Response:
        content_type = request.content_type if request.content_type in ENCODINGS else PROTOBUF
        try:
            self._admit(request)
            self._asking += 1
            try:
                rejected = await self._take(sink, request, content_type)
            finally:
                self._asking -= 1
        except _Answer as answer:
            return self._refusal(content_type, answer)
        message = f"{rejected} logs are longer than 1 MB" if rejected else ""
        body = requests.response(content_type, rejected=rejected, message=message)
        return web.Response(body=body, content_type=content_type)

    def _refusal(self, content_type: str, answer: _Answer) -> web.Response:
        busy = answer.code in (429, 503)
        self.counts["busy_requests" if busy else "refused_requests"] += 1
        headers = {"Retry-After": str(_RETRY_SECONDS)} if busy else {}
        if answer.code == 401:  # noqa: PLR2004 - RFC 6750 3: the scheme is named
            headers["WWW-Authenticate"] = "Bearer"
        response = web.Response(
            status=answer.code,
            body=requests.status(content_type, answer.code, str(answer)),
            content_type=content_type,
            headers=headers,
        )
        if not busy:
            response.force_close()  # a body that nobody reads may still be on its way
        return response

    def _admit(self, request: web.Request) -> None:
        """Refuse what its head already shows, before a byte of its body is read."""
        if self._tokens and not self._tokens.allow(request.headers.get("Authorization", "")):
            raise _Answer(401, "a bearer token that this collector knows is needed")
        if request.content_type not in ENCODINGS:
            raise _Answer(415, f"content type is neither {' nor '.join(ENCODINGS)}")
        if request.headers.get("Content-Encoding", "identity").lower() not in ("gzip", "identity"):
            raise _Answer(415, "content encoding is neither gzip nor identity")
        if (request.content_length or 0) > self._options.max_bytes:
            raise _Answer(413, f"the body is longer than {self._options.max_bytes} bytes")
        if self._closing:
            raise _Answer(503, "this collector is about to end")
        if self._asking >= self._options.max_requests:
            raise _Answer(429, "too many requests at once")

    async def _take(self, sink: Sink, request: web.Request, content_type: str) -> int:
        """Hand the request's logs over and wait for Kafka; give how many were too long to go anywhere."""
        encoding = ENCODINGS[content_type]
        body = await self._body(request)
        try:
            if request.headers.get("Content-Encoding", "").lower() == "gzip":
                body = requests.unzip(body, self._options.max_unpacked)
            parts = requests.split(body, encoding)
        except TooLarge as error:
            raise _Answer(413, str(error)) from error
        except Malformed as error:
            raise _Answer(400, str(error)) from error
        envelope = self._options.labels.envelope(self.name, peer=request.remote or "", encoding=encoding)
        if parts.documents:
            receipt = self._offer(sink, envelope, parts.documents)
            await self._delivered(receipt)
        self.counts["documents"] += parts.logs - parts.rejected
        self.counts["bytes"] += sum(map(len, parts.documents))
        self.counts["rejected_logs"] += parts.rejected
        return parts.rejected

    async def _body(self, request: web.Request) -> bytes:
        try:
            async with asyncio.timeout(self._options.read_seconds):
                return await request.read()
        except TimeoutError as error:
            raise _Answer(408, "the body did not come in time") from error
        except web.HTTPRequestEntityTooLarge as error:
            raise _Answer(413, f"the body is longer than {self._options.max_bytes} bytes") from error
        except web.RequestPayloadError as error:
            raise _Answer(400, "the body is broken") from error

    def _offer(self, sink: Sink, envelope: Envelope, documents: tuple[bytes, ...]) -> Receipt:
        try:
            receipt = sink.offer(envelope, documents, now())
        except OutsideError as error:
            raise self._lost(error) from error
        if receipt is None:
            raise _Answer(503, "Kafka does not keep up")
        return receipt

    async def _delivered(self, receipt: Receipt) -> None:
        try:
            async with asyncio.timeout(self._options.delivery_seconds):
                await receipt.delivered()
        except TimeoutError as error:
            # It may still arrive: then the sender's next attempt is a repeat, and nothing is lost.
            raise _Answer(503, "Kafka did not take it in time") from error
        except OutsideError as error:
            raise self._lost(error) from error

    def _lost(self, error: OutsideError) -> _Answer:
        """End run(), and tell this sender to come again."""
        if self._failed is not None and not self._failed.done():
            self._failed.set_exception(error)
        return _Answer(503, "Kafka refused a record")


class _Refusal(asyncio.Protocol):
    """Closes a connection at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()


class Tokens:
    """The bearer tokens of a file, one a line; read again when the file changes."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._tokens: tuple[bytes, ...] = ()
        self._changed = 0
        self._looked = 0.0

    def load(self) -> None:
        """Read the file. Raises OperatorError where it cannot be read or holds none."""
        try:
            self._changed = self._file.stat().st_mtime_ns
            lines = self._file.read_bytes().split()
        except OSError as error:
            raise OperatorError(f"cannot read the tokens in {self._file}: {error.strerror}") from error
        if not lines:
            raise OperatorError(f"{self._file} holds no token; write one a line, or take token_file away")
        self._tokens = tuple(lines)
        self._looked = time.monotonic()

    def allow(self, authorization: str) -> bool:
        """Whether the header names one of the tokens; how long that takes tells nothing about them."""
        self._refresh()
        scheme, _, token = authorization.partition(" ")
        given = token.strip().encode("utf-8", "surrogateescape")
        known = [hmac.compare_digest(given, one) for one in self._tokens]
        return scheme.lower() == "bearer" and any(known)

    def _refresh(self) -> None:
        if time.monotonic() - self._looked < _TOKEN_SECONDS:
            return
        self._looked = time.monotonic()
        try:
            if self._file.stat().st_mtime_ns != self._changed:
                self.load()
        except (OSError, OperatorError):
            # Half written, or about to be replaced: those we know stay until there are others.
            log.warning("token file unreadable", extra={"file": str(self._file)})
