"""Frames: whatever way a stream is torn into pieces, the same documents come out, and memory keeps its bound."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seerflow.collectors.framing import Framer

MAX = 64


def read(stream: bytes, pieces: list[int] | None = None, max_bytes: int = MAX) -> list[tuple[bytes, bool]]:
    """Feed a stream in pieces of these sizes (the rest at once); give (document, cut)."""
    framer = Framer(max_bytes)
    runs = []
    for size in pieces or []:
        runs += framer.feed(stream[:size])
        stream = stream[size:]
    runs += framer.feed(stream) + framer.end()
    return [(document, run.cut) for run in runs for document in run.documents]


def counted(message: bytes) -> bytes:
    return b"%d %s" % (len(message), message)


@pytest.mark.parametrize(
    ("stream", "documents"),
    [
        pytest.param(b"<34>one\n<34>two\n", [b"<34>one", b"<34>two"], id="lines"),
        pytest.param(b"<34>one\r\n<34>two\r\n", [b"<34>one", b"<34>two"], id="lines with carriage returns"),
        pytest.param(b"<34>one\x00\n", [b"<34>one"], id="a zero byte before the end"),
        pytest.param(b"<34>one", [b"<34>one"], id="the last line without an end"),
        pytest.param(b"\n\n<34>one\n\n", [b"<34>one"], id="empty lines"),
        pytest.param(counted(b"<34>one") + counted(b"<34>two"), [b"<34>one", b"<34>two"], id="counted"),
        pytest.param(counted(b"<34>a\nb\nc"), [b"<34>a\nb\nc"], id="counted, with line feeds inside"),
        pytest.param(counted(b"<34>one\n") + counted(b"<34>two\n"), [b"<34>one", b"<34>two"], id="counted, ends inside"),
        pytest.param(counted(b"<34>one") + b"\n" + counted(b"<34>two"), [b"<34>one", b"<34>two"], id="counted, ends outside"),
        pytest.param(counted(b"<34>one") + b"<34>two\n" + counted(b"<34>three"), [b"<34>one", b"<34>two", b"<34>three"], id="both in one stream"),
        pytest.param(counted(b"<34>one") + counted(b'{"a":1}'), [b"<34>one", b'{"a":1}'], id="counted again, without a priority"),
        pytest.param(b"2024 was a year\n2025 too\n", [b"2024 was a year", b"2025 too"], id="lines that begin with numbers"),
        pytest.param(b"2024", [b"2024"], id="a number and nothing more"),
        pytest.param(b"12 <34>half", [b"12 <34>half"], id="a counted frame that never ends is kept as it came"),
        pytest.param(b"0 <34>zero\n", [b"0 <34>zero"], id="a count of nothing is no count"),
        pytest.param(b"12345678 <34>x\n", [b"12345678 <34>x"], id="eight digits are no count"),
        pytest.param(b"\xff\xfe\x80\n", [b"\xff\xfe\x80"], id="binary"),
        pytest.param(b"", [], id="nothing"),
    ],
)  # fmt: skip
def test_frames(stream, documents):
    assert read(stream) == [(document, False) for document in documents]
    assert read(stream, [1] * len(stream)) == [(document, False) for document in documents]


@pytest.mark.parametrize(
    ("stream", "found"),
    [
        pytest.param(b"x" * 64 + b"\n", [(b"x" * 64, False)], id="a line as long as the bound"),
        pytest.param(b"x" * 65 + b"\n", [(b"x" * 64, True)], id="a line longer by one"),
        pytest.param(
            b"x" * 999 + b"\n<1>next\n", [(b"x" * 64, True), (b"<1>next", False)], id="the next is whole"
        ),
        pytest.param(b"x" * 999, [(b"x" * 64, True)], id="a long line that never ends"),
        pytest.param(
            counted(b"<" + b"x" * 99) + counted(b"<1>next"),
            [(b"<" + b"x" * 63, True), (b"<1>next", False)],
            id="a counted frame beyond the bound",
        ),
        pytest.param(
            b"<1>a\n999 <2>b\n<3>c\n",
            [(b"<1>a", False), (b"999 <2>b", False), (b"<3>c", False)],
            id="in a stream of lines a count beyond the bound swallows nothing",
        ),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 2000])
def test_what_is_too_long_is_cut_and_says_so(stream, found, size):
    assert read(stream, [size] * (len(stream) // size)) == found


MESSAGE = st.binary(max_size=50).map(lambda text: b"<1>" + text.strip(b"\r\n\0"))
LINE = MESSAGE.map(lambda text: text.replace(b"\n", b" ").rstrip(b"\r\n\0"))


@given(st.lists(st.tuples(MESSAGE.map(lambda m: m.rstrip(b"\r\n\0")), st.booleans())), st.data())
def test_however_a_stream_is_torn_the_messages_come_out(messages, data):
    sent = [
        (text if is_counted else text.replace(b"\n", b" ").rstrip(b"\r\n\0"), is_counted)
        for text, is_counted in messages
    ]
    stream = b"".join(counted(text) if is_counted else text + b"\n" for text, is_counted in sent)
    pieces = data.draw(st.lists(st.integers(0, 40), max_size=60))
    assert read(stream, pieces) == [(text, False) for text, _ in sent]


@given(st.binary(max_size=400), st.lists(st.integers(0, 30), max_size=40))
def test_any_bytes_in_any_pieces_give_the_same(stream, pieces):
    assert read(stream, pieces) == read(stream)


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_no_more_is_held_than_a_frame_and_its_count(chunks):
    framer = Framer(MAX)
    for chunk in chunks:
        framer.feed(chunk)
        assert len(framer._held) <= MAX + len(b"1234567 <")
