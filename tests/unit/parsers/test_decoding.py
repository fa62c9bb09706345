import pytest
from hypothesis import given
from hypothesis import strategies as st

from seerflow.parsers.decoding import MAX_BYTES, decode


@pytest.mark.parametrize(
    ("raw", "text", "flags"),
    [
        pytest.param("grün".encode(), "grün", (), id="UTF-8"),
        pytest.param(b"\xef\xbb\xbfx\r\n", "x", (), id="UTF-8 mark, line end"),
        pytest.param("grün".encode("utf-16"), "grün", (), id="UTF-16 with mark"),
        pytest.param("plain".encode("utf-16-le"), "plain", (), id="UTF-16 little, no mark"),
        pytest.param("plain".encode("utf-16-be"), "plain", (), id="UTF-16 big, no mark"),
        pytest.param(b"gr\xfcn", "grün", ("encoding_repaired",), id="Latin-1"),
        pytest.param("ü".encode() + b"\xfc", "üü", ("encoding_repaired",), id="both in one"),
        pytest.param(b"x\0\0", "x", (), id="NULs behind"),
        pytest.param(b"\xff\xfe\x00\xd8x\x00", "\ufffdx", ("encoding_repaired",), id="half a surrogate pair"),
    ],
)
def test_text_comes_out_and_repairs_are_told(raw, text, flags):
    decoded = decode(raw)
    assert (decoded.text, decoded.flags, decoded.reason) == (text, flags, "")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [(b"", "empty"), (b"\n\n", "empty"), (b"\xef\xbb\xbf", "empty"), (b"\0" * 100, "empty"),
     (b"a\0\0b", "not_text"), (b"x" * MAX_BYTES, ""), (b"x" * (MAX_BYTES + 1), "too_long")],
)  # fmt: skip
def test_what_is_no_text_has_a_reason(raw, reason):
    assert decode(raw).reason == reason


@given(st.text(st.characters(codec="utf-8", min_codepoint=32), min_size=1, max_size=80))
def test_utf8_text_is_kept_as_it_is(text):
    decoded = decode(text.encode())
    if (
        decoded.encoding == "utf-8"
        and not text.startswith("\ufeff")
        and text.strip(" \x1c\x1d\x1e\x1f\x85\xa0")
    ):
        assert decoded.text == text or decoded.reason


@given(st.binary(max_size=200))
def test_any_bytes_give_text_that_utf8_can_write_or_a_reason(raw):
    decoded = decode(raw)
    assert bool(decoded.text) != bool(decoded.reason)
    decoded.text.encode()
