"""Raw logs as they came, where they came from, and what is said of those that nobody understood."""

from msgspec import Struct

#: Why a log, or something derived from it, was set aside: the closed set and its meaning for people.
REASONS: dict[str, str] = {
    "empty": "the log has no text",
    "too_long": "the log is longer than the bound of its stage; its beginning is kept",
    "not_text": "the bytes are not text in any encoding that the parser takes",
    "malformed": "the named format does not hold: the detail says at which place",
    "no_parser": "no parser of that name",
    "bad_envelope": "the record's headers or framing contradict its content",
    "bug": "an error of ours, contained; the detail names it",
}


class Origin(Struct, frozen=True, array_like=True, order=True):
    """Where one log stands: the index-th document of one Kafka record (of a file: its line)."""

    topic: str
    partition: int
    offset: int
    index: int = 0


class RawLog(Struct, frozen=True, kw_only=True):
    """One log as it came: bytes, and what its envelope says of it."""

    origin: Origin
    raw: bytes
    received: int
    source: str = ""  # the configured source's name; "" when nobody named one
    format: str = ""  # the parser to use; "" means: recognise it
    collector: str = ""
    peer: str = ""  # the sender's address, where the transport knows it
    zone: str = "UTC"  # IANA name of the source's time zone, for stamps that carry none
    columns: str = ""  # the header of its file that names the columns (parsers/columns.py), where it has one
    cut: bool = False  # the collector kept its beginning only: it was longer than the collector's bound


class Rejected(Struct, frozen=True, kw_only=True):
    """What could not be understood: the bytes, the place, and a reason of REASONS."""

    origin: Origin
    raw: bytes
    stage: str
    reason: str
    detail: str = ""
    source: str = ""
    received: int = 0
