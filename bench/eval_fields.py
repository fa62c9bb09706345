"""Fields of labelled logs against what others found in them: python bench/eval_fields.py DATA [--json] [--by KEY].

DATA/parsers/*.jsonl.gz hold {"id", "raw", "core": {name: value}, "family"}. Each expected value counts once: ok, wrong
(another value stands there) or missing. Families that were held back while parsers were written are reported apart:
they say what happens to products that nobody looked at. Of them only scores are shown.
"""

import gzip
import ipaddress
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from figures import Figure, arguments, report, table

ROOT = Path(__file__).resolve().parent.parent

#: Chosen before the parsers of these products were written; their samples were not looked at since.
HELD_BACK = frozenset(
    [
        "authentik", "caddy", "envoy", "fortinet", "hashicorp", "iis", "juniper", "other:kibana", "other:osquery",
        "other:overseerr", "other:webmin", "other:zscaler", "pf", "squid", "voip", "zeek",
    ]
)  # fmt: skip

_HASHES = " ".join(
    f"{side}.hash.{kind}" for side in ("file", "process") for kind in ("sha256", "sha1", "md5")
)
#: Name in `core` -> the ECS fields in which its value may stand.
PLACES: Mapping[str, tuple[str, ...]] = {
    name: tuple(fields.split())
    for name, fields in {
        "timestamp": "@timestamp",
        "host": "host.name host.hostname observer.name observer.hostname log.syslog.hostname",
        "program": "process.name log.syslog.appname",
        "pid": "process.pid",
        "command_line": "process.command_line",
        "event_code": "event.code",
        "outcome": "event.outcome",
        "action": "event.action",
        "category": "event.category",
        "rule": "rule.name rule.id rule.description",
        "src_ip": "source.ip client.ip source.address",
        "src_port": "source.port client.port",
        "src_host": "source.domain source.address host.name",
        "dst_ip": "destination.ip server.ip destination.address",
        "dst_port": "destination.port server.port url.port",
        "protocol": "network.transport network.protocol network.application",
        "user": "user.name source.user.name client.user.name user.email user.full_name user.id",
        "target_user": "user.target.name destination.user.name user.target.email user.name",
        "domain": ("dns.question.name url.domain destination.domain user.domain source.domain server.domain"),
        "url": "url.original url.path url.full",
        "http_method": "http.request.method",
        "http_status": "http.response.status_code",
        "file": "file.path file.name",
        "hash": f"{_HASHES} related.hash",
    }.items()
}
#: Words of the vendor's own taxonomy: shown apart, not in the total.
SOFT = frozenset(["action", "category", "rule"])
_NOTHING = (None, "", "-")


def cases(data: Path) -> Iterator[dict[str, Any]]:
    """Give the labelled logs."""
    for path in sorted((data / "parsers").glob("*.jsonl.gz")):
        with gzip.open(path) as file:
            yield from map(orjson.loads, file)


def answers(asked: Iterable[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Give the events of each log by its id, as `seerflow parse --records` says them."""
    feed = b"".join(orjson.dumps({"id": one["id"], "raw": one["raw"]}) + b"\n" for one in asked)
    command = [sys.executable, "-m", "seerflow", "parse", "--records"]
    done = subprocess.run(command, input=feed, stdout=subprocess.PIPE, check=True, cwd=ROOT)
    return {one["id"]: one["events"] for one in map(orjson.loads, done.stdout.splitlines())}


def found(event: Mapping[str, Any], name: str) -> Any:
    """Give the value under a dotted name, in a flat document or a nested one."""
    if name in event:
        return event[name]
    value: Any = event
    for step in name.split("."):
        if not isinstance(value, Mapping) or step not in value:
            return None
        value = value[step]
    return value


def same(name: str, value: Any) -> Any:
    """Give the form in which equal values are equal: addresses as addresses, stamps as instants, text without case."""
    if isinstance(value, list):
        return tuple(sorted(same(name, one) for one in value))
    text = str(value).strip().lower()
    if name in ("src_ip", "dst_ip"):
        return _address(text)
    return _instant(text) if name == "timestamp" else text


def _address(text: str) -> str:
    try:
        one = ipaddress.ip_address(text)
    except ValueError:
        return text
    return str(getattr(one, "ipv4_mapped", None) or one)


def _instant(text: str) -> str:
    """Give the second, in UTC where the stamp has a zone."""
    microseconds = re.sub(r"(\.\d{6})\d+", r"\1", text.replace("z", "+00:00"))
    try:
        moment = datetime.fromisoformat(microseconds.upper())
    except ValueError:
        return text[:19]
    moment = moment.astimezone(UTC) if moment.tzinfo else moment
    return moment.replace(tzinfo=None, microsecond=0).isoformat()


def verdict(name: str, wanted: Any, events: list[dict[str, Any]]) -> str:
    """Say whether the wanted value stands in any of the events, another one, or none."""
    there = [found(event, place) for event in events for place in PLACES.get(name, ())]
    told = [same(name, one) for one in there if one not in (None, "", [])]
    if not told:
        return "missing"
    want = same(name, wanted)
    lists = isinstance(want, tuple)
    right = any(
        one == want or (isinstance(one, tuple) and want in one) or (lists and one in want) for one in told
    )
    return "ok" if right else "wrong"


Table = dict[tuple[str, str], Counter[str]]


def score(asked: list[dict[str, Any]], told: Mapping[str, list[dict[str, Any]]]) -> Table:
    """Count the verdicts: by held back or open, family, source, field, and in total."""
    counts: Table = {}
    for one in asked:
        family = one.get("family") or ""
        side = "held back" if family in HELD_BACK else "open"
        for name, wanted in (one.get("core") or {}).items():
            if wanted in _NOTHING:
                continue
            said = verdict(name, wanted, told.get(one["id"], []))
            keys = [
                ("total", "all"),
                ("total", side),
                (f"family, {side}", family),
                ("source", one["id"].split("/")[0]),
                ("field", name),
            ]
            for key in [("soft", name)] if name in SOFT else keys:
                counts.setdefault(key, Counter())[said] += 1
    return counts


def shares(count: Counter[str]) -> tuple[float, float, float]:
    """Give the shares of ok, wrong and missing."""
    whole = max(count.total(), 1)
    return count["ok"] / whole, count["wrong"] / whole, count["missing"] / whole


def show(counts: Table) -> None:
    for kind in ("source", "field", "soft", "family, open", "family, held back", "total"):
        rows = [
            (name, count.total(), *shares(count))
            for (group, name), count in sorted(counts.items())
            if group == kind
        ]
        table((kind, "values", "ok", "wrong", "missing"), rows)


def figures(counts: Table) -> list[Figure]:
    total, held = (shares(counts.get(("total", name), Counter())) for name in ("all", "held back"))
    opened = shares(counts.get(("total", "open"), Counter()))
    return [
        Figure(name="fields: right", figure=total[0], aim=0.97),
        Figure(name="fields: wrong", figure=total[1], aim=0.005, at_most=True),
        Figure(name="fields of open families: right", figure=opened[0]),
        Figure(name="fields of held-back families: right", figure=held[0], aim=0.85),
        Figure(name="fields of held-back families: wrong", figure=held[1]),
    ]


def main() -> None:
    given = arguments(__doc__ or "")
    asked = list(cases(given.data))
    told = answers(asked)
    counts = score(asked, told)
    show(counts)
    silent = sum(not told.get(one["id"]) for one in asked)
    print(f"{len(asked)} logs, {silent} without an event\n")
    report(figures(counts), as_json=given.json)


if __name__ == "__main__":
    main()
