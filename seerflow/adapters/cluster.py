"""A Kafka cluster seen by its administrator: which topics it has, and making it agree with topics.yaml."""

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from seerflow.adapters.topics import Difference, Shape, differences
from seerflow.errors import OutsideError

#: An answer that takes longer than this (seconds) will not come.
PATIENCE_SECONDS = 15.0
#: Seconds between two looks at a cluster that is to change.
GLANCE = 0.05


class Cluster:
    """The administrator's view. `settings` are librdkafka's (adapters/kafka.py: client_settings)."""

    def __init__(self, settings: Mapping[str, Any], patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._bootstrap = settings.get("bootstrap.servers", "")
        self._admin = AdminClient(
            # What librdkafka says on stderr stands in our own errors as well.
            {**settings, "socket.timeout.ms": max(10, int(patience * 1000)), "log_level": 0}
        )

    def id(self) -> str:
        """Give the cluster's id; OutsideError where nobody answers."""
        return str(self._metadata().cluster_id)

    def shapes(self) -> dict[str, Shape]:
        """Give every topic of the cluster by name, with the settings that were made on it."""
        topics = {name: topic for name, topic in self._metadata().topics.items() if not name.startswith("__")}
        configs = self._configs(topics)
        return {
            name: Shape(
                name=name,
                partitions=len(topic.partitions),
                replication_factor=min((len(part.replicas) for part in topic.partitions.values()), default=0),
                config=configs.get(name, {}),
            )
            for name, topic in topics.items()
        }

    def apply(self, wanted: Iterable[Shape]) -> tuple[Difference, ...]:
        """Create what is missing, set what differs; give what was put right, in order.

        What cannot be put right stays: ask `differences(wanted, cluster.shapes())` again.
        """
        by_name = {shape.name: shape for shape in wanted}
        todo = [one for one in differences(by_name.values(), self.shapes()) if one.fixable]
        self._create([by_name[one.topic] for one in todo if one.what == "missing"])
        self._set([one for one in todo if one.what != "missing"])
        self._settled(lambda: not any(one.fixable for one in differences(by_name.values(), self.shapes())))
        return tuple(todo)

    def delete(self, names: Iterable[str]) -> None:
        """Delete topics and all that is in them."""
        gone = list(names)
        if gone:
            self._wait(self._admin.delete_topics(gone, operation_timeout=self._patience), "delete topic")
            # By name alone: to describe a topic that goes this moment is an error.
            self._settled(lambda: not set(self._metadata().topics) & set(gone))

    def _settled(self, done: Callable[[], bool]) -> None:
        """Wait until the brokers show what the controller has agreed to: they hear of it a little later."""
        deadline = time.monotonic() + self._patience
        while not done():
            if time.monotonic() > deadline:
                raise OutsideError(
                    f"the cluster agreed but shows no change after {self._patience:.0f} s; try again"
                )
            time.sleep(GLANCE)

    def _metadata(self) -> Any:
        try:
            return self._admin.list_topics(timeout=self._patience)
        except KafkaException as error:
            raise OutsideError(
                f"no answer from Kafka at {self._bootstrap or '(no address)'} ({said(error)}); is it running "
                "(`seerflow broker status`), and are kafka.bootstrap and its security settings right?"
            ) from error

    def _configs(self, names: Iterable[str]) -> dict[str, dict[str, str]]:
        resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
        if not resources:
            return {}
        found = self._wait(self._admin.describe_configs(resources), "describe topic")
        return {
            resource.name: {entry.name: entry.value for entry in entries.values()}
            for resource, entries in found.items()
        }

    def _create(self, shapes: list[Shape]) -> None:
        if shapes:
            new = [
                NewTopic(one.name, one.partitions, one.replication_factor, config=dict(one.config))
                for one in shapes
            ]
            self._wait(self._admin.create_topics(new, operation_timeout=self._patience), "create topic")

    def _set(self, changes: list[Difference]) -> None:
        by_topic: dict[str, list[ConfigEntry]] = {}
        for one in changes:
            entry = ConfigEntry(one.what, one.wanted, incremental_operation=AlterConfigOpType.SET)
            by_topic.setdefault(one.topic, []).append(entry)
        if by_topic:
            resources = [
                ConfigResource(ResourceType.TOPIC, name, incremental_configs=entries)
                for name, entries in by_topic.items()
            ]
            self._wait(self._admin.incremental_alter_configs(resources), "set configuration of topic")

    def _wait(self, futures: Mapping[Any, "Future[Any]"], deed: str) -> dict[Any, Any]:
        """Wait for all; tell of all that failed at once."""
        done, failed = {}, []
        for subject, future in futures.items():
            try:
                done[subject] = future.result(self._patience + 5)
            except (KafkaException, TimeoutError) as error:
                failed.append(f"{deed} {getattr(subject, 'name', subject)}: {said(error)}")
        if failed:
            raise OutsideError("Kafka refused: " + "; ".join(failed))
        return done


def said(error: Exception) -> str:
    """Give Kafka's own words for an error, on one line."""
    cause = error.args[0] if error.args else error
    text = cause.str() if hasattr(cause, "str") else str(cause)
    return " ".join(text.split()) or type(error).__name__
