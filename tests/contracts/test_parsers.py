"""What every parser owes: no exception on any bytes, at least one result, known fields of the right types, no clock."""

import json
import pkgutil
import re
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seerflow.parsers
from seerflow.adapters.documents import event_document, event_from_document
from seerflow.model.event import Event
from seerflow.model.fields import BY_NAME
from seerflow.model.identity import event_id
from seerflow.model.log import REASONS, Origin, RawLog, Rejected
from seerflow.parsers import PARSERS, explain, read
from seerflow.parsers.aliases import ALIASES
from seerflow.parsers.decoding import KEPT_BYTES, MAX_BYTES
from seerflow.parsers.recognition import MAX_PARTS
from seerflow.parsers.shape import address
from seerflow.parsers.syslog import MAX_REPEATS

GOLDEN = Path(__file__).parent.parent / "golden" / "parsers"
RECEIVED = 1_773_576_000_000_000
NAMES = [parser.name for parser in PARSERS]
LOGS = sorted(GOLDEN.glob("*/*.log"))
LINES = [(log.parent.name, line) for log in LOGS for line in log.read_bytes().splitlines()]
FLAGS = {
    "time_assumed", "year_assumed", "time_ahead", "unparsed", "inferred", "truncated", "encoding_repaired", "zone_unknown",
}  # fmt: skip
HAS_TYPE = {
    "keyword": lambda v: isinstance(v, str),
    "date": lambda v: isinstance(v, str) and datetime.fromisoformat(v).tzinfo is not None,
    "ip": lambda v: isinstance(v, str) and address(v) == v,
    "long": lambda v: isinstance(v, int) and not isinstance(v, bool) and -(2**63) <= v < 2**63,
    "float": lambda v: isinstance(v, float),
    "boolean": lambda v: isinstance(v, bool),
    "keywords": lambda v: isinstance(v, list) and v and all(isinstance(one, str) for one in v),
    "ips": lambda v: isinstance(v, list) and v and all(address(one) == one for one in v),
}


def wrong(common):
    """Give the fields that the dictionary does not know, whose type is another, or whose value ECS does not allow."""
    found = {}
    for name, value in common.items():
        field = BY_NAME.get(name)
        if field is None or not HAS_TYPE[field.type](value) or (field.values and value not in field.values):
            found[name] = value
    return found


def raw(data: bytes, name: str = "", **more) -> RawLog:
    return RawLog(origin=Origin("raw.test", 3, 7, 2), raw=data, received=RECEIVED, format=name, **more)


def check(one: RawLog) -> tuple[Event | Rejected, ...]:
    """Hold what every result of every raw log must hold."""
    results = read(one)
    assert results, "nothing is lost"
    ids = [result.id for result in results if isinstance(result, Event)]
    assert len(ids) == len(set(ids))
    assert not ids or ids[0] == event_id(one.origin)
    for result in results:
        assert result.origin == one.origin
        if isinstance(result, Rejected):
            assert result.reason in REASONS
            assert result.stage == "parse"
            continue
        assert isinstance(result.time, int)
        assert set(result.flags) <= FLAGS
        assert re.fullmatch(r"[a-z][a-z0-9_]*/\d+", result.parser)
        assert wrong(result.common) == {}
        assert "event.dataset" in result.common
        for side in ("source", "destination"):
            if f"{side}.ip" in result.common or f"{side}.domain" in result.common:
                assert f"{side}.address" in result.common
        assert event_from_document(json.loads(json.dumps(event_document(result)))) == result
    return results


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["", *NAMES]))
def test_any_bytes_give_a_result(data, name):
    assert check(raw(data, name)) == read(raw(data, name))


# Pieces that parsers look for, in any order: closer to their edges than random bytes are.
PIECES = sorted(
    {piece for _, line in LINES for piece in re.split(rb"(?<=[\s=|\[\]{}\",:])", line) if piece}
    | {
        b"<34>1 ",
        b"<191>",
        b"CEF:0|",
        b"message repeated 9 times: [ ",
        b'{"Event":',
        b'{"Records":[',
        b"\\",
        b'"',
    }
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join), st.sampled_from(["", *NAMES]))
def test_pieces_of_real_forms_give_a_result(data, name):
    check(raw(data, name))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(LINES), st.data())
