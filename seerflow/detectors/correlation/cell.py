"""A group key's cell: a version byte, then msgpack of one track a correlation and the evidence they share.

One in which something waits for silence has a version of its own, and behind it, before the rest, eight bytes: when
the next silence will be known. So a sweep over all cells need not read those that wait for nothing, or not yet.
"""

import msgspec
from msgspec import Raw, Struct

from seerflow.detectors.correlation.track import Packed
from seerflow.model.finding import MAX_EVIDENCE, Evidence

VERSION, WAITING = b"\x01", b"\x02"

_DUE = 8  # bytes of the time for which a cell waits

#: Pieces of evidence in a cell: the latest ones and the first three of each episode.
MAX_PROOFS = 2 * MAX_EVIDENCE

#: A finding shows the first ones and, up to MAX_EVIDENCE, the latest.
FIRST = 3


class Proof(Struct, array_like=True, gc=False):
    """One hit's evidence, left encoded until a finding shows it."""

    time: int
    event: bytes
    rules: tuple[int, ...]  # marks of the rules that the event matched
    evidence: Raw


class Cell(Struct, array_like=True):
    """What is remembered of one group key."""

    tracks: dict[int, Packed] = {}  # by the plan's mark
    proofs: list[Proof] = []  # by (time, event)
    key: tuple[tuple[str, str], ...] = ()  # of cells in which something waits for silence


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Cell)
_EVIDENCE = msgspec.msgpack.Decoder(Evidence)


def read(cell: bytes | None) -> Cell:
    """Give the cell's content."""
    if cell is None:
        return Cell()
    if cell[:1] == VERSION:
        return _DECODER.decode(memoryview(cell)[1:])
    if cell[:1] != WAITING:
        raise ValueError(
            f"a correlation cell of version {cell[0] if cell else 'none'}; this code reads 1 and 2"
        )
    return _DECODER.decode(memoryview(cell)[1 + _DUE :])


def due(cell: bytes) -> int:
    """Give when the next silence of a cell will be known (microseconds); 0: nothing waits."""
    return int.from_bytes(cell[1 : 1 + _DUE], "big") if cell[:1] == WAITING else 0


def written(cell: Cell, wait: int = 0) -> bytes | None:
    """Give the cell as bytes; None if nothing is in it. `wait`: until when it waits; 0: for nothing."""
    if not cell.tracks:
        return None
    content = _ENCODER.encode(cell)
    return WAITING + wait.to_bytes(_DUE, "big") + content if wait > 0 else VERSION + content


def encoded(evidence: Evidence) -> Raw:
    """Give evidence in the form that lies in a cell."""
    return Raw(_ENCODER.encode(evidence))


def keep_proof(cell: Cell, proof: Proof) -> None:
    """Keep one more piece. Over the bound, the oldest goes that is not among an episode's first."""
    place = (proof.time, proof.event)
    at = len(cell.proofs)
    while at and (cell.proofs[at - 1].time, cell.proofs[at - 1].event) > place:
        at -= 1
    if at and cell.proofs[at - 1].event == proof.event:
        return
    cell.proofs.insert(at, proof)
    if len(cell.proofs) > MAX_PROOFS:
        starts = [(e.first, e.anchor) for packed in cell.tracks.values() for e in packed.episodes[-1:]]
        guarded = heads(cell.proofs[:-MAX_EVIDENCE], starts)
        del cell.proofs[next((n for n in range(MAX_EVIDENCE) if n not in guarded), 0)]


def heads(proofs: list[Proof], starts: list[tuple[int, bytes]]) -> set[int]:
    """Give the indices of the first three pieces from each of those places on."""
    found: set[int] = set()
    for start in starts:
        at = next((n for n, p in enumerate(proofs) if (p.time, p.event) >= start), len(proofs))
        found.update(range(at, min(at + FIRST, len(proofs))))
    return found


def shown(
    proofs: list[Proof], inputs: frozenset[int], first: tuple[int, bytes], last: int
) -> tuple[Evidence, ...]:
    """Give what a finding shows of the events between its first and its last."""
    own = [
        p for p in proofs if first <= (p.time, p.event) and p.time <= last and not inputs.isdisjoint(p.rules)
    ]
    if len(own) > MAX_EVIDENCE:
        own = own[:FIRST] + own[FIRST - MAX_EVIDENCE :]
    # Of the same second, in the order of the log: that is how people read it.
    pieces = [_EVIDENCE.decode(p.evidence) for p in own]
    return tuple(sorted(pieces, key=lambda piece: (piece.time, piece.origin)))
