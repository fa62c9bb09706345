"""How far a live system is, as its broker tells: ends of topics, committed positions, members of groups."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

T = TypeVar("T")

#: What each stage reads of what a bench sends.
INPUTS = {
    "parse": ("raw.syslog",),
    "detect": ("events",),
    "correlate": ("hits.correlate",),
    "profile": ("hits.profile",),
    "alert": ("findings",),
    "dispatch": ("alerts",),
}


_ANSWER_SECONDS = 10.0  # a question that hangs is asked again


class Offsets:
    """Asks the broker; changes nothing."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._admin = AdminClient(dict(settings))
        self._reader = Consumer(
            {**settings, "group.id": "seerflow-bench", "isolation.level": "read_committed"}
        )

    def lag(self, stage: str) -> int:
        """Count the records of the stage's input that are not yet committed."""
        return sum(self.lags(stage).values())

    def lags(self, stage: str) -> dict[tuple[str, int], int]:
        """Give the lag of each (topic, partition) that the stage reads."""
        ends = {(topic, at): end for topic in INPUTS[stage] for at, end in self.ends(topic).items()}
        done = self.committed(stage, ends)
        return {place: max(0, end - done.get(place, 0)) for place, end in ends.items()}

    def committed(self, stage: str, places: Iterable[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """Give the stage's committed position in each (topic, partition); 0 where there is none."""
        asked = ConsumerGroupTopicPartitions(
            f"seerflow-{stage}", [TopicPartition(*place) for place in places]
        )
        answer = patiently(
            lambda: next(iter(self._admin.list_consumer_group_offsets([asked]).values())).result(
                _ANSWER_SECONDS
            )
        )
        return {(one.topic, one.partition): max(0, one.offset) for one in answer.topic_partitions}

    def ends(self, topic: str) -> dict[int, int]:
        """Give the end of each partition; 0 for an empty one."""
        # The last stable offset less what markers take is not known from outside; so the position behind the last
        # record that a committed reader can see is asked for.
        found = self._reader.list_topics(topic, timeout=15).topics[topic].partitions
        return {number: _end(self._reader, TopicPartition(topic, number)) for number in found}

    def close(self) -> None:
        """Ask no more."""
        self._reader.close()

    def owned(self, stage: str) -> dict[str, set[tuple[str, int]]]:
        """Give each member of the stage's group, by its static name, and the partitions that it owns."""
        group = f"seerflow-{stage}"
        told = patiently(lambda: self._admin.describe_consumer_groups([group])[group].result(_ANSWER_SECONDS))
        return {
            one.group_instance_id: {(p.topic, p.partition) for p in one.assignment.topic_partitions}
            for one in told.members
        }


def patiently(ask: Callable[[], T], patience: float = 60.0) -> T:
    """Ask a broker that may only just have been told: leaders and coordinators come a moment later."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return ask()
        except (KafkaException, TimeoutError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _end(reader: Consumer, place: TopicPartition) -> int:
    low, high = patiently(lambda: reader.get_watermark_offsets(place, timeout=15))
    return 0 if high == low else int(high)
