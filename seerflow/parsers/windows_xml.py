"""Windows events as XML: one `<Event>`, several of them, or a file of `<Events>`; native names as windows_forms gives.

Law: text that declares a document type or an entity is not read at all, so there is nothing to expand and nothing
to fetch; depth, fields and events are bounded.

Reference: https://learn.microsoft.com/windows/win32/wes/eventschema-schema, and for what is refused
https://docs.python.org/3/library/xml.html#xml-vulnerabilities.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from xml.etree.ElementTree import Element, ParseError, XMLPullParser, fromstring

from seerflow.parsers.flatten import MAX_DEPTH, MAX_FIELDS, MAX_NAME
from seerflow.parsers.windows_forms import Native, spaceless

#: One text gives at most this many events; recognition's own bound is the same.
MAX_EVENTS = 10_000
# <Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>, <Events>, <e:Event …>
_BEGIN = re.compile(r"(?:<\?xml[^>]{0,200}\?>)?\s{0,64}<(?:\w{1,32}:)?Events?[\s>]")
_DECLARED = re.compile(r"\s*<\?xml[^>]{0,200}\?>")
#: What XML writes for what may refer, expand or recurse. Nothing else in it can.
_REFUSED = ("<!DOCTYPE", "<!ENTITY")
_RENDERED = {"Message": "Message", "Level": "LevelName", "Keyword": "KeywordNames"}


def begins(text: str) -> bool:
    """Whether the text may be events in XML: its beginning alone is looked at."""
    return text[:1] == "<" and _BEGIN.match(text) is not None


@lru_cache(maxsize=4096)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def read(text: str) -> tuple[list[Native], bool]:
    """Give the native view of each event, and whether something was left out; none where it is not XML of events.

    Events in a row without a root between them are read as if there were one. Where the text breaks off, the
    events that were whole are given.
    """
    if not begins(text) or any(word in text for word in _REFUSED):
        return [], False
    declared = _DECLARED.match(text)  # its encoding was that of the bytes; we have text
    body = f"<Events>{text[declared.end() :] if declared else text}</Events>"
    try:
        found, cut = list(_events(fromstring(body))), False  # noqa: S314  no document type gets here
    except (ParseError, ValueError):  # ValueError: half of a surrogate pair
        found, cut = _whole(body), True
    cut = cut or len(found) >= MAX_EVENTS
    natives = [native for element in found[:MAX_EVENTS] if (native := _native(element))]
    return natives, cut and bool(natives)


def _events(element: Element, depth: int = 0) -> Iterator[Element]:
    for child in element:
        name = _local(child.tag)
        if name == "Event":
            yield child
        elif name == "Events" and depth < MAX_DEPTH:
            yield from _events(child, depth + 1)


def _whole(body: str) -> list[Element]:
    """Give the events that end before the place where the text is broken."""
    parser: XMLPullParser[Element] = XMLPullParser(("end",))
    found: list[Element] = []
    try:
        parser.feed(body.encode("utf-8", "replace").decode())
        for told in parser.read_events():
            element = told[-1]
            if isinstance(element, Element) and _local(element.tag) == "Event":
                found.append(element)
    except ParseError:
        pass
    return found


def _native(event: Element) -> Native:
    native: Native = {}
    for section in event:
        reader = _SECTIONS.get(_local(section.tag))
        if reader is not None:
            reader(section, native)
    return native


def _put(native: Native, name: str, value: str) -> None:
    if len(native) < MAX_FIELDS and len(name) <= MAX_NAME:
        native.setdefault(name, value)


def _system(section: Element, native: Native) -> None:
    for node in section:
        name, text = _local(node.tag), (node.text or "").strip()
        for key, value in node.items():
            _put(native, f"{name}_{_local(key)}", value)
        if text:
            _put(native, name, text)


def _event_data(section: Element, native: Native) -> None:
    unnamed: list[str] = []
    for node in section:
        tag = _local(node.tag)
        name = node.get("Name", "") if tag in ("Data", "ComplexData") else tag
        if name:
            _put(native, spaceless(name), node.text or "")
        else:
            unnamed.append(node.text or "")
    if unnamed and unnamed != [""]:
        native.setdefault("Data", unnamed[0] if len(unnamed) == 1 else unnamed[:MAX_FIELDS])


def _user_data(section: Element, native: Native) -> None:
    """Read the leaves of the provider's own element."""
    for node in section.iter():
        text = (node.text or "").strip()
        if text and not len(node):
            _put(native, _local(node.tag), text)


def _rendering(section: Element, native: Native) -> None:
    for node in section.iter():
        name = _RENDERED.get(_local(node.tag))
        if name and (node.text or "").strip():
            _put(native, name, node.text or "")


_SECTIONS = {"System": _system, "EventData": _event_data, "UserData": _user_data, "RenderingInfo": _rendering}
