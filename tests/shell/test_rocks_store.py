"""The store below the cells: a Faust table's RocksDB, and what makes it begin anew."""

import pytest

from seerflow.agents.app import build_app
from seerflow.agents.settings import WorkerSettings
from seerflow.agents.stage import Stage
from seerflow.agents.tables import RocksStore
from seerflow.errors import OutsideError

STALE_SECONDS = 3600.0


class Disk:
    """One worker's folder, opened again and again, at times that the test sets."""

    def __init__(self, folder):
        self.folder, self.now = folder, 1_000.0

    def table(self):
        stage = Stage(name="count", inputs=("hits",), changelog="cells", step=lambda *_: [])
        return build_app(
            stage, WorkerSettings(client={}, instance="0", datadir=str(self.folder)), 4
        ).cells.data

    def store(self, changelog="id-1", partition=0):
        return RocksStore(self.table(), partition, changelog, lambda: self.now, STALE_SECONDS)


@pytest.fixture
def disk(tmp_path):
    return Disk(tmp_path)


def written(disk, **more):
    store = disk.store(**more)
    store.write({b"a": b"1", b"b": b"2"}, 17)
    store.write({b"a": None, b"c": b"3"}, 19)
    store.close()


def test_cells_and_their_offset_outlive_the_process(disk):
    written(disk)
    store = disk.store()
    assert (store.get(b"a"), store.get(b"b"), store.get(b"c"), store.offset()) == (None, b"2", b"3", 19)
    store.close()


def test_partitions_do_not_mix(disk):
    written(disk)
    store = disk.store(partition=1)
    assert (store.get(b"b"), store.offset()) == (None, None)
    store.close()


def test_faust_reads_the_same_offset(disk):
    written(disk)
    table = disk.table()
    store = RocksStore(table, 0, "id-1", lambda: disk.now, STALE_SECONDS)
    assert table.persisted_offset(type("P", (), {"partition": 0})) == 19
    store.close()


@pytest.mark.parametrize(
    ("changelog", "later", "offset"),
    [
        pytest.param("id-1", 0.0, 19, id="as it was left"),
        pytest.param("id-1", STALE_SECONDS, 19, id="away, but not for too long"),
        pytest.param("id-1", STALE_SECONDS + 1, None, id="away for longer than deletions are kept"),
        pytest.param("id-2", 0.0, None, id="the changelog is another topic of that name"),
    ],
)
def test_an_offset_is_given_only_where_it_proves_something(disk, changelog, later, offset):
    written(disk)
    disk.now += later
    store = disk.store(changelog)
    assert store.offset() == offset
    store.close()


def test_a_wiped_store_is_empty_and_usable(disk):
    written(disk)
    store = disk.store()
    store.wipe()
    assert (store.get(b"b"), store.offset(), list(store.scan(b""))) == (None, None, [])
    store.write({b"z": b"9"}, 3)
    assert store.get(b"z") == b"9"
    store.close()


@pytest.mark.parametrize("victim", ["CURRENT", "MANIFEST-*"])
def test_an_unreadable_store_begins_anew(disk, victim):
    written(disk)
    for file in next(iter(disk.folder.rglob("cells-0.db"))).glob(victim):
        file.write_bytes(b"\x00garbage")
    store = disk.store()
    assert (store.get(b"b"), store.offset()) == (None, None)
    store.close()


def test_a_store_that_another_process_holds_is_left_alone(disk):
    holder = disk.store()
    holder.write({b"b": b"2"}, 1)
    with pytest.raises(OutsideError, match="another process"):
        disk.store()
    assert holder.get(b"b") == b"2"
    holder.close()


def test_cells_come_in_key_order_from_behind_the_given_key(disk):
    store = disk.store()
    store.write({b"%d" % n: b"" for n in range(5)}, 1)
    assert [key for key, _ in store.scan(b"1") if not key.startswith(b"__")] == [b"2", b"3", b"4"]
    store.close()
