import gzip
import io
import json
import sys

import pytest

from seerflow.cli import main

LINE = "Mar 12 03:07:14 h sshd[1]: Failed password for root from 198.51.100.23 port 4 ssh2"


class Stdin(io.TextIOWrapper):
    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))


class Stdout(io.TextIOWrapper):
    """stdout as the command finds it: a pipe, or a terminal."""

    terminal = False

    def isatty(self) -> bool:
        return self.terminal


@pytest.fixture
def parse(capfdbinary, monkeypatch):
    def call(*arguments, stdin=b"", terminal=False):
        out = Stdout(io.BytesIO(), encoding="utf-8", write_through=True)
        out.terminal = terminal
        monkeypatch.setattr(sys, "stdin", Stdin(stdin))
        monkeypatch.setattr(sys, "stdout", out)
        code = main(["parse", *arguments])
        out.flush()
        return code, out.buffer.getvalue().decode(), capfdbinary.readouterr()[1].decode()

    return call


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_file_gives_one_document_a_line(parse, tmp_path, pack):
    path = tmp_path / "auth.log"
    path.write_bytes(pack(f"{LINE}\r\n\n{LINE}\n".encode()))
    code, out, _ = parse(str(path))
    documents = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [d["source.ip"] for d in documents] == ["198.51.100.23"] * 2
    assert [d["seerflow"]["origin"] for d in documents] == [[str(path), 0, 0, 0], [str(path), 0, 1, 0]]


def test_standard_input_and_rejected_logs(parse):
    code, out, _ = parse("--source", "cef", stdin=b"hello\n")
    assert code == 1
    assert json.loads(out)["rejected"]["reason"] == "malformed"


def test_records_answer_in_order(parse):
    asked = [
        {"id": "a", "raw": LINE},
        {"id": 7, "raw": "x", "source": "cef"},
        {"id": None, "raw": "\ud83d\ude00 \udc00"},
    ]
    code, out, _ = parse("--records", stdin="\n".join(map(json.dumps, asked)).encode())
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [(a["id"], len(a["events"]), len(a["rejected"])) for a in answers] == [
        ("a", 1, 0),
        (7, 0, 1),
        (None, 1, 0),
    ]
    assert answers[0]["events"][0]["user.name"] == "root"
    assert answers[1]["rejected"][0]["reason"] == "malformed"


def test_a_record_may_hold_several_lines(parse):
    _, out, _ = parse("--records", stdin=json.dumps({"id": 1, "raw": [LINE, LINE]}).encode())
    events = json.loads(out)["events"]
    assert [event["seerflow"]["origin"] for event in events] == [["records", 0, 0, 0], ["records", 0, 0, 1]]


@pytest.mark.parametrize(
    "line",
    [
        b"[]",
        b"no",
        b'{"id": 1}',
        b'{"raw": 7}',
        b'{"raw": []}',
        b'{"raw": [1]}',
        b'{"raw": "x", "source": 1}',
    ],
)
def test_a_wrong_record_is_told_with_its_line(parse, line):
    code, _, err = parse("--records", stdin=b'{"id": 1, "raw": "x"}\n' + line)
    assert code == 2
    assert "line 2" in err


def test_explain_shows_the_steps(parse):
    code, out, _ = parse("--explain", stdin=LINE.encode())
    assert code == 0
    assert "openssh/1 (named for sshd): read" in out


def test_a_missing_file_is_told_without_a_traceback(parse):
    code, _, err = parse("/nonexistent/x.log")
    assert code == 2
    assert "cannot read /nonexistent/x.log" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"ElfFile\x00" + bytes(10), id="evtx without its header"),
        pytest.param(b"\x1f\x8b" + b"x" * 40, id="no gzip"),
        pytest.param(gzip.compress(LINE.encode())[:-12], id="gzip without its end"),
        pytest.param(gzip.compress(LINE.encode())[:12] + b"\xff" * 60, id="gzip gone wrong"),
    ],
)
def test_a_broken_file_is_told_without_a_traceback(parse, tmp_path, data):
    path = tmp_path / "broken"
    path.write_bytes(data)
    code, _, err = parse(str(path))
    assert code == 1
    assert f"{path}: breaks off" in err
    assert "Traceback" not in err


def test_the_table_shows_text_and_no_terminal_controls(parse, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("NO_COLOR", "1")
    code, out, _ = parse(terminal=True, stdin=b"[red]user \x1b[31mbob denied\x1b]0;x\x07\n\n" + LINE.encode())
    assert code == 0
    assert "[red]user" in out
    assert "198.51.100.23" in out
    assert "\x1b]0" not in out
    assert "\x07" not in out
