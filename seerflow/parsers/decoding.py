"""Bytes into text. Law: any bytes give text and the flags that say what had to be done, or a reason; linear."""

import codecs

from msgspec import Struct

#: A log beyond this is set aside with its beginning: no source writes such lines in earnest, Kafka's own
#: default refuses larger records, and every parser's work is bounded by it.
MAX_BYTES = 1_048_576
#: What is kept of one that is too long.
KEPT_BYTES = 65_536

_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# C0 controls that no text holds: all but tab, line feed, carriage return, form feed, escape, and the
# separators that some products put between fields (1 to 3, 28 to 31).
_CONTROL = bytes(c for c in range(32) if c not in (1, 2, 3, 9, 10, 12, 13, 27, 28, 29, 30, 31))
# Bytes that are not UTF-8 become lone surrogates on the way; this takes them to what Latin-1 means by them.
_LATIN1 = {0xDC00 + byte: byte for byte in range(0x80, 0x100)}
#: More than one control character in so many is not text.
_TEXT_SHARE = 10


class Decoded(Struct, frozen=True):
    """Text and flags, or a reason of REASONS and its detail."""

    text: str = ""
    flags: tuple[str, ...] = ()
    encoding: str = "utf-8"
    reason: str = ""
    detail: str = ""


def decode(raw: bytes) -> Decoded:
    """Decode one log; strip the byte order mark, trailing line ends and NULs."""
    if len(raw) > MAX_BYTES:
        return Decoded(
            reason="too_long",
            detail=f"{len(raw)} bytes; the first {KEPT_BYTES} are kept, the limit is {MAX_BYTES}",
        )
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return _checked(raw[len(mark) :], encoding)
    return _checked(raw, _utf16(raw) or "utf-8")


def plain(raw: bytes) -> str | None:
    """Give the text that `decode` gives without flags or reason, where a glance shows that; None: ask `decode`."""
    if len(raw) > MAX_BYTES:
        return None
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return None
    # Printable: no control, no line end, no NUL (hence no UTF-16), no byte order mark. Two bytes of any
    # UTF-16 mark are no UTF-8.
    return text if text.isprintable() and text and not text.isspace() else None


def _utf16(raw: bytes) -> str | None:
    # Without a mark: every other byte of Latin text in UTF-16 is NUL.
    head = raw[:64]
    if 0 not in head or len(head) < 4:  # noqa: PLR2004  two characters at least
        return None
    half = len(head) // 2
    if head[1::2].count(0) > half * 3 // 4 and head[::2].count(0) == 0:
        return "utf-16-le"
    if head[::2].count(0) > half * 3 // 4 and head[1::2].count(0) == 0:
        return "utf-16-be"
    return None


def _checked(raw: bytes, encoding: str) -> Decoded:
    if encoding != "utf-8":
        text = raw.decode(encoding, "replace").strip("\r\n\0")
        flags = ("encoding_repaired",) if "\ufffd" in text else ()
        return Decoded(text, flags, encoding) if text.strip() else Decoded(reason="empty")
    body = raw.rstrip(b"\r\n\0").lstrip(b"\r\n\0")
    if not body.strip():
        return Decoded(reason="empty")
    controls = len(body) - len(body.translate(None, _CONTROL))
    if controls * _TEXT_SHARE > len(body):
        return Decoded(reason="not_text", detail=f"{controls} control characters in {len(body)} bytes")
    try:
        return Decoded(body.decode())
    except UnicodeDecodeError:
        text = body.decode("utf-8", "surrogateescape").translate(_LATIN1)
        return Decoded(text, ("encoding_repaired",), "utf-8 repaired as latin-1")
