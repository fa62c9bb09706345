"""The embedded broker: Apache Kafka on one machine, started and stopped as the user's own process.

Everything it owns lies in one folder (state_dir/broker): settings, log, records, and `running.json`, which says
who runs. A process is the broker only if it is alive, began at the note's moment, and answers with the note's
cluster id; any other note is stale.
"""

import contextlib
import fcntl
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from seerflow.adapters import java
from seerflow.adapters.cluster import Cluster
from seerflow.adapters.jars import Progress, classpath
from seerflow.adapters.kraft import (
    DISK_FULL,
    HOST,
    PORT_TAKEN,
    advised,
    cluster_id,
    fresh_id,
    log_options,
    server_properties,
)
from seerflow.config import Config
from seerflow.errors import OutsideError

#: The ports that Kafka's own documents use; free ones are taken where these are not.
PORTS = (9092, 9093)
#: A start takes 3 s; on a machine that is busy, or after a crash with much to recover, many times that.
START_SECONDS = 120.0
#: A clean stop takes under 1 s, with much to write some more.
STOP_SECONDS = 60.0
#: Seconds between two looks at a broker that is to answer.
GLANCE = 0.05
#: A disk with less room than this (bytes) is why a broker died.
LITTLE_SPACE = 4 << 20


class Running(Struct, frozen=True, kw_only=True):
    """A broker that runs: where it answers, and which process it is."""

    bootstrap: str
    pid: int
    started: int  # when the process began, in the kernel's ticks: a pid alone is used again
    cluster_id: str
    ports: tuple[int, int]  # of the broker and of its controller


class _PortTakenError(OutsideError):
    """Somebody took the port between our look and Kafka's start."""


#: Given the ports of the broker and of its controller: lines behind its server.properties.
More = Callable[[tuple[int, int]], str]


def nothing_more(_ports: tuple[int, int]) -> str:
    """Add nothing to the broker's properties."""
    return ""


def quiet(_done: int, _all: int) -> None:
    """Show no progress."""


def start(config: Config, progress: Progress = quiet) -> Running:
    """Give the broker of the state folder, started if it does not run. `progress` hears of the jars fetched."""
    return _start(home(config), progress, PORTS)


def stop(config: Config) -> bool:
    """Stop the broker of the state folder and wait for its end; False where none ran."""
    return _stop(home(config))


def status(config: Config) -> Running | None:
    """Give the broker of the state folder if its process runs."""
    return _noted(home(config))


def watch(config: Config) -> None:
    """Raise OutsideError, with what its last words mean, where the broker of the state folder has ended."""
    if status(config) is None:
        raise _died(home(config), "has ended")


def reach(config: Config) -> Config:
    """Give the configuration with a cluster in it: the one that it names, else the embedded broker that runs."""
    if config.kafka.bootstrap:
        return config
    running = status(config)
    if running is None:
        raise OutsideError(
            "no broker runs here; start it (`seerflow broker start`), or set SEERFLOW_BOOTSTRAP"
        )
    return at(config, running)


def at(config: Config, running: Running) -> Config:
    """Give the configuration with this broker as its cluster."""
    kafka = msgspec.structs.replace(config.kafka, bootstrap=running.bootstrap)
    return msgspec.structs.replace(config, kafka=kafka)


@contextmanager
def temporary(folder: Path, progress: Progress = quiet, more: More = nothing_more) -> Iterator[Running]:
    """Run a broker of its own in `folder`, on free ports, until the block ends; `more` adds to its properties."""
    running = _start(folder, progress, (0, 0), more)
    try:
        yield running
    finally:
        _stop(folder)


def home(config: Config) -> Path:
    """Give the broker's folder."""
    return Path(config.state_dir) / "broker"


def _start(folder: Path, progress: Progress, ports: tuple[int, int], more: More = nothing_more) -> Running:
    with _alone(folder):
        running = _noted(folder)
        if running:
            _await(running, folder)
            return running
        jars = classpath(progress=progress)
        try:
            return _launch(folder, jars, ports, more)
        except _PortTakenError:
            return _launch(folder, jars, (0, 0), more)


