"""Indicators and enrichers, how fast and how large: python bench/eval_intel.py [NUMBER of indicators]. CPU time."""

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from seerflow.detectors.intel.detector import IntelDetector
from seerflow.detectors.intel.lists import read_csv
from seerflow.enrichers.assets import AssetFacts, read_assets
from seerflow.enrichers.chain import enrich
from seerflow.enrichers.geoip import GeoIp
from seerflow.enrichers.network import Network
from seerflow.model.event import Event
from seerflow.model.log import Origin


def event(common: dict[str, object], native: dict[str, object] | None = None) -> Event:
    return Event(
        id="0" * 32,
        origin=Origin("raw.bench", 0, 0),
        time=0,
        received=0,
        parser="b/1",
        common=common,
        native=native or {},
    )


def timed(name: str, step: Callable[[], object], times: int = 50_000) -> None:
    begin = time.process_time()
    for _ in range(times):
        step()
    print(f"{name:46} {(time.process_time() - begin) / times * 1e6:6.2f} us")


def memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def lists(number: int) -> bytes:
    """A third addresses with some networks, a third names, a third SHA-256."""
    rows = ["value,source"]
    for n in range(number // 3):
        rows.append(f"{11 + (n >> 16) % 200}.{n >> 8 & 255}.{n & 255}.{n % 250},feed{n % 9}")
        rows.append(f"host{n}.bad{n % 1000}.example.com,feed{n % 9}")
        rows.append(f"{n * 2654435761 % 2**256:064x},feed{n % 9}")
    rows += [f"203.0.{n}.0/24,nets" for n in range(256)]
    return "\n".join(rows).encode()


COMMON = {
    "event.dataset": "linux.sshd",
    "host.name": "web-1",
    "source.ip": "192.0.2.7",
    "source.port": 4242,
    "user.name": "alice",
    "process.name": "sshd",
    "event.outcome": "success",
    "message": "Accepted publickey",
}
NATIVE = {
    "EventID": 1,
    "Image": "C:\\a.exe",
    "Hashes": f"MD5={'1' * 32},SHA256={'2' * 64},IMPHASH={'3' * 32}",
}


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    content = lists(number)
    before, begin = memory(), time.process_time()
    indicators, problems = read_csv("bench", content)
    took = time.process_time() - begin
    print(
        f"{indicators.count} indicators, {len(problems)} problems: read in {took:.1f} s, {memory() - before:.0f} MB"
    )
    detector = IntelDetector(indicators)
    busy = {
        **COMMON,
        "destination.ip": "198.51.100.9",
        "dns.question.name": "a.b.c.example.org",
        "url.original": "https://w.example.org/x",
    }
    for name, one in (
        ("nothing to look up", event({"message": "hello", "host.name": "web-1"})),
        ("one address", event(COMMON)),
        ("Sysmon hashes", event({"host.name": "web-1"}, NATIVE)),
        ("two addresses, a name, a URL", event(busy)),
        ("a match", event({**COMMON, "source.ip": "203.0.113.7"})),
    ):
        timed(f"intel: {name}", lambda one=one: detector.on_event(one))
    assets, _ = read_assets("a", b"kind,name,roles\nuser,root,administrator\nhost,db-1,\n")
    chain = (Network(), GeoIp({"192.0.2.7": {"country": {"iso_code": "DE"}}}.get), AssetFacts(assets))
    timed("enrich: nothing applies", lambda: enrich(event_bare, chain))
    timed("enrich: scope and country", lambda: enrich(event_full, chain))


event_bare = event({"message": "hello", "host.name": "web-1", "user.name": "alice"})
event_full = event(COMMON)

if __name__ == "__main__":
    main()
