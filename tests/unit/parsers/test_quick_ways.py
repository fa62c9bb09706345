"""Each quick way of the parsers beside the plain way that it stands for: the same result, or no result at all."""

import gzip
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seerflow.adapters.codec import event_line
from seerflow.adapters.documents import event_document
from seerflow.model.event import Event
from seerflow.model.identity import _digest, event_id
from seerflow.model.log import Origin, RawLog
from seerflow.parsers import PARSERS, pam, read, recognition, shelf, syslog, unknown
from seerflow.parsers.cef import MAX_EXTENSIONS, _value, extensions
from seerflow.parsers.contract import Subject
from seerflow.parsers.decoding import Decoded, decode, plain
from seerflow.parsers.timestamps import rfc3339

RECEIVED = 1_773_576_000_000_000
GOLDEN = Path(__file__).parents[2] / "golden" / "parsers"
LINES = [line for log in sorted(GOLDEN.glob("*/*.log")) for line in log.read_bytes().splitlines()]
PIECES = sorted({piece for line in LINES for piece in re.split(rb"(?<=[\s=|\[\]{}\",:])", line) if piece})


def both(data: bytes, **more):
    """Read twice: with a trace nothing is read at a glance, at once or without a walk through the layers."""
    raw = RawLog(origin=Origin("t", 1, 2, 3), raw=data, received=RECEIVED, **more)
    return read(raw), recognition.read(shelf(), raw, [])


# --- recognition -------------------------------------------------------------------------------------------


def test_golden_lines_are_read_as_the_whole_walk_reads_them():
    for line in LINES:
        quick, whole = both(line)
        assert quick == whole


@given(st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join))
def test_pieces_of_lines_are_read_as_the_whole_walk_reads_them(data):
    quick, whole = both(data)
    assert quick == whole


@given(st.sampled_from(LINES), st.sampled_from(["", "sshd", "sudo", "su", "CRON", "auditd"]), st.booleans())
def test_any_payload_behind_any_program_is_read_as_the_whole_walk_reads_it(line, program, repeated):
    text = b"message repeated 3 times: [ " + line + b"]" if repeated else line
    quick, whole = both(b"Mar 11 22:14:15 web " + program.encode() + b"[77]: " + text)
    assert quick == whole


def test_only_the_frame_that_is_asked_first_is_read_at_a_glance():
    assert [parser.name for parser in PARSERS if parser.glance] == [PARSERS[0].name] == [shelf().frame.name]


def test_the_result_depends_on_nothing_that_was_read_before():
    once = [both(line)[0] for line in LINES]
    assert [both(line)[0] for line in reversed(LINES)] == once[::-1]


def test_outside_lines_are_read_as_the_whole_walk_reads_them(shared):
    files = sorted((shared / "data" / "parsers").glob("*.jsonl.gz"))
    assert files
    for file in files:
        with gzip.open(file, "rb") as lines:
            for line in [line for number, line in enumerate(lines) if number % 25 == 0]:
                given_ = json.loads(line)
                quick, whole = both(str(given_.get("raw", given_.get("line", line.decode()))).encode())
                assert quick == whole


@given(st.one_of(st.sampled_from(LINES).map(bytes.decode), st.text(max_size=40)), st.booleans())
def test_a_parser_that_names_first_characters_wants_no_other(text, framed):
    for parser in PARSERS:
        if parser.heads and parser.first(Subject(text, RECEIVED, program="x", framed=framed)):
            assert text[:1] in parser.heads
            assert text


# --- framing -----------------------------------------------------------------------------------------------

HOSTS = [
    "web",
    "web-01.example.com",
    "192.0.2.7",
    "2026",
    "2026a",
    "UTC",
    "EST",
    "PDTX",
    "CEST",
    "h:",
    "[h]",
    "-",
]
TAGS = ["sshd", "cron", "a/b", "%ASA-6-1", "sshd(pam_unix)", "a=b", "-", "1x", "sshd:", "/usr/sbin/cron"]
DAYS = [
    "Mar 11",
    "Mar  1",
    "Feb 29",
    "Feb 30",
    "Foo 11",
    "Mar 00",
    "Mar  0",
    "Dec 31",
    "Jan  1",
    "Mar 1",
    "mar 11",
]
CLOCKS = ["22:14:15", "00:00:00", "23:59:60", "24:00:00", "22:60:00", "22:14:61", "22:14:15.5", "2:14:15"]


def joined(parts: tuple[str, ...]) -> str:
    return "".join(parts)


