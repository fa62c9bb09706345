"""Envelopes: what was packed is unpacked, whatever the bytes; what is foreign or broken is still something."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seerflow.engine.envelopes import MAX_BYTES, Envelope, RawDefaults, pack, unpack
from seerflow.model.log import Origin, RawLog, Rejected
from seerflow.model.record import Outgoing, Record

LINES = RawDefaults(encoding="lines", source="lines", zone="UTC")
EDGE = Envelope(
    topic="raw.syslog",
    source="edge",
    format="openssh",
    collector="syslog",
    peer="192.0.2.7",
    zone="Europe/Rome",
)


def consumed(sent: Outgoing, offset: int = 0, timestamp: int = 99) -> Record:
    """Give the record as a consumer sees it."""
    return Record(
        topic=sent.topic,
        partition=3,
        offset=offset,
        value=sent.value or b"",
        key=sent.key,
        headers=sent.headers,
        timestamp=timestamp,
    )


def lines(value: bytes, **headers: bytes) -> Record:
    return Record(topic="raw.lines", partition=0, offset=5, value=value, headers=headers, timestamp=1_700)


DOCUMENTS = st.lists(
    st.one_of(
        st.binary(max_size=40),
        st.sampled_from([b"", b"\n", b"\r", b"a\r", b"a\nb", b"\r\n", b"\x00", b"x" * 60]),
    ),
    max_size=40,
)


@given(DOCUMENTS, st.integers(2, 80), st.integers(1, 7))
def test_what_was_packed_is_unpacked_in_order(documents, limit, count):
    records = pack(EDGE, documents, received=7, limit=limit, count=count)
    logs = [log for at, sent in enumerate(records) for log in unpack(consumed(sent, at), LINES)]
    assert [log.raw for log in logs] == [document for document in documents if document]
    assert all(isinstance(log, RawLog) for log in logs)


@given(DOCUMENTS, st.integers(2, 80), st.integers(1, 7))
def test_a_packed_record_keeps_its_bounds(documents, limit, count):
    for sent in pack(EDGE, documents, received=7, limit=limit, count=count):
        alone = sent.headers["encoding"] == b"single"
        assert alone or (len(sent.value) <= limit and sent.value.count(b"\n") < count)


def test_headers_say_what_the_documents_share():
    (sent,) = pack(EDGE, [b"one", b"two"], received=1_700_000_000_000_000)
    assert sent.topic == "raw.syslog"
    assert sent.value == b"one\ntwo"
    assert sent.headers == {
        "source": b"edge",
        "format": b"openssh",
        "collector": b"syslog",
        "peer": b"192.0.2.7",
        "zone": b"Europe/Rome",
        "received": b"1700000000000000",
        "encoding": b"lines",
    }
    first, second = unpack(consumed(sent, 11), LINES)
    assert first == RawLog(
        origin=Origin("raw.syslog", 3, 11, 0),
        raw=b"one",
        received=1_700_000_000_000_000,
        source="edge",
        format="openssh",
        collector="syslog",
        peer="192.0.2.7",
        zone="Europe/Rome",
    )
    assert second.origin == Origin("raw.syslog", 3, 11, 1)


def test_one_senders_records_have_one_key_and_two_senders_two():
    here, there = (
        pack(Envelope(topic="t", source="s", peer=peer), [b"a", b"b\nc"], received=0) for peer in "12"
    )
    assert len({sent.key for sent in here}) == 1
    assert here[0].key != there[0].key


def test_a_lane_orders_what_has_no_peer():
    one, two = (
        pack(Envelope(topic="t", source="s", lane=lane), [b"a"], received=0)[0] for lane in ("/a", "/b")
    )
    assert one.key != two.key
    assert "lane" not in one.headers


def test_a_cut_document_says_so():
    (sent,) = pack(Envelope(topic="raw.files", cut=True), [b"begin"], received=0)
    (log,) = unpack(consumed(sent), LINES)
    assert log.cut
    assert not unpack(lines(b"whole"), LINES)[0].cut


def test_a_document_over_the_limit_goes_alone():
    long = b"x" * (MAX_BYTES + 1)
    sent = pack(EDGE, [b"a", long, b"b"], received=0)
    assert [(one.headers["encoding"], len(one.value)) for one in sent] == [
        (b"lines", 1),
        (b"single", MAX_BYTES + 1),
        (b"lines", 1),
    ]


def test_another_encoding_gets_a_record_each():
    sent = pack(Envelope(topic="raw.otlp", encoding="otlp_json"), [b"{}", b'{"resourceLogs":[]}'], received=0)
    assert [one.headers["encoding"] for one in sent] == [b"otlp_json", b"otlp_json"]


@given(st.text(), st.text())
def test_whatever_an_envelope_says_can_be_read_back(source, peer):
    (sent,) = pack(Envelope(topic="t", source=source, peer=peer), [b"a"], received=0)
    (log,) = unpack(consumed(sent), LINES)
    assert isinstance(log, RawLog)


# --- foreign records ---------------------------------------------------------------------------------------


def test_a_record_without_headers_takes_its_topics_defaults():
    defaults = RawDefaults(encoding="lines", format="cef", source="appliance", zone="Asia/Tokyo")
    (log,) = unpack(lines(b"CEF:0|..."), defaults)
    assert log == RawLog(
        origin=Origin("raw.lines", 0, 5, 0),
        raw=b"CEF:0|...",
        received=1_700,
        source="appliance",
        format="cef",
        zone="Asia/Tokyo",
    )


def test_headers_win_over_defaults():
    (log,) = unpack(lines(b"a\nb", source=b"mine", encoding=b"single", received=b"12"), LINES)
    assert (log.source, log.raw, log.received) == ("mine", b"a\nb", 12)


def test_somebody_elses_headers_are_left_alone():
    (log,) = unpack(lines(b"a", traceparent=b"\xff\xfe", **{"content-type": b"text/plain"}), LINES)
    assert log.raw == b"a"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        pytest.param(b"", [], id="nothing"),
        pytest.param(b"a", [(0, b"a")], id="one line without an end"),
        pytest.param(b"a\n", [(0, b"a")], id="one line with its end"),
        pytest.param(b"a\r\nb\r\n", [(0, b"a"), (1, b"b")], id="carriage returns"),
        pytest.param(b"a\r\r\n", [(0, b"a\r")], id="one carriage return belongs to the end"),
        pytest.param(b"\n\na\n\r\nb", [(2, b"a"), (4, b"b")], id="empty lines are no logs and count"),
        pytest.param(b" \n", [(0, b" ")], id="a blank is text"),
        pytest.param(b"\xff\x00\n\xfe", [(0, b"\xff\x00"), (1, b"\xfe")], id="binary"),
    ],
)
def test_lines(value, found):
    assert [(log.origin.index, log.raw) for log in unpack(lines(value), LINES)] == found


# --- broken and too much -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "detail"),
    [
        pytest.param({"encoding": b"zip"}, "header encoding: not one of", id="unknown encoding"),
        pytest.param({"received": b"-1"}, "header received: not a number", id="negative time"),
        pytest.param({"received": b"1e9"}, "header received: not a number", id="a float for a time"),
        pytest.param({"received": b"9" * 18}, "header received: not a number", id="a time beyond time"),
        pytest.param(
            {"received": "١".encode()}, "header received: not a number", id="digits of another script"
        ),
        pytest.param({"source": b"\xff"}, "header source: not utf-8", id="no text"),
        pytest.param({"source": b"a\nb"}, "header source: control characters", id="a line break in a name"),
        pytest.param({"peer": b"x" * 257}, "header peer: longer than 256", id="a name too long"),
        pytest.param({"zone": b"../../etc/passwd"}, "header zone: not the name", id="a path for a zone"),
        pytest.param({"cut": b"yes"}, "header cut: neither", id="a word for a flag"),
    ],
)
def test_a_broken_header_rejects_the_record_and_keeps_its_bytes(headers, detail):
    (rejected,) = unpack(lines(b"a\nb", **headers), LINES)
    assert isinstance(rejected, Rejected)
    assert (rejected.raw, rejected.stage, rejected.reason) == (b"a\nb", "parse", "bad_envelope")
    assert rejected.origin == Origin("raw.lines", 0, 5, 0)
    assert rejected.detail.startswith(detail)
    assert rejected.received == 1_700


@given(
    st.dictionaries(
        st.sampled_from(["source", "format", "received", "zone", "encoding", "peer", "cut"]), st.binary()
    )
)
def test_no_header_raises(headers):
    parts = unpack(lines(b"a", **headers), LINES)
    assert all(isinstance(part, RawLog | Rejected) for part in parts)


@given(st.binary(), st.sampled_from(["otlp_json", "otlp_proto"]))
def test_no_otlp_value_raises(value, encoding):
    parts = unpack(lines(value, encoding=encoding.encode()), LINES)
    assert all(isinstance(part, RawLog | Rejected) for part in parts)


@given(st.binary(), st.integers(1, 5))
def test_no_byte_of_lines_is_lost_but_their_ends(value, limit):
    parts = unpack(lines(value), LINES, limit=limit)
    kept = b"".join(part.raw for part in parts)
    ends = bytes.maketrans(b"", b"")
    assert kept.translate(ends, b"\r\n") == value.translate(ends, b"\r\n")


#  lines   a b c d e     limit 3
#  index   0 1 2 3       the rest, once, as it stood
def test_lines_behind_the_bound_are_set_aside_with_their_bytes():
    *logs, rest = unpack(lines(b"a\nb\nc\nd\ne"), LINES, limit=3)
    assert [log.raw for log in logs] == [b"a", b"b", b"c"]
    assert isinstance(rest, Rejected)
    assert (rest.raw, rest.origin.index) == (b"d\ne", 3)
    assert rest.detail == "more than 3 lines: 2 stand here, unread"


def test_exactly_the_bound_is_read():
    assert len(unpack(lines(b"a\nb\nc\n"), LINES, limit=3)) == 3


def test_the_records_of_one_audit_event_are_one_log_under_the_number_of_its_first_line():
    head = b"type=%s msg=audit(1773267256.001:%d): a=1"
    found = [b"x", head % (b"SYSCALL", 7), head % (b"CWD", 7), b"y", head % (b"USER_LOGIN", 8)]
    (packed,) = pack(EDGE, found, received=1)
    assert [(log.origin.index, log.raw) for log in unpack(consumed(packed), LINES)] == [
        (0, b"x"),
        (1, b"\n".join(found[1:3])),
        (3, b"y"),
        (4, found[4]),
    ]
