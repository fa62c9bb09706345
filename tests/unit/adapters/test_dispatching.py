"""The dispatcher: bounded, one attempt an alert and notifier at a time, and nothing of a lost partition."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from seerflow.adapters.dispatching import (
    CAPACITY,
    CONCURRENCY,
    LEASE_SECONDS,
    MAX_PAUSE_SECONDS,
    Dispatcher,
    Finished,
)
from seerflow.alerts.outbox import Attempt, Outcome
from tests.unit.adapters.notifiers.test_messages import an_attempt
from tests.unit.alerts.test_outbox import DELIVERED, only


class Gate:
    """A notifier that answers when the test opens it."""

    def __init__(self, name: str = "n", outcome: Outcome | Exception = DELIVERED) -> None:
        self.name, self.outcome = name, outcome
        self.open = asyncio.Event()
        self.now = self.most = self.calls = 0

    async def send(self, attempt: Attempt) -> Outcome:
        assert attempt.notifier
        self.calls += 1
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await self.open.wait()
        finally:
            self.now -= 1
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


class Clock:
    """Time as the test says."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def attempts(count: int) -> list[Attempt]:
    return [an_attempt(id=f"{number:032x}") for number in range(count)]


def story(tell: Callable[[Gate, Dispatcher, Clock], Coroutine[None, None, None]], **options) -> None:
    async def body() -> None:
        async with asyncio.timeout(10):
            gate, clock = Gate(**options), Clock()
            dispatcher = Dispatcher([gate], clock)
            await tell(gate, dispatcher, clock)
            await dispatcher.close()
            assert (gate.now, dispatcher.under_way()) == (0, 0)

    asyncio.run(body())


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_an_outcome_is_given_once_to_its_partition():
    async def tell(gate, dispatcher, _clock):
        (attempt,) = attempts(1)
        dispatcher.offer(3, [attempt])
        assert dispatcher.take_finished(3) == []
        gate.open.set()
        await settled()
        assert dispatcher.take_finished(0) == []
        assert dispatcher.take_finished(3) == [Finished(attempt, DELIVERED)]
        assert dispatcher.take_finished(3) == []

    story(tell)


def test_an_alert_is_under_way_to_a_notifier_at_most_once():
    async def tell(gate, dispatcher, _clock):
        for _ in range(3):
            dispatcher.offer(0, attempts(1))
            await settled()
        assert gate.calls == 1

    story(tell)


def test_few_run_some_wait_and_the_rest_stays_due():
    async def tell(gate, dispatcher, _clock):
        dispatcher.offer(0, attempts(CAPACITY * 2))
        await settled()
        assert (gate.most, dispatcher.under_way()) == (CONCURRENCY, CAPACITY)
        gate.open.set()
        await settled()
        assert len(dispatcher.take_finished(0)) == CAPACITY
        dispatcher.offer(0, attempts(CAPACITY * 2)[CAPACITY:])
        await settled()
        assert len(dispatcher.take_finished(0)) == CAPACITY
        assert gate.most == CONCURRENCY

    story(tell)


def test_a_bug_in_a_notifier_is_a_failed_attempt_and_tells_nothing_else():
    async def tell(gate, dispatcher, _clock):
        gate.open.set()
        dispatcher.offer(0, attempts(1))
        await settled()
        assert only(dispatcher.take_finished(0)).outcome == Outcome(
            state="retry", detail="a bug of ours: KeyError"
        )

    story(tell, outcome=KeyError("hunter2"))


def test_a_notifier_that_is_no_longer_configured_refuses():
    async def tell(_gate, dispatcher, _clock):
        dispatcher.offer(0, attempts(1))
        assert only(dispatcher.take_finished(0)).outcome.state == "refused"

    story(tell, name="another")


