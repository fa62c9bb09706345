"""The flood guard: how many findings of one rule an alert keeps singly. The rest are counted, and the alert says so."""

from collections.abc import Sequence
from typing import TypeVar

from msgspec import Struct

from seerflow.model.finding import Reason

#: Findings of one rule that one alert (one story, key and day) keeps.
MAX_PER_RULE = 32

#: Findings of all rules that one alert keeps.
MAX_FINDINGS = 64

_Item = TypeVar("_Item")


class Rest(Struct, array_like=True):
    """What was counted without being kept, of one rule."""

    findings: int = 0
    count: int = 0  # hits
    first: int = 0
    last: int = 0

    def with_more(self, other: "Rest") -> "Rest":
        """Give both together."""
        if not self.findings:
            return other
        return Rest(
            self.findings + other.findings,
            self.count + other.count,
            min(self.first, other.first),
            max(self.last, other.last),
        )


def split(
    ranked: Sequence[tuple[str, _Item]], per_rule: int = MAX_PER_RULE, total: int = MAX_FINDINGS
) -> tuple[list[_Item], list[_Item]]:
    """Split (rule, item), the most important first, into those to keep and those only to count."""
    kept: list[_Item] = []
    spilled: list[_Item] = []
    taken: dict[str, int] = {}
    for rule, item in ranked:
        taken[rule] = taken.get(rule, 0) + 1
        if taken[rule] <= per_rule and len(kept) < total:
            kept.append(item)
        else:
            spilled.append(item)
    return kept, spilled


def reason(rule: str, rest: Rest) -> Reason:
    """Say in an alert what its flood guard did."""
    return Reason(
        text=f"{rest.findings} more findings of {rule} were counted, not kept: the flood guard",
        feature="flood guard",
        value=str(rest.findings),
        n=rest.count,
    )