def _launch(folder: Path, jars: tuple[Path, ...], wanted: tuple[int, int], more: More) -> Running:
    ports = _free(_last_ports(folder) or wanted)
    properties = server_properties(folder, ports) + more(ports)  # of two that say the same, the later counts
    (folder / "server.properties").write_text(properties, encoding="latin-1")
    identity = _formatted(folder, jars)
    line = java.command(jars, "kafka.Kafka", [str(folder / "server.properties")], log_options(folder))
    (folder / "broker.log").unlink(missing_ok=True)
    pid = java.spawn(line, folder / "broker.out")
    running = Running(
        bootstrap=f"{HOST}:{ports[0]}",
        pid=pid,
        started=java.began(pid),
        cluster_id=identity,
        ports=ports,
    )
    _note(folder).write_bytes(msgspec.json.encode(running))
    try:
        _await(running, folder)
    except BaseException:  # Ctrl-C too: a broker that nobody waits for is not left behind
        java.end(pid, running.started, STOP_SECONDS)
        _note(folder).unlink(missing_ok=True)
        raise
    return running


def _formatted(folder: Path, jars: tuple[Path, ...]) -> str:
    """Give the cluster id of the folder, which gets one the first time."""
    meta = folder / "kafka" / "meta.properties"
    if not meta.exists():
        place = str(folder / "server.properties")
        line = java.command(
            jars,
            "kafka.tools.StorageTool",
            ["format", "-t", fresh_id(), "-c", place, "--ignore-formatted"],
            log_options(folder),
        )
        try:
            java.run(line, START_SECONDS)
        except OutsideError as error:
            raise OutsideError(advised(folder, str(error))) from error
    return cluster_id(meta.read_text())


def _stop(folder: Path) -> bool:
    running = _noted(folder)
    if running is None:
        return False
    java.end(running.pid, running.started, STOP_SECONDS)
    return True


def _note(folder: Path) -> Path:
    return folder / "running.json"


def _read_note(folder: Path) -> Running | None:
    """Give the note, whether its process lives or not; it keeps the ports for the next start."""
    try:
        return msgspec.json.decode(_note(folder).read_bytes(), type=Running)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _noted(folder: Path) -> Running | None:
    note = _read_note(folder)
    return note if note and note.started and java.began(note.pid) == note.started else None


def _last_ports(folder: Path) -> tuple[int, int] | None:
    """Give the ports of the last run, so that what was told of them stays true."""
    note = _read_note(folder)
    return note.ports if note else None


def _free(wanted: tuple[int, int]) -> tuple[int, int]:
    """Give the wanted ports where they are free, others where not."""
    with contextlib.ExitStack() as bound:
        taken = [_bound(port, bound) for port in wanted]
    return taken[0], taken[1]


def _bound(port: int, until: contextlib.ExitStack) -> int:
    """Bind the port, or any free one, until both are found: so they differ."""
    for one in (port, 0):
        listener = until.enter_context(socket.socket())
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            listener.bind((HOST, one))
            # Kafka listens where we only bind, so with SO_REUSEADDR a listener is what shows a taken port.
            listener.listen(1)
            return int(listener.getsockname()[1])
    raise OutsideError("no free port on this machine; something holds them all")


def _await(running: Running, folder: Path) -> None:
    """Wait until the broker answers with its own cluster id."""
    deadline = time.monotonic() + START_SECONDS
    while not _listens(running):
        if java.began(running.pid) != running.started:
            raise _died(folder)
        if time.monotonic() > deadline:
            raise OutsideError(
                f"the broker did not answer within {START_SECONDS:.0f} s; see {folder}/broker.log"
            )
        time.sleep(GLANCE)
    found = Cluster({"bootstrap.servers": running.bootstrap}, max(1.0, deadline - time.monotonic())).id()
    if found != running.cluster_id:
        raise OutsideError(
            f"{running.bootstrap} is answered by another cluster ({found}); stop that one first"
        )


def _listens(running: Running) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((HOST, running.ports[0]), timeout=1):
        return True
    return False


def _died(folder: Path, deed: str = "could not start") -> OutsideError:
    text = "".join(_tail(folder / name) for name in ("broker.out", "broker.log"))
    if shutil.disk_usage(folder).free < LITTLE_SPACE:
        text += DISK_FULL  # a full disk keeps Kafka from saying so
    return (_PortTakenError if PORT_TAKEN in text else OutsideError)(advised(folder, text, deed))


def _tail(path: Path) -> str:
    with contextlib.suppress(OSError), path.open("rb") as opened:
        opened.seek(max(0, path.stat().st_size - 65_536))
        return opened.read().decode("utf-8", "replace")
    return ""


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one start at a time into a folder; what the disk refuses becomes an error with advice."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # logs are nobody else's business
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise OutsideError(advised(folder, f"{error.strerror or error}")) from error