def test_the_outcome_of_a_partition_that_went_away_waits_for_its_return():
    async def tell(gate, dispatcher, _clock):
        dispatcher.offer(0, attempts(1))
        dispatcher.offer(1, attempts(1))  # the same alert id in another partition is another one
        gate.open.set()
        await settled()
        assert len(dispatcher.take_finished(1)) == 1
        assert len(dispatcher.take_finished(0)) == 1

    story(tell)


def test_of_a_partition_that_went_away_nothing_more_is_begun():
    async def tell(gate, dispatcher, _clock):
        dispatcher.offer(0, attempts(CAPACITY))
        await settled()
        dispatcher.let_go(0)
        gate.open.set()
        await settled()
        assert (gate.calls, dispatcher.under_way()) == (CONCURRENCY, 0)
        assert len(dispatcher.take_finished(0)) == CONCURRENCY
        dispatcher.offer(0, attempts(1))  # it came back
        await settled()
        assert gate.calls == CONCURRENCY + 1

    story(tell)


@pytest.mark.parametrize(
    ("seconds", "begun"),
    [
        pytest.param(LEASE_SECONDS, CAPACITY, id="a long wait between two ticks"),
        pytest.param(LEASE_SECONDS + 0.1, CONCURRENCY, id="so long that the partition may be another's"),
    ],
)
@pytest.mark.parametrize("first", ["answers", "tick"])
def test_who_was_away_begins_nothing_that_waited(seconds, begun, first):
    """A process that is stopped and wakes may run its tasks in any order."""

    async def tell(gate, dispatcher, clock):
        dispatcher.offer(0, attempts(CAPACITY))
        await settled()
        clock.now += seconds
        if first == "answers":
            gate.open.set()
            await settled()
        dispatcher.offer(0, [])
        gate.open.set()
        await settled()
        assert (gate.calls, dispatcher.under_way()) == (begun, 0)
        dispatcher.take_finished(0)
        dispatcher.offer(0, attempts(1))  # a turn of the loop later it is known that it is ours
        await settled()
        assert gate.calls == begun + 1

    story(tell)


def test_a_clean_end_waits_for_what_is_under_way_but_not_for_ever():
    async def tell(gate, dispatcher, _clock):
        await dispatcher.drain(0)
        dispatcher.offer(0, attempts(2))
        await dispatcher.drain(0.01)
        assert dispatcher.under_way() == 2
        asyncio.get_running_loop().call_later(0.01, gate.open.set)
        await dispatcher.drain(5)
        assert len(dispatcher.take_finished(0)) == 2

    story(tell)


def test_what_is_stopped_before_it_began_takes_no_room():
    async def tell(gate, dispatcher, _clock):
        dispatcher.offer(0, attempts(CAPACITY))
        await dispatcher.close()
        dispatcher.offer(0, attempts(CAPACITY))
        gate.open.set()
        await settled()
        assert len(dispatcher.take_finished(0)) == CAPACITY

    story(tell)


def test_who_asks_for_patience_gets_it_from_all_alerts():
    async def tell(gate, dispatcher, clock):
        gate.open.set()
        one, two = attempts(2)
        dispatcher.offer(0, [one])
        await settled()
        dispatcher.take_finished(0)
        clock.now += 29.9
        dispatcher.offer(0, [])  # the first tick after a gap begins nothing
        dispatcher.offer(0, [two])
        assert dispatcher.under_way() == 0
        clock.now += 0.1
        dispatcher.offer(0, [two])
        await settled()
        assert only(dispatcher.take_finished(0)).attempt is two

    story(tell, outcome=Outcome(state="retry", after=30_000_000))


def test_patience_ends():
    async def tell(gate, dispatcher, clock):
        gate.open.set()
        one, two = attempts(2)
        dispatcher.offer(0, [one])
        await settled()
        dispatcher.take_finished(0)
        clock.now += MAX_PAUSE_SECONDS
        dispatcher.offer(0, [])
        dispatcher.offer(0, [two])
        assert dispatcher.under_way() == 1

    story(tell, outcome=Outcome(state="retry", after=10**15))
