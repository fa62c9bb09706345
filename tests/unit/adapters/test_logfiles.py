"""Reading files of raw logs."""

import gzip
from pathlib import Path

import pytest

from seerflow.adapters.logfiles import MAX_LOG_BYTES, logs
from seerflow.errors import OperatorError, OutsideError

TEXT = b"one\r\ntwo\n\nfour \xff\x00\nlast without an end"
WANTED = [b"one", b"two", b"", b"four \xff\x00", b"last without an end"]


@pytest.mark.parametrize("pack", [pytest.param(bytes, id="plain"), pytest.param(gzip.compress, id="gzip")])
def test_lines_come_as_they_stand(tmp_path: Path, pack: object) -> None:
    path = tmp_path / "log"
    path.write_bytes(pack(TEXT))  # type: ignore[operator]  # one of the two functions above
    assert list(logs(str(path))) == WANTED


def test_a_line_without_an_end_is_cut_and_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * (2 * MAX_LOG_BYTES + 5))
    assert [len(log) for log in logs(str(path))] == [MAX_LOG_BYTES, MAX_LOG_BYTES, 5]


def test_a_file_that_is_not_there_is_the_operator_s_to_name(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="name a file that can be read"):
        list(logs(str(tmp_path / "absent")))


def test_a_gzip_file_that_breaks_off_gives_what_it_had(tmp_path: Path) -> None:
    path = tmp_path / "log.gz"
    path.write_bytes(gzip.compress(b"".join(b"line %d\n" % n for n in range(50_000)))[:-2000])
    seen = []
    with pytest.raises(OutsideError, match="breaks off"):
        seen.extend(iter(_each(logs(str(path)), seen)))
    assert seen[0] == b"line 0"
    assert len(seen) > 1000


def _each(source: object, seen: list[bytes]) -> list[bytes]:
    for log in source:  # type: ignore[attr-defined]  # an iterator that raises at its end
        seen.append(log)
    return []
