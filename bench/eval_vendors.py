"""Whose log it is: python bench/eval_vendors.py CASES.jsonl[.gz]… Scores vendor recognition on labelled lines.

A case is {"id", "vendor", "product", "raw"}. It is recognised where observer.vendor, observer.product, event.module,
event.dataset or event.provider of an event says the vendor or the product, through SYNONYMS.
"""

import gzip
import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from seerflow.model.event import Event
from seerflow.model.log import Origin, RawLog
from seerflow.parsers import read

RECEIVED = 1_773_576_000_000_000
NAMES = ("observer.vendor", "observer.product", "event.module", "event.dataset", "event.provider")
#: What a label's vendor is also called: names of companies, old names, products whose name is known without the company's.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "palo": ("palo", "panos", "pan"),
    "checkpoint": ("checkpoint", "check_point"),
    "fireye": ("fireeye", "trellix"),
    "symantec": ("symantec", "broadcom", "bluecoat", "proxysg", "brightmail"),
    "f5": ("f5", "bigip", "big_ip"),
    "fortinet": ("fortinet", "fortigate", "fortiweb", "fortimail"),
    "citrix": ("citrix", "netscaler"),
    "ubiquiti": ("ubiquiti", "unifi"),
    "microfocus": ("microfocus", "arcsight", "microsoft"),
    "microsoft": ("microsoft", "mcas"),
    "imperva": ("imperva", "incapsula"),
    "trend": ("trend_micro", "trendmicro", "trend"),
    "juniper": ("juniper", "junos", "netscreen"),
    "netscout": ("netscout", "arbor"),
    "linux": ("linux", "syslog"),
    "pfsense": ("pfsense", "opnsense", "pf"),
    "cisco": ("cisco", "asa", "ios", "meraki"),
    "vmware": ("vmware", "esxi", "carbonblack", "bit9"),
    "nutanix": ("nutanix", "auditd", "linux"),
}
_WORD = re.compile(r"[^a-z0-9]+")


def words(text: str) -> str:
    """Give the text as words in lower case with an underscore around each."""
    return f"_{_WORD.sub('_', text.lower())}_"


def recognised(case: dict[str, Any]) -> bool:
    """Say whether an event of the case's line names its vendor."""
    raw = RawLog(
        origin=Origin("cases", 0, 0), raw=case["raw"].encode("utf-8", "surrogatepass"), received=RECEIVED
    )
    wanted = (*SYNONYMS.get(case["vendor"], (case["vendor"],)), case["product"])
    for event in read(raw):
        if isinstance(event, Event):
            told = "".join(words(str(event.common.get(name, ""))) for name in NAMES)
            squeezed = told.replace("_", "")
            if any(
                words(one) in told or (len(one) > 4 and one.replace("_", "") in squeezed) for one in wanted
            ):  # short ones hide in others
                return True
    return False


def main() -> int:
    """Print the share of recognised cases by vendor and in total."""
    counts: Counter[tuple[str, bool]] = Counter()
    for path in sys.argv[1:]:
        with gzip.open(path, "rt") if path.endswith(".gz") else open(path, encoding="utf-8") as lines:  # noqa: PTH123  either
            for line in lines:
                case = json.loads(line)
                counts[case["vendor"], recognised(case)] += 1
    for vendor in sorted({vendor for vendor, _ in counts}):
        right, wrong = counts[vendor, True], counts[vendor, False]
        print(f"vendor   {vendor:20} n={right + wrong:4} ok={right / (right + wrong):.3f}")
    total = sum(counts.values())
    right = sum(number for (_, known), number in counts.items() if known)
    print(f"vendor   TOTAL                n={total:4} ok={right / max(1, total):.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
