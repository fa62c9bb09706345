import pytest
from hypothesis import given
from hypothesis import strategies as st

from seerflow.engine.lines import MAX_LINES, MODES, Assembler
from seerflow.parsers.columns import after, read


def documents(text: str, mode: str = "auto", max_bytes: int = 10_000) -> list[str]:
    assembler = Assembler(mode, max_bytes)
    lines = text.encode().split(b"\n")
    found = [document for line in lines for document in assembler.feed(line, len(line) + 1)]
    return [document.data.decode() for document in [*found, *assembler.flush()]]


TRACES = {
    "java": "ERROR boom\njava.lang.IllegalStateException: x\n\tat a.B.c(B.java:1)\n\tSuppressed: d\nCaused by: e.F: g\n\t... 3 more",
    "python": 'ERROR boom\nTraceback (most recent call last):\n  File "a.py", line 1, in <module>\n    f()\nValueError: x',
    "python, chained": 'ERROR boom\nTraceback (most recent call last):\n  File "a.py", line 1\nValueError: x\nDuring handling of the above exception, another exception occurred:\nTraceback (most recent call last):\n  File "b.py", line 2\nKeyError: y',
    ".net": "fail: boom\nSystem.InvalidOperationException: x\n   at A.B() in C.cs:line 1\n   --- End of inner exception stack trace ---",
    "node": "Error: boom\n    at f (a.js:1:2)\n    at async g (b.js:3:4)",
    "ruby": "boom (RuntimeError)\n\tfrom a.rb:1:in `f'",
    "go": "panic: boom\ngoroutine 1 [running]:\nmain.f(...)\n\t/src/a.go:3",
    "php": "PHP Fatal error: boom\nStack trace:\n#0 /a.php(3): f()\n  thrown in /a.php on line 3",
}  # fmt: skip


@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES)
def test_a_trace_is_one_document_with_the_line_that_it_belongs_to(trace):
    assert documents(f"before\n{trace}\nafter") == ["before", trace, "after"]


PRETTY = '{\n  "a": "}{[",\n  "b": [\n    1\n  ]\n}'
EVENT = "<Event xmlns='x'>\n  <System>\n  </System>\n</Event>"


@pytest.mark.parametrize("mode", ["auto", "json"])
@pytest.mark.parametrize("whole", [PRETTY, EVENT])
def test_pretty_documents_are_whole(mode, whole):
    assert documents(f"before\n{whole}\n{whole}\nafter", mode) == ["before", whole, whole, "after"]


def test_the_modes_differ_in_what_they_join():
    text = "a\n  b\n\tat x.y(z)\nc"
    assert documents(text, "indent") == ["a\n  b\n\tat x.y(z)", "c"]
    assert documents(text, "auto") == ["a", "  b\n\tat x.y(z)", "c"]
    assert documents(text, "json") == documents(text, "none") == text.split("\n")


def test_what_is_joined_is_bounded_in_lines_and_bytes():
    found = documents("a\n" + "\n".join(["\tat x"] * (MAX_LINES + 5)), max_bytes=1 << 20)
    assert [one.count("\n") + 1 for one in found] == [MAX_LINES, 6]
    assert max(map(len, documents("a\n" + "\tat x\n" * 100, max_bytes=50))) <= 50


@given(st.lists(st.sampled_from(["a", " b", "{", "}", "[", "\tat x", "Traceback (most recent call last):", "X: y", "<Event>", "</Event>"]), max_size=20), st.sampled_from(MODES))  # fmt: skip
def test_every_line_is_in_a_document_in_order(lines, mode):
    assert "\n".join(documents("\n".join(lines), mode)) == "\n".join(lines)


@given(st.lists(st.sampled_from([b"a", b" b", b"\tat x", b"{", b"}", b""]), max_size=20))
def test_what_is_held_is_counted(lines):
    assembler, taken = Assembler("auto", 1000), 0
    for line in lines:
        taken += len(line) + 1
        given_ = assembler.feed(line, len(line) + 1)
        assert assembler.held <= taken
        assert all(document.data for document in given_)
    assembler.flush()
    assert assembler.held == 0


def test_a_header_travels_with_the_lines_below_it():
    assembler = Assembler("none", 1000)
    given_ = [
        (document.data, document.columns)
        for line in (b"x", b"#Fields: date time c-ip", b"1 2 3", b"#Fields: c-ip", b"4", b"#no header")
        for document in assembler.feed(line, 0)
    ]
    assert given_ == [
        (b"x", ""),
        (b"1 2 3", "w3c date time c-ip"),
        (b"4", "w3c c-ip"),
        (b"#no header", "w3c c-ip"),
    ]


def test_zeeks_header_is_several_lines():
    known = ""
    for line in (
        "#separator \\x09",
        "#set_separator\t,",
        "#path\tconn",
        "#fields\tts\tid.orig_h",
        "#types\ttime\taddr",
    ):
        known = after(line, known)
    assert known == "zeek:09:conn ts id.orig_h"
    found = read(known)
    assert (found.separator, found.path, found.names) == ("\t", "conn", ("ts", "id.orig_h"))
    assert after("a log", known) is None
    assert after("#a comment", known) is None


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_line_is_a_header_or_none(line, known):
    found = after(f"#{line}", known)
    assert found is None or read(found) is None or read(found).names
