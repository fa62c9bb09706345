"""Events: what a log says, in two views.

native: the source's own names, flat, exactly as Sigma's taxonomy and the source spell them; never overwritten.
common: a small subset of ECS names (model/fields.py), computed by each parser, for correlation, search and people.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from seerflow.model.log import Origin

#: What a field may hold; lists hold such scalars.
Value = Any


class Event(Struct, frozen=True, kw_only=True):
    """One thing that happened."""

    id: str
    origin: Origin
    time: int
    received: int
    source: str = ""
    parser: str  # name and version: "openssh/1"
    common: Mapping[str, Value]
    native: Mapping[str, Value] = {}
    text: str = ""  # the original, decoded
    #: "time_assumed", "year_assumed", "time_ahead" (an hour and more of its arrival), "zone_unknown", "unparsed",
    #: "inferred", "truncated", "encoding_repaired"
    flags: tuple[str, ...] = ()

    def field(self, name: str) -> Value:
        """Give the value under a native name, else under a common one, else None."""
        value = self.native.get(name)
        return self.common.get(name) if value is None else value
