"""Lines of one audit event go together; everything else passes as it is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seerflow.engine.joining import MAX_BYTES, MAX_LINES, joined, unfinished


def record(kind: str, serial: int, node: str = "", rest: str = "a=1") -> bytes:
    return f"{node and f'node={node} '}type={kind} msg=audit(1773267256.001:{serial}): {rest}".encode()


def test_records_of_one_event_are_one_log():
    lines = [
        record("SYSCALL", 7),
        record("CWD", 7),
        record("PATH", 7),
        record("PROCTITLE", 7),
        record("EOE", 7),
    ]
    assert list(joined(lines)) == [b"\n".join(lines)]


def test_another_serial_begins_another_log():
    lines = [record("SYSCALL", 7), record("SYSCALL", 8), record("CWD", 8)]
    assert list(joined(lines)) == [lines[0], b"\n".join(lines[1:])]


def test_serials_of_two_machines_are_two_logs():
    lines = [record("SYSCALL", 7, "a"), record("CWD", 7, "b")]
    assert list(joined(lines)) == lines


def test_what_ended_does_not_go_on():
    lines = [record("SYSCALL", 7), record("EOE", 7), record("SYSCALL", 7)]
    assert list(joined(lines)) == [b"\n".join(lines[:2]), lines[2]]


@pytest.mark.parametrize("line", [b"Mar 11 22:14:15 h app: audit(1) begins", b"", b"hello"])
def test_other_lines_pass_and_part_events(line):
    lines = [record("SYSCALL", 7), line, record("CWD", 7)]
    assert list(joined(lines)) == lines


def test_records_inside_of_syslog_go_together():
    lines = [b"<13>Mar 11 22:14:15 h audispd: " + record(kind, 7) for kind in ("SYSCALL", "CWD")]
    assert list(joined(lines)) == [b"\n".join(lines)]


def test_bounds():
    many = list(joined([record("PATH", 7)] * (MAX_LINES + 1)))
    assert [log.count(b"\n") + 1 for log in many] == [MAX_LINES, 1]
    large = list(joined([record("PATH", 7, rest="x" * (MAX_BYTES // 2))] * 3))
    assert len(large) == 3


KINDS = st.sampled_from(["SYSCALL", "PATH", "EOE", "USER_LOGIN", "PROCTITLE"])
LINES = st.lists(
    st.builds(record, KINDS, st.integers(1, 3), st.sampled_from(["", "a"]))
    | st.sampled_from([b"x", b"audit("])
)


@given(LINES)
def test_no_line_is_lost_or_moved(lines):
    logs = list(joined(lines))
    assert b"\n".join(logs) == b"\n".join(lines)
    for log in logs:
        keys = {tuple(found) for found in re.findall(rb"(node=\S+ )?type=\S+ msg=audit\((\S+)\)", log)}
        assert len(keys) <= 1


@pytest.mark.parametrize(
    ("lines", "waiting"),
    [
        ([record("SYSCALL", 7), record("CWD", 7)], 2),
        ([b"x", record("SYSCALL", 7)], 1),
        ([record("SYSCALL", 6), record("SYSCALL", 7), record("PATH", 7)], 2),
        ([record("SYSCALL", 7), record("PROCTITLE", 7)], 0),
        ([record("SYSCALL", 7), record("EOE", 7)], 0),
        ([record("USER_LOGIN", 7)], 0),
        ([record("SYSCALL", 7), b"x"], 0),
        ([b"x"], 0),
    ],
)
def test_what_waits_for_more_records(lines, waiting):
    text = b"".join(line + b"\n" for line in lines)
    wanted = sum(len(line) + 1 for line in lines[len(lines) - waiting :]) if waiting else 0
    assert unfinished(text) == wanted


def test_an_event_that_is_too_long_does_not_wait():
    assert unfinished((record("SYSCALL", 7, rest="x" * MAX_BYTES)) + b"\n") == 0
