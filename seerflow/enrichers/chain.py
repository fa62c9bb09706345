"""Runs enrichers over an event. Law: what a parser or an earlier enricher said is never overwritten."""

from collections.abc import Mapping
from typing import Protocol

from msgspec.structs import replace

from seerflow.model.event import Event, Value


class Enricher(Protocol):
    """Knows one fact about addresses, hosts or users."""

    name: str

    def known(self, common: Mapping[str, Value]) -> Mapping[str, Value]:
        """Give the common fields to add; nothing when nothing applies. Pure, and never raises."""


def enrich(event: Event, enrichers: tuple[Enricher, ...]) -> Event:
    """Give the event with what the enrichers know; the same object when they know nothing."""
    common: Mapping[str, Value] = event.common
    for enricher in enrichers:
        added = enricher.known(common)
        if added:
            common = {**added, **common}
    return event if common is event.common else replace(event, common=common)
