"""STRUCTURED-DATA of RFC 5424 section 6.3: `[id name="value" …][id …]` or `-`."""

import re

import msgspec

from seerflow.model.event import Value
from seerflow.parsers.contract import Frame
from seerflow.parsers.vocabulary import common_view, meaning

#: One log keeps at most this many structured data parameters.
MAX_PARAMS = 200

# RFC 5424 section 6.3: [id name="value" …], in values `"`, `\` and `]` are escaped
_SD_ID = re.compile(r'\[([^\s=\]"]{1,64})')
_SD_PARAM = re.compile(r'\s+([^\s=\]"]{1,64})="((?:[^"\\]|\\.)*)"', re.DOTALL)
# Check Point's exporter: `[action:"Drop"; product:"…"; …]` is the message itself
_LISTED = re.compile(r'\[[A-Za-z_]{1,64}:"')
# Vendors forget to escape `]` in elements of their own (`name@number`); in the others it ends the element.
_SD_STRICT = re.compile(r'\s+([^\s=\]"]{1,64})="((?:[^"\\\]]|\\.)*)"', re.DOTALL)
_SD_ESCAPE = re.compile(r'\\(["\\\]])')


def _parameters(found: dict[str, Value], name: str, text: str, at: int) -> int:
    """Read the parameters of one element; give their end."""
    shape = _SD_PARAM if "@" in name else _SD_STRICT
    while param := shape.match(text, at):
        at = param.end()
        if len(found) < MAX_PARAMS:
            found.setdefault(f"{name}.{param[1]}", _SD_ESCAPE.sub(r"\1", param[2]))
    return at


def structured(text: str, start: int) -> tuple[dict[str, Value], int] | None:
    """Read STRUCTURED-DATA at `start`: its parameters as `id.name`, and where it ends. None: not well formed."""
    if text.startswith("-", start):
        return {}, start + 1
    if _LISTED.match(text, start):
        return {}, start
    found: dict[str, Value] = {}
    ids: set[str] = set()
    at = start
    while match := _SD_ID.match(text, at):
        if match[1] in ids:  # section 6.3.2: an id must not stand twice
            return None
        ids.add(match[1])
        at, count = match.end(), len(found)
        at = _parameters(found, match[1], text, at)
        if not text.startswith("]", at):
            return None
        if len(found) == count < MAX_PARAMS:
            found.setdefault(match[1], "")
        at += 1
    return None if at == start else (found, at)


def private(common: dict[str, Value], data: dict[str, Value]) -> None:
    """Take what a vendor's own structured data (`[name@number …]`, RFC 5424 section 6.3.2) says by well-known names."""
    plain = {
        name[name.rindex(".") + 1 :]: value
        for name, value in data.items()
        if "@" in name and "." in name and value != ""
    }
    if plain and any(map(meaning, plain)):
        for name, value in common_view(plain).items():
            common.setdefault(name, value)


def showing(frames: tuple[Frame], structured_data: str) -> tuple[Frame]:
    """Show MSGID and STRUCTURED-DATA to the parsers inside: devices say there what others say in the message."""
    (frame,) = frames
    frame.payload = msgspec.structs.replace(frame.payload, structured=structured_data)
    return frames
