"""Processes: who they are, how they end, what their last words were."""

import os
import subprocess
import sys

import pytest

from seerflow.adapters import java
from seerflow.errors import OutsideError


def python(code):
    return [sys.executable, "-c", code]


def until(condition, what):
    """Wait for the kernel; it answers within its own time, so a bound only keeps a broken test from hanging."""
    import time

    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, what


def test_a_started_program_is_known_by_pid_and_moment_until_it_ends(tmp_path):
    out = tmp_path / "out"
    pid = java.spawn(python("import sys; print('up', flush=True); sys.stderr.write('err'); input()"), out)
    until(lambda: java.began(pid) == 0, "its standard input is closed, so input() ends it")
    assert "up" in out.read_text()
    assert "err" in out.read_text()


def test_end_asks_first(tmp_path):
    asked = "import signal, sys, time\nsignal.signal(15, lambda *_: (print('bye', flush=True), sys.exit()))\nprint('up', flush=True)\nwhile True: time.sleep(9)"
    out = tmp_path / "out"
    pid = java.spawn(python(asked), out)
    until(lambda: "up" in out.read_text(), "it starts")
    java.end(pid, java.began(pid), patience=10)
    assert java.began(pid) == 0
    assert "bye" in out.read_text()


def test_who_does_not_listen_is_ended_without_asking(tmp_path):
    out = tmp_path / "out"
    deaf = "import signal, time\nsignal.signal(15, signal.SIG_IGN)\nprint('up', flush=True)\nwhile True: time.sleep(9)"
    pid = java.spawn(python(deaf), out)
    until(lambda: "up" in out.read_text(), "it starts")
    java.end(pid, java.began(pid), patience=0.1)
    assert java.began(pid) == 0


def test_a_process_of_another_moment_is_left_alone():
    with subprocess.Popen(python("input()"), stdin=subprocess.PIPE) as other:
        java.end(other.pid, java.began(other.pid) + 1, patience=0.1)
        assert other.poll() is None
        other.communicate(b"\n")
    assert other.returncode == 0


def test_remains_are_no_process():
    child = os.posix_spawn(sys.executable, python("pass"), os.environ)
    until(lambda: java.began(child) == 0, "it ends at once")
    with pytest.raises(ChildProcessError):  # and it was buried
        os.waitpid(child, 0)


def test_run_gives_output_or_the_words_that_tell():
    assert java.run(python("print('done')"), 20) == "done\n"
    with pytest.raises(OutsideError, match="RuntimeError: no"):
        java.run(python("raise RuntimeError('no')"), 20)
    with pytest.raises(OutsideError, match="overloaded"):
        java.run(python("input()"), 0.001)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "Java ended without a word"),
        ("java.io.IOException: full\n\tat a.B(c)\n\t... 3 more\n", "java.io.IOException: full"),
        ("fatal\nWARNING: deprecated\n", "fatal"),
    ],
)
def test_last_words(text, expected):
    assert java.last_words(text) == expected
