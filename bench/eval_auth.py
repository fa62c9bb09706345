"""Outcomes of authentication against labelled outside data: python bench/eval_auth.py DATA [--json] [-v].

Looks at fail2ban*.jsonl.gz and wazuh-ruleset*.jsonl.gz below the folder: each case is a raw log, `core` says the
outcome and whence. Found: an event with that outcome and, where the label has one, that address. Wrong: another
outcome or address, or more events of category authentication than one. Beside it: cases of fail2ban that its filter
passes over and that we call a failed attempt (-v shows them: some are failures that the filter is not about).
"""

import collections
import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from figures import Figure, arguments, report, table

from seerflow.model.event import Event
from seerflow.model.log import Origin, RawLog
from seerflow.parsers import read
from seerflow.parsers.shape import address

_FILES = ("fail2ban*.jsonl.gz", "wazuh-ruleset*.jsonl.gz")
#: The families that the target is about; the others are printed beside it.
_HOSTS = frozenset({"sshd", "linux-auth"})
Counts = collections.Counter[tuple[str, str]]


def cases(folder: Path) -> Iterator[dict[str, Any]]:
    """Give the labelled cases below the folder."""
    for path in sorted(path for pattern in _FILES for path in folder.rglob(pattern)):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def events(case: dict[str, Any]) -> list[Event]:
    """Read the case's raw log."""
    raw = case["raw"] if isinstance(case["raw"], str) else "\n".join(case["raw"])
    log = RawLog(origin=Origin("eval", 0, 0), raw=raw.encode("utf-8", "surrogatepass"), received=2 * 10**15)
    return [one for one in read(log) if isinstance(one, Event)]


def _at(one: Event, core: dict[str, Any]) -> bool:
    """Whether the event names the address that the label names."""
    want = core.get("src_ip")
    if want:
        return one.common.get("source.ip") == address(want)
    host = core.get("src_host")
    return not host or host in (one.common.get("source.domain"), one.common.get("source.address"))


def judge(case: dict[str, Any]) -> str:
    """Give found, missing, wrong or nothing (no label, and nothing said)."""
    core = case["core"]
    label = core.get("outcome")
    found = events(case)
    attempts = [one for one in found if one.common.get("event.category") == "authentication"]
    if label is None:
        passed = case["expected"].get("match") is False and case["id"].startswith("fail2ban")
        said = any(one.common.get("event.outcome") == "failure" for one in attempts)
        return "beside" if passed and said else "nothing"
    told = {one.common["event.outcome"] for one in found if "event.outcome" in one.common}
    if len(attempts) > 1 or (told and label not in told):
        return "wrong"
    if any(one.common.get("event.outcome") == label and _at(one, core) for one in found):
        return "found"
    return "missing" if not told else "wrong"


def shares(name: str, counts: Counts) -> tuple[int, float, float]:
    """Give the number of labels of a family, precision and recall."""
    found, missing, wrong = (counts[name, verdict] for verdict in ("found", "missing", "wrong"))
    whole = found + missing + wrong
    return whole, found / max(found + wrong, 1), found / max(whole, 1)


def main() -> None:
    """Print precision and recall."""
    given = arguments(
        "Outcomes of authentication against labelled outside data.", ("-v", {"action": "store_true"})
    )
    counts: Counts = collections.Counter()
    for case in cases(given.data):
        verdict = judge(case)
        names = [case["family"], "TOTAL", *(["HOSTS"] if case["family"] in _HOSTS else [])]
        counts.update((name, verdict) for name in names)
        if verdict not in ("nothing", "found") and given.v:
            print(verdict, case["id"], json.dumps(case["core"]), str(case["raw"])[:300])
    told = {name for name, verdict in counts if verdict not in ("nothing", "beside")}
    rows = [(name, *shares(name, counts)) for name in sorted(told, key=lambda name: (name.isupper(), name))]
    table(("family", "labels", "precision", "recall"), rows)
    print(f"failed attempts in cases that fail2ban's filters pass over: {counts['TOTAL', 'beside']}")
    figures = [
        Figure(name=f"auth: {share} of {who}", figure=shares(name, counts)[place], aim=0.99)
        for name, who in (("HOSTS", "sshd and linux-auth"), ("TOTAL", "all families"))
        for place, share in ((1, "precision"), (2, "recall"))
    ]
    report(figures, as_json=given.json)


main()
