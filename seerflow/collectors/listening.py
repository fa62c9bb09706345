"""What listeners share: certificates, the peer's address, the kernel's buffers and what they let fall."""

import os
import socket
import ssl
from pathlib import Path

from msgspec import Struct

from seerflow.errors import OperatorError, OutsideError


class Tls(Struct, frozen=True, kw_only=True):
    """Files of one TLS listener; with `client_ca` senders have to show a certificate (RFC 5425 4.2)."""

    cert: str
    key: str
    client_ca: str = ""

    def context(self) -> ssl.SSLContext:
        """Load the files; OperatorError names the one that does not work."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        try:
            # Without a password of its own OpenSSL would ask the terminal for that of an encrypted key, and wait.
            context.load_cert_chain(self.cert, self.key, password="")
            if self.client_ca:
                context.load_verify_locations(self.client_ca)
                context.verify_mode = ssl.CERT_REQUIRED
        except (OSError, ssl.SSLError) as error:
            files = ", ".join(filter(None, (self.cert, self.key, self.client_ca)))
            raise OperatorError(
                f"TLS: cannot use {files}: {error.strerror or error}; PEM files are wanted, the key without a password"
            ) from error
        return context


def address(peer: object) -> str:
    """Give the peer's address without its port; IPv4 as IPv4 on a socket that serves both."""
    host = str(peer[0]) if isinstance(peer, tuple) and peer else ""
    return host.removeprefix("::ffff:") if "." in host else host


def refused(host: str, port: int, error: OSError) -> OutsideError:
    """Say why nobody listens there."""
    reason = error.strerror or str(error)
    return OutsideError(f"cannot listen at {host}:{port}: {reason}; take another port, or end who has it")


#: asm-generic/socket.h: sets the size beyond net.core.rmem_max; Python has no name for it.
_SO_RCVBUFFORCE = 33


def enlarge(sock: socket.socket, size: int) -> int:
    """Ask for a receive buffer of `size` bytes; give what the kernel granted (it may allow less)."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, size)
    except OSError:  # needs CAP_NET_ADMIN; without it net.core.rmem_max is the most
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
    # Linux doubles the number for its own bookkeeping, and says the doubled one.
    return sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2


def drops_of(table: str, inode: int) -> int:
    """Read the drops of the socket with that inode in the text of /proc/net/udp: its last column."""
    for line in table.splitlines()[1:]:
        columns = line.split()
        if len(columns) >= 13 and columns[9] == str(inode):  # noqa: PLR2004 - proc_pid_net(5): 13 columns, inode is the 10th
            return int(columns[12])
    return 0


def kernel_drops(sock: socket.socket) -> int:
    """Give the datagrams that the kernel dropped because this UDP socket's buffer was full (0: unknown)."""
    path = Path("/proc/net/udp6" if sock.family == socket.AF_INET6 else "/proc/net/udp")
    try:
        return drops_of(path.read_text(encoding="ascii"), os.fstat(sock.fileno()).st_ino)
    except (OSError, ValueError):  # no Linux, or a /proc that shows nothing
        return 0
