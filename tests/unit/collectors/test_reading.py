"""Files that are sent once."""

import gzip
import io

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seerflow.collectors import reading
from seerflow.collectors.reading import UnreadableError, pieces


def documents(path, max_bytes: int = 1000) -> list[tuple[bytes, bool]]:
    return [
        (document, run.cut)
        for piece in pieces(str(path), max_bytes)
        for run in piece.runs
        for document in run.documents
    ]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        pytest.param(b"", [], id="nothing"),
        pytest.param(b"one\ntwo\r\n\nthree", [b"one", b"two", b"three"], id="lines, the last without an end"),
        pytest.param(b"\xff\x00\n\x80", [b"\xff\x00", b"\x80"], id="binary"),
        pytest.param(gzip.compress(b"one\ntwo\n"), [b"one", b"two"], id="gzip"),
        pytest.param(
            gzip.compress(b"one\n") + gzip.compress(b"two\n"), [b"one", b"two"], id="two gzip files in one"
        ),
    ],
)
def test_what_a_file_is_its_bytes_say(tmp_path, content, found):
    file = tmp_path / "some.log"
    file.write_bytes(content)
    assert documents(file) == [(document, False) for document in found]


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300), st.integers(1, 30), st.integers(1, 40))
def test_chunks_do_not_show(tmp_path_factory, content, chunk, max_bytes):
    file = tmp_path_factory.getbasetemp() / "chunks.log"
    file.write_bytes(b" " + content)  # so that it is neither gzip nor EVTX
    whole = documents(file, max_bytes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_CHUNK", chunk)
        assert documents(file, max_bytes) == whole
    lines = [line.removesuffix(b"\r") for line in (b" " + content).split(b"\n")]
    assert whole == [(line[:max_bytes], len(line) > max_bytes) for line in lines if line]


def test_ten_megabytes_in_one_line_are_cut(tmp_path):
    file = tmp_path / "long.log"
    file.write_bytes(b"x" * 10_000_000 + b"\nnext\n")
    assert documents(file) == [(b"x" * 1000, True), (b"next", False)]


def test_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"one\ntwo\n")))
    assert documents("-") == [(b"one", False), (b"two", False)]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(None, id="none there"),
        pytest.param(gzip.compress(b"one\n" * 9000)[:-20], id="half a gzip"),
        pytest.param(b"\x1f\x8b\x08\x00nonsense", id="nonsense after gzip's mark"),
        pytest.param(b"ElfFile\0nonsense", id="nonsense after EVTX's mark"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, content):
    file = tmp_path / "broken.log"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UnreadableError, match=r"cannot read .*broken\.log: ."):
        documents(file)


class Records:
    """What the EVTX library gives: records, some of which it cannot read."""

    def __init__(self, *records) -> None:
        self._records = iter(records)

    def __next__(self):
        record = next(self._records)
        if isinstance(record, Exception):
            raise record
        return record

    def __iter__(self):
        return self


def test_evtx_records_become_lines_of_json_and_broken_ones_are_counted(tmp_path, monkeypatch):
    file = tmp_path / "Security.evtx"
    file.write_bytes(b"ElfFile\0")
    good = {"data": '{\n  "Event": {"System": {"EventID": 4625}}\n}'}

    class Parser:
        def __init__(self, path) -> None:
            assert path == str(file)

        def records_json(self):
            return Records(good, RuntimeError("bad chunk"), {"data": "{"}, good)

    monkeypatch.setattr(reading.evtx, "PyEvtxParser", Parser)
    (piece,) = pieces(str(file), 1000)
    assert piece.broken == 2
    assert [orjson.loads(document) for run in piece.runs for document in run.documents] == [
        {"Event": {"System": {"EventID": 4625}}}
    ] * 2
    assert all(b"\n" not in document for run in piece.runs for document in run.documents)
