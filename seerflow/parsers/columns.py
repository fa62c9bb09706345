"""Headers of log files that name the columns: W3C `#Fields:` and Zeek's `#fields`, as one line that travels with each log.

A log file's header is state of the file, so whoever reads the file keeps it and hands it on beside each line; parsing
stays pure. The line is `w3c NAME NAME …`, `csv NAME NAME …` or `zeek:SEPARATOR:PATH NAME NAME …`, the separator in hex.

References: https://www.w3.org/TR/WD-logfile.html section 3; https://docs.zeek.org/en/master/log-formats.html
"""

import re

from msgspec import Struct

#: A header names at most so many columns, in at most so many characters.
MAX_COLUMNS = 200
MAX_CHARACTERS = 8_192

_W3C = re.compile(
    r"#(Fields|Software|Version|Date|Start-Date|End-Date|Remark|Log-type)\s*:\s*(.*)", re.IGNORECASE
)
_ZEEK = re.compile(
    r"#(separator|set_separator|empty_field|unset_field|path|open|close|fields|types)(?:(\s)(.*))?"
)
_ESCAPE = re.compile(r"\\x([0-9A-Fa-f]{2})")
_NAME = re.compile(r"[\w.()\-:/%]{1,128}")


class Columns(Struct, frozen=True):
    """What a header says."""

    kind: str  # w3c, csv or zeek
    names: tuple[str, ...]
    separator: str = ""
    path: str = ""


def directive(line: str) -> str:
    """Give whose header the line belongs to, w3c or zeek (whose #close ends a file); "" if to none."""
    if line[:1] != "#":
        return ""
    return "zeek" if _ZEEK.fullmatch(line) else "w3c" if _W3C.match(line) else ""


def after(line: str, known: str) -> str | None:
    """Give the header as it stands after this line, `known` being what stood before; None: the line is a log."""
    if line[:1] != "#" or len(line) > MAX_CHARACTERS:
        return None
    if match := _ZEEK.fullmatch(line):
        return _zeek(match[1], match[3] or "", known)
    if match := _W3C.match(line):
        return _w3c(match[2]) if match[1].lower() == "fields" else known
    return None


def _w3c(text: str) -> str:
    comma = "," in text and " " not in text.strip()
    names = [name.strip() for name in (text.split(",") if comma else text.split())]
    return " ".join(["csv" if comma else "w3c", *_kept(names)])


def _zeek(word: str, text: str, known: str) -> str:
    mark, _, names = known.partition(" ")
    kind, _, rest = mark.partition(":")
    separator, _, path = rest.partition(":") if kind == "zeek" else ("09", "", "")
    if word == "separator":
        match = _ESCAPE.fullmatch(text.strip())
        code = match[1].lower() if match else f"{ord(text[0]):02x}" if text else "09"
        return f"zeek:{code}:"
    if word == "path":
        path, names = (text.strip() if _NAME.fullmatch(text.strip()) else ""), ""
    elif word == "fields":
        names = " ".join(_kept(text.split(chr(int(separator, 16)))))
    return f"zeek:{separator}:{path} {names}".rstrip()


def _kept(names: list[str]) -> list[str]:
    return [name if _NAME.fullmatch(name) else "-" for name in names[:MAX_COLUMNS]]


def read(text: str) -> Columns | None:
    """Read the line that travels with a log; None if it names no columns."""
    kind, _, rest = text[:MAX_CHARACTERS].partition(" ")
    names = tuple(rest.split()[:MAX_COLUMNS])
    if not names:
        return None
    if kind in ("w3c", "csv"):
        return Columns(kind, names)
    if kind.startswith("zeek:"):
        _, code, path = (*kind.split(":", 2), "", "")[:3]
        try:
            return Columns("zeek", names, chr(int(code or "09", 16)), path)
        except ValueError:
            return None
    return None
