"""Logons against facts counted from real logs: fast failures, who got in after five, sources of failed logons."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from figures import Figure
from sequences import anywhere, events, rows, standing

from seerflow.rules.load import load

_SSH = """
title: A failure
id: 0b9c1c9c-3f0c-4ab5-9a41-0d5a5c6a3b01
name: failure
logsource: {category: any}
detection:
  tried: {event.category: authentication, event.outcome: failure}
  condition: tried
---
title: Somebody got in
id: 0b9c1c9c-3f0c-4ab5-9a41-0d5a5c6a3b02
name: success
logsource: {category: any}
detection:
  got: {event.category: authentication, event.outcome: success}
  condition: got
---
title: Fast
id: 0b9c1c9c-3f0c-4ab5-9a41-0d5a5c6a3b03
correlation: {type: event_count, rules: [failure], group-by: [source.address], timespan: 60s, condition: {gte: 5}}
---
title: Five
id: 0b9c1c9c-3f0c-4ab5-9a41-0d5a5c6a3b04
name: five
correlation:
  {type: event_count, rules: [failure], group-by: [source.address], timespan: 10m, condition: {gte: 5}, generate: true}
---
title: In after five
id: 0b9c1c9c-3f0c-4ab5-9a41-0d5a5c6a3b05
correlation: {type: temporal_ordered, rules: [five, success], group-by: [source.address], timespan: 10m}
"""


def ssh(folder: Path) -> Iterator[Figure]:
    """Compare with the facts counted from real sshd logs."""
    rules = anywhere(load({"ssh.yml": _SSH.encode()}))
    for path in sorted(folder.glob("*.truth.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        lines = (folder / truth["file"]).read_text("utf-8", "replace").splitlines()
        received = int(datetime(truth["assumed_year"], 12, 31, tzinfo=UTC).timestamp()) * 1_000_000
        found, _ = standing(rules, events(lines, received))
        for title, fact in (("Fast", lambda one: one["max_failed_in_60s"] >= 5),
                            ("In after five", lambda one: one["success_after_5_failures_within_600s"])):  # fmt: skip
            wanted = {one["src_ip"] for one in truth["sources"] if fact(one)}
            told = {finding.key[0][1] for finding in found if finding.title == title}
            for what, some in (("missing", wanted - told), ("false", told - wanted)):
                print("".join(f"  {what:8} {path.stem}: {title}: {one}\n" for one in sorted(some)), end="")
            share = len(wanted & told) / max(len(wanted | told), 1) if wanted | told else 1.0
            yield Figure(name=f"{path.stem.partition('.')[0]}: {title}, right of all", figure=share, aim=1.0)


_WINDOWS = """
title: A failed logon
id: 0b9c1c9c-3f0c-4ab5-9a41-0d5a5c6a3c01
name: failure
logsource: {category: any}
detection:
  tried: {event.category: authentication, event.outcome: failure}
  condition: tried
"""


def windows(folder: Path) -> list[Figure]:
    """Compare with the facts counted from Windows event logs: five and more failures of one source."""
    fields = ("source.ip", "source.domain", "source.address", "host.name")
    texts = [_WINDOWS] + [
        f"title: {field}\nid: 0b9c1c9c-3f0c-4ab5-9a41-0d5a5c6a3d0{n}\ncorrelation: {{type: event_count, rules: [failure], "
        f"group-by: [{field}], timespan: 10m, condition: {{gte: 5}}}}\n"
        for n, field in enumerate(fields)
    ]
    rules = anywhere(load({"windows.yml": "---\n".join(texts).encode()}))
    facts = {fact["case"]: fact for fact in rows(folder / "auth_facts.jsonl")}
    right = wanted = 0
    for path in sorted(folder.glob("*.jsonl.gz")):
        for case in rows(path):
            fact = facts.get(case.get("id", ""))
            if fact is None:
                continue
            found, _ = standing(rules, events(map(json.dumps, case["events"])))
            told = {value.casefold().removeprefix("::ffff:") for one in found for _, value in one.key}
            for source, counted in fact["failed_logons_by_source"].items():
                wanted += 1
                name = source.casefold().removeprefix("::ffff:")
                right += any(one == name or one.partition(".")[0] == name for one in told)
                if name not in {one.partition(".")[0] for one in told} | told:
                    print(
                        f"  missing  {case['id']}: {source}, {counted['failed']} failures; told of {sorted(told)}"
                    )
    return [Figure(name=f"windows: sources of failed logons, of {wanted}", figure=right, aim=wanted)]
