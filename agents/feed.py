"""The consumer, as the reader's thread sees it: what it hands out is owned, in order, and comes once per commit.

Rebalance callbacks fire only inside `poll` and `close`, thus only while no record is being handled.
"""

import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicPartition

from seerflow.agents.clients import Clients
from seerflow.agents.positions import Place
from seerflow.agents.shell import Shell
from seerflow.agents.transactions import Transactions, Undone
from seerflow.errors import FencedError, OutsideError
from seerflow.model.record import Record

log = logging.getLogger(__name__)

_PATIENCE_SECONDS = 60.0


class Feed:
    """The consumer, as seen from the reader's thread; every method runs there and nowhere else."""

    def __init__(self, shell: Shell, clients: Clients, transactions: Transactions) -> None:
        self._shell = shell
        self._clients = clients
        self._transactions = transactions
        self._consumer: Any = None
        self._fetched: list[Record] = []
        self._failure: BaseException | None = None
        # Ends that the broker told of, to be noted when what was fetched before them is handled.
        self._ends: dict[Place, int] = {}
        self._rewind = False

    def start(self) -> None:
        """Fence our predecessor, then join the group."""
        # First: committed offsets are unreadable while the predecessor's transaction is open.
        self._transactions.start()
        self._consumer = self._clients.consumer()
        self._consumer.subscribe(
            list(self._shell.stage.inputs),
            on_assign=self._calling(self._assigned),
            on_revoke=self._calling(self._revoked),
            on_lost=self._calling(self._lost_all),
        )

    def fetch(self, seconds: float) -> list[Record]:
        """Give the next records, waiting so long for the first."""
        self._fetched = []
        self._note_ends()
        self._transactions.listen()
        deadline = time.monotonic() + seconds
        while len(self._fetched) < self._shell.settings.fetch_records:
            message = self._consumer.poll(0.0 if self._fetched else max(0.0, deadline - time.monotonic()))
            if self._failure is not None:
                raise self._failure
            if self._rewind:
                self._back()
            elif message is None:
                break
            else:
                self._take(message)
        fetched, self._fetched = self._fetched, []
        return fetched

    def _note_ends(self) -> None:
        for place, offset in self._ends.items():
            self._shell.positions.seen_end(place, offset)
        self._ends.clear()

    def _take(self, message: Any) -> None:
        place, offset, error = Place(message.topic(), message.partition()), message.offset(), message.error()
        if error is None:
            # A record of a partition that we do not own, or one that came already, was under way during a rebalance.
            if self._shell.positions.wants(place, offset):
                self._fetched.append(_record(message))
        elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - librdkafka's name for it
            self._ends[place] = offset
        elif error.fatal():
            raise FencedError(f"poll: {error.str()} ({error.name()})")
        elif error.code() == KafkaError._AUTO_OFFSET_RESET:  # noqa: SLF001 - as above
            raise OutsideError(f"records vanished before they were read: {error.str()}")
        elif not error.retriable():
            log.warning("the consumer was refused", extra={"reason": error.str()})

    def commit(self) -> bool:
        """Commit what was handled; False: it was undone, and the same records come again."""
        try:
            self._shell.commit(self._membership)
        except Undone as reason:
            self.undo(reason)
            return False
        return True

    def undo(self, reason: Undone) -> None:
        """Abort, and read again from what is committed."""
        self._undo(reason)
        self._back()

    def _undo(self, reason: Undone) -> None:
        log.warning("a transaction was undone", extra={"reason": str(reason)})
        self._shell.undo()
        self._fetched.clear()
        self._ends.clear()
        self._rewind = True

    def _membership(self) -> Any:
        membership = self._consumer.consumer_group_metadata()
        # A member that was put out has no id until it joins again, and it cannot join before our callback ran.
        # Asked after the metadata: so an id now means that the metadata is a member's, too.
        if not self._consumer.memberid():
            raise Undone("the group has put us out")
        return membership

    def _back(self) -> None:
        """Move the consumer to the committed positions of all partitions that we own."""
        self._rewind = False
        wanted = self._shell.positions.rewind()
        known = self._committed(wanted)
        for place, offset in wanted.items():
            if known[place] >= 0 and known[place] != offset:
                raise FencedError(f"{place} is committed at {known[place]}, not at our {offset}: by another")
            self._seek(TopicPartition(place.topic, place.partition, offset))

    def _seek(self, target: TopicPartition) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                self._consumer.seek(target)
            except KafkaException as error:
                # "Erroneous state": the partition was assigned a moment ago and does not fetch yet.
                if time.monotonic() > deadline:
                    raise OutsideError(f"seek: {error.args[0].str()}") from error
                time.sleep(0.05)
            else:
                return

    def _committed(self, places: Iterable[Place]) -> dict[Place, int]:
        """Give the committed offsets, negative for none; waits for open transactions that carry some."""
        asked = [TopicPartition(place.topic, place.partition) for place in places]
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while asked:
            try:
                answers = self._consumer.committed(asked, timeout=5.0)
            except KafkaException as error:
                if error.args[0].fatal():
                    raise FencedError(f"committed: {error.args[0].str()}") from error
                if time.monotonic() > deadline or self._shell.stopping:
                    raise OutsideError(f"committed: {error.args[0].str()}") from error
            else:
                failed = [answer.error for answer in answers if answer.error is not None]
                if failed:
                    raise OutsideError(f"committed: {failed[0].str()}")
                return {Place(answer.topic, answer.partition): answer.offset for answer in answers}
        return {}

    def close(self) -> None:
        """Leave: what was handled is committed, the rest belongs to the next owner."""
        if self._consumer is not None:
            self.commit()
            self._consumer.close()
            if self._failure is not None:
                raise self._failure

    # Rebalances: called by librdkafka inside poll() and close() ---------------------------------------------------

    def _calling(
        self, body: Callable[[list[TopicPartition]], None]
    ) -> Callable[[Any, list[TopicPartition]], None]:
        def called(_: Any, partitions: list[TopicPartition]) -> None:
            self._shell.counters.rebalances += 1
            try:
                body(partitions)
            except BaseException as error:
                self._failure = error  # poll() may or may not pass it on
                raise

        return called

    def _assigned(self, partitions: list[TopicPartition]) -> None:
        # A restore may take longer than a transaction may stay open.
        self._commit_or_undo()
        places = [Place(each.topic, each.partition) for each in partitions]
        starts = self._starts(places)
        self._shell.take(starts)
        log.info("partitions taken", extra={"partitions": [tuple(place) for place in places]})
        targets = [TopicPartition(p.topic, p.partition, offset) for p, offset in starts.items()]
        self._consumer.assign(targets)
        self._shell.counters.assigned = True

    def _starts(self, places: list[Place]) -> dict[Place, int]:
        committed = self._committed(places)
        bounds = self._clients.bounds(places)
        starts = {}
        for place in places:
            first, end = bounds[place]
            offset = committed[place]
            if offset > end or 0 <= offset < first:
                # Retention was faster than we were, or the topic was made anew.
                lost = first - offset if offset < first else 0
                self._shell.counters.expired += lost
                log.error("input was gone before it was read", extra={"place": tuple(place), "records": lost})
                offset = first
            starts[place] = offset if offset >= 0 else first
        return starts

    def _commit_or_undo(self) -> None:
        try:
            self._shell.commit(self._membership)
        except Undone as reason:
            self._undo(reason)

    def _revoked(self, partitions: list[TopicPartition]) -> None:
        self._shell.settings.reached("revoking")
        self._commit_or_undo()
        self._let_go(partitions)

    def _lost_all(self, partitions: list[TopicPartition]) -> None:
        self._undo(Undone("the partitions were lost"))
        self._let_go(partitions)

    def _let_go(self, partitions: list[TopicPartition]) -> None:
        gone = {Place(each.topic, each.partition) for each in partitions}
        self._fetched[:] = [each for each in self._fetched if Place(each.topic, each.partition) not in gone]
        for place in gone:
            self._ends.pop(place, None)
        self._shell.give_up(gone)
        log.info("partitions given up", extra={"partitions": [tuple(place) for place in gone]})


def _record(message: Any) -> Record:
    kind, stamp = message.timestamp()
    return Record(
        topic=message.topic(),
        partition=message.partition(),
        offset=message.offset(),
        key=message.key(),
        value=message.value() or b"",
        headers={name: value or b"" for name, value in message.headers() or ()},
        timestamp=stamp * 1000 if kind else 0,
    )
