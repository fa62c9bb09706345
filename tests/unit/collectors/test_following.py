"""A file that grows: lines of one audit event go out in one turn, and none is lost or sent twice."""

import pytest

from seerflow.collectors.following import Followed, open_content
from seerflow.collectors.positions import Position

HEAD = b" msg=audit(1773267256.001:903): "
FIRST = b"type=SYSCALL" + HEAD + b"syscall=59\ntype=CWD" + HEAD + b'cwd="/"\n'
LAST = b"type=PROCTITLE" + HEAD + b"proctitle=6C73\n"


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "audit.log"
    path.write_bytes(b"")
    return path


def followed(path, hold: float) -> Followed:
    content, status = open_content(str(path))
    return Followed(
        content, Position(path=str(path), device=status.st_dev, inode=status.st_ino), 65_536, hold
    )


def write(path, text: bytes) -> None:
    with path.open("ab") as file:
        file.write(text)


def documents(one: Followed) -> list[bytes]:
    return [document for run in one.read() for document in run.documents]


def test_an_event_waits_for_its_last_record(log):
    one = followed(log, hold=3600.0)
    write(log, b"before\n" + FIRST)
    assert documents(one) == [b"before"]
    assert one.position.offset == len(b"before\n")
    assert one.grown()
    assert documents(one) == []
    write(log, LAST + b"after\n")
    assert documents(one) == (FIRST + LAST + b"after").split(b"\n")
    assert not one.grown()


def test_it_does_not_wait_longer_than_it_may(log):
    one = followed(log, hold=0.0)
    write(log, FIRST)
    assert documents(one) == FIRST.splitlines()
    assert one.position.offset == len(FIRST)


def test_a_file_that_is_leaving_does_not_wait(log):
    one = followed(log, hold=3600.0)
    one.leaving = True
    write(log, FIRST)
    assert documents(one) == FIRST.splitlines()


def test_other_lines_do_not_wait(log):
    one = followed(log, hold=3600.0)
    write(log, b"type=USER_LOGIN" + HEAD + b"res=failed\nx\n")
    assert documents(one) == [b"type=USER_LOGIN" + HEAD + b"res=failed", b"x"]
