"""Lists of indicators as text: CSV with the columns type, value, source, description, expires; only value is a must.

A list without a header is taken as one value in the first column of each line, its type read off its form.
"""

import csv
import difflib
import hashlib
import io
import ipaddress
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from seerflow.detectors.intel.indicators import (
    HASH_LENGTHS,
    MAX_NAME,
    Builder,
    Indicators,
    Listing,
    url_parts,
)

#: Indicators of one list. A million costs some 150 MB.
MAX_ROWS = 2_000_000

#: Problems that are told one by one; the rest is only counted.
MAX_PROBLEMS = 100

_MAX_CELL = 2048
_MAX_DESCRIPTION = 200

#: Networks wider than this list half the world: a slip, not intelligence.
_MIN_LENGTH = {4: 8, 6: 16}

#: What lists call the types, MISP's words included.
TYPES: dict[str, str] = {
    **dict.fromkeys(
        ("address", "ip", "ipv4", "ipv6", "cidr", "ip-src", "ip-dst", "ipv4-addr", "ipv6-addr"), "address"
    ),
    **dict.fromkeys(("domain", "hostname", "fqdn", "domain-name"), "domain"),
    **dict.fromkeys(("hash", "md5", "sha1", "sha256", "filehash"), "hash"),
    **dict.fromkeys(("url", "uri"), "url"),
}


class _Bad(Exception):  # noqa: N818 - says what is wrong with one line, and never leaves this module
    """Why a line cannot be used."""


def read_csv(name: str, content: bytes) -> tuple[Indicators, tuple[str, ...]]:
    """Read one list. Give its indicators and its problems, each as `place: fact; help`. Bad lines are left out."""
    problems: list[str] = []
    builder = Builder()
    text = content.decode("utf-8-sig", "replace")
    rows = csv.reader(io.StringIO(text, newline=""))
    columns: Mapping[str, int] | None = None
    taken = 0
    try:
        for row in rows:
            if not any(map(str.strip, row)) or row[0].lstrip().startswith("#"):
                continue
            if columns is None:
                columns, is_header = _columns(row)
                if is_header:
                    continue
            if taken == MAX_ROWS:
                problems.append(
                    f"{name}:{rows.line_num}: more than {MAX_ROWS} indicators; the rest is left out"
                )
                break
            taken += 1
            try:
                _take(builder, name, columns, row)
            except _Bad as bad:
                problems.append(f"{name}:{rows.line_num}: {bad}")
    except csv.Error as error:
        problems.append(f"{name}:{rows.line_num}: not CSV ({error}); the rest is left out")
    version = hashlib.blake2b(content, digest_size=8).hexdigest()
    return builder.built(version), _shortened(name, problems)


def _shortened(name: str, problems: list[str]) -> tuple[str, ...]:
    more = len(problems) - MAX_PROBLEMS
    if more <= 0:
        return tuple(problems)
    return (*problems[:MAX_PROBLEMS], f"{name}: {more} more lines cannot be used; put these right first")


def _columns(row: list[str]) -> tuple[Mapping[str, int], bool]:
    named = {cell.strip().lower(): place for place, cell in enumerate(row)}
    return (named, True) if "value" in named else ({"value": 0}, False)


def _take(builder: Builder, name: str, columns: Mapping[str, int], row: list[str]) -> None:
    if any("\n" in cell for cell in row):
        raise _Bad("a quote that is not closed on its line; close it, or leave quotes out")
    cells = {column: row[place].strip() for column, place in columns.items() if place < len(row)}
    value = _refanged(cells.get("value", ""))
    if not value:
        raise _Bad("no value; give one in each line")
    if len(value) > _MAX_CELL:
        raise _Bad(f"a value of {len(value)} characters; {_MAX_CELL} are the most")
    listing = Listing(
        source=cells.get("source", "")[:_MAX_DESCRIPTION] or name,
        description=cells.get("description", "")[:_MAX_DESCRIPTION],
        expires=_expiry(cells.get("expires", "")),
    )
    _ADD[_type(cells.get("type", ""), value)](builder, value, listing)


def _refanged(value: str) -> str:
    """Undo the usual disarming of indicators in reports: hxxp://evil[.]example.com."""
    value = value.replace("[.]", ".").replace("(.)", ".").replace("[:]", ":")
    return "http" + value[4:] if value[:4].lower() == "hxxp" else value


def _type(name: str, value: str) -> str:
    if not name:
        return _guessed(value)
    known = TYPES.get(name.lower())
    if known is None:
        near = difflib.get_close_matches(name.lower(), TYPES, 1)
        help_ = f"did you mean '{near[0]}'?" if near else "types are ip, domain, md5, sha1, sha256, url"
        raise _Bad(f"no type '{name[:40]}'; {help_}")
    return known


def _guessed(value: str) -> str:
    if "://" in value:
        return "url"
    if len(value) in HASH_LENGTHS and all(sign in "0123456789abcdefABCDEF" for sign in value):
        return "hash"
    if ":" in value or value[-1].isdigit():
        return "address"
    return "domain"


def _add_address(builder: Builder, value: str, listing: Listing) -> None:
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise _Bad(
            f"'{value[:60]}' is no address or network; write 198.51.100.7 or 198.51.100.0/24"
        ) from None
    if network.prefixlen < _MIN_LENGTH[network.version]:
        raise _Bad(f"'{value}' is wider than /{_MIN_LENGTH[network.version]}; it would match half the world")
    bits = network.max_prefixlen
    number = int(network.network_address) >> (bits - network.prefixlen)
    builder.add_network(bits, network.prefixlen, number, listing)


def _add_domain(builder: Builder, value: str, listing: Listing) -> None:
    name = value.lower().removeprefix("*.").strip(".")
    try:
        name = name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        name = ""
    if not _is_domain(name):
        raise _Bad(f"'{value[:60]}' is no domain; write evil.example.com, which also lists what is below it")
    builder.add("names", name, listing)


def _is_domain(name: str) -> bool:
    signs = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")
    return 0 < len(name) <= MAX_NAME and "." in name and ".." not in name and signs.issuperset(name)


def _add_hash(builder: Builder, value: str, listing: Listing) -> None:
    try:
        digest = bytes.fromhex(value) if len(value) in HASH_LENGTHS else b""
    except ValueError:
        digest = b""
    if not digest:
        raise _Bad(f"'{value[:80]}' is no MD5, SHA-1 or SHA-256; those have 32, 40 or 64 hexadecimal digits")
    builder.add("hashes", digest, listing)


def _add_url(builder: Builder, value: str, listing: Listing) -> None:
    whole, host = url_parts(value)
    if not host:
        raise _Bad(f"'{value[:80]}' is no URL; write https://evil.example.com/path")
    builder.add("urls", whole, listing)


_ADD: dict[str, Callable[[Builder, str, Listing], None]] = {
    "address": _add_address,
    "domain": _add_domain,
    "hash": _add_hash,
    "url": _add_url,
}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _expiry(text: str) -> int | None:
    """Read when an indicator ends: a date (through its end, UTC) or an RFC 3339 time."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _Bad(f"expires '{text[:40]}' is no date; write 2027-01-31 or 2027-01-31T12:00:00Z") from None
    if len(text) == len("2027-01-31"):
        moment += timedelta(days=1)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(microseconds=1)


def names(indicators: Indicators) -> Iterator[str]:
    """Give the names of the lists, each once."""
    yield from sorted({one.source for group in indicators.listings for one in group})
