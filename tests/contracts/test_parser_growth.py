"""A parser's work grows no faster than the text: twice the text takes about twice the time, whatever the text.

CPU time of this process, the shortest of several runs; a parser whose work grows with the square takes four times.
"""

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seerflow.model.log import Origin, RawLog
from seerflow.parsers import PARSERS, read

GOLDEN = Path(__file__).parent.parent / "golden" / "parsers"
LINES = [line for log in sorted(GOLDEN.glob("*/*.log")) for line in log.read_bytes().splitlines()]
NAMES = ["", *(parser.name for parser in PARSERS)]
#: Bytes of the shorter text: a copy of the rest at every fourth character is seen in it.
SHORT = 131_072
#: Twice the text may take three times the time and a moment: caches, garbage, the clock's own steps.
FACTOR, MOMENT = 3.0, 0.02
TRIES = 6


def repeated(unit: bytes, before: bytes = b"", after: bytes = b""):
    return lambda size: before + unit * max(size // len(unit), 1) + after


def nested(opening: bytes, closing: bytes, inside: bytes = b"1", before: bytes = b"", after: bytes = b""):
    def make(size):
        depth = size // (len(opening) + len(closing))
        return before + opening * depth + inside + closing * depth + after

    return make


def pairs(form: bytes, joint: bytes, before: bytes = b"", after: bytes = b""):
    """As many different pairs as fit: 10,000 and more in the long text."""
    return lambda size: (
        before + joint.join(form % n for n in range(size // (len(form) + len(joint) + 3))) + after
    )


SHAPES = {
    "JSON within JSON": nested(b'{"a":', b"}"),
    "JSON 1,000 deep, and wide": repeated(b"1,", b'{"a":' * 1000 + b"[", b"1]" + b"}" * 1000),
    "lists": nested(b"[", b"]", before=b'{"a":', after=b"}"),
    "JSON never closed": repeated(b'{"a":'),
    "JSON fields": pairs(b'"k%d":"v"', b",", b"{", b"}"),
    "JSON in JSON's text": repeated(b'\\"', b'{"message":"{', b'}"}'),
    "JSON records": pairs(b'{"eventSource":"x","eventName":"y%d"}', b",", b'{"Records":[', b"]}"),
    "XML": nested(b"<a>", b"</a>"),
    "XML attributes": pairs(b'a%d="b"', b" ", b"<Event ", b"></Event>"),
    "XML never closed": repeated(b"<Data Name='a'>", b"<Event><EventData>"),
    "XML entities": repeated(b"&lt;", b"<Event><System>", b"</System></Event>"),
    "pairs": pairs(b"k%d=v", b" "),
    "quoted pairs": pairs(b'k%d="a b"', b" ", b'date=2026-03-11 time=22:14:15 devname="fw" '),
    "pairs with commas": pairs(b"k%d=v", b","),
    "pairs with bars": pairs(b"k%d:v", b"|"),
    "equals signs": repeated(b"a="),
    "only equals signs": repeated(b"="),
    "open quotes": repeated(b'a="'),
    "quotes": repeated(b'"'),
    "escaped quotes": repeated(b'\\"', b'a="'),
    "backslashes": repeated(b"\\"),
    "brackets": repeated(b"["),
    "closed brackets": repeated(b"[]"),
    "braces": repeated(b"{"),
    "parentheses": repeated(b"("),
    "angles": repeated(b"<"),
    "commas": repeated(b","),
    "quoted commas": repeated(b'",'),
    "semicolons": repeated(b";"),
    "bars": repeated(b"|"),
    "carets": repeated(b"^"),
    "tabs": repeated(b"\t"),
    "spaces": repeated(b" ", b"a", b"b"),
    "spaces after a stamp": repeated(b" ", b"Mar 12 03:07:14 "),
    "dashes": repeated(b"-"),
    "colons": repeated(b":"),
    "colons and blanks": repeated(b": "),
    "dots": repeated(b"."),
    "digits and dots": repeated(b"1."),
    "digits": repeated(b"1"),
    "hexadecimal": repeated(b"f"),
    "hexadecimal and colons": repeated(b"f:"),
    "one word": repeated(b"a"),
    "words": repeated(b"user "),
    "many addresses": repeated(b"192.0.2.1 "),
    "percent signs": repeated(b"%"),
    "encoded": repeated(b"%41"),
    "line ends": repeated(b"\\n"),
    "latin-1": repeated(b"\xff"),
    "stamps": repeated(b"2026-03-12T03:07:14Z "),
    "old stamps": repeated(b"Mar 12 03:07:14 "),
    "PRI": repeated(b"<34>"),
    "a host": repeated(b"h", b"Mar 12 03:07:14 "),
    "a tag": repeated(b"t", b"Mar 12 03:07:14 h "),
    "structured data": repeated(b'[a b="c"]', b"<34>1 - h a - - "),
    "structured data never closed": repeated(b'[a b="', b"<34>1 - h a - - "),
    "structured data, one element": pairs(b'k%d="v"', b" ", b"<34>1 - h a - - [a ", b"] x"),
    "repeats": repeated(b"message repeated 9 times: [ ", b"Mar 12 03:07:14 h a: "),
    "CEF header": repeated(b"\\|", b"CEF:0|"),
    "CEF": pairs(b"k%d=v w", b" ", b"CEF:0|a|b|c|d|e|5|"),
    "CEF values": repeated(b"v\\=", b"CEF:0|a|b|c|d|e|5|msg="),
    "LEEF": pairs(b"k%d=v", b"\t", b"LEEF:1.0|a|b|c|d|"),
    "LEEF delimiter": pairs(b"k%d=v", b"^", b"LEEF:2.0|a|b|c|d|^|"),
    "audit": pairs(b"a%d=41", b" ", b"type=EXECVE msg=audit(1.1:1): "),
    "audit names": repeated(b"msg='", b"type=X msg=audit(1.1:1): "),
    "a request": repeated(b'\\"', b'192.0.2.1 - - [11/Mar/2026:22:14:15 +0100] "GET ', b' HTTP/1.1" 200 1'),
    "a path": repeated(b"/a?b=", b'192.0.2.1 - - [11/Mar/2026:22:14:15 +0100] "GET ', b' HTTP/1.1" 200 1 "-" "-"'),
    "from": repeated(b" from ", b"sshd[1]: Failed password for "),
    "for": repeated(b" for ", b"sshd[1]: error: PAM: x"),
    "rhost": repeated(b" rhost=", b"pam_unix(sshd:auth): authentication failure; ruser="),
    "sudo": repeated(b"x ; ", b"sudo: a : TTY="),
    "groups": repeated(b"group 'a' ", b"Mar 12 03:07:14 h usermod[1]: add 'x' to "),
}  # fmt: skip


def spent(data: bytes, name: str) -> float:
    one = RawLog(origin=Origin("t", 0, 0), raw=data, received=1_773_576_000_000_000, format=name)
    begin = time.process_time()
    read(one)
    return time.process_time() - begin


def doubled(make, name: str, short: int) -> str:
    """Say how the time grew where twice the text takes much more than twice the time; "" where it does not."""
    shorter = longer = float("inf")
    # A loaded machine makes single runs long, never short: the shortest of several counts.
    for _ in range(TRIES):
        shorter = min(shorter, spent(make(short), name))
        longer = min(longer, spent(make(short * 2), name))
        if longer <= FACTOR * shorter + MOMENT:
            return ""
    return f"{short} bytes: {shorter * 1000:.1f} ms -> {longer * 1000:.1f} ms"


def grows(make, name: str, short: int) -> str:
    """Say how the time grew where it grew too much twice in a row: a square does that.

    Once is a step: the stack of a regular expression becomes too large for what the allocator keeps at hand.
    """
    said = doubled(make, name, short)
    return said and doubled(make, name, short * 2)


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name or "recognised")
def test_twice_the_text_takes_twice_the_time(name):
    told = {shape: said for shape, make in SHAPES.items() if (said := grows(make, name, SHORT))}
    assert told == {}


def test_a_megabyte_takes_twice_its_half():
    told = {shape: said for shape, make in SHAPES.items() if (said := grows(make, "", 250_000))}
    assert told == {}


PIECES = sorted({piece for line in LINES for piece in re.split(rb"(?<=[\s=|\[\]{}\",:;])", line) if piece})


@settings(max_examples=150, deadline=None)
@given(
    before=st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join),
    unit=st.lists(st.sampled_from(PIECES) | st.binary(min_size=1, max_size=3), min_size=1, max_size=4).map(
        b"".join
    ),
    after=st.lists(st.sampled_from(PIECES), max_size=4).map(b"".join),
    name=st.sampled_from(NAMES),
)
def test_pieces_of_real_forms_over_and_over(before, unit, after, name):
    assert grows(repeated(unit, before, after), name, 65_536) == ""


@settings(max_examples=100, deadline=None)
@given(line=st.sampled_from(LINES), data=st.data(), name=st.sampled_from(NAMES))
def test_a_real_line_with_one_part_over_and_over(line, data, name):
    begin = data.draw(st.integers(0, max(len(line) - 1, 0)))
    end = data.draw(st.integers(begin + 1, min(begin + 24, len(line) + 1)))
    unit = line[begin:end] or b" "
    assert grows(repeated(unit, line[:begin], line[end:]), name, 65_536) == ""


@pytest.mark.parametrize(
    ("work", "linear"),
    [
        pytest.param(lambda text: text.count(b"a") and text.find(b"b"), True, id="linear"),
        pytest.param(
            lambda text: [text[n:].find(b"b") for n in range(0, len(text), 8)], False, id="quadratic"
        ),
    ],
)
def test_the_measure_itself_tells_the_square_from_the_line(monkeypatch, work, linear):
    def taken(data, _name):
        begin = time.process_time()
        work(data)
        return time.process_time() - begin

    monkeypatch.setitem(doubled.__globals__, "spent", taken)
    monkeypatch.setitem(doubled.__globals__, "TRIES", 2)
    assert (grows(repeated(b"a"), "", SHORT) == "") == linear
