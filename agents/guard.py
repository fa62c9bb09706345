"""The guard: a bug in one event is that event's dead letter, never a lost batch or a dead worker."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import msgspec

from seerflow.model.log import Origin, Rejected
from seerflow.model.record import Outgoing, Record

Item = TypeVar("Item")
Result = TypeVar("Result")

#: An exception's text may quote what an attacker sent; this much of it helps a developer.
MAX_DETAIL = 200
#: A dead letter carries at most so many bytes of its record; the origin leads to the rest. JSON makes 4/3 of it.
MAX_RAW = 600_000


def guarded(
    items: Iterable[Item],
    work: Callable[[Item], Iterable[Result]],
    dead_letter: Callable[[Item, str], Result],
) -> Iterator[Result]:
    """Do the work for each item; for an item whose work raises, give its dead letter instead of its results.

    `dead_letter` gets the item and the detail for `Rejected.detail`; it is also the place to count.
    """
    for item in items:
        try:
            results = tuple(work(item))  # whole, so that an item gives either its results or its dead letter
        except Exception as error:  # noqa: BLE001 - the one place where a bug in an event is caught
            yield dead_letter(item, blame(error))
        else:
            yield from results


def attempted(
    items: Iterable[Item], work: Callable[[Item], Result], dead_letter: Callable[[Item, str], Rejected]
) -> tuple[list[Result], list[Rejected]]:
    """Do the work for each item, as `guarded` does; give the results and the dead letters apart."""
    results: list[Result] = []
    dead: list[Rejected] = []
    for item in items:
        try:
            results.append(work(item))
        except Exception as error:  # noqa: BLE001 - as in `guarded`
            dead.append(dead_letter(item, blame(error)))
    return results, dead


def blame(error: BaseException) -> str:
    """Say what broke: the exception's type, its place in our code, and the beginning of its text."""
    return f"{type(error).__name__}{_where(error)}: {error}"[:MAX_DETAIL]


def _where(error: BaseException) -> str:
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    if frame is None:
        return ""
    return f" at {frame.tb_frame.f_globals.get('__name__', '?')}:{frame.tb_lineno}"


def rejected_record(stage: str, record: Record, error: BaseException) -> Rejected:
    """Give what is said of a record whose step raised."""
    return Rejected(
        origin=Origin(record.topic, record.partition, record.offset),
        raw=record.value[:MAX_RAW],
        stage=stage,
        reason="bug",
        detail=blame(error),
        received=record.timestamp,
    )


def rejected_tick(stage: str, topic: str, partition: int, error: BaseException) -> Rejected:
    """Give what is said of a tick that raised: it has no bytes and no offset of its own."""
    return Rejected(
        origin=Origin(topic, partition, -1), raw=b"", stage=stage, reason="bug", detail=blame(error)
    )


def to_rejected_topic(rejected: Rejected) -> Outgoing:
    """Give the dead letter as JSON, with the bytes in base64, for the topic `rejected`."""
    return Outgoing(topic="rejected", value=msgspec.json.encode(rejected))
