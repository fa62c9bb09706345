"""Country and network operator of an address, from look-ups that are handed in.

A look-up takes an address and gives the record of the MaxMind DB format, as GeoLite2, DB-IP and IPinfo files hold
it: {"country": {"iso_code": "DE"}}, {"autonomous_system_number": 64496, …}. adapters/geoip.py makes one from a file.
"""

from collections.abc import Callable, Mapping
from typing import Any

from seerflow.model.event import Value

#: Address -> record, or None. May raise ValueError for what is no address.
Lookup = Callable[[str], Mapping[str, Any] | None]

_SIDES = ("source", "destination")

#: Addresses that no public file knows.
_NOT_PUBLIC = ("private", "loopback", "link_local", "multicast", "unspecified")

#: A country is two letters (ISO 3166-1); longer text in a file is not one.
_CODE = 2
_MAX_NAME = 128


class GeoIp:
    """Adds …geo.country_iso_code from `country`, …as.number and …as.organization.name from `operator`."""

    name = "geoip"

    def __init__(self, country: Lookup | None = None, operator: Lookup | None = None) -> None:
        self._readers = tuple(
            (lookup, read) for lookup, read in ((country, _country), (operator, _operator)) if lookup
        )

    def known(self, common: Mapping[str, Value]) -> Mapping[str, Value]:
        """Give country and operator of both ends, where their addresses are not private."""
        added: dict[str, Value] = {}
        for side in _SIDES:
            address = common.get(f"{side}.ip")
            if not isinstance(address, str) or common.get(f"{side}.scope") in _NOT_PUBLIC:
                continue
            for lookup, read in self._readers:
                added.update(read(side, _record(lookup, address)))
        return added


def _record(lookup: Lookup, address: str) -> Mapping[str, Any]:
    try:
        record = lookup(address)
    except ValueError:  # no address, or IPv6 in a file of IPv4
        return {}
    return record if isinstance(record, Mapping) else {}


def _country(side: str, record: Mapping[str, Any]) -> dict[str, Value]:
    # Where the machine stands; a few blocks only have the country that they are registered in.
    for place in ("country", "registered_country"):
        found = record.get(place)
        code = found.get("iso_code") if isinstance(found, Mapping) else found
        if isinstance(code, str) and len(code) == _CODE and code.isalpha():
            return {f"{side}.geo.country_iso_code": code.upper()}
    return {}


def _operator(side: str, record: Mapping[str, Any]) -> dict[str, Value]:
    number, name = record.get("autonomous_system_number"), record.get("autonomous_system_organization")
    added: dict[str, Value] = {}
    if isinstance(number, int):
        added[f"{side}.as.number"] = number
    if isinstance(name, str) and name:
        added[f"{side}.as.organization.name"] = name[:_MAX_NAME]
    return added
