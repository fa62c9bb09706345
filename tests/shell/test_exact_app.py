"""The Faust app of a stage over a Kafka in memory: the agent, the channel, the table and its RocksDB are real."""

import asyncio

import msgspec
import pytest
from confluent_kafka import KafkaError
from hypothesis import given, settings
from hypothesis import strategies as st

from seerflow.agents.positions import Place
from seerflow.agents.settings import WorkerSettings
from seerflow.agents.shell import MAX_UNDONE
from seerflow.agents.stage import Stage
from seerflow.agents.worker import assemble
from seerflow.errors import FencedError, OutsideError
from seerflow.model.record import Outgoing
from tests.shell.broker_in_memory import Cluster, InMemoryClients, refused

P0, P1 = Place("hits", 0), Place("hits", 1)


class Died(BaseException):
    """The process ends here."""


def counting(**more):
    """Count each key and say every count: one hit lost or repeated shows."""
    decoded = {}

    def step(record, cells):
        counts = decoded[record.partition]
        key = record.value
        if key == b"bug":
            cells.put(b"x", b"must not stay")
            counts[b"x"] = 1000
            raise ValueError("a bug")
        counts[key] = counts.get(key, int(cells.get(key) or 0)) + 1
        cells.put(key, b"%d" % counts[key])
        return [Outgoing(topic="out", value=b"%s:%d" % (key, counts[key]), key=key)]

    def opened(partition, _):
        assert partition not in decoded
        decoded[partition] = {}

    def closed(partition, _):
        del decoded[partition]

    return Stage(
        name="count", inputs=("hits",), changelog="cells", step=step, opened=opened, closed=closed, **more
    )


@pytest.fixture
def cluster():
    made = Cluster(hits=2, out=1, cells=2, rejected=1)
    made.rebalances.append(("assign", [P0, P1]))
    return made


class Life:
    """One process of the worker, from its start to its end or death."""

    def __init__(self, cluster, folder, stage=None, **told):
        self.cluster = cluster
        settings = WorkerSettings(
            client={}, instance="count-0", datadir=str(folder), commit_delay_ms=0, **told
        )
        self.app, self.shell = assemble(stage or counting(), settings, InMemoryClients(cluster), 2)

    async def __aenter__(self):
        await self.app.start()
        self.app.flow_control.resume()
        return self

    async def __aexit__(self, *_):
        await self.app.stop()
        for partition in list(self.app.cells.data._dbs):
            self.app.cells.data._dbs.pop(partition).close()  # a dead process holds no locks

    async def until(self, true):
        async with asyncio.timeout(20):
            while not true() and self.app.reader.failure is None:
                await asyncio.sleep(0.001)
        return self.app.reader.failure

    def done(self, offsets):
        return lambda: all(self.cluster.offsets.get(place) == offset for place, offset in offsets.items())


def live(cluster, folder, offsets=None, stage=None, until=None, **told):
    """Run a worker until these offsets are committed; give what ended it otherwise."""

    async def run():
        async with Life(cluster, folder, stage, **told) as life:
            return await life.until(until or life.done(offsets))

    return asyncio.run(run())


def feed(cluster, keys, partition=0):
    for key in keys:
        cluster.put("hits", partition, key)


def says(cluster):
    return sorted(value for _, value in cluster.committed("out"))


def test_every_record_is_handled_once_and_its_cells_follow(cluster, tmp_path):
    feed(cluster, [b"a", b"b", b"a"])
    feed(cluster, [b"a"], partition=1)
    assert live(cluster, tmp_path, {P0: 3, P1: 1}) is None
    assert says(cluster) == [b"a:1", b"a:1", b"a:2", b"b:1"]
    assert dict(cluster.committed("cells")) == {b"a": b"1", b"b": b"1"}  # partition 1's a is the later one


@pytest.mark.parametrize(
    ("disk", "restored"), [pytest.param("one", 0, id="its disk"), pytest.param("two", 2, id="an empty disk")]
)
def test_a_restart_goes_on_where_it_was_and_restores_only_what_it_lacks(cluster, tmp_path, disk, restored):
    feed(cluster, [b"a", b"b", b"a"])
    live(cluster, tmp_path / "one", {P0: 3}, fetch_records=9)
    feed(cluster, [b"a"])
    cluster.rebalances.append(("assign", [P0, P1]))

    async def run():
        async with Life(cluster, tmp_path / disk) as life:
            await life.until(life.done({P0: 4}))
            return life.shell.counters.cells_restored

    assert asyncio.run(run()) == restored
    assert says(cluster) == [b"a:1", b"a:2", b"a:3", b"b:1"]


def test_a_lost_disk_is_restored_from_the_changelog(cluster, tmp_path):
    feed(cluster, [b"a", b"a", b"b"])
    live(cluster, tmp_path / "one", {P0: 3})
    feed(cluster, [b"a", b"b"])
    cluster.rebalances.append(("assign", [P0, P1]))
    live(cluster, tmp_path / "two", {P0: 5})
    assert says(cluster)[2:] == [b"a:3", b"b:1", b"b:2"]


