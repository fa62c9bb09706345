"""A real Apache Kafka for all tests of this folder, in a folder of its own; $SEERFLOW_TEST_BOOTSTRAP names another."""

import itertools
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seerflow import broker
from seerflow.adapters.cluster import Cluster
from seerflow.adapters.topics import Shape


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.broker)


@pytest.fixture(scope="session")
def bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real broker."""
    given = os.environ.get("SEERFLOW_TEST_BOOTSTRAP")
    if given:
        yield given
        return
    with broker.temporary(tmp_path_factory.mktemp("broker")) as running:
        yield running.bootstrap


@pytest.fixture(scope="session")
def cluster(bootstrap: str) -> Cluster:
    """The administrator's view of that broker."""
    return Cluster({"bootstrap.servers": bootstrap})


@pytest.fixture
def topics(cluster: Cluster) -> Iterator[Callable[..., str]]:
    """Make topics whose names nobody else has: `topics("events", partitions=4, **{"retention.ms": "1"})`."""
    made: list[str] = []
    number = itertools.count()

    def make(stem: str = "test", partitions: int = 4, **config: str) -> str:
        name = f"{stem}.{secrets.token_hex(4)}.{next(number)}"
        cluster.apply([Shape(name=name, partitions=partitions, replication_factor=1, config=config)])
        made.append(name)
        return name

    yield make
    cluster.delete(made)
