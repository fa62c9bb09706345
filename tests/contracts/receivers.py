"""Receivers on the loopback interface that are slow, wrong, hostile or gone: one over HTTP, one over SMTP.

Both play a fate that a test names and keep what they were sent.
"""

import asyncio
import base64
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from msgspec import Struct

#: A certificate for 127.0.0.1 and localhost, with its key, signed by itself.
CERTIFICATE = Path(__file__).with_name("loopback.pem")

#: What the receiver does, and what its sender must make of it.
FATES: dict[str, str] = {
    "ok": "delivered",
    "broken": "retry",
    "busy": "retry",
    "refuse": "refused",
    "echo": "refused",
    "hang": "retry",
    "drip": "retry",
    "close": "retry",
    "garbage": "retry",
}

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Request(Struct, frozen=True):
    """What an HTTP receiver was sent."""

    line: str
    headers: dict[str, str]
    body: bytes


@contextlib.asynccontextmanager
async def listening(
    play: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    context: ssl.SSLContext | None = None,
) -> AsyncIterator[int]:
    """Serve on a free port for as long as the block runs; give the port."""
    tasks: set[asyncio.Task[None]] = set()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        over = (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError)
        with contextlib.suppress(*over):
            await play(reader, writer)
        writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def drip(writer: asyncio.StreamWriter, piece: bytes) -> None:
    """Send a little, for ever, faster than any time-out between two pieces."""
    while True:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.02)


class Http:
    """An HTTP/1.1 receiver."""

    def __init__(self, fate: str = "ok", status: str = "", headers: str = "", body: bytes = b"ok") -> None:
        self.fate, self.status, self.headers, self.body = fate, status, headers, body
        self.requests: list[Request] = []
        self.port = 0

    async def play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        line, *rest = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (one.partition(": ") for one in rest) if name}
        body = await reader.readexactly(int(headers["content-length"]))
        self.requests.append(Request(line, headers, body))
        await getattr(self, f"_{self.fate}")(writer, head + body)

    async def _answer(self, writer, status: str, body: bytes, headers: str = "") -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    async def _ok(self, writer, _sent: bytes) -> None:
        await self._answer(writer, self.status or "202 Accepted", self.body, self.headers)

    async def _broken(self, writer, _sent: bytes) -> None:
        await self._answer(writer, "503 Service Unavailable", b"down")

    async def _busy(self, writer, _sent: bytes) -> None:
        await self._answer(writer, "429 Too Many Requests", b"slower", "Retry-After: 7\r\n")

    async def _refuse(self, writer, _sent: bytes) -> None:
        await self._answer(writer, "404 Not Found", b"no such channel")

    async def _echo(self, writer, sent: bytes) -> None:
        await self._answer(writer, "400 Bad Request", sent)

    async def _hang(self, _writer, _sent: bytes) -> None:
        await asyncio.Event().wait()

    async def _drip(self, writer, _sent: bytes) -> None:
        await drip(writer, b"HTTP/1.1 200 OK\r\nX-Slow: ")

    async def _close(self, _writer, _sent: bytes) -> None:
        return

    async def _garbage(self, writer, _sent: bytes) -> None:
        writer.write(b"\x00\xff\x16\x03\x01 220 what\r\n\r\n" * 50)
        await writer.drain()


class Smtp:
    """An SMTP receiver (RFC 5321), with STARTTLS and AUTH PLAIN."""

    def __init__(self, fate: str = "ok", refused: tuple[str, ...] = ()) -> None:
        self.fate, self.refused = fate, refused
        self.mails: list[bytes] = []
        self.commands: list[str] = []
        self.logins: list[str] = []
        self.secured = False

    @staticmethod
    def context() -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        return context

    async def play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.secured = self.secured or writer.get_extra_info("sslcontext") is not None
        if self.fate == "hang":
            await asyncio.Event().wait()
        if self.fate == "drip":
            await drip(writer, b"220-slow\r\n")
        if self.fate == "garbage":
            writer.write(b"\x00\xff\x16 HTTP/1.1 200\r\n" * 50)
            await writer.drain()
            return
        if self.fate == "close":
            return
        self._say(writer, "220 mail.example.com")
        while line := (await reader.readline()).decode("latin-1").rstrip("\r\n"):
            self.commands.append(line)
            if line.upper() == "DATA":
                await self._data(reader, writer)
            elif not await self._command(line, writer):
                return

    async def _command(self, line: str, writer: asyncio.StreamWriter) -> bool:
        verb = line.split(maxsplit=1)[0].upper()
        if verb == "STARTTLS":
            writer.transport.pause_reading()  # the next bytes are TLS, not commands
            self._say(writer, "220 go on")
            await writer.start_tls(self.context())
            self.secured = True
        elif verb == "AUTH":
            self.logins.append(base64.b64decode(line.split()[2]).decode())
            self._say(writer, self._login(line))
        elif verb == "EHLO":
            self._say(writer, "250-mail.example.com\r\n250-STARTTLS\r\n250 AUTH PLAIN")
        elif verb == "RCPT":
            self._say(writer, "550 nobody" if any(one in line for one in self.refused) else "250 ok")
        elif verb == "MAIL":
            self._say(writer, {"busy": "421 later", "refuse": "550 not from you"}.get(self.fate, "250 ok"))
        else:
            self._say(writer, "221 bye" if verb == "QUIT" else "250 ok")
        await writer.drain()
        return verb != "QUIT"

    def _login(self, line: str) -> str:
        if self.fate == "echo":
            said = base64.b64decode(line.split()[2]).decode().replace("\x00", " ")
            return f"535 wrong: {said} {line.split()[2]}"
        return "235 welcome"

    async def _data(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._say(writer, "354 go ahead")
        mail = await reader.readuntil(b"\r\n.\r\n")
        if self.fate == "broken":
            self._say(writer, "451 disk full")
        else:
            self.mails.append(mail[:-5])
            self._say(writer, "250 queued")
        await writer.drain()

    @staticmethod
    def _say(writer: asyncio.StreamWriter, text: str) -> None:
        writer.write(f"{text}\r\n".encode())
