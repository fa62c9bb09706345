"""Following a topic from outside, for people: what `up`, `demo` and tests see of the alerts as they come."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, Consumer, KafkaError, KafkaException, TopicPartition

from seerflow.errors import OutsideError

PATIENCE_SECONDS = 15.0
GLANCE_SECONDS = 0.1
#: What a broker says of a partition that is only just being made.
UNSETTLED = (
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
    KafkaError.LEADER_NOT_AVAILABLE,
)


class Follower:
    """Every committed record of one topic, in no group: it hinders nobody and remembers nothing."""

    def __init__(self, settings: Mapping[str, Any], topic: str, *, from_start: bool = False) -> None:
        self._consumer = Consumer(
            {
                **settings,
                "group.id": "seerflow-follower",  # required by the client, never used: nothing is committed
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 50,
                "log_level": 0,
            }
        )
        self._topic = topic
        partitions = self._partitions()
        if from_start:
            starts = [TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions]
        else:  # asked for now: "end" would mean the end at the first poll
            starts = [TopicPartition(topic, number, self._end(number)) for number in partitions]
        self._consumer.assign(starts)

    def _partitions(self) -> list[int]:
        try:
            found = self._consumer.list_topics(self._topic, timeout=PATIENCE_SECONDS).topics[self._topic]
        except KafkaException as error:
            raise OutsideError(f"no answer from the broker: {error.args[0].str()}") from error
        if found.error is not None:
            raise OutsideError(
                f"topic {self._topic}: {found.error.str()}; `seerflow topics apply` creates it"
            )
        return sorted(found.partitions)

    def _end(self, number: int) -> int:
        place = TopicPartition(self._topic, number, OFFSET_END)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                _, end = self._consumer.get_watermark_offsets(place, timeout=PATIENCE_SECONDS)
            except KafkaException as error:
                # A topic that was made this moment has no leader yet.
                if error.args[0].code() not in UNSETTLED or time.monotonic() > deadline:
                    raise OutsideError(f"topic {self._topic}: {error.args[0].str()}") from error
                time.sleep(GLANCE_SECONDS)
            else:
                return int(end)

    def records(self, seconds: float) -> Iterator[tuple[bytes, bytes]]:
        """Give (key, value) of what has come, waiting so long for the first."""
        for message in self._consumer.consume(1000, seconds):
            value = message.value()
            if message.error() is None and value is not None:
                yield message.key() or b"", value

    def close(self) -> None:
        """Stop following."""
        self._consumer.close()
