"""What the exact shell takes for granted of Kafka and librdkafka, asked of a real broker."""

import threading
import time
import uuid

import msgspec
import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from seerflow.agents.changelog import Changelog
from seerflow.agents.clients import Clients
from seerflow.agents.positions import Place
from seerflow.agents.settings import WorkerSettings
from seerflow.agents.stage import Stage
from seerflow.agents.transactions import Transactions, Undone
from seerflow.agents.worker import run
from seerflow.errors import ConfigError, FencedError
from seerflow.model.record import Outgoing

pytestmark = pytest.mark.broker


class Ground:
    """A topic, a changelog and clients of one stage, all with a name of their own."""

    def __init__(self, bootstrap, folder):
        self.name = f"ground-{uuid.uuid4().hex[:12]}"
        self.input, self.cells = f"{self.name}.in", f"{self.name}.cells"
        self.admin = AdminClient({"bootstrap.servers": bootstrap})
        self.make(self.input, self.cells)
        self.stage = Stage(name=self.name, inputs=(self.input,), changelog=self.cells, step=lambda *_: [])
        self.settings = WorkerSettings(
            client={"bootstrap.servers": bootstrap},
            instance="0",
            datadir=str(folder),
            session_timeout_ms=6_000,
            transaction_timeout_ms=10_000,
        )
        self.bootstrap = bootstrap

    def make(self, *topics, partitions=1):
        for made in self.admin.create_topics(
            [NewTopic(t, num_partitions=partitions, replication_factor=1) for t in topics]
        ).values():
            made.result()

    def clients(self, instance="0"):
        return Clients(self.stage, msgspec.structs.replace(self.settings, instance=instance))

    def transactions(self, instance="0"):
        made = Transactions(self.clients(instance).producer())
        made.start()
        return made

    def joined(self, instance):
        """Give a member of the group that owns the input's only partition, and keep it alive by polling."""
        consumer, owned = self.clients(instance).consumer(), threading.Event()

        def assigned(it, places):
            it.assign([TopicPartition(place.topic, place.partition, 0) for place in places])
            if places:
                owned.set()

        consumer.subscribe([self.input], on_assign=assigned)
        deadline = time.monotonic() + 30
        while not owned.is_set() and time.monotonic() < deadline:
            consumer.poll(0.1)
        assert owned.is_set()
        return consumer


@pytest.fixture
def ground(bootstrap, tmp_path):
    return Ground(bootstrap, tmp_path)


def test_committed_offsets_wait_for_the_transaction_that_carries_new_ones(ground):
    first = ground.transactions()
    member = ground.joined("0")
    first.begin()
    first._producer.send_offsets_to_transaction(
        [TopicPartition(ground.input, 0, 7)], member.consumer_group_metadata(), 10
    )
    asking = ground.clients("1").consumer()
    with pytest.raises(KafkaException) as raised:
        asking.committed([TopicPartition(ground.input, 0)], timeout=1.5)
    assert raised.value.args[0].code() == KafkaError._TIMED_OUT
    first._producer.commit_transaction(10)
    assert asking.committed([TopicPartition(ground.input, 0)], timeout=10)[0].offset == 7
    member.close()
    asking.close()


def test_a_worker_that_was_put_out_cannot_commit_though_it_still_has_its_membership(ground):
    zombie, zombies = ground.transactions("0"), ground.joined("0")
    membership = zombies.consumer_group_metadata()
    # Another process takes the same place in the group, as after a restart; its producer has another name here,
    # so that nothing but the group's generation can stop the first.
    successor = ground.joined("0")
    zombie.begin()
    zombie.send(Outgoing(topic=ground.cells, key=b"k", value=b"v", partition=0))
    with pytest.raises(Undone):
        zombie.commit({Place(ground.input, 0): 3}, membership, lambda _: None)
    zombie.abort()
    assert successor.committed([TopicPartition(ground.input, 0)], timeout=10)[0].offset < 0
    successor.close()


def test_the_next_process_of_a_name_fences_the_one_before(ground):
    before = ground.transactions()
    before.begin()
    before.send(Outgoing(topic=ground.cells, key=b"k", value=b"v", partition=0))
    ground.transactions()
    with pytest.raises(FencedError):
        before.commit(
            {Place(ground.input, 0): 1}, ground.joined("0").consumer_group_metadata(), lambda _: None
        )


