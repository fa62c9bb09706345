"""What a correlation rule says: which matches, joined by which fields, within which span, make it fire.

Source: https://github.com/SigmaHQ/sigma-specification/blob/main/specification/sigma-correlation-rules-specification.md
"""

from collections.abc import Mapping

from msgspec import Struct


class Correlation(Struct, frozen=True, kw_only=True):
    """One correlation rule. `rules` are ids of base rules or of other correlations, in the order named."""

    id: str
    name: str = ""
    title: str
    level: str = "medium"
    type: str
    rules: tuple[str, ...]
    group_by: tuple[str, ...]
    timespan: int  # microseconds
    conditions: tuple[tuple[str, int], ...]  # (("gte", 5),); all must hold, so two make a range
    fields: tuple[str, ...] = ()  # what value_count counts; several make a tuple
    aliases: Mapping[str, Mapping[str, str]] = {}  # alias -> rule id -> that rule's own field
    generate: bool = False  # whether the rules it names still give findings of their own
    story: str
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    licence: str = ""
