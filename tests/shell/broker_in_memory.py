"""A Kafka in memory, as far as the shell can tell: logs with transactions and markers, a group, fencing."""

import threading
from collections import defaultdict

from confluent_kafka import KafkaError, KafkaException, TopicPartition

from seerflow.agents.positions import Place


def refused(code, *, fatal=False, abort=False):
    return KafkaException(KafkaError(code, "refused by the test", fatal, False, abort))


class Transaction:
    def __init__(self):
        self.state, self.places, self.offsets = "open", set(), {}


class Message:
    """As much of confluent_kafka.Message as the shell reads."""

    def __init__(self, place, offset, entry=None, error=None):
        self._place, self._offset, self._entry, self._error = place, offset, entry or (None, None, {}), error

    def topic(self):
        return self._place.topic

    def partition(self):
        return self._place.partition

    def offset(self):
        return self._offset

    def key(self):
        return self._entry[0]

    def value(self):
        return self._entry[1]

    def headers(self):
        return list(self._entry[2].items())

    def timestamp(self):
        return (1, 1_700_000_000_000 + self._offset)

    def error(self):
        return self._error


class Cluster:
    """Topics, the group's offsets, and which producer bears which name."""

    def __init__(self, **partitions):
        self.partitions = partitions
        self.logs = defaultdict(list)  # place: (entry, transaction or None); a marker has no entry
        self.offsets = {}
        self.producers = {}
        self.rebalances = []  # ("assign" | "revoke" | "lost", [places]), met by the next poll
        self.member = "member-1"
        self.refusals = defaultdict(list)  # request: errors to answer with, in turn
        self.lock = threading.RLock()

    def put(self, topic, partition, value, key=None, headers=None):
        self.logs[Place(topic, partition)].append(((key, value, headers or {}), None))

    def committed(self, topic):
        """Give the visible records of a topic: (key, value), partition by partition."""
        return [
            entry[:2]
            for partition in range(self.partitions[topic])
            for entry, transaction in self.logs[Place(topic, partition)]
            if entry and (transaction is None or transaction.state == "committed")
        ]

    def finish(self, transaction, state):
        transaction.state = state
        for place in transaction.places:
            self.logs[place].append((None, transaction))
        if state == "committed":
            self.offsets.update(transaction.offsets)

    def stable_end(self, place):
        log = self.logs[place]
        return next((i for i, (_, t) in enumerate(log) if t is not None and t.state == "open"), len(log))

    def refuse(self, request):
        if self.refusals[request]:
            raise self.refusals[request].pop(0)


class Reader:
    """What consumer and changelog reader have in common: positions in logs, committed records, ends."""

    def __init__(self, cluster):
        self.cluster, self.at, self.told_end = cluster, {}, {}

    def seek(self, target):
        self.at[Place(target.topic, target.partition)] = target.offset
        self.told_end.pop(Place(target.topic, target.partition), None)

    def assign(self, targets):
        self.at, self.told_end = {}, {}
        self.incremental_assign(targets)

    def incremental_assign(self, targets):
        for target in targets:
            self.seek(target)

    def next(self):
        for place in sorted(self.at):
            log, end = self.cluster.logs[place], self.cluster.stable_end(place)
            while self.at[place] < end:
                offset = self.at[place]
                entry, transaction = log[offset]
                self.at[place] += 1
                if entry and (transaction is None or transaction.state == "committed"):
                    return Message(place, offset, entry)
            if self.told_end.get(place) != self.at[place]:
                self.told_end[place] = self.at[place]
                return Message(place, self.at[place], error=KafkaError(KafkaError._PARTITION_EOF))
        return None

    def consume(self, count, _):
        found = [self.next() for _ in range(count)]
        return [message for message in found if message is not None]

    def close(self):
        self.at = {}


class Consumer(Reader):
    """The group's member: rebalances happen inside poll, as librdkafka's do."""

    def subscribe(self, _, on_assign, on_revoke, on_lost):
        self.called = {"assign": on_assign, "revoke": on_revoke, "lost": on_lost}

    def poll(self, seconds):
        with self.cluster.lock:
            while self.cluster.rebalances:
                kind, places = self.cluster.rebalances.pop(0)
                targets = [TopicPartition(place.topic, place.partition) for place in places]
                self.called[kind](self, targets)
                if kind != "assign":
                    self.at = {place: offset for place, offset in self.at.items() if place not in places}
            message = self.next()
        if message is None:
            threading.Event().wait(min(seconds, 0.002))
        return message

    def committed(self, asked, timeout):
        assert timeout > 0
        return [
            TopicPartition(
                each.topic, each.partition, self.cluster.offsets.get(Place(each.topic, each.partition), -1001)
            )
            for each in asked
        ]

    def consumer_group_metadata(self):
        return self.cluster.member

    def memberid(self):
        return self.cluster.member

    def close(self):
        if self.at:
            self.called["revoke"](self, [TopicPartition(place.topic, place.partition) for place in self.at])
        super().close()


class Producer:
    """A transactional producer; the next one of its name fences it."""

    def __init__(self, cluster, name):
        self.cluster, self.name, self.transaction, self.reports = cluster, name, None, []

    def init_transactions(self, _):
        before = self.cluster.producers.get(self.name)
        if before is not None and before.transaction is not None:
            self.cluster.finish(before.transaction, "aborted")
        self.cluster.producers[self.name] = self

    def begin_transaction(self):
        self.transaction = Transaction()

    def produce(self, topic, value, key, *, partition=None, headers=None, on_delivery=None):
        self._checked("produce")
        number = partition if partition is not None else sum(key or b"") % self.cluster.partitions[topic]
        place = Place(topic, number)
        self.transaction.places.add(place)
        self.cluster.logs[place].append(((key, value, headers or {}), self.transaction))
        if on_delivery:
            self.reports.append((on_delivery, Message(place, len(self.cluster.logs[place]) - 1)))

    def _checked(self, request):
        if self.cluster.producers.get(self.name) is not self:
            raise refused(KafkaError._FENCED, fatal=True)
        self.cluster.refuse(request)

    def poll(self, _):
        return 0

    def flush(self, _):
        for report, message in self.reports:
            report(None, message)
        self.reports = []
        return 0

    def send_offsets_to_transaction(self, offsets, member, _):
        self._checked("offsets")
        if member != self.cluster.member:
            raise refused(KafkaError.ILLEGAL_GENERATION, abort=True)
        self.transaction.offsets = {Place(each.topic, each.partition): each.offset for each in offsets}

    def commit_transaction(self, _):
        self._checked("commit")
        self.cluster.finish(self.transaction, "committed")
        self.transaction = None

    def abort_transaction(self, _):
        self._checked("abort")
        self.cluster.finish(self.transaction, "aborted")
        self.transaction, self.reports = None, []


class InMemoryClients:
    """Stands where seerflow.agents.clients.Clients stands."""

    def __init__(self, cluster):
        self.cluster = cluster

    def consumer(self):
        return Consumer(self.cluster)

    def producer(self):
        return Producer(self.cluster, "worker")

    def changelog_reader(self):
        return Reader(self.cluster)

    def topic_id(self, topic):
        return f"id of {topic}"

    def bounds(self, places):
        return {place: (0, len(self.cluster.logs[place])) for place in places}
