"""Indicators in memory: whether an address, name, hash or URL is listed, and by whom.

Law: a look-up costs the same for ten indicators and for a million. Addresses go by prefix length, names by their
parents, hashes and URLs whole; values stand as numbers and bytes, and what lists say of them is shared.
"""

import hashlib
import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit, urlunsplit

from msgspec import Struct

#: A name longer than this is no name (RFC 1035, 2.3.4).
MAX_NAME = 253

#: Parents looked up for one name; names have 127 labels at most, real ones five.
_MAX_LABELS = 16

MAX_URL = 2048

#: Hexadecimal digits of the hashes that lists hold.
HASH_LENGTHS: dict[int, str] = {32: "md5", 40: "sha1", 64: "sha256"}


class Listing(Struct, frozen=True, kw_only=True):
    """What one list says of one value. `expires` is microseconds, None is never."""

    source: str
    description: str = ""
    expires: int | None = None


class Match(Struct, frozen=True, kw_only=True):
    """One indicator that was found: its type, its value as listed, who lists it."""

    type: str
    value: str
    listings: tuple[Listing, ...]


#: Value -> place of its listings.
Table = dict[bytes | int | str, int]


class Indicators(Struct, frozen=True, kw_only=True):
    """All indicators of all lists. `version` follows from the content. Never changed: a new set replaces it."""

    version: str = ""
    count: int = 0
    listings: tuple[tuple[Listing, ...], ...] = ()
    names: Mapping[bytes | int | str, int] = {}
    hashes: Mapping[bytes | int | str, int] = {}
    urls: Mapping[bytes | int | str, int] = {}
    v4: tuple[
        tuple[int, Mapping[bytes | int | str, int]], ...
    ] = ()  # (prefix length, networks), longest first
    v6: tuple[tuple[int, Mapping[bytes | int | str, int]], ...] = ()

    def address(self, text: str) -> Iterator[Match]:
        """Give the indicators that an address falls under, the narrowest network first."""
        number = address_number(text)
        if number is None:
            return
        bits, tables = (128, self.v6) if ":" in text and number >> 32 != _MAPPED else (32, self.v4)
        number &= (1 << bits) - 1
        for length, networks in tables:
            place = networks.get(number >> (bits - length))
            if place is not None:
                yield Match(
                    type="address",
                    value=_network_text(number >> (bits - length), length, bits),
                    listings=self.listings[place],
                )

    def name(self, text: str) -> Iterator[Match]:
        """Give the indicators that a name or one of its parents is, the longest first."""
        name = text.rstrip(".").lower()
        if not self.names or not name or len(name) > MAX_NAME:
            return
        for _ in range(_MAX_LABELS):
            place = self.names.get(name)
            if place is not None:
                yield Match(type="domain", value=name, listings=self.listings[place])
            _, dot, name = name.partition(".")
            if not dot:
                return

    def hash(self, text: str) -> Iterator[Match]:
        """Give the indicator that a hash is, written in hexadecimal digits."""
        kind = HASH_LENGTHS.get(len(text))
        if kind is None or not self.hashes:
            return
        try:
            place = self.hashes.get(bytes.fromhex(text))
        except ValueError:
            return
        if place is not None:
            yield Match(type=kind, value=text.lower(), listings=self.listings[place])

    def url(self, text: str) -> Iterator[Match]:
        """Give the indicator that a URL is, and those that its host falls under."""
        whole, host = url_parts(text)
        place = self.urls.get(whole) if whole else None
        if place is not None:
            yield Match(type="url", value=whole, listings=self.listings[place])
        yield from self.host(host)

    def host(self, text: str) -> Iterator[Match]:
        """Give the indicators of what is either an address or a name."""
        if text and (text[-1].isdigit() or ":" in text):
            yield from self.address(text)
        else:
            yield from self.name(text)


#: The upper 96 bits of an IPv4 address written as IPv6, ::ffff:198.51.100.7 (RFC 4291, 2.5.5.2).
_MAPPED = 0xFFFF


