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


CONFIG = "sources:\n  edge: {parser: cef}\n  cef: {parser: openssh, zone: Europe/Berlin}\n  any: {}\n"


@pytest.mark.parametrize(
    ("arguments", "parser", "time"),
    [
        pytest.param(
            ["--source", "cef"], "openssh/1", "02:07:14", id="a configured source, its parser and zone"
        ),
        pytest.param(["--source", "any"], "openssh/1", "03:07:14", id="a source whose format is recognised"),
        pytest.param(["--source", "edge"], "malformed", "", id="a source of another format"),
        pytest.param(
            ["--source", "edge", "--format", "openssh"], "openssh/1", "03:07:14", id="--format wins"
        ),
        pytest.param(
            ["--source", "openssh"], "openssh/1", "03:07:14", id="no source of that name: the format"
        ),
        pytest.param(["--source", "sshd"], "openssh/1", "03:07:14", id="what people call the format"),
        pytest.param(["--source", "cef", "--zone", "UTC"], "openssh/1", "03:07:14", id="--zone wins"),
    ],
)
@pytest.mark.parametrize("records", [False, True], ids=["lines", "records"])
def test_a_source_is_what_the_configuration_says(parse, tmp_path, arguments, parser, time, records):
    file = tmp_path / "seerflow.yaml"
    file.write_text(CONFIG)
    source, line = arguments[1], LINE if time else "hello"
    if records:
        asked = json.dumps({"id": 1, "raw": line, "source": source}).encode()
        _, out, _ = parse("--config", str(file), "--records", *arguments[2:], stdin=asked)
        answer = json.loads(out)
        one = (answer["events"] or [{"rejected": answer["rejected"][0]}])[0]
    else:
        _, out, _ = parse("--config", str(file), *arguments, stdin=line.encode())
        one = json.loads(out)
    if not time:
        assert one["rejected"]["reason"] == parser
        return
    assert (one["seerflow"]["parser"], one["seerflow"]["source"]) == (parser, source)
    assert time in one["@timestamp"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--source", "opensh"],
            "--source: no source 'opensh' is configured, and no parser has that name; did you mean 'openssh'?",
        ),
        (["--format", "opensh"], "--format: no parser 'opensh'; did you mean 'openssh'?"),
    ],
)
def test_a_slip_of_the_pen_is_told(parse, arguments, said):
    code, out, err = parse(*arguments, stdin=LINE.encode())
    assert (code, out) == (2, "")
    assert said in err


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


@pytest.mark.parametrize("terminal", [False, True], ids=["pipe", "terminal"])
def test_events_are_written_in_the_form_that_is_asked_for(parse, terminal):
    _, ecs, _ = parse("--as", "ecs", stdin=LINE.encode(), terminal=terminal)
    _, ocsf, _ = parse("--as", "ocsf", stdin=LINE.encode(), terminal=terminal)
    assert json.loads(ecs)["source"] == {"ip": "198.51.100.23", "address": "198.51.100.23", "port": 4}
    assert json.loads(ecs)["event"]["category"] == ["authentication"]
    assert (json.loads(ocsf)["class_uid"], json.loads(ocsf)["status_id"]) == (3002, 2)


def test_records_are_answered_in_the_form_that_is_asked_for(parse):
    _, out, _ = parse("--records", "--as", "ecs", stdin=json.dumps({"id": 1, "raw": LINE}).encode())
    (event,) = json.loads(out)["events"]
    assert event["user"] == {"name": "root"}


def test_what_is_rejected_is_the_same_in_every_form(parse):
    answers = [
        parse("--as", form, "--source", "cef", stdin=b"hello\n") for form in ("seerflow", "ecs", "ocsf")
    ]
    assert {(code, out) for code, out, _ in answers} == {answers[0][:2]}
    assert answers[0][0] == 1


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


DOOR = """\
name: acme_door
version: 1
description: Acme doors
reads: text
dataset: acme.door
when: {starts: ['DOOR ']}
messages:
  - dissect: 'DOOR %{door} %{user.name}'
tests:
  - log: 'DOOR 7 bob'
    expect: {user.name: bob}
"""


def test_a_description_is_checked_and_its_tests_run(capsys, tmp_path):
    file = tmp_path / "acme_door.yaml"
    file.write_text(DOOR)
    assert main(["parse", "--check", str(tmp_path)]) == 0
    assert capsys.readouterr().err == "1 descriptions, 1 tests, 0 problems\n"
    file.write_text(DOOR.replace("user.name: bob", "user.name: eve"))
    assert main(["parse", "--check", str(file)]) == 1
    assert capsys.readouterr().out == f"{file}:11:14: tests[0].expect.user.name: expected 'eve', got 'bob'\n"


def test_a_folder_of_descriptions_is_asked_first(capsys, tmp_path):
    (tmp_path / "acme_door.yaml").write_text(DOOR)
    log = tmp_path / "door.log"
    log.write_text("DOOR 7 bob\n")
    assert main(["parse", "--parsers", str(tmp_path), str(log)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["seerflow"]["parser"], found["user.name"]) == ("acme_door/1", "bob")


def test_a_folder_with_mistakes_stops_at_once(capsys, tmp_path):
    (tmp_path / "acme_door.yaml").write_text(DOOR.replace("dissect", "disect"))
    assert main(["parse", "--parsers", str(tmp_path), "-"]) == 1
    assert "acme_door.yaml:8:5: messages[0].disect: unknown key 'disect'" in capsys.readouterr().err


def test_check_wants_files():
    assert main(["parse", "--check"]) == 2
