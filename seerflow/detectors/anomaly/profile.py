"""The keyed detector over profiles: which cell is of which kind, when it is forgotten, how it is written down.

Cells are one byte for kind and version, then msgpack. A cell of an unknown version is begun anew: a model that
cannot read its memory says nothing until it has learned again, which is safe and needs no migration.
"""

import msgspec
from msgspec import Struct

from seerflow.detectors.anomaly import entity, stream
from seerflow.detectors.anomaly.forest import Forest, forest
from seerflow.model.finding import Finding, Hit
from seerflow.model.identity import DAY

#: Not seen for so long in event time: begun anew (microseconds).
RETENTION = 90 * DAY

#: A tick waits so much longer, so that a late event still meets the cell that it would have met in time.
SLACK = 7 * DAY

_ENTITY, _STREAM = b"\x01", b"\x41"
_READ_ENTITY = msgspec.msgpack.Decoder(entity.Entity)
_READ_STREAM = msgspec.msgpack.Decoder(stream.Stream)
_WRITE = msgspec.msgpack.Encoder()


class _Touched(Struct, array_like=True):
    """The first fields of a stream's cell: enough to see its age."""

    fingerprint: bytes
    last: int


class _Alive(Struct, array_like=True):
    """The first field of an entity's cell."""

    last: int


#: How to read, by a cell's first byte, when its entity was last seen.
_LAST: dict[bytes, msgspec.msgpack.Decoder[_Alive] | msgspec.msgpack.Decoder[_Touched]] = {
    _ENTITY: msgspec.msgpack.Decoder(_Alive),
    _STREAM: msgspec.msgpack.Decoder(_Touched),
}


class ProfileDetector:
    """Shows a hit to the profile of its user, or to the model of its stream."""

    name = "profile"

    def __init__(self, users: entity.Limits | None = None, streams: stream.Limits | None = None) -> None:
        self._users = users or entity.Limits()
        self._streams = streams or stream.Limits()
        self._forest: Forest = forest(stream.SHAPE)
        self._shown = {"user": self._on_user, "dataset": self._on_stream}

    def on_hit(self, hit: Hit, cell: bytes | None) -> tuple[bytes | None, tuple[Finding, ...]]:
        """Give the cell as it is now, and the findings. A hit of no known profile changes nothing."""
        shown = self._shown.get(hit.rules[0]) if hit.rules else None
        return shown(hit, cell) if shown else (cell, ())

    def on_tick(self, cell: bytes, watermark: int) -> bytes | None:
        """Forget what was not seen for RETENTION; what `on_hit` would begin anew anyhow."""
        reader = _LAST.get(cell[:1])
        last = reader.decode(memoryview(cell)[1:]).last if reader else watermark
        return None if watermark - last > RETENTION + SLACK else cell

    def _on_user(self, hit: Hit, cell: bytes | None) -> tuple[bytes, tuple[Finding, ...]]:
        known = _READ_ENTITY.decode(memoryview(cell)[1:]) if cell and cell[:1] == _ENTITY else None
        if known is None or hit.time - known.last > RETENTION:
            known = entity.born(hit.time)
        found = entity.on_hit(known, hit, self._users)
        return _ENTITY + _WRITE.encode(known), tuple(found)

    def _on_stream(self, hit: Hit, cell: bytes | None) -> tuple[bytes, tuple[Finding, ...]]:
        known = _READ_STREAM.decode(memoryview(cell)[1:]) if cell and cell[:1] == _STREAM else None
        if (
            known is None
            or hit.time - known.last > RETENTION
            or known.fingerprint != self._forest.fingerprint
        ):
            known = stream.born(self._forest)
        found = stream.on_hit(known, hit, self._forest, self._streams)
        return _STREAM + _WRITE.encode(known), tuple(found)
