"""What an alert's cell remembers: findings by id at their latest revision, their evidence, and what was told.

Law: what is remembered is a function of the set of findings, not of their order, up to the bounds (MAX_FINDINGS
findings, MAX_PROOFS pieces of evidence). Beyond them findings are counted; what takes back a finding that was
only counted can no longer find it.
"""

from collections.abc import Iterable

import msgspec
from msgspec import Raw, Struct

from seerflow.alerts import score, suppress
from seerflow.alerts.suppress import Rest
from seerflow.model.finding import MAX_EVIDENCE, Evidence, Finding, Reason

VERSION = b"\x01"

#: Pieces of evidence in a cell; an alert shows MAX_EVIDENCE of them.
MAX_PROOFS = 4 * MAX_EVIDENCE

#: Findings remembered only for having been taken back, so that a late repeat does not revive them.
MAX_DEAD = 64

#: Reasons kept of one finding.
MAX_REASONS = 2


class Kind(Struct, frozen=True, array_like=True):
    """What findings of one rule have in common."""

    detector: str
    rule: str
    title: str
    level: str
    ruleset: str
    tags: tuple[str, ...]


class Entry(Struct, frozen=True, array_like=True, gc=False):
    """One finding at its latest revision."""

    id: str
    revision: int
    dead: bool
    replaces: str
    kind: int  # index in Memory.kinds
    count: int
    first: int
    last: int
    events: tuple[str, ...] = ()  # its evidence, by event id
    reasons: Raw = Raw(b"\x90")  # an empty list


class Proof(Struct, array_like=True, gc=False):
    """One piece of evidence, left encoded until an alert shows it."""

    time: int
    event: str
    evidence: Raw


class Said(Struct, frozen=True, array_like=True, gc=False):
    """What the latest revision of the alert said, and what people were told."""

    revision: int = 0
    open: bool = False  # people know of it and were not told otherwise
    ever: bool = False  # people were told of it once
    told: int = -1  # rank of the loudest level that they were told
    reopened: int = 0
    title: str = ""
    state: str = ""
    level: str = ""
    causes: int = 0  # the causes, as a number
    count: int = 0


class Memory(Struct, array_like=True):
    """The content of an alert's cell."""

    kinds: list[Kind] = []
    entries: list[Entry] = []
    rest: dict[int, Rest] = {}  # by kind
    rest_events: list[str] = []  # the latest evidence of findings that are only counted
    proofs: list[Proof] = []
    said: Said = Said()


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Memory)
_EVIDENCE = msgspec.msgpack.Decoder(Evidence)
_REASONS = msgspec.msgpack.Decoder(tuple[Reason, ...])


def read(cell: bytes | None) -> Memory:
    """Give the cell's content."""
    if cell is None:
        return Memory()
    if cell[:1] != VERSION:
        raise ValueError(f"an alert cell of version {cell[0] if cell else 'none'}; this code reads 1")
    return _DECODER.decode(memoryview(cell)[1:])


def written(memory: Memory) -> bytes:
    """Give the content as a cell."""
    return VERSION + _ENCODER.encode(memory)


def taken_in(memory: Memory, finding: Finding) -> bool:
    """Remember the finding. False: it says nothing new."""
    known = next((entry for entry in memory.entries if entry.id == finding.id), None)
    if known is not None and known.revision >= finding.revision:
        return False
    memory.entries = [entry for entry in memory.entries if entry.id != finding.id]
    kind = Kind(finding.detector, finding.rule, finding.title, finding.level, finding.ruleset, finding.tags)
    if kind not in memory.kinds:
        memory.kinds.append(kind)
    at = memory.kinds.index(kind)
    if known is None and finding.revision > 1 and not finding.retracted and at in memory.rest:
        # It was counted already; how much of its count is new, nobody knows any more.
        memory.rest[at].last = max(memory.rest[at].last, finding.last)
        return True
    memory.entries.append(_entry(finding, at))
    if not finding.retracted:
        _keep_proofs(memory, finding.evidence)
    _bound(memory)
    return True


def last(memory: Memory) -> int:
    """Give when the latest evidence happened, of whatever still stands or not; 0 for an empty memory."""
    times = [entry.last for entry in memory.entries] + [rest.last for rest in memory.rest.values()]
    return max(times, default=0)


