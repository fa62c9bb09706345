"""What a live system did, beside what it should have done: nothing lost, nothing twice, the replay's alerts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from bench.episodes import Episodes, compared
from bench.inbox import Taken
from bench.oracle import Oracle, essence, final
from seerflow.adapters.watching import Follower
from seerflow.model.alert import Alert, Delivery


class Seen(Struct, frozen=True, kw_only=True):
    """All that came out, read from the topics as their readers see them."""

    events: Counter[str]  # by id, which comes from the origin
    rejected: int
    hits: dict[str, Counter[tuple[str, ...]]]  # by keyed detector: (event, key, rules)
    episodes: Episodes
    revisions: list[Alert]
    deliveries: list[Delivery]
    taken: Sequence[Taken]


class Count(Struct, frozen=True, kw_only=True):
    """One kind of thing: how many should be, how many are, and what is wrong with them."""

    name: str
    wanted: int
    got: int
    lost: int
    twice: int
    wrong: int = 0


def records(settings: Mapping[str, Any], topic: str) -> Iterable[bytes]:
    """Give the value of every committed record of the topic."""
    return (value for _, value in changes(settings, topic))


def changes(settings: Mapping[str, Any], topic: str) -> Iterable[tuple[bytes, bytes]]:
    """Give (key, value) of every committed record of the topic that has a value."""
    follower = Follower(settings, topic, from_start=True)
    silent = 0
    while silent < 3:
        batch = list(follower.records(1.0))
        yield from batch
        silent = 0 if batch else silent + 1
    follower.close()


def counts(seen: Seen, logs: int, oracle: Oracle, lateness_seconds: int) -> list[Count]:
    """Compare."""
    # What no late evidence can amend any more, cells may have forgotten.
    forgotten = oracle.last - lateness_seconds * 1_000_000
    return [
        Count(
            name="events",
            wanted=logs,
            got=seen.events.total(),
            lost=logs - len(seen.events) - seen.rejected,
            twice=seen.events.total() - len(seen.events),
        ),
        *(_hits(name, found, oracle.hits[name]) for name, found in seen.hits.items()),
        _episodes(seen.episodes, oracle.episodes, forgotten),
        _alerts(seen.revisions, oracle.alerts),
        _revisions(seen.revisions),
        _notifications(seen),
        _deliveries(seen),
    ]


def _hits(name: str, found: Counter[tuple[str, ...]], wanted: int) -> Count:
    """Each hit is in its topic once, for the cell that it belongs to."""
    return Count(
        name=f"{name} hits",
        wanted=wanted,
        got=found.total(),
        lost=wanted - len(found),
        twice=found.total() - len(found),
    )


def _episodes(found: Episodes, wanted: Episodes, forgotten: int) -> Count:
    """Each episode of a correlation has the first, last and count that it should have."""
    lost, invented, wrong = compared(wanted, found, forgotten)
    return Count(
        name="episodes",
        wanted=sum(map(len, wanted.values())),
        got=sum(map(len, found.values())),
        lost=lost,
        twice=invented,
        wrong=wrong,
    )


def _alerts(revisions: list[Alert], oracle: Mapping[str, Alert]) -> Count:
    found = final(revisions)
    differ = essence({i: a for i, a in found.items() if i in oracle}) - essence(oracle)
    return Count(
        name="alerts",
        wanted=len(oracle),
        got=len(found),
        lost=len(oracle.keys() - found.keys()),
        twice=len(found.keys() - oracle.keys()),
        wrong=len(differ),
    )


def _revisions(revisions: list[Alert]) -> Count:
    """Revisions of an alert are numbered from 1 without a gap, each once."""
    got = Counter((a.id, a.revision) for a in revisions)
    wanted = {(a.id, number) for a in final(revisions).values() for number in range(1, a.revision + 1)}
    return Count(
        name="revisions",
        wanted=len(wanted),
        got=got.total(),
        lost=len(wanted - got.keys()),
        twice=got.total() - len(got),
    )


def _notifications(seen: Seen) -> Count:
    """Each revision with a notice is told once: by its own message, or named beside a newer one in that one.

    Told again is what was told and not noted when a worker ended: under the same key, or, where a newer notice came
    meanwhile, named once more in the newer one's message.
    """
    wanted = {(a.id, a.revision) for a in seen.revisions if a.notice}
    told = {(one.alert, one.revision) for one in seen.taken}
    newest = _newest(told)
    keys = {one.key: (one.alert, one.revision, one.notices) for one in seen.taken}
    news = Counter(one[0] for one in keys.values() if "new" in one[2])
    return Count(
        name="notifications",
        wanted=len(wanted),
        got=len(seen.taken),
        lost=sum(revision > newest.get(alert, 0) for alert, revision in wanted),
        twice=len(seen.taken) - len(keys) + news.total() - len(news),
        # A message that nobody asked for, and one that was repeated under another key or with another content.
        wrong=len(told - wanted)
        + (len(keys) - len(told))
        + sum(keys[one.key] != (one.alert, one.revision, one.notices) for one in seen.taken),
    )


def _deliveries(seen: Seen) -> Count:
    """Each message is recorded as delivered, and not more often than it was told.

    One that was told and not noted when a worker ended may be recorded as the newer one that named its notice again.
    """
    got = Counter((one.alert, one.revision) for one in seen.deliveries if one.state == "delivered")
    told = Counter((one.alert, one.revision) for one in seen.taken)
    newest = _newest(got)
    return Count(
        name="deliveries",
        wanted=len(told),
        got=got.total(),
        lost=sum(revision > newest.get(alert, 0) for alert, revision in told),
        twice=(got - told).total(),
        wrong=len(got.keys() - told.keys()),
    )


def _newest(revisions: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Give the highest revision of each alert."""
    newest: dict[str, int] = {}
    for alert, revision in revisions:
        newest[alert] = max(revision, newest.get(alert, 0))
    return newest
