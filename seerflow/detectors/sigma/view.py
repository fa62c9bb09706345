"""An event under the names that rules use: native names first, then other names of the same, then common ones.

Which source a name has depends on the names in the event alone, never on its values, so it is settled once for
each shape (the tuple of native names), and the index and the conditions read through the same sources.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from seerflow.detectors.sigma.values import fold, texts
from seerflow.model.fields import BY_NAME
from seerflow.rules.aliases import ALIASES
from seerflow.rules.condition import ANY_FIELD

MAX_LEAVES = 200  # native names under one dotted prefix
MAX_STEM, MAX_DOTS = 256, 16  # characters and dots of a native name within which rules may name its stem


class Source(Struct, frozen=True):
    """Where the value of a rule's field stands."""

    native: tuple[str, ...] = ()  # names; several are leaves of one tree, each of which counts
    path: tuple[str, ...] = ()  # the way down from native[0], where documents are nested
    common: tuple[str, ...] = ()  # the first that has a value


def key(name: str) -> str:
    """Give the form in which two spellings of a native name are equal: `Threat Name`, `ThreatName`."""
    return name.replace(" ", "").casefold()


def _dots(name: str) -> list[int]:
    places = [place for place, letter in enumerate(name[:MAX_STEM]) if letter == "."] if "." in name else []
    return places[:MAX_DOTS]


class Shape:
    """The native names of an event, and what rules' fields mean among them. `number` is 0 where it is not kept."""

    __slots__ = ("folded", "memos", "names", "number", "plans", "sources", "stems")

    def __init__(self, names: tuple[str, ...], number: int = 0) -> None:
        self.number = number
        self.names = frozenset(names)
        self.folded: dict[str, str] = {}
        for name in names:
            self.folded.setdefault(key(name), name)
        self.stems: dict[str, list[str]] = {}  # beginning of dotted names -> the names
        for name in names:
            for place in _dots(name):
                self.stems.setdefault(name[:place], []).append(name)
        self.sources: dict[str, Source] = {}
        self.plans: dict[int, Any] = {}  # what the index makes of it, by group
        self.memos: dict[int, Any] = {}  # how to find its events again, by group

    def source(self, field: str) -> Source:
        """Give where a rule's field stands in events of this shape."""
        found = self.sources.get(field)
        if found is None:
            found = self.sources[field] = self._resolve(field)
        return found

    def _resolve(self, field: str) -> Source:
        native = field if field in self.names else self.folded.get(key(field))
        others = ALIASES.get(field, ())
        native = native or next((name for name in others if name in self.names), None)
        if native is not None:
            return Source(native=(native,))
        down = self._path(field)
        if not down.native and field in self.stems:
            return Source(native=tuple(sorted(self.stems[field])[:MAX_LEAVES]))
        common = tuple(name for name in (field, *others) if name in BY_NAME)
        return Source(native=down.native, path=down.path, common=common)

    def _path(self, field: str) -> Source:
        steps = field.split(".")
        for count in range(len(steps) - 1, 0, -1):
            head = ".".join(steps[:count])
            if head in self.names:
                return Source(native=(head,), path=tuple(steps[count:]))
        return Source()


def fetch(
    source: Source, native: Mapping[str, Any], common: Mapping[str, Any]
) -> str | tuple[str, ...] | None:
    """Give the text, or texts, that stand there; None where there is no value."""
    if source.native:
        value = (
            texts(_down(native[source.native[0]], source.path))
            if len(source.native) == 1
            else _many(source, native)
        )
        if value is not None or not source.common:
            return value
    for name in source.common:
        value = texts(common.get(name))
        if value is not None:
            return value
    return None


def _many(source: Source, native: Mapping[str, Any]) -> tuple[str, ...] | None:
    found: list[str] = []
    for name in source.native:
        value = texts(native[name])
        found += (value,) if isinstance(value, str) else value or ()
    return tuple(found) or None


def _down(value: Any, path: tuple[str, ...]) -> Any:
    """Walk down a nested document; a list on the way means each of its elements."""
    for place, step in enumerate(path):
        if isinstance(value, list):
            met = [_down(one, path[place:]) for one in value[:MAX_LEAVES]]
            return [one for one in met if one is not None] or None
        value = value.get(step) if isinstance(value, dict) else None
    return value


def everything(native: Mapping[str, Any], common: Mapping[str, Any], original: str) -> Iterator[str]:
    """Give every value that keywords search: native ones, the message; the original text if there is neither."""
    spoken = False
    for value in (*native.values(), common.get("message")):
        if value is not None:
            spoken = True
            one = texts(value)
            yield from (one,) if isinstance(one, str) else one or ()
    if not spoken:
        yield original


class View:
    """One event, its values fetched as they are asked for: raw, and folded."""

    __slots__ = ("_folded", "_raw", "common", "native", "original", "shape")

    def __init__(
        self, shape: Shape, native: Mapping[str, Any], common: Mapping[str, Any], original: str
    ) -> None:
        self.shape, self.native, self.common, self.original = shape, native, common, original
        self._raw: dict[str, str | tuple[str, ...] | None] = {}
        self._folded: dict[str, str | tuple[str, ...] | None] = {}

    def raw(self, field: str) -> str | tuple[str, ...] | None:
        """Give the value of a rule's field as it was written; ANY_FIELD gives all values."""
        try:
            return self._raw[field]
        except KeyError:
            if field == ANY_FIELD:
                value: Any = tuple(everything(self.native, self.common, self.original))
            else:
                value = fetch(self.shape.source(field), self.native, self.common)
            self._raw[field] = value
            return value  # type: ignore[no-any-return]  # both branches give one of the three

    def folded(self, field: str) -> str | tuple[str, ...] | None:
        """Give the value without its case."""
        try:
            return self._folded[field]
        except KeyError:
            raw = self.raw(field)
            value = fold(raw) if isinstance(raw, str) else raw and tuple(map(fold, raw))
            self._folded[field] = value
            return value
