"""The file follower: stories of what happens to log files while somebody, or nobody, follows them."""

import asyncio
import gzip
import os
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seerflow.collectors.contract import Labels
from seerflow.collectors.files import Files, FilesOptions
from seerflow.collectors.following import Followed, open_content
from seerflow.collectors.positions import Position, Positions
from seerflow.errors import OutsideError
from tests.fake_sink import ListSink, Running, eventually


def numbered(first: int, last: int) -> list[bytes]:
    """Lines long enough that twenty of them are more than the windows by which a file is known."""
    return [b"%08d Mar 12 03:07:14 web-prod-01 app: something happened" % n for n in range(first, last)]


def text(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def append(path, lines: list[bytes]) -> None:
    with path.open("ab") as out:
        out.write(text(lines))


@pytest.fixture
def follower(tmp_path):
    """Make followers of `logs/app.log*`-like patterns that share one state file: each is a start of the program."""

    def make(pattern: str = "app.log", **options) -> Files:
        quick = {"poll_seconds": 0.01, "save_seconds": 0.02, "grace_seconds": 0.1, **options}
        return Files(
            FilesOptions(
                path=str(tmp_path / "logs" / pattern), state_file=tmp_path / "state" / "files.json", **quick
            )
        )

    return make


@pytest.fixture
def log(tmp_path):
    (tmp_path / "logs").mkdir()
    return tmp_path / "logs" / "app.log"


def collected(collector: Files, count: int, meanwhile=None) -> ListSink:
    """Run until so many documents came, then stop."""

    async def story():
        sink = ListSink()
        async with Running(collector, sink):
            if meanwhile:
                await meanwhile(sink)
            await sink.until_documents(count)
        return sink

    return asyncio.run(story())


# --- following ---------------------------------------------------------------------------------------------


def test_lines_come_in_order_with_their_labels(follower, log):
    log.write_bytes(text(numbered(0, 50)))
    collector = follower(labels=Labels(topic="raw.files", source="web", format="openssh"))

    async def meanwhile(sink):
        await sink.until_documents(50)
        append(log, numbered(50, 80))

    sink = collected(collector, 80, meanwhile)
    assert sink.documents == numbered(0, 80)
    envelope = sink.offers[0][0]
    assert (envelope.source, envelope.format, envelope.collector, envelope.lane) == (
        "web",
        "openssh",
        "files",
        str(log),
    )
    assert collector.counts["documents"] == 80


def test_a_line_without_an_end_is_waited_for(follower, log):
    log.write_bytes(b"one\ntw")

    async def meanwhile(sink):
        await sink.until_documents(1)
        assert sink.documents == [b"one"]
        with log.open("ab") as out:
            out.write(b"o\r\nthree\n")

    assert collected(follower(), 3, meanwhile).documents == [b"one", b"two", b"three"]


def test_a_file_that_appears_later_is_read_from_its_beginning(follower, log):
    async def meanwhile(_sink):
        log.write_bytes(b"one\n")

    assert collected(follower(), 1, meanwhile).documents == [b"one"]


@pytest.mark.parametrize(("at_end", "found"), [(False, [b"old", b"new"]), (True, [b"new"])])
def test_the_first_start_reads_what_is_there_or_leaves_it(follower, log, at_end, found):
    log.write_bytes(b"old\n")

    async def meanwhile(_sink):
        append(log, [b"new"])

    assert collected(follower(at_end=at_end), len(found), meanwhile).documents == found


def test_a_long_line_is_cut_and_the_next_one_is_whole(follower, log):
    log.write_bytes(b"x" * 5_000_000 + b"\n" + b"y" * 1001 + b"\nnext\n")
    sink = collected(follower(max_bytes=1000), 3)
    assert [(documents, envelope.cut) for envelope, documents, _ in sink.offers] == [
        ([b"x" * 1000], True),
        ([b"y" * 1000], True),
        ([b"next"], False),
    ]


def test_what_is_no_regular_file_is_left_alone_and_counted(follower, log):
    os.mkfifo(log.with_name("app.log.pipe"))
    log.write_bytes(b"one\n")
    collector = follower("app.log*")
    assert collected(collector, 1).documents == [b"one"]
    assert collector.counts["unread_files"] == 1


def test_no_more_files_are_open_than_the_bound(follower, log):
    for n in range(5):
        log.with_name(f"app{n}.log").write_bytes(b"one\n")
    collector = follower("app*.log", max_files=3)
    assert collected(collector, 3).documents == [b"one"] * 3
    assert collector.counts["unread_files"] == 2


# --- restart -----------------------------------------------------------------------------------------------


def test_a_restart_goes_on_where_it_was(follower, log):
    log.write_bytes(text(numbered(0, 50)))
    collected(follower(), 50)
    append(log, numbered(50, 60))
    assert collected(follower(), 10).documents == numbered(50, 60)


#  sent     ..........|xxxxxxxx     the crash: x was sent, its position was not saved
#  again              |xxxxxxxx....
def test_a_crash_between_sending_and_saving_repeats_and_loses_nothing(follower, log):
    log.write_bytes(text(numbered(0, 50)))
    collected(follower(), 50)
    append(log, numbered(50, 70))

    async def crash():
        sink = ListSink(held=True)
        task = asyncio.ensure_future(follower().run(sink, asyncio.Event()))
        await sink.until_documents(20)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return sink.documents

    assert asyncio.run(crash()) == numbered(50, 70)
    append(log, numbered(70, 75))
    assert collected(follower(), 25).documents == numbered(50, 75)


def test_positions_are_saved_only_after_delivery(follower, log, tmp_path):
    log.write_bytes(text(numbered(0, 5)))

    async def story():
        sink = ListSink(held=True)
        async with Running(follower(), sink):
            await sink.until_documents(5)
            append(log, numbered(5, 6))
            await asyncio.sleep(0.1)  # five times save_seconds
            assert not (tmp_path / "state" / "files.json").exists()
            sink.arrives.set()
            await eventually((tmp_path / "state" / "files.json").exists)

    asyncio.run(story())


def test_a_long_line_may_lie_across_a_restart(follower, log):
    log.write_bytes(b"x" * 3_000_000)
    assert collected(follower(max_bytes=1000), 1).documents == [b"x" * 1000]
    append(log, [b"x" * 10, b"next"])
    assert collected(follower(max_bytes=1000), 1).documents == [b"next"]


def test_an_unreadable_state_file_stops_the_start_and_says_what_to_do(follower, tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "files.json").write_bytes(b"{half")
    with pytest.raises(OutsideError, match="remove the file to read all logs from their beginning"):
        asyncio.run(follower().run(ListSink(), asyncio.Event()))


def test_the_state_file_holds_no_line(follower, log, tmp_path):
    log.write_bytes(b"password=hunter2\n")
    collected(follower(), 1)
    assert b"hunter2" not in (tmp_path / "state" / "files.json").read_bytes()


# --- rotation ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
def test_a_renamed_file_is_read_to_its_end_and_the_new_one_from_its_beginning(follower, log, pattern):
    log.write_bytes(text(numbered(0, 30)))
    collector = follower(pattern)

    async def meanwhile(sink):
        await sink.until_documents(30)
        with log.open("ab") as writer:
            log.rename(log.with_name("app.log.1"))
            writer.write(text(numbered(30, 40)) + b"no end")  # its writer has it open still
        log.write_bytes(text(numbered(100, 110)))

    documents = collected(collector, 51, meanwhile).documents
    assert sorted(documents) == sorted([*numbered(0, 40), b"no end", *numbered(100, 110)])
    assert [line for line in documents if line < b"00000100"] == numbered(0, 40)
    assert collector.counts["rotations"] == 1


@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
def test_a_file_renamed_while_nobody_looked_is_read_to_its_end(follower, log, pattern):
    log.write_bytes(text(numbered(0, 30)))
    collected(follower(pattern), 30)
    append(log, numbered(30, 40))
    log.rename(log.with_name("app.log.1"))
    log.write_bytes(text(numbered(100, 105)))
    assert sorted(collected(follower(pattern), 15).documents) == [*numbered(30, 40), *numbered(100, 105)]


@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
def test_a_copied_and_truncated_file_loses_no_line(follower, log, pattern):
    log.write_bytes(text(numbered(0, 30)))
    collected(follower(pattern), 30)
    append(log, numbered(30, 40))
    shutil.copyfile(log, log.with_name("app.log.1"))
    log.write_bytes(text(numbered(100, 105)))
    collector = follower(pattern)
    assert sorted(collected(collector, 15).documents) == [*numbered(30, 40), *numbered(100, 105)]
    assert collector.counts["truncations"] == 1


def test_a_truncation_before_our_eyes_begins_anew(follower, log):
    log.write_bytes(text(numbered(0, 30)))
    collector = follower()

    async def meanwhile(sink):
        await sink.until_documents(30)
        log.write_bytes(text(numbered(100, 103)))
        await sink.until_documents(33)
        # Longer than before at the next look: only the bytes show that it is another text.
        log.write_bytes(text(numbered(200, 280)))

    assert collected(collector, 113, meanwhile).documents == [
        *numbered(0, 30),
        *numbered(100, 103),
        *numbered(200, 280),
    ]
    assert collector.counts["truncations"] == 2


def test_a_file_under_a_reused_inode_is_another_file(follower, log):
    log.write_bytes(text(numbered(0, 30)))
    collected(follower(), 30)
    log.write_bytes(text(numbered(500, 540)))  # same inode, longer, other bytes
    assert collected(follower(), 40).documents == numbered(500, 540)


def test_a_file_that_only_begins_like_another_is_read_from_its_beginning(follower, log):
    log.write_bytes(text(numbered(0, 30)))
    collector = follower("app*.log")

    async def meanwhile(sink):
        await sink.until_documents(30)
        log.with_name("app2.log").write_bytes(text(numbered(0, 30)))

    assert collected(collector, 60, meanwhile).documents == numbered(0, 30) * 2


def test_a_vanished_file_with_unread_lines_is_counted(follower, log, tmp_path):
    log.write_bytes(text(numbered(0, 30)))
    collected(follower(), 30)
    state = tmp_path / "state" / "files.json"
    state.write_bytes(state.read_bytes().replace(b'"size":', b'"size":9'))  # it had grown before it went
    log.unlink()
    collector = follower()

    async def story():
        async with Running(collector, ListSink()):
            pass

    asyncio.run(story())
    assert collector.counts["lost_files"] == 1


# --- compressed --------------------------------------------------------------------------------------------


def test_a_compressed_file_is_read_once(follower, log):
    log.with_name("app.log.2.gz").write_bytes(gzip.compress(text(numbered(0, 30)) + b"no end"))
    collector = follower("app.log*")

    async def meanwhile(sink):
        await sink.until_documents(31)
        append(log, [b"one"])

    assert collected(collector, 32, meanwhile).documents == [*numbered(0, 30), b"no end", b"one"]
    append(log, [b"two"])
    assert collected(follower("app.log*"), 1).documents == [b"two"]


def test_a_followed_file_that_was_compressed_meanwhile_goes_on(follower, log):
    log.write_bytes(text(numbered(0, 30)))
    collected(follower(), 30)
    log.with_name("app.log.1.gz").write_bytes(gzip.compress(text(numbered(0, 40))))
    log.unlink()
    assert collected(follower(), 10).documents == numbered(30, 40)


@pytest.mark.parametrize("broken", [b"\x1f\x8b\x08nonsense", gzip.compress(text(numbered(0, 900)))[:-300]])
def test_a_broken_compressed_file_does_not_stop_the_others(follower, log, broken):
    log.with_name("app.log.1.gz").write_bytes(broken)
    log.write_bytes(b"one\n")
    assert b"one" in collected(follower("app.log*"), 1).documents


# --- one file ----------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=12), st.integers(1, 40))
def test_however_a_file_grows_its_lines_come_out_once(tmp_path_factory, pieces, max_bytes):
    path = tmp_path_factory.mktemp("grow") / "app.log"
    path.write_bytes(b"")
    content, status = open_content(str(path))
    followed = Followed(
        content, Position(path=str(path), device=status.st_dev, inode=status.st_ino), max_bytes
    )
    runs = []
    for piece in pieces:
        with path.open("ab") as out:
            out.write(piece)
        runs += followed.read()
        resumed = Position(
            **{name: getattr(followed.position, name) for name in followed.position.__struct_fields__}
        )
        followed.close()
        followed = Followed(open_content(str(path))[0], resumed, max_bytes)  # a restart after every piece
    runs += followed.finish()
    followed.close()
    found = [(document, run.cut) for run in runs for document in run.documents]
    lines = [line.removesuffix(b"\r") for line in b"".join(pieces).split(b"\n")]
    whole = [(line, False) for line in lines if 0 < len(line) <= max_bytes]
    assert [one for one in found if not one[1]] == whole
    assert all(len(document) == max_bytes for document, cut in found if cut)
    assert len([one for one in found if one[1]]) == len([line for line in lines if len(line) > max_bytes])


def test_positions_survive_and_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr("seerflow.collectors.positions.MAX_KEPT", 3)
    positions = Positions(tmp_path / "deep" / "state.json")
    for inode in range(5):
        positions.note(Position(path=f"/{inode}", device=1, inode=inode, offset=inode))
    positions.save()
    again = Positions(tmp_path / "deep" / "state.json")
    assert again.load()
    assert [position.inode for position in again] == [2, 3, 4]
    assert not (tmp_path / "deep" / "state.json.new").exists()


def test_a_full_disk_is_said_once_and_clearly(tmp_path):
    positions = Positions(tmp_path / "file" / "state.json")
    (tmp_path / "file").write_bytes(b"in the way")
    positions.note(Position(path="/a", device=1, inode=1))
    with pytest.raises(OutsideError, match="cannot save the positions in"):
        positions.save()
