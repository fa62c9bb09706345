"""What `as:` may do to a value before it is a field: some change it, some fill neighbouring fields as well."""

import base64
import binascii
import re
from collections.abc import Callable
from urllib.parse import unquote

from seerflow.model.event import Value
from seerflow.parsers.shape import address, put
from seerflow.parsers.timestamps import rfc3339, when

#: Longer values are not decoded.
_LONGEST = 65_536


def _hex(text: str) -> str:
    try:
        return (
            bytes.fromhex(text[:_LONGEST].removeprefix("0x"))
            .replace(b"\0", b" ")
            .decode("utf-8", "replace")
            .strip()
        )
    except ValueError:
        return text


def _base64(text: str) -> str:
    try:
        decoded = base64.b64decode(text[:_LONGEST], validate=True)
    except (binascii.Error, ValueError):
        return text
    # PowerShell's -EncodedCommand is UTF-16
    return decoded.decode("utf-16-le" if decoded[1:2] == b"\0" else "utf-8", "replace")


def _dns_labels(text: str) -> str:
    """Take a name as Windows' DNS server writes it, (3)www(7)example(3)com(0), to dots."""
    return re.sub(r"\(\d{1,2}\)", ".", text[:_LONGEST]).strip(".")


def _base(text: str) -> str:
    return text.replace("\\", "/").rstrip("/").rpartition("/")[2]


def _instant(text: str) -> str:
    time = when(text, 0)
    return text if time is None else rfc3339(time)


#: Name -> what it makes of a text.
CHANGES: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "hex": _hex,
    "base64": _base64,
    "percent": lambda text: unquote(text[:_LONGEST]),
    "base": _base,
    "dns_labels": _dns_labels,
    "first_word": lambda text: text.split(maxsplit=1)[0] if text.strip() else "",
    "first_item": lambda text: text.partition(",")[0].strip(),
    "short_host": lambda text: text if address(text) else text.partition(".")[0],
    "unquote": lambda text: text.strip().strip("\"'"),
    "instant": _instant,
}


def _user(common: dict[str, Value], target: str, text: str) -> None:
    r"""Take `CORP\bob` and `bob@example.com` apart; what looks like an address for mail is kept as one too."""
    stem = target.rpartition(".")[0]
    name, domain = text, ""
    if "\\" in text:
        domain, _, name = text.partition("\\")
    elif "@" in text:
        name, _, domain = text.rpartition("@")
        if f"{stem}.email" == "user.email" and "." in domain:
            put(common, "user.email", text)
    if name:
        put(common, target, name)
        if domain and f"{stem}.domain" == "user.domain":
            put(common, "user.domain", domain)


def _down_level(common: dict[str, Value], target: str, text: str) -> None:
    r"""Take `CORP\bob` apart, and leave `bob@example.com` whole."""
    if "\\" in text:
        _user(common, target, text)
    else:
        put(common, target, text)


def _url(common: dict[str, Value], target: str, text: str) -> None:
    """Fill url.domain and url.path from a URL or a path with its query."""
    put(common, target, text)
    scheme, mark, rest = text.partition("://")
    if mark and scheme.isalnum():
        host, slash, path = rest.partition("/")
        host = host.rpartition("@")[2]
        put(common, "url.domain", host.partition("]")[0][1:] if host[:1] == "[" else host.partition(":")[0])
        put(common, "url.path", (slash + path).partition("?")[0].partition("#")[0])
    elif text.startswith("/"):
        put(common, "url.path", text.partition("?")[0].partition("#")[0])


def _path(common: dict[str, Value], target: str, text: str) -> None:
    """Fill file.name, or process.name, from the path."""
    put(common, target, text)
    beside = {
        "file.path": "file.name",
        "process.executable": "process.name",
        "process.parent.executable": "process.parent.name",
    }
    if target in beside:
        put(common, beside[target], _base(text))


#: Name -> what sets the field, and others beside it.
FILLS: dict[str, Callable[[dict[str, Value], str, str], None]] = {
    "user": _user,
    "down_level": _down_level,
    "url": _url,
    "path": _path,
}
NAMES = (*CHANGES, *FILLS)

#: For the reference page.
MEANINGS: dict[str, str] = {
    "lower": "lower case",
    "upper": "upper case",
    "hex": "hexadecimal digits become the text they stand for; zero bytes become spaces",
    "base64": "base64 becomes its text, UTF-16 included",
    "percent": "%41 becomes A",
    "base": "the last part of a path, `/` or `\\`",
    "dns_labels": "(3)www(7)example(3)com(0) becomes www.example.com",
    "first_word": "what stands before the first blank",
    "first_item": "what stands before the first comma",
    "short_host": "a host's name without its domain; addresses stay",
    "unquote": "without quotes around it",
    "instant": "a stamp in any usual form becomes RFC 3339, as fields of type date want it",
    "user": "`CORP\\bob` and `bob@example.com` become user.name and user.domain, the latter also user.email",
    "down_level": "`CORP\\bob` becomes user.name and user.domain; `bob@example.com` stays whole",
    "url": "fills url.domain and url.path as well",
    "path": "fills file.name (or process.name, process.parent.name) as well",
}
