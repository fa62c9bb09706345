"""What belongs to the structure of a file, as the follower and the reader of whole files see it."""

import os

import pytest

from seerflow.collectors.contract import Run
from seerflow.collectors.following import Followed, open_content
from seerflow.collectors.positions import Position
from seerflow.collectors.reading import pieces
from seerflow.engine import headers
from seerflow.engine.headers import Envelope, RawDefaults

HEAD = b"ERROR boom\njava.lang.IllegalStateException: y"
TAIL = b"\n\tat a.B.c(B.java:1)"
TRACE = HEAD + TAIL


def flat(runs: list[Run]) -> list[tuple[bytes, str]]:
    return [(document, run.columns) for run in runs for document in run.documents]


def follow(path, offset: int = 0, max_bytes: int = 1000) -> Followed:
    content, status = open_content(str(path))
    position = Position(path=str(path), device=status.st_dev, inode=status.st_ino, offset=offset)
    return Followed(content, position, max_bytes, multiline="auto")


def append(path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def test_lines_that_may_go_on_wait_until_a_turn_finds_no_more(tmp_path):
    path = tmp_path / "app.log"
    path.write_bytes(b"first\n" + HEAD + b"\n")
    followed = follow(path)
    assert flat(followed.read()) == [(b"first", "")]
    assert followed.position.offset == 6
    append(path, TAIL[1:] + b"\n")
    assert followed.grown()
    assert followed.read() == []
    assert followed.position.offset == 6
    assert flat(followed.read()) == [(TRACE, "")]
    assert not followed.grown()
    assert followed.position.offset == path.stat().st_size


def test_the_end_of_a_file_that_is_left_is_read_with_what_was_held_back(tmp_path):
    path = tmp_path / "app.log"
    path.write_bytes(TRACE)
    followed = follow(path)
    followed.read()
    assert flat(followed.finish()) == [(TRACE, "")]


@pytest.mark.parametrize("offset", [0, 31])
def test_the_header_holds_wherever_reading_begins(tmp_path, offset):
    path = tmp_path / "u_ex.log"
    path.write_bytes(b"#Fields: date time c-ip\r\na b c\r\n" + b"d e f\r\n")
    followed = follow(path, offset)
    found = flat(followed.read()) + flat(followed.read())
    wanted = [(b"a b c", "w3c date time c-ip"), (b"d e f", "w3c date time c-ip")]
    assert found == wanted[1 if offset else 0 :]


def test_a_file_that_begins_anew_has_no_header_yet(tmp_path):
    path = tmp_path / "u_ex.log"
    path.write_bytes(b"#Fields: c-ip\na\n")
    followed = follow(path)
    followed.read()
    followed.read()
    path.write_bytes(b"b\n")
    followed.restart()
    assert flat(followed.read()) + flat(followed.read()) == [(b"b", "")]


def test_whole_files_have_the_same_structure(tmp_path):
    path = tmp_path / "app.log"
    path.write_bytes(b"#Fields: c-ip\nx\n" + TRACE + b"\nlast")
    found = [one for piece in pieces(str(path), 1000, "auto") for one in flat(list(piece.runs))]
    assert found == [(b"x", "w3c c-ip"), (TRACE, "w3c c-ip"), (b"last", "w3c c-ip")]


def test_columns_travel_in_the_envelope():
    columns = "w3c " + " ".join(f"name-{number}" for number in range(100))
    written = headers.write(Envelope(topic="raw.files", columns=columns), 1)
    assert headers.read(written, 0, RawDefaults()).columns == columns
    with pytest.raises(headers.BadHeader):
        headers.read({"columns": b"x" * 8193}, 0, RawDefaults())