def test_a_store_ahead_of_its_changelog_is_not_believed(cluster, tmp_path):
    feed(cluster, [b"a"] * 5)
    live(cluster, tmp_path, {P0: 5})
    for name in ("hits", "cells", "out"):  # all topics are made anew; the disk stays
        cluster.logs[Place(name, 0)].clear()
    cluster.offsets.clear()
    feed(cluster, [b"a"])
    cluster.rebalances.append(("assign", [P0, P1]))
    live(cluster, tmp_path, {P0: 1})
    assert says(cluster) == [b"a:1"]


def test_a_bug_becomes_a_dead_letter_and_leaves_no_other_trace(cluster, tmp_path):
    feed(cluster, [b"x", b"bug", b"x"])
    assert live(cluster, tmp_path, {P0: 3}) is None
    assert says(cluster) == [b"x:1", b"x:2"]
    (rejected,) = [msgspec.json.decode(value) for _, value in cluster.committed("rejected")]
    assert rejected["reason"] == "bug"
    assert rejected["detail"].startswith("ValueError at ")
    assert rejected["origin"] == ["hits", 0, 1, 0]


def test_an_output_that_kafka_would_refuse_is_a_bug_of_its_record_only(cluster, tmp_path):
    def step(record, cells):
        cells.put(record.value, b"1")
        return [Outgoing(topic="out", value=record.value * (500 if record.value == b"big" else 1))]

    feed(cluster, [b"a", b"big", b"b"])
    stage = Stage(name="count", inputs=("hits",), changelog="cells", step=step)
    live(cluster, tmp_path, {P0: 3}, stage=stage, max_outgoing_bytes=1000)
    assert says(cluster) == [b"a", b"b"]
    assert len(cluster.committed("rejected")) == 1
    assert [key for key, _ in cluster.committed("cells")] == [b"a", b"b"]


@pytest.mark.parametrize("request_", ["produce", "offsets", "commit"])
def test_an_undone_transaction_comes_again_and_is_seen_once(cluster, tmp_path, request_):
    cluster.refusals[request_] = [refused(KafkaError._TIMED_OUT, abort=True)] * 3
    feed(cluster, [b"a", b"b", b"a"])
    assert live(cluster, tmp_path, {P0: 3}) is None
    assert says(cluster) == [b"a:1", b"a:2", b"b:1"]


def test_what_is_undone_for_ever_ends_the_worker(cluster, tmp_path):
    cluster.refusals["commit"] = [refused(KafkaError._TIMED_OUT, abort=True)] * (MAX_UNDONE + 1)
    feed(cluster, [b"a"])
    failure = live(cluster, tmp_path, {P0: 1})
    assert isinstance(failure, OutsideError)
    assert says(cluster) == []


def test_a_fenced_worker_ends_without_a_trace(cluster, tmp_path):
    feed(cluster, [b"a"])

    def usurp(point):
        if point == "before_offsets":
            InMemoryClients(cluster).producer().init_transactions(1)

    failure = live(cluster, tmp_path, {P0: 1}, reached=usurp)
    assert isinstance(failure, FencedError)
    assert (says(cluster), cluster.offsets) == ([], {})


def test_a_worker_that_the_group_put_out_commits_nothing(cluster, tmp_path):
    feed(cluster, [b"a"])

    def put_out(point):
        if point == "handled" and cluster.member:
            cluster.member = ""
            # Meanwhile another worker did the same record and committed it.
            cluster.offsets[P0] = 1

    failure = live(cluster, tmp_path, {P0: 99}, reached=put_out)
    assert isinstance(failure, FencedError)
    assert says(cluster) == []


def test_partitions_that_are_revoked_are_committed_first_and_come_back_whole(cluster, tmp_path):
    feed(cluster, [b"a", b"b"])
    feed(cluster, [b"c"], partition=1)

    async def run():
        async with Life(cluster, tmp_path, commit_records=10**6) as life:
            life.shell.settings = msgspec.structs.replace(life.shell.settings, commit_delay_ms=10**7)
            await life.until(lambda: life.shell.counters.records_in == 3)
            assert says(cluster) == []  # handled, not committed
            cluster.rebalances.append(("revoke", [P0, P1]))
            await life.until(life.done({P0: 2, P1: 1}))
            await life.until(lambda: not life.shell.positions.partitions())
            life.shell.settings = msgspec.structs.replace(life.shell.settings, commit_delay_ms=0)
            feed(cluster, [b"a"])
            cluster.rebalances.append(("assign", [P0, P1]))
            return await life.until(life.done({P0: 3, P1: 1}))

    assert asyncio.run(run()) is None
    assert says(cluster) == [b"a:1", b"a:2", b"b:1", b"c:1"]


