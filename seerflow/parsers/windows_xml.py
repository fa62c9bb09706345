"""Windows events as XML: one `<Event>`, several of them, or a file of `<Events>`; native names as windows_forms gives.

Law: a document type, and with it every entity, is refused before it is read; depth, fields and text are bounded.

Reference: https://learn.microsoft.com/windows/win32/wes/eventschema-schema, and for the bounds
https://docs.python.org/3/library/xml.html#xml-vulnerabilities.
"""

import re
from collections.abc import Callable
from xml.parsers import expat

from seerflow.model.event import Value
from seerflow.parsers.flatten import MAX_DEPTH, MAX_FIELDS, MAX_NAME
from seerflow.parsers.windows_forms import Native, spaceless

#: One text gives at most this many events; recognition's own bound is the same.
MAX_EVENTS = 10_000
# <Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>, <Events>, <e:Event …>
_BEGIN = re.compile(r"(?:<\?xml[^>]{0,200}\?>)?\s{0,64}<(?:\w{1,32}:)?Events?[\s>]")
_DECLARED = re.compile(r"\s*<\?xml[^>]{0,200}\?>")
_SECTIONS = frozenset(
    {"System", "EventData", "UserData", "RenderingInfo", "DebugData", "ProcessingErrorData"}
)
_RENDERED = {"Message": "Message", "Level": "LevelName", "Keyword": "KeywordNames"}


class _RefusedError(Exception):
    """A document type, or something too deep."""


class _Reader:
    """What expat tells, into native views."""

    def __init__(self) -> None:
        self.events: list[Native] = []
        self.cut = False
        self._path: list[str] = []
        self._native: Native = {}
        self._texts: list[str] = []
        self._name = ""  # of a Data element that has one
        self._unnamed: list[Value] = []
        self._at = -1  # how deep the event stands

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        local = tag.rpartition(":")[2]
        path = self._path
        if len(path) >= MAX_DEPTH:
            raise _RefusedError
        path.append(local)
        self._texts = []
        if local == "Event" and self._at < 0:
            if len(self.events) >= MAX_EVENTS:
                raise _RefusedError
            self._native, self._unnamed, self._at = {}, [], len(path)
        elif self._at > 0 and len(path) == self._at + 2:
            section = path[self._at]
            if section == "System":
                for key, value in attributes.items():
                    self._put(f"{local}_{key}", value)
            elif section == "EventData":
                self._name = attributes.get("Name", "") if local in ("Data", "ComplexData") else local

    def text(self, found: str) -> None:
        """Take text of the innermost element."""
        self._texts.append(found)

    def end(self, _tag: str) -> None:
        """Close an element; the text that it held is its value."""
        path = self._path
        local, depth, at = path.pop(), len(path) + 1, self._at
        if depth == at:
            self._close()
        elif at > 0 and depth > at + 1:
            self._value(path[at] if len(path) > at else local, local, depth - at)
        self._texts = []

    def _value(self, section: str, local: str, below: int) -> None:
        text = "".join(self._texts)
        if section == "EventData" and below == 2:  # noqa: PLR2004  Event/EventData/Data
            if self._name:
                self._put(spaceless(self._name), text)
            else:
                self._unnamed.append(text)
        elif section == "RenderingInfo":
            if local in _RENDERED and text.strip():
                self._put(_RENDERED[local], text)
        elif text.strip():
            self._put(local, text.strip())

    def _put(self, name: str, value: Value) -> None:
        if len(self._native) >= MAX_FIELDS or len(name) > MAX_NAME:
            self.cut = True
        elif name not in self._native:
            self._native[name] = value

    def _close(self) -> None:
        unnamed = self._unnamed
        if unnamed and unnamed != [""]:
            self._put("Data", unnamed[0] if len(unnamed) == 1 else unnamed[:MAX_FIELDS])
        if self._native:
            self.events.append(self._native)
        self._native, self._at = {}, -1


def begins(text: str) -> bool:
    """Whether the text may be events in XML: its beginning alone is looked at."""
    return text[:1] == "<" and _BEGIN.match(text) is not None


def _refuse(*_: object) -> None:
    raise _RefusedError


def _handlers(parser: expat.XMLParserType, reader: _Reader) -> None:
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    refuse: Callable[..., None] = _refuse
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = None
    parser.buffer_text = True


def read(text: str) -> tuple[list[Native], bool]:
    """Give the native view of each event, and whether something was left out; none where it is not XML of events.

    Events in a row without a root between them are read as if there were one. Where the text breaks off, the
    events that were whole are given.
    """
    if not begins(text):
        return [], False
    parser, reader = expat.ParserCreate("UTF-8"), _Reader()
    _handlers(parser, reader)
    declared = _DECLARED.match(text)  # its encoding was that of the bytes; we have text
    body = text[declared.end() :] if declared else text
    try:
        parser.Parse(b"<Events>", False)
        parser.Parse(body.encode("utf-8", "replace"), False)
        parser.Parse(b"</Events>", True)
    except (expat.ExpatError, _RefusedError):
        return (reader.events, True) if reader.events else ([], False)
    return reader.events, reader.cut
