"""Hits, findings and the evidence they carry."""

from collections.abc import Mapping

from msgspec import Struct

from seerflow.model.entity import Key
from seerflow.model.log import Origin

#: Sigma's levels, from the quietest to the loudest.
LEVELS = ("informational", "low", "medium", "high", "critical")

#: A finding shows at most this many pieces of evidence: the first ones and the latest.
MAX_EVIDENCE = 12


class Evidence(Struct, frozen=True, kw_only=True):
    """One event that counts, by origin, with the values that mattered."""

    event: str
    origin: Origin
    time: int
    values: Mapping[str, str] = {}
    text: str = ""  # the first 500 characters of the original


class Reason(Struct, frozen=True, kw_only=True):
    """Why a detector spoke: the feature, what it saw, what it expected, and how much it had seen."""

    text: str
    feature: str = ""
    value: str = ""
    baseline: str = ""
    n: int = 0
    p: float | None = None


class Hit(Struct, frozen=True, kw_only=True, array_like=True):
    """An event, or a rule's match, under the key of a cell."""

    rules: tuple[str, ...]  # base rules (ids or names) that the event matched, or the profile's name
    key: Key
    evidence: Evidence
    fields: Mapping[str, str] = {}  # what keyed rules read: counted values, aliases

    @property
    def time(self) -> int:
        """When the event happened."""
        return self.evidence.time


class Finding(Struct, frozen=True, kw_only=True):
    """What one detector reports about one key."""

    id: str
    revision: int = 1
    retracted: bool = False
    replaces: str = ""  # the finding that a late event turned into this one
    detector: str
    rule: str
    title: str
    level: str
    ruleset: str = ""  # the set of rules, by content, that this came from
    story: str  # findings of one story about one key become one alert
    quiet: int = 0  # microseconds without news after which it opens that alert again; 0: as configured
    key: Key
    first: int
    last: int
    count: int = 1
    evidence: tuple[Evidence, ...] = ()
    reasons: tuple[Reason, ...] = ()
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    licence: str = ""