def address_number(text: str) -> int | None:
    """Read an address as a number, or give None. A zone (fe80::1%eth0) is left off."""
    if ":" in text:
        try:
            return int(ipaddress.IPv6Address(text.partition("%")[0]))
        except ValueError:
            return None
    parts = text.split(".")
    if len(parts) != 4 or len(text) > len("255.255.255.255"):  # noqa: PLR2004 - four parts of a dotted quad
        return None
    number = 0
    for part in parts:
        if not (part.isascii() and part.isdigit() and len(part) <= 3) or int(part) > 255:  # noqa: PLR2004 - one byte
            return None
        number = number << 8 | int(part)
    return number


def _network_text(number: int, length: int, bits: int) -> str:
    kind = ipaddress.IPv4Network if bits == 32 else ipaddress.IPv6Network  # noqa: PLR2004 - IPv4
    network = kind((number << (bits - length), length))
    return str(network.network_address) if length == bits else str(network)


def url_parts(text: str) -> tuple[str, str]:
    """Give a URL as it is compared (scheme and host in lower case, no fragment) and its host; "" for neither."""
    if "://" not in text or len(text) > MAX_URL:
        return "", ""
    try:
        parts = urlsplit(text.strip())
        host = (parts.hostname or "").rstrip(".")
    except ValueError:  # an address in brackets that is none
        return "", ""
    netloc = parts.netloc.rpartition("@")[2].lower()
    return urlunsplit((parts.scheme.lower(), netloc, parts.path or "/", parts.query, "")), host


def merged(sets: Sequence[Indicators]) -> Indicators:
    """Give all indicators of the sets in one; what several lists hold keeps what each says of it."""
    if len(sets) == 1:
        return sets[0]
    builder = Builder()
    for one in sets:
        builder.take(one)
    versions = " ".join(one.version for one in sets).encode()
    return builder.built(hashlib.blake2b(versions, digest_size=8).hexdigest() if sets else "")


class Builder:
    """Puts indicators together, each by its type. Only while reading: what is built does not change."""

    def __init__(self) -> None:
        self._places: dict[tuple[Listing, ...], int] = {}
        self._named: dict[str, Table] = {"names": {}, "hashes": {}, "urls": {}}
        self._networks: dict[int, dict[int, Table]] = {32: {}, 128: {}}
        self._listings: list[tuple[Listing, ...]] = []

    def add(self, table: str, value: bytes | str, listing: Listing) -> None:
        """Add a value to "names", "hashes" or "urls"."""
        self._add(self._named[table], value, (listing,))

    def add_network(self, bits: int, length: int, number: int, listing: Listing) -> None:
        """Add a network: `number` is its first `length` of `bits` (32 or 128) bits."""
        self._add(self._networks[bits].setdefault(length, {}), number, (listing,))

    def take(self, other: Indicators) -> None:
        """Add all of another set."""
        named = {"names": other.names, "hashes": other.hashes, "urls": other.urls}
        for table, values in named.items():
            for value, place in values.items():
                self._add(self._named[table], value, other.listings[place])
        for bits, tables in ((32, other.v4), (128, other.v6)):
            for length, values in tables:
                for value, place in values.items():
                    self._add(self._networks[bits].setdefault(length, {}), value, other.listings[place])

    def _add(self, table: Table, value: bytes | int | str, listings: tuple[Listing, ...]) -> None:
        place = table.get(value)
        if place is not None:
            known = self._listings[place]
            listings = (known + tuple(one for one in listings if one not in known))[:MAX_LISTINGS]
        at = self._places.setdefault(listings, len(self._listings))
        if at == len(self._listings):
            self._listings.append(listings)
        table[value] = at

    def built(self, version: str) -> Indicators:
        """Give what was put together."""
        v4, v6 = (
            tuple(sorted(self._networks[bits].items(), key=lambda item: -item[0])) for bits in (32, 128)
        )
        tables = [*self._named.values(), *(table for _, table in v4 + v6)]
        return Indicators(
            version=version,
            count=sum(map(len, tables)),
            listings=tuple(self._listings),
            v4=v4,
            v6=v6,
            **self._named,
        )


#: Lists that are named for one value; a finding shows no more.
MAX_LISTINGS = 8
