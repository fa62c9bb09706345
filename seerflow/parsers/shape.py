"""Values into the types of the field dictionary: an address is an address, a number a number, or it is left out."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache

from seerflow.model.event import Value
from seerflow.model.fields import FIELDS

#: What sources write where they have nothing to say.
ABSENT = frozenset(
    {"", "-", "--", "(null)", "null", "none", "n/a", "N/A", "None", "NULL", "?", "unknown", "UNKNOWN"}
)

_LONG = 2**63  # ECS long is 64 bits, signed
_SHORT = 18  # decimal digits that fit it, whatever they are
_HEX = re.compile(r"0x[0-9a-fA-F]{1,16}", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,19}(?:\.0{1,6})?", re.ASCII)
# 192.0.2.1:4711, [2001:db8::1]:4711, 192.0.2.1:4711:X1 (the interface)
_WITH_PORT = re.compile(
    r"(?:\[([0-9a-fA-F:.%\w]{2,64})\]|([^:\s\[\]]{1,255})):(\d{1,5})(?::[A-Za-z][\w\-.]{0,31})?(?::[^\s:]{0,255})?",
    re.ASCII,
)
# 2026-03-11T22:14:15.123Z, 2026-03-11T23:14:15+01:00 (RFC 3339 section 5.6)
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.\-]{0,253}[A-Za-z0-9_])?\.?", re.ASCII)

# An IPv6 address with a zone index and brackets stays below this; longer text is no address.
_ADDRESS_CHARACTERS = 64


@lru_cache(maxsize=8192)
def _address(text: str) -> str | None:
    plain = text.strip("[]").partition("%")[0]
    try:
        found = ipaddress.ip_address(plain)
    except ValueError:
        return None
    mapped = getattr(found, "ipv4_mapped", None)  # ::ffff:192.0.2.1 is how dual stack sockets write IPv4
    return str(mapped or found)


def address(text: str) -> str | None:
    """Give the IP address in its usual spelling, or None if the text is none."""
    return _address(text) if 1 < len(text) <= _ADDRESS_CHARACTERS else None


def long(value: Value) -> int | None:
    """Give the 64 bit integer that a number, `0x1f4` or `500` stands for, else None."""
    if isinstance(value, str):
        if len(value) <= _SHORT and value.isascii() and value.isdigit():
            return int(value)
        text = value.strip()
        if _DECIMAL.fullmatch(text):
            number = int(text.partition(".")[0])
        elif _HEX.fullmatch(text):
            number = int(text, 16)
        else:
            return None
    elif isinstance(value, int):  # JSON's true is no number
        if isinstance(value, bool):
            return None
        number = value
    elif isinstance(value, float) and value.is_integer():
        number = int(value)
    else:
        return None
    return number if -_LONG <= number < _LONG else None


def keyword(value: Value) -> str | None:
    """Give the text, or None where the source wrote its word for nothing."""
    if isinstance(value, str):
        text = value.strip()
        return None if text in ABSENT else text
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list) and value:
        return None if isinstance(value[0], list) else keyword(value[0])
    return None


def _ip(value: Value) -> str | None:
    text = keyword(value)
    return address(text) if text else None


def _float(value: Value) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _boolean(value: Value) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "yes": True, "false": False, "no": False}.get(str(keyword(value)).lower())


def _keywords(value: Value) -> list[str] | None:
    found = [text for item in (value if isinstance(value, list) else [value]) if (text := keyword(item))]
    return found or None


def _ips(value: Value) -> list[str] | None:
    found = [one for item in (value if isinstance(value, list) else [value]) if (one := _ip(item))]
    return found or None


def _date(value: Value) -> str | None:
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        return None
    try:
        datetime.fromisoformat(value)
    except ValueError:  # the 31st of February
        return None
    return value


def _one_of(values: frozenset[str]) -> Callable[[Value], Value]:
    def fit(value: Value) -> Value:
        word = (keyword(value) or "").lower()
        return word if word in values else None

    return fit


_FIT: dict[str, Callable[[Value], Value]] = {
    "keyword": keyword,
    "ip": _ip,
    "long": long,
    "float": _float,
    "boolean": _boolean,
    "date": _date,
    "keywords": _keywords,
    "ips": _ips,
}
#: Dotted common name -> what fits a value to its type, and to the values that it may have.
_FITTING: dict[str, Callable[[Value], Value]] = {
    field.name: _one_of(field.values) if field.values else _FIT[field.type] for field in FIELDS
}


def put(common: dict[str, Value], name: str, value: Value) -> None:
    """Set the common field if the value fits its type; an address becomes a whole endpoint."""
    fitted = _FITTING[name](value)
    if fitted is not None:
        common[name] = fitted


def endpoint(common: dict[str, Value], side: str, value: Value, port: Value = None) -> None:
    """Set the address fields of `source` or `destination`: `.address` always, `.ip` or `.domain` by what it is."""
    if type(value) is str and len(value) <= _ADDRESS_CHARACTERS:
        text, found, domain, at = _end(value, port is None)
    else:
        text, found, domain, at = _end.__wrapped__(value, port is None)
    if text is None:
        return
    names = _SIDES[side]
    common[names[0]] = text
    if found is not None:
        common[names[1]] = found
    elif domain is not None:
        common[names[2]] = domain
    number = long(at if port is None else port)
    if number is not None and 0 < number <= 65535:  # noqa: PLR2004  a TCP or UDP port
        common[names[3]] = number


# Whoever talks, talks again.
@lru_cache(maxsize=8192)
def _end(value: Value, bare: bool) -> tuple[str | None, str | None, str | None, str | None]:  # noqa: FBT001  no port beside it
    """Give what is told, the IP address or the name that it is, and the port behind it."""
    text, port = keyword(value), None
    if text is None:
        return None, None, None, None
    if bare and (match := _WITH_PORT.fullmatch(text)):
        text, port = match[1] or match[2], match[3]
    found = address(text)
    return text, found, text if found is None and _NAME.fullmatch(text) else None, port


#: Side -> the names of its address, its IP, its domain and its port.
_SIDES = {
    side: (f"{side}.address", f"{side}.ip", f"{side}.domain", f"{side}.port")
    for side in ("source", "destination")
}


#: IANA protocol numbers, and the names that products give them.
_TRANSPORTS = {
    "6": "tcp",
    "17": "udp",
    "1": "icmp",
    "58": "ipv6-icmp",
    "47": "gre",
    "50": "esp",
    "132": "sctp",
}


def split_domain(common: dict[str, Value]) -> None:
    r"""Take a user `CORP\bob` apart."""
    user = common.get("user.name")
    if user and "\\" in user:
        domain, _, name = user.partition("\\")
        if domain and name:
            common["user.domain"], common["user.name"] = domain, name


def complete(common: dict[str, Value]) -> None:
    """Give each side that has an address or a name its `.address`, and its `.ip` where that is one."""
    transport = common.get("network.transport")
    if transport is not None:
        common["network.transport"] = _TRANSPORTS.get(transport, transport.partition("/")[0].lower())
    for told, ip, domain, _ in _SIDES.values():
        if told not in common:
            found = common.get(ip) or common.get(domain)
            if found:
                common[told] = found
        elif ip not in common and (found := address(str(common[told]))):
            common[ip] = found


def fill(common: dict[str, Value], native: Mapping[str, Value], table: Mapping[str, str]) -> None:
    """Set common fields from native ones by a table native -> common; what is set already stays."""
    for name, target in table.items():
        value = native.get(name)
        if value is not None and target not in common:
            put(common, target, value)


_NOT_SLUG = re.compile(r"[^a-z0-9]+")


def slug(text: str) -> str:
    """Give the text as a part of a dataset name: lower case, letters, digits and underscores."""
    return _NOT_SLUG.sub("_", text[:64].lower()).strip("_")


def fitting(name: str) -> Callable[[Value], Value]:
    """Give what fits a value to the type of that common field."""
    return _FITTING[name]