def test_the_end_of_a_partition_counts_markers_and_aborted_records(ground):
    made = ground.transactions()
    made.begin()
    made.send(Outgoing(topic=ground.cells, key=b"k", value=b"v", partition=0))
    made._producer.flush()
    made.abort()
    reader = ground.clients().changelog_reader()
    reader.assign([TopicPartition(ground.cells, 0, 0)])
    (end,) = reader.consume(1, 20)
    assert end.error().code() == KafkaError._PARTITION_EOF
    assert end.offset() == 2  # the record that nobody sees, and the marker that says so
    reader.close()


class DictStore:
    def __init__(self):
        self.cells, self.at = {}, None

    def offset(self):
        return self.at

    def wipe(self):
        self.cells, self.at = {}, None

    def write(self, cells, offset):
        self.at = offset
        for key, value in cells.items():
            if value is None:
                self.cells.pop(key, None)
            else:
                self.cells[key] = value


def test_a_restore_waits_for_the_transaction_that_is_open_at_its_beginning(ground):
    made = ground.transactions()
    made.begin()
    for key, value in ((b"a", b"1"), (b"b", b"2"), (b"a", None)):
        made.send(Outgoing(topic=ground.cells, key=key, value=value, partition=0))
    made._producer.flush()
    store, changelog = DictStore(), Changelog(ground.clients(), ground.cells)
    done = threading.Thread(target=lambda: changelog.restore({0: store}, lambda: True))
    done.start()
    done.join(1.5)
    assert done.is_alive()
    made._producer.commit_transaction(10)
    done.join(20)
    assert not done.is_alive()
    assert (store.cells, store.at) == ({b"b": b"2"}, 2)
    assert changelog.restore({0: store}, lambda: True).cells == 0


def test_an_empty_changelog_and_one_of_markers_only_are_restored_at_once(ground):
    changelog, store = Changelog(ground.clients(), ground.cells), DictStore()
    assert changelog.restore({0: store}, lambda: True).cells == 0
    made = ground.transactions()
    made.begin()
    made.send(Outgoing(topic=ground.cells, key=b"k", value=b"v", partition=0))
    made._producer.flush()
    made.abort()
    assert changelog.restore({0: store}, lambda: True).cells == 0
    assert store.cells == {}


def test_keys_go_where_java_would_send_them(ground):
    """Murmur2 of Kafka's Java client: values from its own algorithm, computed here."""
    topic = f"{ground.name}.keyed"
    ground.make(topic, partitions=12)
    made, keys = ground.transactions(), [b"%d" % n for n in range(50)]
    landed = {}
    made.begin()
    for key in keys:
        made.send(
            Outgoing(topic=topic, key=key, value=b""),
            lambda _, message: landed.update({message.key(): message.partition()}),
        )
    made._producer.flush()
    made.abort()
    assert landed == {key: (murmur2(key) & 0x7FFFFFFF) % 12 for key in keys}


def murmur2(data):
    # org.apache.kafka.common.utils.Utils.murmur2
    m, mask, length = 0x5BD1E995, 0xFFFFFFFF, len(data)
    h = (0x9747B28C ^ length) & mask
    for i in range(0, length - length % 4, 4):
        k = int.from_bytes(data[i : i + 4], "little") * m & mask
        k = (k ^ (k >> 24)) * m & mask
        h = (h * m & mask) ^ k
    rest = data[length - length % 4 :]
    if rest:
        h = (h ^ int.from_bytes(rest, "little")) * m & mask
    h = (h ^ (h >> 13)) * m & mask
    return h ^ (h >> 15)


def test_a_worker_says_all_that_hinders_it_before_it_starts(ground):
    wrong = f"{ground.name}.wrong"
    ground.make(wrong, partitions=3)
    stage = Stage(name="x", inputs=(ground.input, "nowhere"), changelog=wrong, step=lambda *_: [])
    with pytest.raises(ConfigError) as raised:
        run(stage, ground.settings)
    assert len(raised.value.problems) == 2


def test_no_broker_is_an_exit_code_and_no_traceback(tmp_path, monkeypatch):
    monkeypatch.setattr("seerflow.agents.clients._PATIENCE_SECONDS", 0.5)
    settings = WorkerSettings(
        client={"bootstrap.servers": "127.0.0.1:9"}, instance="0", datadir=str(tmp_path)
    )
    assert run(Stage(name="x", inputs=("a",), step=lambda *_: []), settings) == 75