def live(memory: Memory) -> list[Entry]:
    """Give the findings that stand, the most important first."""
    standing = [entry for entry in memory.entries if not entry.dead]
    replaced = {entry.replaces for entry in standing}
    return sorted((e for e in standing if e.id not in replaced), key=lambda e: importance(memory, e))


def importance(memory: Memory, entry: Entry) -> tuple[int, int, str]:
    """Give what to sort by: the loudest first, then the oldest."""
    return -score.rank(memory.kinds[entry.kind].level), entry.first, entry.id


def evidence(memory: Memory, entries: Iterable[Entry]) -> tuple[Evidence, ...]:
    """Give what an alert shows: the first three pieces and the latest."""
    wanted = {event for entry in entries for event in entry.events} | set(memory.rest_events)
    proofs = [proof for proof in memory.proofs if proof.event in wanted]
    if len(proofs) > MAX_EVIDENCE:
        proofs = proofs[:3] + proofs[3 - MAX_EVIDENCE :]
    pieces = [_EVIDENCE.decode(proof.evidence) for proof in proofs]
    return tuple(sorted(pieces, key=lambda piece: (piece.time, piece.origin)))


def reasons(entry: Entry) -> tuple[Reason, ...]:
    """Give the finding's reasons."""
    return _REASONS.decode(entry.reasons)


def _entry(finding: Finding, kind: int) -> Entry:
    events = () if finding.retracted else tuple(piece.event for piece in finding.evidence[:MAX_EVIDENCE])
    return Entry(
        finding.id,
        finding.revision,
        finding.retracted,
        finding.replaces,
        kind,
        finding.count,
        finding.first,
        finding.last,
        events,
        Raw(_ENCODER.encode(() if finding.retracted else finding.reasons[:MAX_REASONS])),
    )


def _keep_proofs(memory: Memory, pieces: Iterable[Evidence]) -> None:
    known = {proof.event for proof in memory.proofs}
    memory.proofs += [
        Proof(piece.time, piece.event, Raw(_ENCODER.encode(piece)))
        for piece in pieces
        if piece.event not in known
    ]
    memory.proofs.sort(key=lambda proof: (proof.time, proof.event))


def _bound(memory: Memory) -> None:
    standing = sorted((e for e in memory.entries if not e.dead), key=lambda e: importance(memory, e))
    dead = sorted((e for e in memory.entries if e.dead), key=lambda e: (e.first, e.id))
    kept, spilled = suppress.split([(memory.kinds[e.kind].rule, e) for e in standing])
    for entry in spilled:
        rest = memory.rest.get(entry.kind, Rest())
        memory.rest[entry.kind] = rest.with_more(Rest(1, entry.count, entry.first, entry.last))
    memory.entries = kept + dead[-MAX_DEAD:]
    _bound_proofs(memory, {event for entry in spilled for event in entry.events})
    _forget_kinds(memory)


def _bound_proofs(memory: Memory, spilled: set[str]) -> None:
    rest = spilled | set(memory.rest_events)
    # Findings that are only counted are the later ones: of their evidence the latest can still be shown.
    memory.rest_events = [p.event for p in memory.proofs if p.event in rest][-MAX_EVIDENCE:]
    wanted = {event for entry in memory.entries for event in entry.events} | set(memory.rest_events)
    proofs = [proof for proof in memory.proofs if proof.event in wanted]
    if len(proofs) > MAX_PROOFS:
        proofs = proofs[:MAX_EVIDENCE] + proofs[MAX_EVIDENCE - MAX_PROOFS :]
    memory.proofs = proofs


def _forget_kinds(memory: Memory) -> None:
    used = sorted({entry.kind for entry in memory.entries} | memory.rest.keys())
    if len(used) == len(memory.kinds):
        return
    place = {kind: at for at, kind in enumerate(used)}
    memory.kinds = [memory.kinds[kind] for kind in used]
    memory.entries = [msgspec.structs.replace(e, kind=place[e.kind]) for e in memory.entries]
    memory.rest = {place[kind]: rest for kind, rest in memory.rest.items()}
