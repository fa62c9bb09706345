"""A webhook's receiver: takes every notification, keeps what it took, and can hold one back while its sender dies."""

import json
import threading
import time
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from msgspec import Struct

_GLANCE_SECONDS = 0.02


class Taken(Struct, frozen=True):
    """One notification as it came; whoever receives it has it, whether the answer arrives or not."""

    key: str
    alert: str
    revision: int
    notices: tuple[str, ...]
    body: dict[str, Any]


class Inbox:
    """An HTTP server on the loopback. `seconds` is how long each request takes: a service is not at once."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.taken: list[Taken] = []
        self.seconds = seconds
        self.held: list[int] = []  # ports of senders whose request is held back
        self._holds = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"

    def hold(self) -> None:
        """Answer nobody from now on."""
        self._holds.set()

    def release(self) -> None:
        """Answer again."""
        self._holds.clear()
        self.held.clear()

    def wait(self, port: int) -> None:
        """Take one request's time."""
        time.sleep(self.seconds)
        if self._holds.is_set():
            self.held.append(port)
        while self._holds.is_set():
            time.sleep(_GLANCE_SECONDS)

    def close(self) -> None:
        """End."""
        self.release()
        self.server.shutdown()
        self.server.server_close()


def _handler(inbox: Inbox) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            alert = body["alert"]
            inbox.taken.append(
                Taken(
                    self.headers["Idempotency-Key"],
                    alert["id"],
                    alert["revision"],
                    tuple(body["notices"]),
                    body,
                )
            )
            inbox.wait(self.client_address[1])
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                self.close_connection = True  # the sender was killed: that is what this is for

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


def holder(port: int, pids: Iterable[int]) -> int | None:
    """Give which of these processes has the local TCP port: by /proc/net/tcp and the process's descriptors."""
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    sockets = {f"socket:[{row[9]}]" for row in rows if int(row[1].rpartition(":")[2], 16) == port}
    for pid in pids:
        for one in Path(f"/proc/{pid}/fd").iterdir():
            try:
                if str(one.readlink()) in sockets:
                    return pid
            except OSError:  # closed meanwhile
                continue
    return None
