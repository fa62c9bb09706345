"""The outbox: what is still to be told of one alert, and to whom.

Law: what should be told stays in the cell until a notifier said that it has it, refused it, or its time is up.
A cell changes with its stage's transaction, so a crash between sending and recording repeats the attempt. It
repeats it under the same idempotency key, so a receiver that keeps keys sees it once; that is the only window
in which a person can be told twice. (A newer notice that comes in that window makes it a newer message, under its
own key, that names the older notice once more.)

One message says everything that is new: an older notice that nobody could be told yet is not a message of its
own, it is named beside the newer one (`new, escalated`) and the newest state of the alert is told.
"""

import hashlib
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from seerflow.model.alert import Alert, Delivery
from seerflow.model.finding import LEVELS

#: First byte of a cell: how the rest is written.
CELL_VERSION = b"\x01"

SECOND = 1_000_000  # microseconds

#: A delivery's detail is for people, and comes from outside.
MAX_DETAIL = 300


class Route(Struct, frozen=True, kw_only=True):
    """Whom to tell of what. Empty `stories` or `tags` ask for none in particular, others for one of them."""

    notifier: str
    level: str = "informational"
    stories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class Policy(Struct, frozen=True, kw_only=True):
    """How often and how long to try. Times in microseconds."""

    first_delay: int = 2 * SECOND
    max_delay: int = 15 * 60 * SECOND
    max_retry_after: int = 60 * 60 * SECOND  # a receiver may ask for patience, not for silence
    max_age: int = 24 * 60 * 60 * SECOND  # then the news is old: given up, and counted
    memory: int = 7 * 24 * 60 * 60 * SECOND  # how long a told alert is remembered after its last change


class Pending(Struct, frozen=True, kw_only=True, array_like=True):
    """What one notifier has not been told yet: (revision, notice) in order, each notice once."""

    notifier: str
    notices: tuple[tuple[int, str], ...]
    since: int  # when the newest notice came
    due: int  # not before
    attempts: int = 0


class Told(Struct, frozen=True, kw_only=True, array_like=True):
    """What one notifier has been told: the first revision (its messages hang together by it) and the newest."""

    notifier: str
    first: int
    revision: int
    level: str


class Outbox(Struct, frozen=True, kw_only=True, array_like=True):
    """The cell of one alert. `alert` is its state at the newest notice, while anything is pending.

    At the newest notice, not the newest at all: what is said under one idempotency key stays the same, and
    the thousand revisions of a flood write no cell.
    """

    revision: int = 0
    touched: int = 0
    alert: Alert | None = None
    pending: tuple[Pending, ...] = ()
    told: tuple[Told, ...] = ()


