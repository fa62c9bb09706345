"""Syslog over UDP (RFC 5426): each datagram is one message and goes on as it came.

Acknowledgement: none, and nobody can wait. What is dropped is counted, here and in the kernel.
"""

import asyncio
import socket
from collections import Counter
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from seerflow.collectors.contract import Labels, Sink, ended, now
from seerflow.collectors.listening import address, enlarge, kernel_drops, refused
from seerflow.collectors.peers import Peers
from seerflow.engine.envelopes import Envelope
from seerflow.errors import OutsideError

#: One turn of the loop takes at most so many datagrams, so that TCP, OTLP and deliveries get theirs.
_TURN = 512
#: After the end so many turns are taken at most: the kernel's buffer, not whatever a flood still adds to it.
_LAST_TURNS = 256
#: So often, in seconds, we look at what the kernel dropped.
_WATCH = 1.0
_DATAGRAM = 65_535  # the longest that UDP carries


class UdpOptions(Struct, frozen=True, kw_only=True):
    """One UDP listener."""

    host: str = "127.0.0.1"
    port: int = 5514
    labels: Labels = Labels(topic="raw.syslog", source="syslog")
    peers: Mapping[str, Labels] = {}  # sender's address -> its own labels
    max_bytes: int = 64 * 1024
    receive_buffer: int = 32 << 20  # bytes in the kernel: half a second of 100,000 datagrams a second


class SyslogUdp:
    """Listens for datagrams: each is one message (RFC 5426 3.1)."""

    name = "syslog_udp"

    def __init__(self, options: UdpOptions) -> None:
        self._options = options
        self.counts: Counter[str] = Counter()
        self.peers = Peers()
        self.ready = asyncio.Event()
        self.port = options.port
        self._buffer = memoryview(bytearray(_DATAGRAM))

    async def run(self, sink: Sink, stopping: asyncio.Event) -> None:
        """Take datagrams until `stopping`; then those that the kernel still holds."""
        loop = asyncio.get_running_loop()
        failed: asyncio.Future[None] = loop.create_future()
        with await self._bound() as sock:
            self.port = sock.getsockname()[1]
            loop.add_reader(sock.fileno(), self._safely, sock, sink, failed)
            self.ready.set()
            try:
                while not await ended(stopping, failed, _WATCH):
                    self._count_kernel(sock)
            finally:
                loop.remove_reader(sock.fileno())
            for _ in range(_LAST_TURNS):
                if not self._take(sock, sink):
                    break
            self._count_kernel(sock)

    async def _bound(self) -> socket.socket:
        host, port = self._options.host, self._options.port
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_DGRAM)
            family, _, _, _, place = found[0]
            sock = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        except OSError as error:
            raise refused(host, port, error) from error
        try:
            enlarge(sock, self._options.receive_buffer)
            sock.bind(place)
        except OSError as error:
            sock.close()
            raise refused(host, port, error) from error
        return sock

    def _safely(self, sock: socket.socket, sink: Sink, failed: "asyncio.Future[None]") -> None:
        """Take one turn; an error ends run(), since a reader's own would only be logged."""
        try:
            self._take(sock, sink)
        except OutsideError as error:
            if not failed.done():
                failed.set_exception(error)

    def _take(self, sock: socket.socket, sink: Sink) -> int:
        """Take what the kernel holds, at most a turn's worth; give the number of datagrams."""
        by_peer: dict[str, list[bytes]] = {}
        taken = 0
        for taken in range(1, _TURN + 1):
            try:
                size, peer = sock.recvfrom_into(self._buffer)
            except BlockingIOError:
                taken -= 1  # noqa: PLW2901 - this turn found nothing
                break
            except OSError:  # an ICMP error of something that was never sent: no datagram
                continue
            document = bytes(self._buffer[:size]).rstrip(b"\r\n\0")
            if document:
                by_peer.setdefault(peer[0], []).append(document)
        for peer, documents in by_peer.items():
            self._offer(sink, address((peer,)), documents)
        return taken

    def _offer(self, sink: Sink, peer: str, documents: list[bytes]) -> None:
        labels = self._options.peers.get(peer, self._options.labels)
        envelope = labels.envelope(self.name, peer=peer)
        received = now()
        longest = self._options.max_bytes
        if max(map(len, documents)) > longest:
            for document in documents:
                cut = len(document) > longest
                self._offer_run(sink, replace(envelope, cut=cut), [document[:longest]], received)
        else:
            self._offer_run(sink, envelope, documents, received)

    def _offer_run(self, sink: Sink, envelope: Envelope, documents: list[bytes], received: int) -> None:
        count, size = len(documents), sum(map(len, documents))
        self.peers.note(envelope.peer, count, size, received)
        if sink.offer(envelope, documents, received) is None:
            self.counts["dropped_full"] += count
            return
        self.counts["documents"] += count
        self.counts["bytes"] += size
        self.counts["cut"] += count if envelope.cut else 0

    def _count_kernel(self, sock: socket.socket) -> None:
        self.counts["dropped_kernel"] = kernel_drops(sock)
