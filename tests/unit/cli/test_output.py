"""JSON lines for programs, tables for people, and no commands to a terminal."""

import io
import json

import pytest

from seerflow.cli.output import bar, printable, show


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_programs_get_json_lines(capsys):
    show([{"a": 1, "b": "x\ny"}, {"a": 2}], ["a"])
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"a": 1, "b": "x\ny"},
        {"a": 2},
    ]


def test_people_get_a_table_without_control_characters(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    show([{"a": "evil\x1b[2Jname", "b": "not shown"}], ["a"])
    assert "evil\\x1b[2Jname" in screen.getvalue()
    assert "not shown" not in screen.getvalue()


@pytest.mark.parametrize(
    ("text", "expected"), [("ü 😀", "ü 😀"), ("\x1b", "\\x1b"), ("a\nb", "a\\nb"), ("\u202e", "\\u202e")]
)
def test_printable(text, expected):
    assert printable(text) == expected


def test_no_bar_where_nobody_watches(capsys):
    with bar("fetching") as step:
        step(1, 2)
    assert capsys.readouterr() == ("", "")


def test_a_bar_on_a_terminal(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with bar("fetching") as step:
        step(1, 2)
    assert "fetching" in screen.getvalue()
