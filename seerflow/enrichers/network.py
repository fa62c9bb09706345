"""What an address tells by itself: where it can be reached from, and which way a connection goes.

Reference: the IANA special-purpose address registries (RFC 6890), as Python's ipaddress knows them.
"""

import ipaddress
from collections.abc import Mapping
from functools import lru_cache

from seerflow.model.event import Value

#: Where the scope of each side's address goes.
_TARGETS = ("source.scope", "destination.scope")

#: Scope by what ipaddress says, the first that holds.
_SCOPES = (
    ("is_unspecified", "unspecified"),
    ("is_loopback", "loopback"),
    ("is_link_local", "link_local"),
    ("is_multicast", "multicast"),
)

#: Where an organisation's own machines are (RFC 1918, RFC 6598, RFC 4193).
_PRIVATE = tuple(
    map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"))
)

#: Scopes from which a connection is the organisation's own.
_OWN = frozenset({"private", "loopback", "link_local"})

#: ECS network.direction by (source is ours, destination is ours).
_DIRECTIONS = {
    (True, True): "internal",
    (False, True): "inbound",
    (True, False): "outbound",
    (False, False): "external",
}


@lru_cache(maxsize=65536)
def scope(text: str) -> str:
    """Say where an address can be reached from: public, private, loopback, …; "" for what is no address."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    for attribute, name in _SCOPES:
        if getattr(address, attribute):
            return name
    if any(address in network for network in _PRIVATE if network.version == address.version):
        return "private"
    # What is left and not global is for documents, benchmarks and the future (RFC 5737, RFC 3849): in a real
    # network nobody has it, so an attacker's made-up address shows.
    return "public" if address.is_global else "reserved"


#: Nothing is known.
_NOTHING: Mapping[str, Value] = {}


# Who talks to whom repeats itself. The answer is shared, so nobody may write to it.
@lru_cache(maxsize=65536)
def _between(source: str | None, destination: str | None) -> Mapping[str, Value]:
    added: dict[str, Value] = {}
    for address, target in zip((source, destination), _TARGETS, strict=True):
        if address is not None and (found := scope(address)):
            added[target] = found
    if len(added) == len(_TARGETS):
        ours = (added["source.scope"] in _OWN, added["destination.scope"] in _OWN)
        added["network.direction"] = _DIRECTIONS[ours]
    return added


class Network:
    """Adds source.scope, destination.scope and network.direction."""

    name = "network"

    def known(self, common: Mapping[str, Value]) -> Mapping[str, Value]:
        """Give the scopes of the addresses, and the direction when there are two."""
        source, destination = common.get("source.ip"), common.get("destination.ip")
        if source is None and destination is None:
            return _NOTHING
        return _between(
            source if isinstance(source, str) else None, destination if isinstance(destination, str) else None
        )
