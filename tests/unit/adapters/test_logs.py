"""Our own log lines: one event is one line, and what others wrote stays inside its field."""

import io
import json
import logging

import pytest

from seerflow.adapters import logs


@pytest.fixture
def lines():
    """Configure for one test; give the function that makes a log and reads it back."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, {name: logging.getLogger(name).level for name in logs.OTHERS}

    def make(*, human: bool, level: int = logging.INFO) -> io.StringIO:
        stream = io.StringIO()
        logs.configure(level, stream, human=human)
        return stream

    yield make
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    for name, old in before[2].items():
        logging.getLogger(name).setLevel(old)


HOSTILE = "x\n2026-01-01 ERROR forged\r\x1b[2J\u2028\u202e\udc80"


def test_a_line_is_one_json_object_with_its_fields(lines):
    stream = lines(human=False)
    logging.getLogger("seerflow.x").warning(
        "feed refused", extra={"feed": "a", "status": 403, "places": [("t", 0)], "level": "high"}
    )
    line = json.loads(stream.getvalue())
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "warning",
        "logger": "seerflow.x",
        "message": "feed refused",
        "feed": "a",
        "status": 403,
        "places": [["t", 0]],
        "level_": "high",
    }


@pytest.mark.parametrize("human", [False, True])
def test_what_others_wrote_forges_no_line_and_steers_no_terminal(lines, human):
    stream = lines(human=human)
    logging.getLogger("seerflow.x").error(
        "%s", HOSTILE, extra={"field": HOSTILE, "nested": {HOSTILE: [HOSTILE]}}
    )
    text = stream.getvalue()
    text.encode()
    assert len(text.splitlines()) == 1
    assert "\x1b" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize("human", [False, True])
def test_a_traceback_stays_with_its_line_and_a_field_is_bounded(lines, human):
    stream = lines(human=human)
    try:
        int("x" * 100_000 + HOSTILE)
    except ValueError:
        logging.getLogger("seerflow.x").exception("bug", extra={"long": "y" * 100_000})
    text = stream.getvalue()
    assert "Traceback" in text
    assert len(text) < 3 * logs.MAX_FIELD
    assert "\x1b" not in text


@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO])
def test_who_would_write_secrets_is_not_heard_even_at_debug(lines, level):
    stream = lines(human=False, level=level)
    logging.getLogger("httpx").info("HTTP Request: POST https://hooks.example.com/secret")
    logging.getLogger("httpcore.http11").debug("send_request_headers secret")
    assert stream.getvalue() == ""
    logging.getLogger("httpx").warning("heard")
    assert "heard" in stream.getvalue()


def test_a_person_reads_a_short_line(lines):
    stream = lines(human=True)
    logging.getLogger("seerflow.x").info("partition restored", extra={"partition": 3})
    assert stream.getvalue()[8:] == " INFO    partition restored  partition=3\n"
