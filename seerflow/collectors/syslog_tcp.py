"""Syslog over TCP (RFC 6587), with TLS (RFC 5425). The messages go on as they came, without their frames.

Acknowledgement: none. When Kafka does not keep up we stop reading, so the sender keeps its logs.
"""

import asyncio
import contextlib
import ssl
from collections import Counter
from collections.abc import Mapping

from msgspec import Struct

from seerflow.collectors.contract import Labels, Run, Sink, ended, now, put_runs
from seerflow.collectors.framing import Framer
from seerflow.collectors.listening import Tls, address, refused
from seerflow.collectors.peers import Peers
from seerflow.engine.envelopes import Envelope
from seerflow.errors import OutsideError

_CHUNK = 64 * 1024
#: A TLS handshake that takes longer (seconds) is no sender.
_HANDSHAKE = 10.0
#: At the end a connection that is silent for so long (seconds) has said what it had to say; none gets longer than
#: the other.
_QUIET = 0.1
_LAST_SECONDS = 5.0


class TcpOptions(Struct, frozen=True, kw_only=True):
    """One TCP listener."""

    host: str = "127.0.0.1"
    port: int = 5514
    labels: Labels = Labels(topic="raw.syslog", source="syslog")
    peers: Mapping[str, Labels] = {}
    max_bytes: int = 64 * 1024
    max_connections: int = 1024
    idle_seconds: float = 3600.0  # a quiet host may be quiet for long; a dead one must not stay for ever
    tls: Tls | None = None


class SyslogTcp:
    """Listens for connections; each is one sender's stream of frames."""

    name = "syslog_tcp"

    def __init__(self, options: TcpOptions) -> None:
        self._options = options
        self.counts: Counter[str] = Counter()
        self.peers = Peers()
        self.ready = asyncio.Event()
        self.port = options.port
        self._serving: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._readers: set[asyncio.StreamReader] = set()
        self._silent: set[asyncio.Timeout] = set()  # of connections that we hear nothing from just now
        self._closing = False

    async def run(self, sink: Sink, stopping: asyncio.Event) -> None:
        """Serve connections until `stopping`; then hand over what has been read of them."""
        failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        server = await self._listen(sink, failed)
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        try:
            await ended(stopping, failed)
        finally:
            server.close()
            await self._end()
        if failed.done():
            failed.result()

    async def _listen(self, sink: Sink, failed: "asyncio.Future[None]") -> asyncio.Server:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await self._serve(sink, reader, writer)
            except OutsideError as error:
                if not failed.done():
                    failed.set_exception(error)

        options = self._options
        tls = options.tls.context() if options.tls else None
        handshake = _HANDSHAKE if tls else None
        try:
            return await asyncio.start_server(
                serve, options.host, options.port, ssl=tls, backlog=512, ssl_handshake_timeout=handshake
            )
        except OSError as error:
            raise refused(options.host, options.port, error) from error

    async def _end(self) -> None:
        """Read what the kernel has already taken from the senders, hand it over, then close.

        To a sender that is gone this was delivered. One that goes on sending is cut off after _LAST_SECONDS.
        """
        self._closing = True
        await asyncio.sleep(0)  # connections that were accepted just now begin to be served
        for limit in self._silent:
            with contextlib.suppress(RuntimeError):  # it expires this very moment
                limit.reschedule(asyncio.get_running_loop().time() + _QUIET)
        if self._serving:
            await asyncio.wait(self._serving, timeout=_LAST_SECONDS)
        for writer in self._serving.values():
            writer.transport.pause_reading()  # type: ignore[attr-defined] # StreamWriter's is always a read transport too
        for reader in self._readers:
            reader.feed_eof()
        if self._serving:
            await asyncio.wait(self._serving)

    async def _serve(self, sink: Sink, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._serving) >= self._options.max_connections:
            self.counts["refused_connections"] += 1
            writer.transport.abort()
            return
        self._serving[task] = writer
        self._readers.add(reader)
        try:
            await self._read(sink, reader, address(writer.get_extra_info("peername")))
        except (ConnectionError, ssl.SSLError):
            self.counts["broken_connections"] += 1
        finally:
            self._readers.discard(reader)
            del self._serving[task]
            writer.transport.abort()

    async def _read(self, sink: Sink, reader: asyncio.StreamReader, peer: str) -> None:
        labels = self._options.peers.get(peer, self._options.labels)
        envelope = labels.envelope(self.name, peer=peer)
        framer = Framer(self._options.max_bytes)
        try:
            while chunk := await self._chunk(reader):
                await self._put(sink, envelope, framer.feed(chunk))
        finally:
            last = framer.end()
            self.counts["partial"] += len(last)
            await self._put(sink, envelope, last)

    async def _chunk(self, reader: asyncio.StreamReader) -> bytes:
        try:
            async with asyncio.timeout(_QUIET if self._closing else self._options.idle_seconds) as limit:
                self._silent.add(limit)
                try:
                    return await reader.read(_CHUNK)
                finally:
                    self._silent.discard(limit)
        except TimeoutError:
            self.counts["idle_connections"] += not self._closing
            return b""

    async def _put(self, sink: Sink, envelope: Envelope, runs: list[Run]) -> None:
        received = now()
        await put_runs(sink, envelope, runs, received)
        for run in runs:
            count, size = len(run.documents), sum(map(len, run.documents))
            self.counts["documents"] += count
            self.counts["bytes"] += size
            self.counts["cut"] += count if run.cut else 0
            self.peers.note(envelope.peer, count, size, received)
