"""The embedded broker's life: started, found again, mistaken for nobody, ended."""

import os
import socket
import subprocess
import sys
import time

import msgspec
import pytest
from confluent_kafka import Consumer, Producer

from seerflow import broker
from seerflow.adapters import java
from seerflow.adapters.cluster import Cluster
from seerflow.adapters.topics import Shape
from seerflow.config import Config
from seerflow.errors import OutsideError


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """A state folder. Each test starts its broker, which costs nothing where it runs already."""
    mine = Config(state_dir=str(tmp_path_factory.mktemp("state") / "with space and ü"))
    yield mine
    broker.stop(mine)


def stale(config, **changed):
    """Rewrite the note."""
    note = broker.home(config) / "running.json"
    old = msgspec.json.decode(note.read_bytes(), type=broker.Running)
    note.write_bytes(msgspec.json.encode(msgspec.structs.replace(old, **changed)))


def test_a_warm_start_takes_less_than_ten_seconds_and_a_record_outlives_a_restart(config):
    first = broker.start(config)
    Cluster({"bootstrap.servers": first.bootstrap}).apply(
        [Shape(name="kept", partitions=1, replication_factor=1, config={})]
    )
    producer = Producer({"bootstrap.servers": first.bootstrap, "acks": "all"})
    producer.produce("kept", b"record")
    assert producer.flush(10) == 0
    assert broker.stop(config) is True
    assert java.began(first.pid) == 0

    begin = time.monotonic()
    second = broker.start(config)
    assert time.monotonic() - begin < 10
    assert (second.cluster_id, second.bootstrap) == (first.cluster_id, first.bootstrap)
    assert second.pid != first.pid
    consumer = Consumer(
        {"bootstrap.servers": second.bootstrap, "group.id": "test", "auto.offset.reset": "earliest"}
    )
    consumer.subscribe(["kept"])
    assert consumer.poll(20).value() == b"record"
    consumer.close()


def test_a_running_broker_is_found_and_not_started_twice(config):
    first = broker.start(config)
    assert broker.start(config) == first
    assert broker.status(config) == first
    assert broker.reach(config).kafka.bootstrap == first.bootstrap
    assert broker.stop(config) is True
    assert broker.stop(config) is False
    assert broker.status(config) is None
    with pytest.raises(OutsideError, match="seerflow broker start"):
        broker.reach(config)


def test_a_killed_broker_leaves_a_stale_note_and_starts_again(config):
    first = broker.start(config)
    os.kill(first.pid, 9)
    while java.began(first.pid):
        pass
    assert broker.status(config) is None
    assert broker.start(config).cluster_id == first.cluster_id


def test_a_note_whose_pid_another_process_has_now_is_stale_and_that_process_is_left_alone(config):
    broker.start(config)
    broker.stop(config)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        stale(config, pid=other.pid)
        assert broker.status(config) is None
        assert broker.stop(config) is False
        assert other.poll() is None
        other.communicate(b"\n")
    assert other.returncode == 0


def test_a_port_that_answers_with_another_clusters_id_is_not_taken_for_ours(config):
    right = broker.start(config)
    stale(config, cluster_id="sAAAAAAAAAAAAAAAAAAAAA")
    with pytest.raises(OutsideError, match="another cluster"):
        broker.start(config)
    stale(config, cluster_id=right.cluster_id)
    assert broker.start(config) == right


def test_taken_ports_are_left_to_their_owner(tmp_path):
    config = Config(state_dir=str(tmp_path))
    with socket.socket() as owner:
        owner.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            owner.bind(("127.0.0.1", broker.PORTS[0]))
            owner.listen()
        except OSError:
            pass  # somebody has it already: all the better
        try:
            assert broker.start(config).ports[0] != broker.PORTS[0]
        finally:
            broker.stop(config)


def test_a_folder_that_may_not_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutsideError, match="file/state/broker"):
        broker.start(Config(state_dir=str(tmp_path / "file" / "state")))


def test_a_broker_that_dies_at_its_start_says_why(config):
    broker.start(config)
    broker.stop(config)
    meta = broker.home(config) / "kafka" / "meta.properties"
    right = meta.read_text()
    meta.write_text(right.replace("node.id=1", "node.id=7"))
    with pytest.raises(OutsideError, match="node id 7") as died:
        broker.start(config)
    assert str(broker.home(config)) in str(died.value)
    assert broker.status(config) is None
    meta.write_text(right)
    assert broker.start(config).pid
