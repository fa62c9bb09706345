"""A cluster that does not answer. What one does that answers stands in tests/broker."""

import socket

import pytest

from seerflow.adapters.cluster import Cluster
from seerflow.errors import OutsideError


def test_nobody_listens():
    with pytest.raises(
        OutsideError, match=r"no answer from Kafka at 127\.0\.0\.1:1 .*seerflow broker status"
    ):
        Cluster({"bootstrap.servers": "127.0.0.1:1"}, patience=0.3).id()


def test_somebody_listens_and_says_nothing():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(OutsideError, match="no answer"):
            Cluster({"bootstrap.servers": address}, patience=0.3).shapes()
