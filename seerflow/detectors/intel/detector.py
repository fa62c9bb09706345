"""Looks up what an event names, in the indicators. One finding for each indicator and event.

What is looked up is a closed table of fields, common and native; free text is not searched.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from seerflow.detectors.contract import Seen
from seerflow.detectors.intel.indicators import Indicators, Listing, Match
from seerflow.model.entity import Key
from seerflow.model.event import Event
from seerflow.model.finding import LEVELS, Evidence, Finding, Reason
from seerflow.model.identity import finding_id

Lookup = Callable[[Indicators, str], Iterator[Match]]

#: Values of one field that are looked up, and characters of a text that are split into them: attackers write both.
_MAX_VALUES = 64
#: Findings of one event.
MAX_FINDINGS = 64
_MAX_TEXT = 4096


def _digests(indicators: Indicators, text: str) -> Iterator[Match]:
    """Look up each hash of a text such as Sysmon's `MD5=…,SHA256=…,IMPHASH=…`. An import hash is no file's hash."""
    for part in text[:_MAX_TEXT].split(",", _MAX_VALUES)[:_MAX_VALUES]:
        kind, _, digest = part.strip().rpartition("=")
        if kind.upper() != "IMPHASH":
            yield from indicators.hash(digest)


#: Sysmon event 22: `type:  5 cdn.example.com;::ffff:192.0.2.7;`
_SPLIT = re.compile(r"[;,\s]+")


def _answers(indicators: Indicators, text: str) -> Iterator[Match]:
    for part in _SPLIT.split(text[:_MAX_TEXT], _MAX_VALUES)[:_MAX_VALUES]:
        if "." in part or ":" in part:
            yield from indicators.host(part)


#: Which fields are looked up, and how. Native names stand as their sources spell them.
FIELDS: dict[str, Lookup] = {
    **dict.fromkeys(("source.ip", "destination.ip", "host.ip"), Indicators.address),
    **dict.fromkeys(
        (
            "source.address",
            "destination.address",
            "source.domain",
            "destination.domain",
            "url.domain",
            "dns.question.name",
        ),
        Indicators.host,
    ),
    "url.original": Indicators.url,
    **dict.fromkeys(
        (
            "file.hash.md5",
            "file.hash.sha1",
            "file.hash.sha256",
            "process.hash.md5",
            "process.hash.sha1",
            "process.hash.sha256",
        ),
        Indicators.hash,
    ),
}

NATIVE: dict[str, Lookup] = {
    # Windows and Sysmon
    **dict.fromkeys(("Hashes", "Hash", "md5", "sha1", "sha256", "MD5", "SHA1", "SHA256"), _digests),
    **dict.fromkeys(
        ("SourceIp", "DestinationIp", "IpAddress", "SourceAddress", "DestAddress"), Indicators.address
    ),
    **dict.fromkeys(("DestinationHostname", "QueryName"), Indicators.host),
    "QueryResults": _answers,
    # web proxies and servers, firewalls, clouds
    **dict.fromkeys(("c-ip", "dst_ip", "src_ip", "ClientIP", "sourceIPAddress"), Indicators.host),
    **dict.fromkeys(("cs-host", "r-dns", "query"), Indicators.host),
    **dict.fromkeys(("c-uri", "TargetUrl", "url"), Indicators.url),
}

#: Whom the finding is about: the first of these that the event names.
_ABOUT = ("host.name", "source.ip", "source.address", "user.name", "event.dataset")

_TAGS: dict[str, tuple[str, ...]] = {
    "address": ("attack.command-and-control",),
    "domain": ("attack.command-and-control", "attack.t1071"),
    "url": ("attack.command-and-control", "attack.t1071.001"),
}


class IntelDetector:
    """Reports what is listed."""

    name = "intel"

    def __init__(self, indicators: Indicators, level: str = "high") -> None:
        """`level` is one of Sigma's levels, for all findings."""
        if level not in LEVELS:
            raise ValueError(f"level '{level}': one of {', '.join(LEVELS)}")
        self._indicators = indicators
        self._level = level

    def on_event(self, event: Event) -> Seen:
        """Say which indicators the event names that had not expired when it happened."""
        if not self._indicators.count:
            return Seen()
        matches = self._matches(event)
        if not matches:
            return Seen()
        return Seen(findings=tuple(self._found(event, match, fields) for match, fields in matches))

    def _matches(self, event: Event) -> list[tuple[Match, list[str]]]:
        """Give each indicator once, with the fields that name it."""
        found: dict[tuple[str, str], tuple[Match, list[str]]] = {}
        for fields, table in ((event.common, FIELDS), (event.native, NATIVE)):
            for field in table.keys() & fields.keys():
                for match in _looked_up(self._indicators, table[field], fields[field]):
                    found.setdefault((match.type, match.value), (match, []))[1].append(field)
        valid = [(_valid(match.listings, event.time), match, fields) for match, fields in found.values()]
        rows = [
            (Match(type=match.type, value=match.value, listings=listings), sorted(set(fields)))
            for listings, match, fields in valid
            if listings
        ]
        return sorted(rows, key=lambda row: (row[0].type, row[0].value))[:MAX_FINDINGS]

    def _found(self, event: Event, match: Match, fields: list[str]) -> Finding:
        rule = f"intel-{match.type}"
        key = _about(event.common, match, fields)
        values = {field: str(event.field(field))[:256] for field in fields}
        return Finding(
            id=finding_id(f"{rule}:{match.value}", key, event.id),
            detector="intel",
            rule=rule,
            title=f"{match.value} is on the list {match.listings[0].source}",
            level=self._level,
            ruleset=self._indicators.version,
            story=f"intel:{match.value}",
            key=key,
            first=event.time,
            last=event.time,
            evidence=(
                Evidence(
                    event=event.id, origin=event.origin, time=event.time, values=values, text=event.text[:500]
                ),
            ),
            reasons=tuple(_reason(one, match, fields) for one in match.listings),
            tags=_TAGS.get(match.type, ()),
        )


def _looked_up(indicators: Indicators, look_up: Lookup, value: Any) -> Iterator[Match]:
    if isinstance(value, str):
        yield from look_up(indicators, value)
    elif isinstance(value, list | tuple):
        for one in value[:_MAX_VALUES]:
            if isinstance(one, str):
                yield from look_up(indicators, one)


def _valid(listings: tuple[Listing, ...], time: int) -> tuple[Listing, ...]:
    return tuple(one for one in listings if one.expires is None or time < one.expires)


def _about(common: Mapping[str, Any], match: Match, fields: list[str]) -> Key:
    for field in _ABOUT:
        value = common.get(field)
        if isinstance(value, str) and value:
            return ((field, value[:256]),)
    return ((fields[0], match.value),)


def _reason(listing: Listing, match: Match, fields: list[str]) -> Reason:
    description = f": {listing.description}" if listing.description else ""
    return Reason(
        text=f"listed by {listing.source}{description}",
        feature=", ".join(fields),
        value=match.value,
        baseline=listing.source,
    )
