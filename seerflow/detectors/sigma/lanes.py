"""Which log sources an event is: the rules that may be asked about it at all."""

from collections.abc import Hashable, Mapping
from typing import Any

from seerflow.detectors.sigma.values import text
from seerflow.rules import taxonomy
from seerflow.rules.datasets import DATASETS
from seerflow.rules.sigma import Logsource
from seerflow.rules.taxonomy import Lane

#: Of what values are texts already.
_PLAIN = frozenset({str, type(None)})


def mark(native: Mapping[str, Any], common: Mapping[str, Any]) -> Hashable:
    """Give all that `lanes` reads of an event, as a key: equal marks, equal lanes."""
    get, give = native.get, common.get
    channel, number, kind = get("Channel"), get("EventID"), get("EventType")
    if channel is not None:
        if channel.__class__ is str and number.__class__ is int and (kind is None or kind.__class__ is str):
            return (channel, number, kind)  # not of three texts like below, where 1 and True would be one
        return (text(channel), text(number), text(kind))
    read: tuple[Any, ...] = (
        number,
        kind,
        get("Provider_Name"),
        give("event.dataset"),
        give("event.category"),
        give("event.type"),
    )
    if not _PLAIN.issuperset(map(type, read)):
        read = (*map(text, read),)
    return (*read, None if read[3] else _recognised(native), "process.command_line" in common)


def lanes(native: Mapping[str, Any], common: Mapping[str, Any]) -> tuple[Lane, ...]:
    """Give the log sources that the event is, by its channel, its provider or its dataset."""
    channel = (text(native.get("Channel")) or "").casefold()
    provider = (text(native.get("Provider_Name")) or "").casefold()
    dataset = text(common.get("event.dataset")) or _recognised(native)
    product, _, stream = dataset.casefold().partition(".")
    if channel or provider in taxonomy.PROVIDERS:
        services = taxonomy.CHANNELS.get(channel) or taxonomy.PROVIDERS.get(provider, ())
        return _windows(services, native)
    if product == "windows":
        known = {name for names in taxonomy.CHANNELS.values() for name in names}
        return _windows((stream,) if stream in known else (), native) + _ecs(product, stream, common)
    if not product:
        return ()
    named = DATASETS.get(dataset.casefold(), ((product, None, stream or None),))
    return named + _ecs(product, stream, common)


def applies(source: Logsource, given: tuple[Lane, ...]) -> bool:
    """Say whether a rule for that log source is meant for an event of those lanes."""
    if source.product is None and source.category is None and source.service is None:
        return True
    return any(
        source.product in (None, product)
        and source.category in (None, category)
        and source.service in (None, service)
        for product, category, service in given
    )


def _windows(services: tuple[str, ...], native: Mapping[str, Any]) -> tuple[Lane, ...]:
    number = text(native.get("EventID")) or ""
    kind = (text(native.get("EventType")) or "").casefold()
    found: list[Lane] = []
    for service in services:
        categories = taxonomy.CATEGORIES.get((service, number), ())
        categories += taxonomy.EVENT_TYPES.get((service, number, kind), ())
        found += [("windows", category, service) for category in categories or (None,)]
    return tuple(found) or (("windows", None, None),)


def _ecs(product: str, stream: str, common: Mapping[str, Any]) -> tuple[Lane, ...]:
    if product not in taxonomy.ENDPOINTS:
        return ()
    category = taxonomy.ECS_CATEGORIES.get(text(common.get("event.category")) or "")
    begins = (text(common.get("event.type")) or "start") not in {"end", "info"}
    if category and begins:
        return ((product, category, stream or None),)
    # sudo and its like write down whole command lines, which is what process rules read
    started = "process.command_line" in common and product == "linux"
    return ((product, "process_creation", stream or None),) if started else ()


def _recognised(native: Mapping[str, Any]) -> str:
    for names, dataset in taxonomy.SIGNATURES:
        if all(name in native for name in names):
            return dataset
    return ""
