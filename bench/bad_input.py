"""What a live system does with bad input: what arrives as events, what as rejected, what memory does.

    python bench/bad_input.py [--bootstrap HOST:PORT] [--hosts 100000] [--rounds 2]

Starts `seerflow up` in a temporary state folder with free ports on the loopback interface, sends each kind of bad
input through the real syslog listeners and prints one row a kind. With a bootstrap it uses that cluster instead of
a broker of its own; nobody else should write to its topics meanwhile. Ends only what it started.
"""

import argparse
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import orjson

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from seerflow.adapters import codec
from seerflow.adapters.watching import Follower
from seerflow.broker import Running
from seerflow.cli.demo import staged
from seerflow.config import Config

#: A kind is done when nothing arrived for so long; at the latest after so long (seconds).
QUIET_SECONDS, LONGEST_SECONDS = 4.0, 90.0
READY_SECONDS = 150.0
LONG_LINE = 10_000_000
#: Datagrams a second: below what the listener takes, so that what is lost was lost on purpose.
PACE = 15_000

Send = Callable[["Live"], int]


class Live:
    """A running system as seen from outside: its listeners, its processes, two of its topics."""

    def __init__(self, process: "subprocess.Popen[bytes]", host: str, port: int, bootstrap: str) -> None:
        self.process, self.place = process, (host, port)
        settings = {"bootstrap.servers": bootstrap}
        self._events, self._rejected = Follower(settings, "events"), Follower(settings, "rejected")

    def arrived(self) -> tuple[int, Counter[str]]:
        """Give the events and the rejected ones by reason, once nothing more comes."""
        events, reasons = 0, Counter[str]()
        began = last = time.monotonic()
        while time.monotonic() - last < QUIET_SECONDS and time.monotonic() - began < LONGEST_SECONDS:
            for _, value in self._events.records(0.2):
                events, last = events + value.count(b"\n") + 1, time.monotonic()
            for _, value in self._rejected.records(0.2):
                reasons.update(one.reason for one in codec.rejected(value))
                last = time.monotonic()
        return events, reasons

    def memory(self) -> dict[str, int]:
        """Give the resident megabytes of each of our processes, by name."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return {name: size for pid in children.split() for name, size in _resident(pid)}


def _resident(pid: str) -> Iterator[tuple[str, int]]:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    if "seerflow" not in words:  # the broker's own Java
        return
    name = words[words.index("worker") + 1] if "worker" in words else "collect"
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            yield name, int(line.split()[1]) // 1024


def _udp(live: Live, datagrams: Iterator[bytes]) -> int:
    count, began = 0, time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        for count, one in enumerate(datagrams, start=1):
            out.sendto(one, live.place)
            ahead = count / PACE - (time.monotonic() - began)
            if ahead > 0.01:
                time.sleep(ahead)
    return count


def _tcp(live: Live, content: bytes) -> None:
    with socket.create_connection(live.place, timeout=30) as out:
        out.sendall(content)


def _binary(live: Live) -> int:
    noise = random.Random(1)
    return _udp(live, (noise.randbytes(noise.randint(1, 1400)) for _ in range(5_000)))


def _broken_text(live: Live) -> int:
    line = b"<38>Mar 12 03:07:14 h\xff\xfe sshd[1]: Failed password for r\xc3\x28\xed\xa0\x80t from 192.0.2.9 port 4 ssh2"
    return _udp(live, (line + b" \xf0\x9f" + str(n).encode() for n in range(5_000)))


def _long_lines(live: Live) -> int:
    for _ in range(3):
        _tcp(live, b"<38>Mar 12 03:07:14 h app: " + b"a" * LONG_LINE + b"\n")
    return 3


def _endless(live: Live) -> int:
    _tcp(live, os.urandom(LONG_LINE).replace(b"\n", b"\0"))
    return 1


def _hosts(count: int) -> Send:
    def send(live: Live) -> int:
        line = "<38>Mar 12 03:07:14 h{n}.example.com sshd[1]: Failed password for root from 192.0.2.9 port 4 ssh2"
        return _udp(live, (line.format(n=n).encode() for n in range(count)))

    return send


@contextmanager
def system(folder: Path, bootstrap: str) -> Iterator[Live]:
    """Run `seerflow up` in `folder` while the block runs."""
    config = staged(Config(state_dir=str(folder / "state")))
    listen = f"127.0.0.1:{_free_port()}"
    document = {
        "state_dir": config.state_dir,
        "collectors": {"syslog": {"udp": listen, "tcp": listen}},
        "metrics": {"listen": config.metrics.listen, "base_port": config.metrics.base_port},
        "kafka": {"bootstrap": bootstrap},
    }
    file, told = folder / "seerflow.json", folder / "up.log"
    file.write_bytes(msgspec.json.encode(document))
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SEERFLOW_")}
    with told.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "seerflow", "up", "--json", "--config", str(file)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=clean,
        )
    try:
        _await_ready(process, told)
        if not bootstrap:
            note = Path(config.state_dir) / "broker" / "running.json"
            bootstrap = msgspec.json.decode(note.read_bytes(), type=Running).bootstrap
        host, _, port = listen.rpartition(":")
        yield Live(process, host, int(port), bootstrap)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
        sys.stderr.write(_notable(told.read_text(errors="replace")))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _notable(text: str) -> str:
    """Give what `up` said besides alerts."""
    return "".join(f"  up: {line}\n" for line in text.splitlines() if not line.startswith("{"))


def _await_ready(process: "subprocess.Popen[bytes]", told: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while b"ready; listening" not in told.read_bytes():
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit("seerflow up did not come up; what it said follows")
        time.sleep(0.2)


def measured(live: Live, name: str, send: Send) -> dict[str, object]:
    """Send one kind; give its row."""
    before, began = live.memory(), time.monotonic()
    sent = send(live)
    events, reasons = live.arrived()
    after = live.memory()
    return {
        "input": name,
        "sent": sent,
        "events": events,
        "rejected": dict(reasons),
        "seconds": round(time.monotonic() - began - QUIET_SECONDS, 1),
        "rss_mb": {key: [before.get(key), after.get(key)] for key in before},
    }


def main() -> None:
    """Measure every kind and print one JSON row each."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--bootstrap", default="", help="a cluster to use in place of a broker of its own")
    arguments.add_argument(
        "--hosts", type=int, default=100_000, help="invented host names (at most 1,000,000)"
    )
    arguments.add_argument("--rounds", type=int, default=2, help="how often they come (at most 20)")
    chosen = arguments.parse_args()
    kinds: tuple[tuple[str, Send], ...] = (
        ("binary datagrams", _binary),
        ("broken UTF-8", _broken_text),
        ("10 MB lines over TCP", _long_lines),
        ("10 MB without a line's end", _endless),
    )
    flood = _hosts(min(chosen.hosts, 1_000_000))
    floods = tuple((f"invented hosts, round {turn + 1}", flood) for turn in range(min(chosen.rounds, 20)))
    with tempfile.TemporaryDirectory() as folder, system(Path(folder), chosen.bootstrap) as live:
        for name, send in kinds + floods:
            print(orjson.dumps(measured(live, name, send)).decode(), flush=True)


if __name__ == "__main__":
    main()