@given(
    st.tuples(
        st.sampled_from(["", "<13>", "<191>", "<192>", "<0>", "<1234>", "<13> ", "27 <13>"]),
        st.sampled_from(DAYS),
        st.sampled_from([" ", "  "]),
        st.sampled_from(CLOCKS),
        st.sampled_from([" ", "  ", ": ", ""]),
        st.sampled_from(HOSTS),
        st.sampled_from([" ", "  ", " : "]),
        st.sampled_from(TAGS),
        st.sampled_from(["", "[1]", "[4294967296]", "[12345678901]", "[x]", "[]"]),
        st.sampled_from([": ", ":", ":  ", " ", ":\t", ":   "]),
        st.sampled_from(["", "x y", "[ID 1 auth.info] x", "message repeated 2 times: [ x]", " "]),
    ).map(joined),
    st.sampled_from([RECEIVED, 1_767_225_600_000_000 + 5, 1_767_139_200_000_000, 0, -(10**15), 2 * 10**17]),
    st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "No/Where"]),
)
def test_what_is_seen_at_a_glance_is_what_the_general_way_reads(text, received, zone):
    subject = Subject(text, received, zone)
    seen = syslog.PARSER.glance(subject)
    assert seen is None or (seen,) == syslog._general(subject)


def test_the_usual_line_is_seen_at_a_glance():
    assert syslog.PARSER.glance(Subject("<38>Mar 12 03:07:14 web sshd[28410]: x", RECEIVED))
    assert syslog.PARSER.glance(Subject("Mar  2 03:07:14 web sudo:     bob : x", RECEIVED))


# --- text, time, identity ----------------------------------------------------------------------------------


@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode), st.sampled_from(LINES)))
def test_plain_text_is_what_decoding_gives(data):
    text = plain(data)
    assert text is None or decode(data) == Decoded(text)


@given(st.integers(-62_135_510_400_000_000, 253_402_214_400_000_000))
def test_a_time_is_written_as_the_library_writes_it(time):
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time)
    written = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06d}Z" if at.year > 999 else at.isoformat()
    assert rfc3339(time) == written


@given(st.text(max_size=20), st.integers(), st.integers(), st.integers(), st.integers(0, 3))
def test_an_events_id_is_the_digest_of_its_origin(topic, partition, offset, index, part):
    wanted = _digest("event", topic, partition, offset, index, *([part] if part else []))
    assert event_id(Origin(topic, partition, offset, index), part) == wanted


@given(st.one_of(st.sampled_from(LINES), st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join)))
def test_an_events_line_is_its_document(data):
    for one in read(RawLog(origin=Origin('t"', 1, 2, 3), raw=data, received=RECEIVED, source="é")):
        if isinstance(one, Event):
            assert event_line(one) == orjson.dumps(event_document(one))


# --- what is remembered ------------------------------------------------------------------------------------


@given(
    st.one_of(
        st.text(max_size=300),
        st.lists(st.sampled_from(PIECES), max_size=20).map(lambda p: b"".join(p).decode()),
    )
)
def test_what_is_inferred_is_the_same_each_time_and_the_callers_own(text):
    wanted = unknown._inferred(text)
    for _ in range(2):
        common, sure = unknown.inferred(text)
        assert (common, sure) == wanted
        common["message"] = "changed"


@pytest.mark.parametrize("log", sorted((GOLDEN / "pam").glob("*.log")), ids=lambda log: log.stem)
def test_a_pam_message_is_read_the_same_each_time_and_is_the_callers_own(log):
    for line in log.read_text(encoding="utf-8").splitlines():
        payload = syslog.PARSER.parse(Subject(line, RECEIVED))
        subject = payload[0].payload if payload else Subject(line, RECEIVED)
        wanted = pam._read(subject.text, subject.program)
        for _ in range(2):
            got = pam.PARSER.parse(subject)
            assert (wanted is None) == (got is None)
            if got:
                assert got == (wanted,)
                got[0].common["message"] = got[0].native["x"] = "changed"


# --- CEF ---------------------------------------------------------------------------------------------------


def split_extensions(text: str) -> tuple[dict[str, str], bool]:
    """Read an extension piece by piece, between the `=` that are not escaped."""
    found: dict[str, str] = {}
    name, held = "", [""]
    *pieces, last = re.split(r"(?<!\\)=", text)
    for piece in pieces:
        parts = [] if piece[-1:].isspace() else piece.rsplit(None, 1)
        if not parts or not re.fullmatch(r"[A-Za-z_][\w.\-]{0,127}(?:\[[^\]\s=]{0,64}\])?", parts[-1]):
            held.append(piece)
            continue
        if name:
            found.setdefault(name, _value("=".join((*held, parts[0] if len(parts) > 1 else "")).rstrip()))
        if len(found) >= MAX_EXTENSIONS:
            return found, True
        name, held = parts[-1], []
    if name:
        found.setdefault(name, _value("=".join((*held, last)).rstrip()))
    return found, False


@given(
    st.one_of(
        st.lists(
            st.sampled_from(["a", "src", "=", " ", "\\", "\\=", "x[0]", "[", "]", "-", "1", "é", "\n", "|"]),
            max_size=30,
        ),
        st.lists(st.sampled_from([f"k{n}=v " for n in range(600)]), min_size=490, max_size=600, unique=True),
    ).map("".join)
)
def test_a_cef_extension_is_cut_where_its_keys_are(text):
    assert extensions(text) == split_extensions(text)
