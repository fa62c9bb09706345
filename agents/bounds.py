"""Counts where an event reaches a bound of the detectors: what lies beyond is not looked at, or not reported."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from seerflow.agents.wiring import Wiring
from seerflow.detectors.contract import Seen
from seerflow.detectors.intel.detector import MAX_FINDINGS
from seerflow.detectors.sigma.patterns import MAX_COUNTED
from seerflow.detectors.sigma.values import MAX_ELEMENTS
from seerflow.model.event import Event

#: An event whose original is shorter holds neither a list nor a text that reaches a bound: each element of a list
#: takes a character and a separator. So an ordinary event costs one comparison.
_SHORT = min(MAX_COUNTED, 2 * MAX_ELEMENTS)


def count_bounds(wiring: Wiring, events: Iterable[Event], seen: Iterable[Seen]) -> None:
    """Count the bounds that the events of an envelope, and what was seen in them, reach."""
    reached = Counter(bound for event in events if len(event.text) > _SHORT for bound in _beyond(event))
    reached["intel_findings"] += sum(len(one.findings) >= MAX_FINDINGS and _full(one) for one in seen)
    for bound, count in reached.items():
        if count:
            wiring.metrics.add("seerflow_detect_bounds_reached_total", count, (bound,))


def _beyond(event: Event) -> Iterator[str]:
    for value in (*event.native.values(), *event.common.values()):
        if isinstance(value, list | tuple):
            if len(value) > MAX_ELEMENTS:
                yield "list_elements"
            yield from _long(value[:MAX_ELEMENTS])
        else:
            yield from _long((value,))


def _long(values: Sequence[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str) and len(value) > MAX_COUNTED:
            yield "pattern_characters"


def _full(seen: Seen) -> bool:
    return sum(finding.detector == "intel" for finding in seen.findings) >= MAX_FINDINGS