class Attempt(Struct, frozen=True, kw_only=True):
    """One attempt to make. `key` is the same for every attempt to say the same thing to the same notifier."""

    notifier: str
    alert: Alert
    notices: tuple[str, ...]
    number: int
    key: str
    first: int = 0  # the first revision that this notifier was told, 0: none yet


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of an attempt: "delivered", "retry" or "refused"; `after` in microseconds where it was said."""

    state: str
    detail: str = ""
    after: int = 0


_DECODER = msgspec.msgpack.Decoder(Outbox)
_ENCODER = msgspec.msgpack.Encoder()


def encode(cell: Outbox) -> bytes:
    """Write a cell as bytes."""
    return CELL_VERSION + _ENCODER.encode(cell)


def decode(cell: bytes) -> Outbox:
    """Read a cell; a version that is not ours is a ValueError."""
    if cell[:1] != CELL_VERSION:
        raise ValueError(f"outbox cell of version {cell[:1].hex() or 'none'}; this release reads 01")
    return _DECODER.decode(memoryview(cell)[1:])


def idempotency_key(alert: str, revision: int, notifier: str) -> str:
    """Give the key under which a notifier hears of a revision: 32 hexadecimal digits."""
    text = f"delivery\x1f{alert}\x1f{revision}\x1f{notifier}"
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def on_alert(alert: Alert, routes: Sequence[Route], cell: Outbox | None, now: int) -> Outbox | None:
    """Take up a revision. One that was seen before, or has no notice, changes nothing."""
    before = cell or Outbox()
    if not alert.notice or alert.revision <= before.revision:
        return cell
    pending = {one.notifier: one for one in before.pending}
    known = {one.notifier for one in before.told} | pending.keys()
    wanted = dict.fromkeys(one.notifier for one in routes if _wants(one, alert, known))
    pending |= {name: _queued(pending.get(name), name, alert, now) for name in wanted}
    return Outbox(
        revision=alert.revision,
        touched=now,
        alert=alert if pending else None,
        pending=tuple(pending.values()),
        told=before.told,
    )


def due(cell: Outbox, now: int) -> list[Attempt]:
    """Give the attempts whose time has come."""
    if cell.alert is None:
        return []
    firsts = {one.notifier: one.first for one in cell.told}
    return [_attempt(one, cell.alert, firsts.get(one.notifier, 0)) for one in cell.pending if one.due <= now]


def on_outcome(
    cell: Outbox | None, attempt: Attempt, outcome: Outcome, now: int, policy: Policy
) -> tuple[Outbox, Delivery]:
    """Record what became of an attempt. Notices that came meanwhile stay pending."""
    before = cell or Outbox(revision=attempt.alert.revision)
    mine = next((one for one in before.pending if one.notifier == attempt.notifier), None)
    if outcome.state == "retry":
        left = _retried(mine, attempt, outcome, now, policy)
        state = "given_up" if mine and not left else "failed"
    else:
        left = _settled(mine, attempt, now)
        state = "delivered" if outcome.state == "delivered" else "given_up"
    pending = tuple(one for one in before.pending if one is not mine) + ((left,) if left else ())
    after = Outbox(
        revision=before.revision,
        touched=now,
        alert=before.alert if pending else None,
        pending=pending,
        told=_with_told(before.told, attempt) if state == "delivered" else before.told,
    )
    return after, _delivery(attempt, state, outcome.detail, now)


def forgettable(cell: Outbox, now: int, policy: Policy) -> bool:
    """Say whether nothing is pending and the alert has been quiet for longer than it is remembered."""
    return not cell.pending and now - cell.touched > policy.memory


def delay(policy: Policy, key: str, attempts: int) -> int:
    """Give the time to wait after that many attempts: doubled each time, capped, spread by the key.

    The spread (three quarters to all of it) keeps what failed together from coming back together.
    """
    full = min(policy.first_delay << min(attempts - 1, 32), policy.max_delay)
    digest = hashlib.blake2b(f"{key}\x1f{attempts}".encode(), digest_size=4).digest()
    return full * 3 // 4 + (full // 4) * int.from_bytes(digest) // 0xFFFF_FFFF


def _wants(route: Route, alert: Alert, known: set[str]) -> bool:
    # Who heard of an alert, or is about to, also hears how it goes on, however quiet it has become; who
    # never heard of it need not hear that it was nothing.
    if alert.notice == "retracted" or route.notifier in known:
        return route.notifier in known
    return (
        LEVELS.index(alert.level) >= LEVELS.index(route.level)
        and (not route.stories or alert.story in route.stories)
        and (not route.tags or not set(route.tags).isdisjoint(alert.tags))
    )


def _queued(one: Pending | None, notifier: str, alert: Alert, now: int) -> Pending:
    notice = (alert.revision, alert.notice)
    if one is None:
        return Pending(notifier=notifier, notices=(notice,), since=now, due=now)
    # The wait goes on: the receiver is no better for our having more to say.
    others = tuple(old for old in one.notices if old[1] != alert.notice)
    return msgspec.structs.replace(one, notices=(*others, notice), since=now)


def _attempt(one: Pending, alert: Alert, first: int) -> Attempt:
    return Attempt(
        notifier=one.notifier,
        alert=alert,
        notices=tuple(notice for _, notice in one.notices),
        number=one.attempts + 1,
        key=idempotency_key(alert.id, alert.revision, one.notifier),
        first=first,
    )


def _retried(
    mine: Pending | None, attempt: Attempt, outcome: Outcome, now: int, policy: Policy
) -> Pending | None:
    if mine is None:
        return None
    attempts = mine.attempts + 1
    wait = max(delay(policy, attempt.key, attempts), min(outcome.after, policy.max_retry_after))
    if now + wait - mine.since > policy.max_age:
        return None
    return msgspec.structs.replace(mine, attempts=attempts, due=now + wait)


def _settled(mine: Pending | None, attempt: Attempt, now: int) -> Pending | None:
    if mine is None:
        return None
    newer = tuple(notice for notice in mine.notices if notice[0] > attempt.alert.revision)
    return msgspec.structs.replace(mine, notices=newer, attempts=0, due=now) if newer else None


def _with_told(told: tuple[Told, ...], attempt: Attempt) -> tuple[Told, ...]:
    name, revision, level = attempt.notifier, attempt.alert.revision, attempt.alert.level
    earlier = [one.first for one in told if one.notifier == name]
    mine = Told(notifier=name, first=min([revision, *earlier]), revision=revision, level=level)
    return (*(one for one in told if one.notifier != name), mine)


def _delivery(attempt: Attempt, state: str, detail: str, now: int) -> Delivery:
    return Delivery(
        alert=attempt.alert.id,
        revision=attempt.alert.revision,
        notice=",".join(attempt.notices),
        notifier=attempt.notifier,
        attempt=attempt.number,
        state=state,
        time=now,
        detail=detail[:MAX_DETAIL],
    )
