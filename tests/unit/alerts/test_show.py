"""Alerts as text: the whole page by heart, and nothing in it that a log could use to deceive."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seerflow.alerts import show
from seerflow.model.alert import Alert, Cause
from seerflow.model.finding import Evidence, Reason
from seerflow.model.log import Origin


def alert(**more) -> Alert:
    values = {
        "id": "0123456789abcdef0123456789abcdef", "revision": 2, "notice": "escalated", "level": "critical",
        "title": "Success after guessing", "story": "bruteforce", "key": (("source.ip", "198.51.100.23"),),
        "first": 1_773_284_834_000_000, "last": 1_773_284_837_500_000, "count": 7,
        "causes": (
            Cause(detector="correlation", rule="bf-ok", title="Success after guessing", level="critical"),
            Cause(detector="correlation", rule="bf", title="Guessing", level="high", count=6),
        ),
        "findings": ("f",),
        "evidence": (
            Evidence(event="e", origin=Origin("raw.syslog", 3, 41, 7), time=1_773_284_834_000_000,
                     text="Failed password for admin"),
            Evidence(event="d", origin=Origin("raw.syslog", 3, 42), time=1_773_284_837_000_000,
                     values={"user.name": "root"}),
        ),
        "reasons": (Reason(text="6 hits within 60 s"),), "tags": ("attack.t1110",),
    }  # fmt: skip
    return Alert(**(values | more))


GOLDEN = """\
[ESCALATED critical] Success after guessing: source.ip=198.51.100.23
  who       source.ip=198.51.100.23
  when      2026-03-12T03:07:14Z to 2026-03-12T03:07:17Z
  count     7
  because   Success after guessing (critical, bf-ok, 1)
  because   Guessing (high, bf, 6)
  reason    6 hits within 60 s
  2026-03-12T03:07:14Z Failed password for admin <raw.syslog/3/41/7>
  2026-03-12T03:07:17Z user.name=root <raw.syslog/3/42/0>
  tags      attack.t1110
  alert     0123456789abcdef0123456789abcdef revision 2
"""


def test_the_page():
    assert show.text(alert()) == GOLDEN


@pytest.mark.parametrize(
    ("notice", "head"),
    [("new", "[ALERT "), ("reopened", "[AGAIN "), ("retracted", "[RETRACTED "), ("", "[ALERT ")],
)
def test_heads(notice, head):
    assert show.subject(alert(notice=notice)).startswith(head)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param("plain ü 漢", "plain ü 漢", id="letters stay"),
        pytest.param("a\x1b[2Jb", "a\\x1b[2Jb", id="terminal control"),
        pytest.param("a\r\nBcc: x", "a\\r\\nBcc: x", id="line break"),
        pytest.param("a\u202eb", "a\\u202eb", id="right-to-left override"),
        pytest.param("a\u2028b", "a\\u2028b", id="line separator"),
        pytest.param("a\ud800b", "a\\ud800b", id="lone surrogate"),
        pytest.param("a\u00a0b", "a b", id="no-break space"),
        pytest.param("x" * 300, "x" * 199 + "…", id="long"),
    ],
)
def test_clean(value, shown):
    assert show.clean(value) == shown


@pytest.mark.parametrize(
    ("time", "shown"),
    [(0, "1970-01-01T00:00:00Z"), (2**62, "4611686018427387904 us"), (-1, "1969-12-31T23:59:59Z")],
)
def test_stamp(time, shown):
    assert show.stamp(time) == shown


@given(st.text(st.characters()), st.text(st.characters()))
def test_a_log_cannot_break_out(title, log):
    evidence = (Evidence(event="e", origin=Origin(log, 0, 0), time=0, text=log, values={log: log}),)
    page = show.text(alert(title=title, key=((log, log),), evidence=evidence, tags=(log,)))
    assert page.count("\n") == len(GOLDEN.splitlines()) - 1
    assert all(unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in page if c != "\n")
    page.encode("utf-8")
