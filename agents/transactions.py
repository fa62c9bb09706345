"""The producer's side of a stage: outputs, changelog and input offsets, all of it or nothing (KIP-447).

Law: every transaction carries input offsets with the membership under which they were read. The group coordinator
refuses them from a worker that is no longer a member of that generation, so nothing of a paused and woken worker is
ever committed.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from confluent_kafka import KafkaException, TopicPartition

from seerflow.agents.positions import Place
from seerflow.errors import FencedError, OutsideError
from seerflow.model.record import Outgoing

T = TypeVar("T")

#: A request that Kafka neither grants nor refuses for so long ends the worker; the next one learns what became of it.
_PATIENCE_SECONDS = 60.0
_STEP_SECONDS = 10.0
_FULL_QUEUE_SECONDS = 0.05
_AGAIN_SECONDS = 0.05


class Undone(OutsideError):  # noqa: N818 - it names what the transaction is
    """The open transaction must be aborted; nobody will see anything of it, and its records come again."""


def judged(error: KafkaException, doing: str) -> Exception | None:
    """Say what a Kafka error means for the worker; None: ask again."""
    reason = error.args[0]
    text = f"{doing}: {reason.str()} ({reason.name()})"
    if reason.fatal():
        return FencedError(text)
    if reason.txn_requires_abort():
        return Undone(text)
    return None if reason.retriable() else OutsideError(text)


class Transactions:
    """One transactional producer and its open transaction."""

    def __init__(
        self,
        producer: Any,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._producer = producer
        self._clock = clock
        self._wait = wait
        self.open = False

    def start(self) -> None:
        """Fence the process that bore our name before, and end what it left open."""
        self._until_settled(lambda: self._producer.init_transactions(_STEP_SECONDS), "init_transactions")

    def listen(self) -> None:
        """Take what the client has to say: it keeps that in memory until somebody asks."""
        self._producer.poll(0)

    def begin(self) -> None:
        """Open a transaction unless one is open."""
        if not self.open:
            self._until_settled(self._producer.begin_transaction, "begin_transaction")
            self.open = True

    def send(self, record: Outgoing, on_delivery: Callable[[Any, Any], None] | None = None) -> None:
        """Add a record to the open transaction; waits while the queue is full."""
        place: dict[str, Any] = {} if record.partition is None else {"partition": record.partition}
        if record.headers:
            place["headers"] = dict(record.headers)
        if on_delivery is not None:
            place["on_delivery"] = on_delivery
        self.put(record.topic, record.value, record.key, place)

    def put(self, topic: str, value: bytes | None, key: bytes | None, place: Mapping[str, Any]) -> None:
        """Add a record that produce() takes as it is; `place`: its keywords."""
        deadline = self._clock() + _PATIENCE_SECONDS
        while True:
            try:
                self._producer.produce(topic, value, key, **place)
            except BufferError:
                if self._clock() > deadline:
                    raise Undone("produce: Kafka takes no more records") from None
                self._producer.poll(_FULL_QUEUE_SECONDS)
            except KafkaException as error:
                # After an error inside the transaction produce() only says that the state is wrong.
                verdict = judged(error, "produce")
                fenced = isinstance(verdict, FencedError)
                raise verdict if fenced and verdict else Undone(f"produce: {error.args[0].str()}") from error
            else:
                return

    def commit(self, offsets: Mapping[Place, int], membership: Any, reached: Callable[[str], None]) -> None:
        """Make all of it visible at once, or raise `Undone` and nothing is."""
        left = self._until_settled(self._flushed, "flush")
        if left:
            raise Undone(f"flush: {left} records were not taken")
        reached("before_offsets")
        places = [TopicPartition(place.topic, place.partition, offset) for place, offset in offsets.items()]
        self._until_settled(
            lambda: self._producer.send_offsets_to_transaction(places, membership, _STEP_SECONDS),
            "send_offsets_to_transaction",
        )
        reached("before_commit")
        self._until_settled(lambda: self._producer.commit_transaction(_STEP_SECONDS), "commit_transaction")
        self.open = False
        reached("after_commit")

    def _flushed(self) -> int:
        deadline = self._clock() + _PATIENCE_SECONDS
        left = self._producer.flush(_STEP_SECONDS)
        while left and self._clock() < deadline:
            left = self._producer.flush(_STEP_SECONDS)
        return int(left)

    def abort(self) -> None:
        """Undo the open transaction."""
        if self.open:
            self._until_settled(lambda: self._producer.abort_transaction(_STEP_SECONDS), "abort_transaction")
            self.open = False

    def _until_settled(self, ask: Callable[[], T], doing: str) -> T:
        deadline = self._clock() + _PATIENCE_SECONDS
        while True:
            try:
                return ask()
            except KafkaException as error:
                verdict = judged(error, doing)
                if verdict is not None:
                    raise verdict from error
                if self._clock() > deadline:
                    raise OutsideError(
                        f"{doing}: no answer from Kafka for {_PATIENCE_SECONDS:.0f} s"
                    ) from error