def test_partitions_that_are_lost_leave_nothing_behind(cluster, tmp_path):
    feed(cluster, [b"a", b"b"])

    async def run():
        async with Life(cluster, tmp_path, commit_records=10**6) as life:
            life.shell.settings = msgspec.structs.replace(life.shell.settings, commit_delay_ms=10**7)
            await life.until(lambda: life.shell.counters.records_in == 2)
            cluster.rebalances.append(("lost", [P0, P1]))
            await life.until(lambda: not life.shell.positions.partitions())
            assert (says(cluster), cluster.offsets) == ([], {})
            life.shell.settings = msgspec.structs.replace(life.shell.settings, commit_delay_ms=0)
            cluster.rebalances.append(("assign", [P0, P1]))
            return await life.until(life.done({P0: 2}))

    assert asyncio.run(run()) is None
    assert says(cluster) == [b"a:1", b"b:1"]


def test_a_tick_writes_in_a_transaction_of_its_own_and_proves_its_ownership(cluster, tmp_path):
    def tick(partition, cells):
        if cells.get(b"ticked"):
            return []
        cells.put(b"ticked", b"%d" % partition)
        return [Outgoing(topic="out", value=b"tick %d" % partition)]

    live(
        cluster,
        tmp_path,
        stage=counting(tick=tick),
        tick_delay_seconds=0.0,
        until=lambda: len(says(cluster)) == 2,
    )
    assert says(cluster) == [b"tick 0", b"tick 1"]
    assert cluster.offsets == {P0: 0, P1: 0}


def test_a_bug_in_a_tick_is_contained_too(cluster, tmp_path):
    def tick(*_):
        raise ZeroDivisionError

    feed(cluster, [b"a"])
    seen = lambda: cluster.committed("rejected") and says(cluster)
    assert live(cluster, tmp_path, stage=counting(tick=tick), until=seen) is None


def test_a_bug_that_cannot_be_contained_ends_the_worker(cluster, tmp_path):
    def broken(_):
        raise TypeError("no letter")

    feed(cluster, [b"a", b"bug"])
    assert isinstance(live(cluster, tmp_path, {P0: 2}, stage=counting(dead_letter=broken)), TypeError)


def test_input_that_retention_took_is_counted_and_the_rest_is_read(cluster, tmp_path, monkeypatch):
    feed(cluster, [b"a", b"b", b"c"])
    cluster.offsets[P0] = 0
    monkeypatch.setattr(
        InMemoryClients,
        "bounds",
        lambda self, places: {
            place: (2 if place == P0 else 0, len(self.cluster.logs[place])) for place in places
        },
    )
    counted = []

    async def run():
        async with Life(cluster, tmp_path) as life:
            failure = await life.until(life.done({P0: 3}))
            counted.append(life.shell.counters.expired)
            return failure

    assert asyncio.run(run()) is None
    assert (says(cluster), counted) == ([b"c:1"], [2])


POINTS = ("taken", "handled", "before_offsets", "before_commit", "after_commit", "stored")


@settings(max_examples=25, deadline=None)
@given(
    keys=st.lists(st.sampled_from([b"a", b"b", b"c", b"bug"]), min_size=1, max_size=12),
    deaths=st.lists(st.tuples(st.sampled_from(POINTS), st.integers(1, 4), st.booleans()), max_size=4),
    batch=st.integers(1, 5),
)
def test_a_death_at_any_point_changes_nothing(tmp_path_factory, keys, deaths, batch):
    """A crash is an item of the input: (where, at which pass, with or without its disk)."""
    cluster = Cluster(hits=2, out=1, cells=2, rejected=1)
    feed(cluster, keys)
    wanted = {P0: len(keys)}
    folder = tmp_path_factory.mktemp("life")
    for number, (point, passes, disk_lost) in enumerate([*deaths, ("never", 1, False)]):
        left = [passes]

        def reached(at, point=point, left=left):
            left[0] -= at == point
            if at == point and left[0] == 0:
                raise Died

        cluster.rebalances[:] = [("assign", [P0, P1])]
        folder = folder / str(number) if disk_lost else folder
        failure = live(cluster, folder, wanted, reached=reached, fetch_records=batch)
        assert failure is None or isinstance(failure, Died)
    totals = {key: keys.count(key) for key in set(keys) - {b"bug"}}
    assert says(cluster) == sorted(
        b"%s:%d" % (key, n + 1) for key, total in totals.items() for n in range(total)
    )
    assert len(cluster.committed("rejected")) == keys.count(b"bug")
    assert dict(cluster.committed("cells")) == {key: b"%d" % total for key, total in totals.items()}


def test_what_a_stage_ends_with_is_committed(cluster, tmp_path):
    """A clean end waits for the stage, and what it then says is in the log; the cells are counted."""
    said = []

    def tick(partition, _cells):
        return [Outgoing(topic="out", value=b"drained", partition=0)] if said and partition == 0 else []

    async def drain(tick_all):
        said.append("drain")
        tick_all()

    async def story():
        cluster.put("hits", 0, b"a")
        async with Life(cluster, tmp_path, counting(tick=tick, drain=drain)) as life:
            while not life.shell.counters.commits:
                await asyncio.sleep(0.01)
            life.shell.measure()
            assert (life.shell.counters.cells, life.shell.counters.cells_bytes > 0) == (1, True)

    asyncio.run(story())
    assert cluster.committed("out") == [(b"a", b"a:1"), (None, b"drained")]
