"""Kafka clients of one worker, with the settings that the exact shell stands on."""

import time
from collections.abc import Iterable
from typing import Any

from confluent_kafka import (
    Consumer,
    IsolationLevel,
    KafkaException,
    Producer,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec

from seerflow.adapters.kafka_log import KAFKA_LOG
from seerflow.agents.positions import Place
from seerflow.agents.settings import WorkerSettings
from seerflow.agents.stage import Stage
from seerflow.errors import OutsideError

_PATIENCE_SECONDS = 30.0
_ATTEMPTS, _AGAIN_SECONDS = 5, 1.0
_FIRST: Any = OffsetSpec.earliest()  # type: ignore[no-untyped-call]  # confluent_kafka has few annotations
_END: Any = OffsetSpec.latest()  # type: ignore[no-untyped-call]  # as above


class Clients:
    """Makes the clients; tests put fakes in its place."""

    def __init__(self, stage: Stage, settings: WorkerSettings) -> None:
        self._stage = stage
        self._settings = settings
        self._group = settings.group(stage.name)
        self._admin: AdminClient | None = None

    def consumer(self) -> Any:
        """Give the consumer of the stage's group."""
        return Consumer(self.consumer_settings())

    def consumer_settings(self) -> dict[str, Any]:
        """Give what that consumer is told."""
        return {
            **self._settings.client,
            "logger": KAFKA_LOG,
            "group.id": self._group,
            "group.protocol": "classic",
            "group.instance.id": self._settings.instance,
            "partition.assignment.strategy": self._stage.assignor,
            "session.timeout.ms": self._settings.session_timeout_ms,
            "heartbeat.interval.ms": max(500, self._settings.session_timeout_ms // 6),
            "max.poll.interval.ms": max(
                self._settings.max_poll_interval_ms, self._settings.session_timeout_ms
            ),
            "isolation.level": "read_committed",  # also lets committed() wait for offsets in open transactions
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "enable.partition.eof": True,
            # Where to begin is decided at each assignment; an offset that vanishes later must not be jumped over.
            "auto.offset.reset": "error",
            "fetch.wait.max.ms": 100,
            # All three are bounds on memory. A response is counted as it came; logs are ten times as large
            # when they are unpacked, and the queue is looked at only before a fetch. What is larger than a
            # fetch still comes, alone.
            "fetch.max.bytes": 4 << 20,
            "max.partition.fetch.bytes": 1 << 20,
            "queued.max.messages.kbytes": 16 << 10,
            "queued.min.messages": 1_000,
        }

    def producer(self) -> Any:
        """Give the worker's only producer; the next process of this instance fences it."""
        return Producer(
            {
                **self._settings.client,
                "logger": KAFKA_LOG,
                "transactional.id": f"{self._group}-{self._settings.instance}",
                "transaction.timeout.ms": self._settings.transaction_timeout_ms,
                "partitioner": "murmur2_random",  # as Java; librdkafka's own default is CRC32
                "compression.type": "lz4",
                "linger.ms": 5,
                "batch.num.messages": 10_000,
                "message.max.bytes": 2 * self._settings.max_outgoing_bytes,
                "queue.buffering.max.messages": 200_000,
                "queue.buffering.max.kbytes": 128 << 10,
            }
        )

    def changelog_reader(self) -> Any:
        """Give a consumer outside any group."""
        return Consumer(
            {
                **self._settings.client,
                "logger": KAFKA_LOG,
                "group.id": f"{self._group}-restore",  # demanded, never used: nothing is subscribed or committed
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "error",
                "fetch.wait.max.ms": 100,
            }
        )

    def _administrator(self) -> Any:
        if self._admin is None:
            self._admin = AdminClient({**self._settings.client, "logger": KAFKA_LOG})  # type: ignore[dict-item]  # a logger is a setting, too
        return self._admin

    def partitions(self) -> dict[str, int]:
        """Give the number of partitions of each topic on the cluster."""
        try:
            topics = self._administrator().list_topics(timeout=_PATIENCE_SECONDS).topics
        except KafkaException as error:
            place = self._settings.client.get("bootstrap.servers", "(no address)")
            raise OutsideError(
                f"no answer from Kafka at {place} ({error.args[0].str()}); is it running (`seerflow broker status`),"
                " and are kafka.bootstrap and its security settings right?"
            ) from error
        return {name: len(topic.partitions) for name, topic in topics.items()}

    def topic_id(self, topic: str) -> str:
        """Give the id that a topic keeps until it is deleted."""
        described = self._administrator().describe_topics(TopicCollection([topic]))[topic]
        try:
            return str(described.result(_PATIENCE_SECONDS).topic_id)
        except KafkaException as error:
            raise OutsideError(f"topic '{topic}' cannot be described: {error.args[0].str()}") from error

    def bounds(self, places: Iterable[Place]) -> dict[Place, tuple[int, int]]:
        """Give the first offset and the end of each partition, records of open transactions included."""
        wanted = tuple(places)
        for attempt in range(_ATTEMPTS):
            try:
                first = self._offsets(wanted, _FIRST, IsolationLevel.READ_UNCOMMITTED)
                end = self._offsets(wanted, _END, IsolationLevel.READ_UNCOMMITTED)
            except OutsideError:
                if attempt == _ATTEMPTS - 1:
                    raise
                time.sleep(_AGAIN_SECONDS)
            else:
                return {place: (first[place], end[place]) for place in wanted}
        return {}

    def stable_ends(self, places: Iterable[Place]) -> dict[Place, int]:
        """Give the end of what readers of committed records can see."""
        self._administrator().poll(0)  # what the client has to say is said here
        return self._offsets(tuple(places), _END, IsolationLevel.READ_COMMITTED)

    def _offsets(self, places: tuple[Place, ...], spec: Any, isolation: Any) -> dict[Place, int]:
        if not places:
            return {}
        asked = {TopicPartition(place.topic, place.partition): spec for place in places}
        answers = self._administrator().list_offsets(
            asked, isolation_level=isolation, request_timeout=_PATIENCE_SECONDS
        )
        try:
            return {
                Place(each.topic, each.partition): int(answer.result(_PATIENCE_SECONDS).offset)
                for each, answer in answers.items()
            }
        except (KafkaException, TimeoutError) as error:
            # After a broker's restart an administrator may ask with an old leader epoch for ever.
            self._admin = None
            raise OutsideError(f"no offsets from Kafka: {error}") from error
