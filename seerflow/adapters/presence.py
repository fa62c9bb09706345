"""Who a process is and where it answers: told in a file, and compared with what its port says of itself.

Any program may answer at a port with 200. A process is taken for ours only when the file that it alone was told to
write and the answer at the port name the same worker and the same process.
"""

import contextlib
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from seerflow.errors import OperatorError

#: An answer of `/readyz` is never longer.
MAX_ANSWER = 65_536


class Presence(Struct, frozen=True, kw_only=True):
    """One process that listens."""

    worker: str  # stage and instance: "correlate-0"
    pid: int
    port: int


class Answer(Struct, frozen=True, kw_only=True):
    """What `/readyz` says."""

    ok: bool
    worker: str = ""
    pid: int = 0
    listening: Mapping[str, int] = {}  # collector -> port


def tell(file: Path, worker: str, port: int) -> None:
    """Write who this process is; whoever reads finds all of it or nothing."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = file.with_name(f"{file.name}.{os.getpid()}")
        fresh.write_bytes(msgspec.json.encode(Presence(worker=worker, pid=os.getpid(), port=port)))
        fresh.replace(file)
    except OSError as error:
        raise OperatorError(f"{file}: cannot be written ({error.strerror}); name another file") from error


def heard(file: Path) -> Presence | None:
    """Read who wrote the file; None while nobody has."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Presence)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def ready(file: Path, worker: str, host: str, seconds: float = 1.0) -> Answer | None:
    """Give the answer of the worker that wrote the file, once it is ready; None for anybody else's and until then."""
    said = heard(file)
    if said is None or said.worker != worker:
        return None
    answer = _asked(host, said.port, seconds)
    ours = answer is not None and (answer.worker, answer.pid) == (worker, said.pid)
    return answer if answer is not None and ours and answer.ok else None


def _asked(host: str, port: int, seconds: float) -> Answer | None:
    name = f"[{host}]" if ":" in host else host
    with (
        contextlib.suppress(
            urllib.error.URLError,
            OSError,
            http.client.HTTPException,
            msgspec.MsgspecError,
            UnicodeDecodeError,
        ),
        urllib.request.urlopen(f"http://{name}:{port}/readyz", timeout=seconds) as answer,
    ):
        return msgspec.json.decode(answer.read(MAX_ANSWER), type=Answer)
    return None