def test_damaged_lines_give_a_result(line, data):
    text = bytearray(line[1])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        text[at : at + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=6))
    check(raw(bytes(text), data.draw(st.sampled_from(["", line[0]]))))


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
KEYS = st.sampled_from(
    ["win", "eventdata", "system", "eventID", "channel", "StringInserts", "Message", "EventCode", "LogName", "SourceName", "SYSCALL", "EXECVE", "ARGV", "ID", "PATH", "eventMessage", "processImagePath", "provider", "Event", "System", "EventData", "UserData", "EventID", "Channel", "Computer", "Data", "#text", "#attributes", "@Name", "Provider", "TimeCreated", "winlog", "event_id", "event_data", "Records", "eventSource", "eventName", "eventTime", "userIdentity", "sourceIPAddress", "responseElements", "body", "attributes", "resource", "resourceLogs", "scopeLogs", "logRecords", "key", "value", "kvlistValue", "arrayValue", "values", "timeUnixNano", "MESSAGE", "_HOSTNAME", "__REALTIME_TIMESTAMP", "log", "stream", "time", "src_ip", "user", "status", "@timestamp", "source", "ip", "Hashes", "User", "IpAddress"]
)  # fmt: skip
TREES = st.recursive(
    SCALARS, lambda t: st.lists(t, max_size=4) | st.dictionaries(KEYS, t, max_size=6), max_leaves=25
)


@settings(max_examples=400, deadline=None)
@given(
    st.dictionaries(KEYS, TREES, max_size=8),
    st.sampled_from(["", "windows", "cloudtrail", "otlp", "journald", "json"]),
)
def test_documents_of_any_shape_give_a_result(document, name):
    check(raw(json.dumps(document).encode(), name))


@pytest.mark.parametrize("parser", PARSERS, ids=NAMES)
def test_a_parser_reads_its_own_golden_lines(parser):
    lines = [line for name, line in LINES if name == parser.name]
    assert lines, f"tests/golden/parsers/{parser.name} holds no log"
    for line in lines:
        for recognised, named in zip(check(raw(line)), check(raw(line, parser.name)), strict=True):
            assert isinstance(named, Event)
            assert (named.parser, named.common, named.time) == (
                recognised.parser,
                recognised.common,
                recognised.time,
            )


def test_other_formats_lines_go_to_their_own_parsers():
    # what a line of this room is read as, at most: frames hand on to whoever knows the payload
    inside = {
        "journald": {"openssh", "daemons", "auditd"},
        "syslog": {"daemons", "kernel", "cisco_asa", "cisco_ios", "citrix_adc", "ubiquiti"},
        "otlp": {"openssh", "keyvalue", "json"},
        "json": {"openssh"},
        "sudo": {"pam"},
        "apple_log": {"openssh", "daemons"},
        "apple_json": {"openssh", "daemons"},
    }
    for name, line in LINES:
        got = {result.parser.partition("/")[0] for result in read(raw(line))}
        assert got <= {name} | inside.get(name, set()), line


@pytest.mark.parametrize("log", LOGS, ids=lambda log: f"{log.parent.name}/{log.stem}")
def test_golden_files_are_what_the_parsers_give(log):
    wanted = json.loads(log.with_suffix(".json").read_text(encoding="utf-8"))
    lines = log.read_bytes().splitlines()
    assert len(wanted) == len(lines)
    for index, (line, documents) in enumerate(zip(lines, wanted, strict=True)):
        origin = Origin(f"golden/{log.parent.name}", 0, index)
        results = read(RawLog(origin=origin, raw=line, received=RECEIVED))
        assert [event_document(result) for result in results] == documents


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b" \r\n\0", "empty", id="blanks"),
        pytest.param(bytes(range(9)) * 40, "not_text", id="binary"),
        pytest.param(b"x" * (MAX_BYTES + 1), "too_long", id="one byte too long"),
        pytest.param(b"x" * 10_000_000, "too_long", id="10 MB"),
    ],
)
def test_what_is_no_log_is_rejected_with_its_reason(data, reason):
    (result,) = check(raw(data))
    assert isinstance(result, Rejected)
    assert result.reason == reason
    assert result.raw == data[: KEPT_BYTES if reason == "too_long" else None]
    if reason == "too_long":
        assert str(len(data)) in result.detail


