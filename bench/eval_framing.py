"""Syslog framing against another implementation's cases: python bench/eval_framing.py DATA. Exit 1 if a case is not met.

DATA/syslog_framing/cases.jsonl: {"id", "rfc", "raw", "valid", "expected"}. Of a valid case every expected field must be there
with its value; of an invalid one nothing of a frame may be: no host, program, process or message id. (A priority is what the
sender did say, whatever is wrong behind it.)
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from seerflow.model.event import Event
from seerflow.model.log import Origin, RawLog
from seerflow.parsers import read

RECEIVED = 1_773_576_000_000_000  # 2026-03-15T12:00:00Z: stamps without a year are read by it
FIELDS = {
    "hostname": "host.name",
    "appname": "log.syslog.appname",
    "procid": "log.syslog.procid",
    "msgid": "log.syslog.msgid",
    "message": "message",
    "facility": "log.syslog.facility.code",
    "severity": "log.syslog.severity.code",
}
INVENTED = tuple(FIELDS[name] for name in ("hostname", "appname", "procid", "msgid"))


def verdicts(case: dict[str, Any]) -> Iterator[tuple[str, bool, Any]]:
    """Give each looked-at field, whether it is right, and what was there."""
    raw = RawLog(origin=Origin("cases", 0, 0), raw=case["raw"].encode(), received=RECEIVED)
    event = read(raw)[0]
    if not isinstance(event, Event):
        yield "event", not case["valid"], event.reason
        return
    if not case["valid"]:
        found = {name: event.common[name] for name in INVENTED if name in event.common}
        yield "nothing invented", not found, found
        return
    expected = case["expected"]
    for name, target in FIELDS.items():
        if name in expected:
            yield name, event.common.get(target) == expected[name], event.common.get(target)
    if told := expected.get("timestamp"):
        wanted = int(datetime.fromisoformat(told).timestamp() * 1_000_000)
        yield "timestamp", abs(event.time - wanted) < 2, event.time  # a float's last microsecond
    for block, parameters in expected.get("structured_data", {}).items():
        for name, value in parameters.items():
            plain = value.replace("\\\\", "\\").replace('\\"', '"').replace("\\]", "]")
            there = event.native.get(f"{block}.{name}")
            yield "structured_data", there in (value, plain), there


def main() -> int:
    """Print what is not met and a table; give the exit code."""
    counts: Counter[tuple[str, bool]] = Counter()
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data") / "syslog_framing" / "cases.jsonl"
    if not path.exists():
        print(f"no {path}")
        return 0
    for line in path.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        for name, right, there in verdicts(case):
            counts[name, right] += 1
            if not right:
                print(f"{case['id']}: {name}: {there!r}")
    for name in sorted({name for name, _ in counts}):
        right, wrong = counts[name, True], counts[name, False]
        print(f"framing  {name:20} n={right + wrong:4} ok={right / (right + wrong):.3f}")
    return int(any(not right for _, right in counts))


if __name__ == "__main__":
    sys.exit(main())
