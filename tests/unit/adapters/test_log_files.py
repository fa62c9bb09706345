"""Reading files of raw logs."""

import gzip
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from seerflow.adapters.log_files import MAX_LINE, logs
from seerflow.errors import OperatorError, OutsideError

TEXT = b"one\r\ntwo\n\nfour \xff\x00\nlast without an end"
WANTED = [b"one", b"two", b"four \xff\x00", b"last without an end"]


@pytest.mark.parametrize("pack", [pytest.param(bytes, id="plain"), pytest.param(gzip.compress, id="gzip")])
def test_lines_come_as_they_stand(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "log"
    path.write_bytes(pack(TEXT))
    assert list(logs(str(path))) == WANTED


def test_a_line_without_an_end_is_cut_and_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * (MAX_LINE + 5))
    assert [len(log) for log in logs(str(path))] == [MAX_LINE, 5]


def test_progress_is_told_in_bytes_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"line\n" * 5000)
    told: list[int] = []
    assert sum(1 for _ in logs(str(path), told.append)) == 5000
    assert told == sorted(told)
    assert 0 < told[-1] <= 25_000


def test_a_file_that_is_not_there_is_the_operator_s_to_name(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="name a file that can be read"):
        list(logs(str(tmp_path / "absent")))


def test_a_gzip_file_that_breaks_off_gives_what_it_had(tmp_path: Path) -> None:
    path = tmp_path / "log.gz"
    path.write_bytes(gzip.compress(b"".join(b"line %d\n" % n for n in range(50_000)))[:-2000])
    seen: list[bytes] = []
    with pytest.raises(OutsideError, match="breaks off"):
        drain(logs(str(path)), seen)
    assert seen[0] == b"line 0"
    assert len(seen) > 1000


def drain(source: Iterable[bytes], into: list[bytes]) -> None:
    for log in source:
        into.append(log)  # noqa: PERF402 - what came before the error is what is looked at