MB = MAX_BYTES - 64
HOSTILE = {
    "nested 1,000 deep": b'{"a":' * 1000 + b"1" + b"}" * 1000,
    "nested beyond the decoder": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "lists 900 deep": b'{"a":' + b"[" * 900 + b"]" * 900 + b"}",
    "many fields": b"{" + b",".join(b'"k%d":1' % n for n in range(60_000)) + b"}",
    "many records": b'{"Records":[' + b",".join([b'{"eventSource":"x","eventName":"y"}'] * 20_000) + b"]}",
    "an array of objects": b"[" + b",".join([b'{"a":1}'] * 50_000) + b"]",
    "equals signs": b"a=" * (MB // 2),
    "open quotes": b'a="' * (MB // 3),
    "escapes": b'a="' + b"\\" * MB,
    "cef keys": b"CEF:0|a|b|c|d|e|f|" + b"k=v " * (MB // 4),
    "cef bars": b"CEF:0" + b"|" * MB,
    "cef open header": b"CEF:0|" + b"\\|" * (MB // 2),
    "digits and dots": b"1." * (MB // 2),
    "colons": b"a:" * (MB // 2),
    "hexadecimal": b"f" * MB,
    "brackets": b"[" * MB,
    "structured data": b"<34>1 - h a - - " + b'[a b="' * (MB // 6),
    "structured data, many": b"<34>1 - h a - - " + b'[a b="c"]' * (MB // 10),
    "from from from": b"sshd[1]: Failed password for " + b" from " * (MB // 6),
    "for for for": b"sshd[1]: error: PAM: x" + b" for " * (MB // 5),
    "user user user": b"user " * (MB // 5),
    "rhosts": b"pam_unix(sshd:auth): authentication failure; ruser=" + b" rhost=" * (MB // 7),
    "sudo": b"sudo: a : TTY=" + b"x ; " * (MB // 4),
    "spaces": b"Mar 12 03:07:14 " + b" " * MB,
    "a long host": b"Mar 12 03:07:14 " + b"h" * (MB - 20),
    "a long tag": b"Mar 12 03:07:14 h " + b"t" * (MB - 20),
    "quotes in a request": b'1.1.1.1 - - [11/Mar/2026:22:14:15 +0100] "' + b'\\"' * (MB // 2 - 40),
    "latin-1": b"\xff" * MB,
    "repeats in repeats": b"Mar 12 03:07:14 h a: " + b"message repeated 999999999 times: [ " * 20_000,
    "stamps": b"2024-03-04 11:22:33 " * (MB // 20),
    "heads": b"[INFO] " * (MB // 7),
    "leef": b"LEEF:2.0|a|b|c|d|^|" + b"k=v^" * (MB // 4),
    "leef, no delimiter": b"LEEF:1.0|a|b|c|d|" + b"k=v " * (MB // 4),
    "lists": b"a: b, " * (MB // 6),
    "bars": b"a=b|" * (MB // 4),
    "brackets of values": b"a=[" * (MB // 3),
    "documents in values": b'a={"b":' * (MB // 7),
    "quotes that never close": b'a="\\"|' * (MB // 7),
    "relays": b"<1>Mar 12 03:07:14 h " * (MB // 21),
    "requests": b"GET /a " * (MB // 7),
    "zeek": b"1773267255.123456\tC" + b"a\t" * (MB // 2 - 20),
    "w3c": b"2026-03-11 22:14:15 " + b"- " * (MB // 2 - 20),
    "a header": b"#Fields: " + b"a " * (MB // 2 - 20),
    "audit": b"type=X msg=audit(1.1:1): " + b"a0=41 " * (MB // 7),
    "audit records": b"type=PATH msg=audit(1.1:1): name=2F " * (MB // 37),
    "audit events": b"".join(b"type=X msg=audit(1.1:%d): a=1 " % n for n in range(30_000)),
    "audit, open quotes": b"type=X msg=audit(1.1:1): msg='" * (MB // 30),
    "audit, one long argument": b"type=EXECVE msg=audit(1.1:1): a0=" + b"41" * (MB // 2 - 40),
    "xml, deep": b"<Event>" * (MB // 8),
    "xml, wide": b"<Event><EventData>" + b'<Data Name="a">b</Data>' * (MB // 24) + b"</EventData></Event>",
    "xml, many events": b"<Events>" + b"<Event><System><EventID>1</EventID></System></Event>" * 18_000 + b"</Events>",
    "xml, references": b"<Event><EventData><Data>" + b"&lt;" * (MB // 5) + b"</Data></EventData></Event>",
    "snare": b"MSWinEventLog\t1\tSecurity\t1\tx\t4625\t" + b"Subject: Account Name: a " * (MB // 26),
    "a message of windows": b'{"EventID":4625,"Channel":"Security","Message":"' + b"Subject:\\n\\tAccount Name:\\tb\\n" * (MB // 36) + b'"}',
    "wevtutil": b"Event[0]:\n  Log Name: Security\n  Event ID: 1\n" * (MB // 50),
    "netfilter": b"kernel: IN=a OUT= SRC=1.1.1.1 DST=1.1.1.1 " + b"A=1 " * (MB // 5),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_megabyte_is_only_a_log(name):
    results = check(raw(HOSTILE[name]))
    assert len(results) <= MAX_PARTS + 1


@pytest.mark.parametrize(
    ("told", "events"), [(0, 1), (1, 1), (5, 5), (MAX_REPEATS, MAX_REPEATS), (10**9 - 1, MAX_REPEATS)]
)
def test_a_repeat_counter_makes_that_many_events_up_to_its_bound(told, events):
    line = f"Mar 12 03:07:14 h sshd[1]: message repeated {told} times: [ Failed password for a from 192.0.2.1 port 1 ssh2]"
    results = check(raw(line.encode()))
    assert len(results) == events
    assert all(("truncated" in result.flags) == (told > MAX_REPEATS) for result in results)
    assert all(result.native["repeated"] == told for result in results)


def test_an_unknown_format_is_refused_with_help():
    (result,) = check(raw(b"x", "ngnix"))
    assert (result.reason, result.detail) == ("no_parser", "no parser 'ngnix'; did you mean 'nginx'?")


def test_a_named_format_that_does_not_hold_is_malformed():
    (result,) = check(raw(b"hello", "cef"))
    assert (result.reason, result.detail) == ("malformed", "not cef: 'hello'")


def test_aliases_name_parsers_and_hide_none():
    assert set(ALIASES.values()) <= set(NAMES)
    assert not set(ALIASES) & set(NAMES)


def test_no_parser_is_left_out_of_the_list():
    modules = [m.name for m in pkgutil.iter_modules(seerflow.parsers.__path__)]
    loaded = {name: getattr(seerflow.parsers, name, None) for name in modules}
    found = [module.PARSER for module in loaded.values() if hasattr(module, "PARSER")]
    assert sorted(p.name for p in found) == sorted(NAMES)
    assert len(set(NAMES)) == len(NAMES)
    assert all(p.description for p in PARSERS)


def test_explain_tells_each_step():
    steps = explain(raw(b"Mar 12 03:07:14 h sshd[1]: Failed password for a from 192.0.2.1 port 1 ssh2"))
    assert steps[0] == "decoding: utf-8, 75 characters"
    assert steps[1] == "syslog/1 (its first test holds): a frame around 48 characters of sshd"
    assert steps[2] == "  openssh/1 (named for sshd): read"
    assert steps[3].startswith("event ")
    steps = explain(raw(b"LEEF:1.0|Example|Gateway|4.0|1|src=192.0.2.1"))
    assert "leef/1 (its first test holds): read" in steps
    assert any("passed over, as their first tests fail:" in step and "cef" in step for step in steps)
    assert explain(raw(b""))[-1] == "rejected: empty: "
