"""Headers: what the documents of one record share, as Kafka carries it beside them. All are utf-8.

source, format, collector, peer, zone: names; columns: the header of the file that they are lines of; received: microseconds, decimal, of the latest document; encoding:
one of ENCODINGS; cut: 1 where the collector kept only the documents' beginnings.
"""

import re
from collections.abc import Callable, Mapping

from msgspec import Struct

ENCODINGS = ("lines", "single", "otlp_json", "otlp_proto")
#: One header is at most this long, in bytes. Names are short; a longer one is not ours. The columns of a log file are
#: longer.
_MAX_HEADER = 256
_MAX_COLUMNS = 8_192
_ZONE = re.compile(r"[A-Za-z0-9_+\-]{1,32}(/[A-Za-z0-9_+\-]{1,32}){0,2}")
_RECEIVED = re.compile(r"[0-9]{1,17}")  # microseconds until the year 5138
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class RawDefaults(Struct, frozen=True, kw_only=True):
    """What topics.yaml says of a raw topic's records that have no headers."""

    encoding: str = "lines"
    format: str = ""
    source: str = ""
    zone: str = "UTC"


class Envelope(Struct, frozen=True, kw_only=True):
    """What documents share that travel together."""

    topic: str
    source: str = ""
    format: str = ""
    collector: str = ""
    peer: str = ""
    zone: str = ""
    encoding: str = "lines"
    columns: str = ""  # the header of the file that the documents are lines of
    cut: bool = False
    lane: str = ""  # not sent: one lane's documents keep their order; the peer where it is empty

    @property
    def key(self) -> bytes:
        """The Kafka key: what one sender says stays in one partition, hence in order."""
        # 0x1f, the unit separator, keeps ("ab", "c") and ("a", "bc") apart.
        return f"{self.source}\x1f{self.lane or self.peer}".encode("utf-8", "surrogateescape")


class BadHeader(ValueError):  # noqa: N818 - a reading, not a failure: it becomes a Rejected
    """A record's headers contradict what an envelope is; the message says which."""


def _text(value: bytes, limit: int = _MAX_HEADER) -> str:
    if len(value) > limit:
        raise BadHeader(f"longer than {limit} bytes")
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        raise BadHeader("not utf-8") from error
    if _CONTROL.search(text):
        raise BadHeader("control characters")
    return text


def _received(value: bytes) -> int:
    text = _text(value)
    if not _RECEIVED.fullmatch(text):
        raise BadHeader("not a number of microseconds")
    return int(text)


def _encoding(value: bytes) -> str:
    text = _text(value)
    if text not in ENCODINGS:
        raise BadHeader(f"not one of {', '.join(ENCODINGS)}")
    return text


def _zone(value: bytes) -> str:
    text = _text(value)
    if not _ZONE.fullmatch(text):
        raise BadHeader("not the name of a time zone")
    return text


def _columns(value: bytes) -> str:
    return _text(value, _MAX_COLUMNS)


def _cut(value: bytes) -> bool:
    if value not in (b"0", b"1"):
        raise BadHeader("neither 0 nor 1")
    return value == b"1"


#: Header -> its reader. Other headers belong to somebody else and are left alone.
_HEADERS: dict[str, Callable[[bytes], str | int | bool]] = {
    "source": _text,
    "format": _text,
    "collector": _text,
    "peer": _text,
    "received": _received,
    "zone": _zone,
    "encoding": _encoding,
    "columns": _columns,
    "cut": _cut,
}


def write(envelope: Envelope, received: int) -> dict[str, bytes]:
    """Give an envelope's headers; what is empty stays away. `received`: microseconds, of its latest document."""
    texts = {name: getattr(envelope, name) for name in ("source", "format", "collector", "peer", "zone")}
    texts |= {"received": str(received), "encoding": envelope.encoding, "cut": "1" if envelope.cut else ""}
    found = {name: _header(text) for name, text in texts.items() if text}
    if envelope.columns:
        found["columns"] = _header(envelope.columns, _MAX_COLUMNS)
    return found


def _header(text: str, limit: int = _MAX_HEADER) -> bytes:
    # What we write, we can read: no control characters, and never half a character at the bound.
    value = _CONTROL.sub("", text).encode("utf-8", "backslashreplace")[:limit]
    return value.decode("utf-8", "ignore").encode()


class Shared(Struct, frozen=True, kw_only=True):
    """What a record's headers and its topic's defaults say together; headers win."""

    received: int
    encoding: str
    source: str = ""
    format: str = ""
    collector: str = ""
    peer: str = ""
    zone: str = "UTC"
    columns: str = ""
    cut: bool = False


def read(given: Mapping[str, bytes], timestamp: int, defaults: RawDefaults) -> Shared:
    """Give what a record's headers and its topic's defaults say. Raises BadHeader. `timestamp`: the record's."""
    said: dict[str, str | int | bool] = {}
    for name, value in given.items():
        reader = _HEADERS.get(name)
        if reader is None:
            continue
        try:
            said[name] = reader(value)
        except BadHeader as problem:
            raise BadHeader(f"header {name}: {problem}") from problem
    known: dict[str, str | int | bool] = {
        "received": timestamp,
        "encoding": defaults.encoding,
        "source": defaults.source,
        "format": defaults.format,
        "zone": defaults.zone,
    }
    return Shared(**{**known, **said})  # type: ignore[arg-type] # each reader gives its field's type
