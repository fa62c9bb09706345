"""Scenario definitions of CrowdSec as correlation rules: python bench/crowdsec_rules.py FILE > rules.yml.

FILE holds JSON lines, each with `scenario_definitions` (gzip or plain). What cannot be translated goes to stderr,
with the reason. The rules look at all logs (`logsource: {category: any}`): put your own product there.

A leaky bucket of capacity C that leaks one each L seconds overflows with the event that makes C + 1 + k within less
than (k + 1) L, for some k from 0 on. Each k is a window; a few of them, up to the capacity, stand for all.
"""

import gzip
import json
import re
import sys
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from crowdsec_filter import Untranslated, translated
from crowdsec_names import FIELDS

#: Whose values are told apart.
DISTINCT = FIELDS | {"evt.Meta.log_type": "event.code"}

#: How long a session may be (seconds).
DAY = 86_400

#: Windows for each bucket, beside those of half its capacity and of all of it.
WINDOWS = 12

#: Names of rules made from a scenario's name.
_SPACE = uuid.UUID("5d3a5c1e-4a0e-4a53-9b0e-2b7d43c7f0a1")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_COUNTED = re.compile(r"len\(queue\.Queue\) >= (\d+)\s*(.*)", re.DOTALL)
_ALIKE = re.compile(r"queue\.Queue\[0\]\.(\S+) == queue\.Queue\[1\]\.(\S+)")
_MATCHING = re.compile(r"count\(queue\.Queue, (.*)\) > (\d+)\s*", re.DOTALL)

#: What a condition on a queue asks beyond a number, and why our rules cannot.
_BEYOND = (
    ("Distance", "it measures distances between places"),
    ("MedianInterval", "it measures the pauses between events"),
)


def seconds(span: str) -> float:
    """Read a span such as 1m30s."""
    return sum(float(n) * _SECONDS[unit] for n, unit in re.findall(r"([\d.]+)(ms|s|m|h)", span))


def definitions(path: Path) -> dict[str, Mapping[str, Any]]:
    """Give all definitions of a file by name."""
    found: dict[str, Mapping[str, Any]] = {}
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for line in content.decode("utf-8").splitlines():
        found |= json.loads(line)["scenario_definitions"]
    return found


def documents(name: str, definition: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give a scenario as a rule and its correlations; raise Untranslated where that cannot be."""
    text = definition["filter"] or ""
    wanted, more = _condition(definition)
    found = translated(f"({text}) and ({more})" if more else text)
    if not found.condition:
        raise Untranslated("nothing in its filter says which events")
    base = f"cs_{re.sub(r'[^a-z0-9]', '_', name.lower())}"
    rule = {
        "title": f"{name}: an event",
        "id": _id(base),
        "name": base,
        "status": "experimental",
        "logsource": {"category": "any"},
        "detection": {**found.selections, "condition": found.condition},
    }
    return [rule, *_correlations(name, base, definition, wanted)]


def _condition(definition: Mapping[str, Any]) -> tuple[int, str]:
    """Give how many events a conditional scenario waits for (0: as the bucket says), and what each must be."""
    condition = definition["condition"]
    if not condition:
        return 0, ""
    reason = next((why for word, why in _BEYOND if word in re.sub(r"#\.\S+ in \[.*?\]", "", condition)), None)
    if reason:
        raise Untranslated(reason)
    if counted := _COUNTED.fullmatch(condition):
        return int(counted[1]), ""
    if matching := _MATCHING.fullmatch(condition):
        return int(matching[2]) + 1, matching[1].replace("#.", "evt.")
    raise Untranslated("its condition is not understood")


def _correlations(
    name: str, base: str, definition: Mapping[str, Any], wanted: int
) -> Iterator[dict[str, Any]]:
    group = _group(definition["groupby"] or "evt.Meta.source_ip")
    alike = _ALIKE.search(
        definition["condition"] or ""
    )  # what two events have in common is part of their key
    group += [FIELDS[f"evt.{alike[1]}"]] if alike else []
    distinct = definition["distinct"]
    field = DISTINCT.get(distinct) if distinct else None
    if distinct and field is None:
        raise Untranslated(f"{distinct} has no field here")
    # A bucket with a condition holds all, and is given up after a pause: a session.
    session = {"gap": definition["leakspeed"]} if definition["type"] == "conditional" else {}
    for number, (count, span) in enumerate(_windows(definition, wanted)):
        yield {
            "title": f"{name}: {count} within {span} s",
            "id": _id(f"{base}/{number}"),
            "correlation": {
                "type": "value_count" if field else "event_count",
                "rules": [base],
                "group-by": group,
                "timespan": f"{span}s",
                "condition": {"gte": count, **({"field": field} if field else {})},
            },
            "level": "medium",
            "seerflow": {"story": name, **session},
        }


def _group(text: str | None) -> list[str]:
    named = re.findall(r"evt\.[\w.]+", text or "")
    # Which site or product it was: parts of a key that our events need not have.
    fields = [FIELDS.get(one) for one in named if not re.search(r"target_fqdn|log_type|service", one)]
    if None in fields or not fields:
        raise Untranslated(f"it groups by {text}, which has no field here")
    return [field for field in fields if field]


def _windows(definition: Mapping[str, Any], wanted: int) -> Iterator[tuple[int, int]]:
    """Give (events, seconds) of the windows that stand for a bucket."""
    if definition["type"] == "trigger":
        yield 1, max(int(seconds(definition["blackhole"] or "1m")), 1)
        return
    leak = seconds(definition["leakspeed"])
    if definition["capacity"] < 0:
        yield wanted, DAY
        return
    capacity = definition["capacity"]
    for more in sorted({*range(WINDOWS), capacity // 2, capacity}):
        span = (more + 1) * leak
        if more <= max(capacity, 1) and span >= 1 and span == int(span):
            yield capacity + 1 + more, int(span)


def _id(name: str) -> str:
    return str(uuid.uuid5(_SPACE, name))


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    made: list[dict[str, Any]] = []
    for name, definition in definitions(Path(sys.argv[1])).items():
        try:
            made += documents(name, definition)
        except Untranslated as why:
            print(f"{name}: {why}", file=sys.stderr)
    yaml.safe_dump_all(made, sys.stdout, sort_keys=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
