"""Audit events against labelled outside data: python bench/eval_auditd.py DATA [--json] (auditd*.jsonl.gz below it).

Each case holds the records of one event and what a reference implementation reads from them, in that one's names;
NAMES says where ours stand. A group is equal when every value that is told stands where it belongs.
"""

import collections
import datetime as dt
import errno
import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from figures import Figure, arguments, report

from seerflow.engine.joining import joined
from seerflow.model.event import Event
from seerflow.model.log import Origin, RawLog
from seerflow.parsers import read
from seerflow.parsers.auditd_names import MACHINES

#: the reference's name -> ours
NAMES = {
    "process.pid": "process.pid",
    "process.ppid": "process.parent.pid",
    "process.title": "proctitle",
    "process.name": "process.name",
    "process.exe": "process.executable",
    "process.cwd": "process.working_directory",
    "process.args": "process.command_line",
    "source.ip": "source.ip",
    "source.port": "source.port",
    "destination.ip": "destination.ip",
    "destination.port": "destination.port",
    "file.path": "file.path",
    "ecs.user.id": "user.id",
    "data.comm": "process.name",
    "data.syscall": "SYSCALL",
    "data.old_auid": "old-auid",
    "data.new_auid": "auid",
    "data.socket_addr": "laddr",
    "data.socket_port": "lport",
    "data.socket_family": "saddr_fam",
    "session": "ses",
    "data.result": "event.outcome",
    "result": "event.outcome",
}
_RESULTS = {"success": "success", "fail": "failure", "unknown": None}
_SELINUX = ("user", "role", "domain", "level", "category")
_FAMILIES = {"inet": "ipv4", "inet6": "ipv6", "local": "unix"}
_REGISTERS = frozenset({"data.a0", "data.a1", "data.a2", "data.a3"})
_UNSET = "4294967295"
# What the reference counts out of the records and no event of ours holds.
_LEFT_OUT = ("summary.", "tags", "ecs.event", "network.direction", "file.", "category", "record_type")


def flat(prefix: str, told: Any) -> Iterator[tuple[str, Any]]:
    """Give the leaves of the expected event with dotted names."""
    if isinstance(told, dict):
        for name, value in told.items():
            yield from flat(f"{prefix}.{name}" if prefix else name, value)
    elif prefix == "paths":
        for place, path in enumerate(told):
            yield from ((f"paths.{place}.{name}", value) for name, value in path.items())
    else:
        yield prefix, told


def _selinux(event: Event, name: str, want: str) -> bool:
    side = "obj" if name.startswith("data.obj_") else "subj"
    return want in str(event.native.get(side, ""))


def _path(event: Event, name: str) -> Any:
    _, place, field = name.split(".")
    got = event.native.get(field)
    return got[int(place)] if isinstance(got, list) and len(got) > int(place) else got


def found(event: Event, name: str, want: Any) -> Any:
    """Give what our event holds under the reference's name, in the reference's spelling."""
    if name == "@timestamp":
        return dt.datetime.fromtimestamp(event.time / 1e6, dt.UTC).isoformat()
    if name == "sequence":
        return int(event.native["serial"])
    if name.startswith("paths."):
        return _path(event, name)
    if name.startswith("user.ids."):
        name = name.removeprefix("user.ids.")
    elif name.startswith("ecs.user.effective."):
        return want if want in (event.common.get("user.name"), event.common.get("user.id")) else None
    name = NAMES.get(name, name.removeprefix("data."))
    got = event.native.get(name) if name in event.native else event.common.get(name)
    if name == "arch":
        return MACHINES.get(str(got))
    if name == "exit" and str(got).startswith("-"):
        return got if str(got) == want else errno.errorcode.get(-int(got))
    return got


def equal(event: Event, name: str, want: Any) -> bool:
    """Whether our event says the same."""
    if name.startswith(("user.selinux.", "data.subj_", "data.obj_")):
        return _selinux(event, name, want)
    if name in ("result", "data.result"):
        return event.common.get("event.outcome") == _RESULTS[want]
    got = found(event, name, want)
    if name == "@timestamp":
        return dt.datetime.fromisoformat(want) == dt.datetime.fromisoformat(got)
    if name == "data.socket_family":
        return _FAMILIES.get(str(got)) == want
    if isinstance(got, list):  # AVC names the file that one of the paths is
        return want in got
    if want == "unset":
        return got in (None, "unset", _UNSET)
    if isinstance(want, list):
        return str(got) == " ".join(want)
    return str(got) == str(want)


def cases(folder: Path) -> Iterator[dict[str, Any]]:
    """Give the labelled cases below the folder."""
    for path in sorted(folder.rglob("auditd*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def read_case(case: dict[str, Any]) -> list[Any]:
    """Read the case's lines as a collector hands them over: those of one event together."""
    lines = case["raw"] if isinstance(case["raw"], list) else [case["raw"]]
    return [
        result
        for place, raw in enumerate(joined(line.encode() for line in lines))
        for result in read(RawLog(origin=Origin("eval", 0, place), raw=raw, received=2 * 10**15))
    ]


def check(case: dict[str, Any], names: collections.Counter[tuple[str, bool]]) -> list[str]:
    """Give what is wrong with a case, and count its values."""
    results = read_case(case)
    one = results[0] if len(results) == 1 and isinstance(results[0], Event) else None
    wrong = [] if one else [f"{len(results)} events"]
    told = dict(flat("", case["expected"]))
    for name, want in told.items():
        if want in ("", {}, None) or (name.startswith(_LEFT_OUT) and name != "file.path"):
            continue
        if name in _REGISTERS and "process.args" in told:
            continue  # the arguments themselves stand there, and are compared as process.args
        good = one is not None and equal(one, name, want)
        names[name, good] += 1
        if not good:
            wrong.append(f"{name}={want!r}")
    return wrong


def main() -> None:
    """Print what is wrong with each event, and the shares of equal events and of equal values."""
    given = arguments("Audit events against labelled outside data.")
    whole: collections.Counter[bool] = collections.Counter()
    names: collections.Counter[tuple[str, bool]] = collections.Counter()
    for case in cases(given.data):
        wrong = check(case, names)
        whole[not wrong] += 1
        if wrong:
            print(f"{case['id']}: {', '.join(wrong[:8])}")
    for name in sorted({name for name, good in names if not good}):
        print(f"{name:32} {names[name, True]}/{names[name, True] + names[name, False]}")
    values = sum(count for (_, good), count in names.items() if good)
    print(f"audit events equal: {whole[True]}/{whole.total()}; values equal: {values}/{names.total()}")
    figures = [
        Figure(name="auditd: equal events", figure=whole[True] / max(whole.total(), 1), aim=1.0),
        Figure(name="auditd: equal values", figure=values / max(names.total(), 1), aim=1.0),
    ]
    report(figures, as_json=given.json)


main()
