"""What each key of the language does with a log."""

import orjson
import pytest

from seerflow.parsers.described.reading import MAX_PIECES, MOST_BYTES
from tests.unit.parsers.described import describing

event = describing.event

DOCUMENT = [
    ("fields: {user.name: who}", {"who": "bob"}, {"user.name": "bob"}),
    ("fields: {user.name: a.b}", {"a": {"b": "bob"}}, {"user.name": "bob"}),
    ("fields: {user.name: a.b}", {"a.b": "bob"}, {"user.name": "bob"}),
    ("fields: {user.name: 'a[].b'}", {"a": [{"b": "bob"}, {"b": "eve"}]}, {"user.name": "bob"}),
    ("fields: {user.name: [a, b]}", {"a": "-", "b": "bob"}, {"user.name": "bob"}),
    ("fields: {source.ip: [a, b]}", {"a": "gate", "b": "192.0.2.1"}, {"source.ip": "192.0.2.1", "source.address": "192.0.2.1"}),
    ("fields: {source.address: a}", {"a": "192.0.2.1:80"}, {"source.ip": "192.0.2.1", "source.port": 80}),
    ("fields: {source.address: a}", {"a": "[2001:db8::1]:80"}, {"source.ip": "2001:db8::1", "source.port": 80}),
    ("fields: {source.address: a}", {"a": "gate.example.com"}, {"source.domain": "gate.example.com", "source.ip": None}),
    ("fields: {source.address: a}", {"a": "no address"}, {"source.address": None}),
    ("fields: {url.original: '{s}://{h}/x'}", {"s": "https", "h": "example.com"}, {"url.original": "https://example.com/x"}),
    ("fields: {url.original: ['{s}://{h}/x', u]}", {"s": "https", "u": "/y"}, {"url.original": "/y"}),
    ("fields: {user.name: {from: a, as: user}}", {"a": "CORP\\bob"}, {"user.name": "bob", "user.domain": "CORP"}),
    ("fields: {user.name: {from: a, as: user}}", {"a": "bob@example.com"}, {"user.name": "bob", "user.domain": "example.com", "user.email": "bob@example.com"}),
    ("fields: {user.name: {from: a, as: down_level}}", {"a": "bob@example.com"}, {"user.name": "bob@example.com", "user.domain": None}),
    ("fields: {user.target.name: {from: a, as: user}}", {"a": "CORP\\bob"}, {"user.target.name": "bob", "user.domain": None}),
    ("fields: {url.original: {from: a, as: url}}", {"a": "https://bob@example.com:8443/p?q#f"}, {"url.domain": "example.com", "url.path": "/p"}),
    ("fields: {url.original: {from: a, as: url}}", {"a": "http://[2001:db8::1]:80/p"}, {"url.domain": "2001:db8::1", "url.path": "/p"}),
    ("fields: {file.path: {from: a, as: path}}", {"a": "C:\\x\\y.exe"}, {"file.path": "C:\\x\\y.exe", "file.name": "y.exe"}),
    ("fields: {user.name: {from: a, as: [base64, lower]}}", {"a": "Qk9C"}, {"user.name": "bob"}),
    ("fields: {process.command_line: {from: a, as: base64}}", {"a": "bABzAA=="}, {"process.command_line": "ls"}),
    ("fields: {process.command_line: {from: a, as: hex}}", {"a": "6C73002D6C"}, {"process.command_line": "ls -l"}),
    ("fields: {user.name: {from: a, match: 'user (\\S+)'}}", {"a": "the user bob left"}, {"user.name": "bob"}),
    ("fields: {user.name: {from: a, match: 'user (\\S+)'}}", {"a": "nobody"}, {"user.name": None}),
    ("fields: {user.name: [{from: a, match: 'u=(\\S+)'}, b]}", {"a": "x", "b": "bob"}, {"user.name": "bob"}),
    ("fields: {user.name: [b, {from: a, match: 'u=(\\S+)'}]}", {"a": "u=bob"}, {"user.name": "bob"}),
    ("words: {event.outcome: {from: a, success: ['*ok', 'a*b'], failure: ['*fail*']}}", {"a": "is OK"}, {"event.outcome": "success"}),
    ("words: {event.outcome: {from: a, success: ['*ok', 'a*b'], failure: ['*fail*']}}", {"a": "it failed"}, {"event.outcome": "failure"}),
    ("words: {event.outcome: {from: a, success: ok, failure: '*'}}", {"a": "OK"}, {"event.outcome": "success"}),
    ("words: {event.outcome: {from: a, success: ok, failure: '*'}}", {"a": "other"}, {"event.outcome": "failure"}),
    ("words: {event.outcome: {from: a, success: ok, failure: '*'}}", {"b": "other"}, {"event.outcome": None}),
    ("words: {event.outcome: {from: a, success: ['2*'], failure: ['4*', 500]}}", {"a": 204}, {"event.outcome": "success"}),
    ("words: {event.outcome: {from: a, success: ['2*'], failure: ['4*', 500]}}", {"a": 500}, {"event.outcome": "failure"}),
    ("words: {event.outcome: {from: [a, b], success: [true], failure: [false]}}", {"a": "?", "b": False}, {"event.outcome": "failure"}),
    ("set: {network.transport: tcp}", {"a": 1}, {"network.transport": "tcp"}),
    ("{set: {network.transport: tcp}, fields: {network.transport: p}}", {"p": "udp"}, {"network.transport": "udp"}),
    ("{set: {network.transport: tcp}, fields: {network.transport: p}}", {"p": "-"}, {"network.transport": "tcp"}),
    ("product: {vendor: Acme, product: Gate}", {}, {"observer.vendor": "Acme", "observer.product": "Gate", "event.module": "acme"}),
    ("{}", {"src_ip": "192.0.2.1", "dst_ip": "192.0.2.2"}, {"source.ip": "192.0.2.1", "destination.ip": "192.0.2.2"}),
    ("general: false", {"src_ip": "192.0.2.1"}, {"source.ip": None}),
    ("general: [src_ip]", {"src_ip": "192.0.2.1", "dst_ip": "192.0.2.2"}, {"source.ip": None, "destination.ip": "192.0.2.2"}),
    ("general: [source.address, source.ip]", {"src_ip": "192.0.2.1"}, {"source.ip": None}),
    ("words: {event.outcome: {from: status, success: ['200']}}", {"status": 200}, {"event.outcome": "success", "http.response.status_code": None}),
    ("fields: {source.ip: a}", {"a": "192.0.2.1", "src_ip": "192.0.2.9"}, {"source.ip": "192.0.2.1", "source.address": "192.0.2.1"}),
    ("switch: {field: t, cases: {'x | y': {set: {event.action: one}}, '*': {set: {event.action: other}}}}", {"t": "Y"}, {"event.action": "one"}),
    ("switch: {field: t, cases: {'x | y': {set: {event.action: one}}, '*': {set: {event.action: other}}}}", {"t": "z"}, {"event.action": "other"}),
    ("switch: {field: t, cases: {404: {set: {event.action: one}}}}", {"t": 404}, {"event.action": "one"}),
    ("switch: {field: t, cases: {true: {set: {event.action: one}}}}", {"t": True}, {"event.action": "one"}),
    ("kinds: [{when: {values: {t: [x]}}, set: {event.action: one}}, {when: {keys: [t]}, set: {event.action: two}}]", {"t": "x"}, {"event.action": "one"}),
    ("kinds: [{when: {values: {t: [x]}}, set: {event.action: one}}, {when: {keys: [t]}, set: {event.action: two}}]", {"t": "z"}, {"event.action": "two"}),
    ("kinds: [{when: {keys: [a.c]}, set: {event.action: one}}, {when: {keys: [a.b]}, set: {event.action: two}}]", {"t": "z", "a": {"b": {"d": 1}}}, {"event.action": "two"}),
    ("{fields: {event.action: t}, kinds: [{when: {contains: ['\"zz\"']}, set: {event.action: two}}]}", {"t": "zz"}, {"event.action": "two"}),
    ("messages: [{from: m, dissect: 'by %{user.name}'}]", {"m": "by bob"}, {"user.name": "bob"}),
    ("messages: [{from: m, dissect: 'by %{user.name}'}]", {"m": "bob"}, {"user.name": None, "event.dataset": "acme.log"}),
    ("{unpack: {m: json}, fields: {user.name: u.n}}", {"m": '{"u": {"n": "bob"}}'}, {"user.name": "bob"}),
    ("{unpack: {m: pairs}, fields: {user.name: u}}", {"m": 'a=1 u="bob"'}, {"user.name": "bob"}),
    ("{unpack: {m: query}, fields: {user.name: u}}", {"m": "/p?a=1&u=b%6Fb"}, {"user.name": "bob"}),
    ("{unpack: {m: {as: pairs, between: ';', equals: ':', prefix: p.}}, fields: {user.name: p.u}}", {"m": "a: 1; u: <bob>"}, {"user.name": "bob"}),
    ("{unpack: {m: {columns: [null, u], delimiter: '|'}}, fields: {user.name: u}}", {"m": "1|bob|2"}, {"user.name": "bob"}),
    ("{unpack: {m: {as: named, value: [value, n]}}, fields: {user.id: u}}", {"m": [{"name": "x"}, {"name": "u", "n": 7}]}, {"user.id": "7"}),
    ("{decode: {m: hex}, fields: {user.name: m}}", {"m": "626f62"}, {"user.name": "bob"}),
]  # fmt: skip


@pytest.mark.parametrize(("told", "log", "found"), DOCUMENT)
def test_documents(told, log, found):
    got = event(told, {"k": 1, **log}, reads="document")
    assert got.parser == "acme/1"
    assert {name: got.common.get(name) for name in found} == found


TEXT = [
    ("messages: [{dissect: 'k %{user.name} %{x}'}]", "k bob 7", {"user.name": "bob"}, {"x": "7"}),
    ("messages: [{dissect: 'k %{source.ip} %{x}'}, {dissect: 'k %{user.name} %{x}'}]", "k bob 7", {"user.name": "bob", "source.ip": None}, {"x": "7"}),
    ("messages: [{dissect: 'k %{source.ip} %{x}'}]", "k - 7", {"source.ip": None}, {"x": "7"}),
    ("messages: [{regex: '^k (?P<user__name>\\w+)(?: (?P<x>\\d+))?$'}]", "k bob", {"user.name": "bob"}, {"x": None}),
    ("messages: [{text: 'k b', set: {event.action: one}}]", "a k b", {"event.action": "one"}, {}),
    ("messages: [{when: {any: [zz]}, set: {event.action: one}}, {dissect: 'k %{x}'}]", "k 1", {"event.action": None}, {"x": "1"}),
    ("{set: {event.action: all}, messages: [{dissect: 'k %{x}', set: {event.action: one}}]}", "k 1", {"event.action": "one"}, {}),
    ("{fields: {event.action: x}, messages: [{dissect: 'k %{x}', set: {event.outcome: failure}}]}", "k 1", {"event.action": "1", "event.outcome": "failure"}, {}),
    ("{messages: [{dissect: 'k %{t}: %{rest}'}], switch: {field: t, cases: {a: {unpack: {rest: pairs}, fields: {user.name: u}}}}}", "k a: u=bob", {"user.name": "bob"}, {"u": "bob"}),
    ("{otherwise: keep, messages: [{dissect: 'x %{x}'}]}", "k denied 192.0.2.1", {"event.outcome": "failure", "source.ip": "192.0.2.1"}, {}),
    ("{reads: pairs, when: {keys: [k, u]}, fields: {user.name: u}}", "k=1 u=bob", {"user.name": "bob"}, {"k": "1"}),
    ("{reads: pairs, pairs: {between: '; ', equals: ': '}, when: {keys: [k, u]}, fields: {user.name: u}}", "k: 1; u: bob b", {"user.name": "bob b"}, {"k": "1"}),
    ("{reads: pairs, when: {values: {k: [1, 2]}}, fields: {user.name: u}}", 'k="2" u=bob', {"user.name": "bob"}, {}),
    ("{reads: columns, columns: [null, u, x], fields: {user.name: u}}", 'k,"bob, b",7', {"user.name": "bob, b"}, {"x": "7"}),
    ('{reads: columns, columns: [null, u, x], delimiter: "\\t", fields: {user.name: u}}', "k\tbob\t", {"user.name": "bob"}, {"x": None}),
    ("{reads: columns, columns: [null, t], switch: {field: t, cases: {a: {columns: [null, null, u]}}}, fields: {event.code: t}, general: [x]}", "k,a,bob", {"event.code": "a"}, {"u": "bob"}),
]  # fmt: skip


@pytest.mark.parametrize(("told", "log", "common", "native"), TEXT)
def test_texts(told, log, common, native):
    got = event(told, log)
    assert got.parser == "acme/1"
    assert {name: got.common.get(name) for name in common} == common
    assert {name: got.native.get(name) for name in native} == native


def test_what_no_message_matches_goes_to_the_next_parser():
    assert event("messages: [{dissect: 'x %{x}'}]", "k y").parser == "unknown/1"


def test_a_body_is_read_by_its_own_parser_and_ours_is_laid_around():
    told = "{body: {from: m, program: p}, fields: {host.name: h}}"
    log = {"k": 1, "h": "gate", "p": "sshd", "m": "Failed password for bob from 192.0.2.1 port 1 ssh2"}
    got = event(told, log, reads="document")
    assert got.parser == "openssh/1"
    assert (got.common["host.name"], got.common["user.name"]) == ("gate", "bob")
    assert event(told, {"k": 1, "h": "gate"}, reads="document").parser == "acme/1"


def test_each_item_of_a_list_is_an_event():
    one = describing.parser(
        "{each: r, when: [{keys: [k]}, {keys: [r.k]}], fields: {user.name: u}}", reads="document"
    )
    shelf = describing.shelve(describing.PARSERS, (), (one,))
    raw = describing.RawLog(
        origin=describing.Origin("t", 0, 0, 0), raw=b'{"r":[{"k":1,"u":"a"},2,{"k":2,"u":"b"}]}', received=1
    )
    found = describing.read(shelf, raw)
    assert [(got.common["user.name"], got.text) for got in found] == [
        ("a", '{"k":1,"u":"a"}'),
        ("b", '{"k":2,"u":"b"}'),
    ]


def split(document):
    one = describing.parser(
        "{split: a.b, when: {keys: [k]}, fields: {user.name: a.b.u, rule.name: a.r}}", reads="document"
    )
    shelf = describing.shelve(describing.PARSERS, (), (one,))
    raw = orjson.dumps(document)
    return describing.read(
        shelf, describing.RawLog(origin=describing.Origin("t", 0, 0, 0), raw=raw, received=1)
    )


def test_a_split_log_is_read_once_with_each_item_of_the_list():
    found = split({"k": 1, "a": [{"r": "x", "b": [{"u": "p"}, {"u": "q"}]}, {"r": "y", "b": [{"u": "s"}]}]})
    assert [(got.common["rule.name"], got.common["user.name"]) for got in found] == [
        ("x", "p"),
        ("x", "q"),
        ("y", "s"),
    ]
    assert found[2].text == '{"k":1,"a":[{"r":"y","b":[{"u":"s"}]}]}'


def test_what_would_split_into_too_much_is_read_as_one_and_flagged():
    many = split({"k": 1, "a": {"b": [{"u": "p"}] * (MAX_PIECES + 1)}})
    large = split({"k": "x" * (MOST_BYTES // 500), "a": {"b": [{"u": "p"}] * 501}})
    for found in (many, large):
        assert [(got.common["user.name"], got.flags.count("truncated")) for got in found] == [("p", 1)]


def test_a_document_that_encloses_one_log_is_that_log():
    one = describing.parser("{each: [r, s], when: {keys: [s.k]}, fields: {user.name: u}}", reads="document")
    shelf = describing.shelve(describing.PARSERS, (), (one,))
    raw = describing.RawLog(
        origin=describing.Origin("t", 0, 0, 0), raw=b'{"r":7,"s":{"k":1,"u":"a"},"u":"x"}', received=1
    )
    (got,) = describing.read(shelf, raw)
    assert (got.common["user.name"], got.native, got.text) == ("a", {"k": 1, "u": "a"}, '{"k":1,"u":"a"}')


def test_a_log_without_a_time_has_that_of_what_encloses_it():
    one = describing.parser("{each: s, when: {keys: [s.k]}}", reads="document")
    shelf = describing.shelve(describing.PARSERS, (), (one,))
    raw = describing.RawLog(
        origin=describing.Origin("t", 0, 0, 0),
        raw=b'{"time":"2024-03-15T10:14:00Z","s":[{"k":1},{"k":2,"time":"2024-03-15T10:15:00Z"}]}',
        received=1,
    )
    assert [got.time for got in describing.read(shelf, raw)] == [1_710_497_640_000_000, 1_710_497_700_000_000]


def test_a_frame_is_taken_off_before_a_users_text_is_tried():
    told = "messages: [{regex: 'k (?P<user__name>\\w+)'}]"
    got = event(told, "<13>Mar 12 03:07:14 gate doord[1]: k bob")
    assert (got.parser, got.common["host.name"], got.common["user.name"]) == ("acme/1", "gate", "bob")


def test_a_program_and_its_family():
    told = "{when: {programs: ['door/*', doord, 'gate*']}, messages: [{dissect: '%{user.name}'}]}"
    for program, parser in (
        ("door/in", "acme/1"),
        ("Doord", "acme/1"),
        ("gates", "acme/1"),
        ("doors", "syslog/1"),
    ):
        assert event(told, f"<13>Mar 12 03:07:14 gate {program}[1]: bob").parser == parser


def test_a_family_is_named_by_how_it_begins_and_the_program_can_be_asked():
    told = "{when: {programs: ['%door-*']}, otherwise: keep, fields: {event.code: {from: program, match: '-(\\d+)'}}, messages: [{from: message, dissect: 'by %{user.name}'}]}"
    got = event(told, "<13>Mar 12 03:07:14 gate %DOOR-5-417: by bob")
    assert (got.parser, got.common["event.code"], got.common["user.name"]) == ("acme/1", "5", "bob")


TIMES = [
    ("time: t", {"t": "2024-02-06T12:14:14Z"}, 1_707_221_654_000_000, ()),
    ("time: [x, t]", {"t": 1_707_221_654}, 1_707_221_654_000_000, ()),
    ("time: [[d, c]]", {"d": "2024-02-06", "c": "12:14:14"}, 1_707_221_654_000_000, ()),
    ("time: {from: [[d, c]], zone: z}", {"d": "2024-02-06", "c": "13:14:14", "z": "+0100"}, 1_707_221_654_000_000, ()),
    ("time: {from: t, zone: z}", {"t": "2024-02-06 13:14:14", "z": "Europe/Berlin"}, 1_707_221_654_000_000, ()),
    ("time: {from: t, zone: Europe/Berlin}", {"t": "2024-02-06 13:14:14"}, 1_707_221_654_000_000, ()),
    ("time: {from: t, as: epoch_ms}", {"t": 1_707_221_654_123}, 1_707_221_654_123_000, ()),
    ("time: {from: t, as: epoch_s}", {"t": "1707221654.5"}, 1_707_221_654_500_000, ()),
    ("time: {from: t, as: filetime}", {"t": "133516952540000000"}, 1_707_221_654_000_000, ()),
    ("time: {from: t, as: [iso, '%d/%b/%Y:%H:%M:%S %z']}", {"t": "06/Feb/2024:13:14:14 +0100"}, 1_707_221_654_000_000, ()),
    ("time: {from: t, as: '%m/%d/%y %I:%M:%S %p'}", {"t": "2/6/24 12:14:14 PM"}, 1_707_221_654_000_000, ()),
    ("time: {from: t, as: '%m/%d/%y %I:%M:%S %p'}", {"t": "2/6/24 12:14:14 AM"}, 1_707_178_454_000_000, ()),
    ("time: {from: t, as: '%b %d %T.%f'}", {"t": "Feb  6 12:14:14.25"}, 1_770_380_054_250_000, ("year_assumed",)),
    ("time: t", {"t": "Feb  6 12:14:14"}, 1_770_380_054_000_000, ("year_assumed",)),
    ("time: {from: t, as: '%Y-%m-%d'}", {"t": "2024-13-06"}, None, ("time_assumed",)),
    ("time: {from: t, as: iso}", {"t": "soon"}, None, ("time_assumed",)),
    ("{}", {"timestamp": "2024-02-06T12:14:14Z"}, 1_707_221_654_000_000, ()),
]  # fmt: skip


@pytest.mark.parametrize(("told", "log", "time", "flags"), TIMES)
def test_times(told, log, time, flags):
    got = event(told, {"k": 1, **log}, reads="document")
    assert got.time == (describing.RECEIVED if time is None else time)
    assert got.flags == flags


def test_structured_data_is_read_like_a_field():
    told = "{when: {programs: [door]}, messages: [{from: structured, regex: '^(?P<event__code>\\S+) (?P<quoted>.*)', unpack: {quoted: pairs}, fields: {user.name: who}}]}"
    got = event(told, '<13>1 2026-03-12T03:07:14Z gate door 1 OPENED [acme@32473 who="bob" nr="7"]')
    assert (got.parser, got.common["event.code"], got.common["user.name"]) == ("acme/1", "OPENED", "bob")
    assert got.native["nr"] == "7"


def test_pairs_between_marks_heed_quotes():
    told = "{when: {contains: [k]}, messages: [{regex: '(?P<all>.*)', unpack: {all: {as: pairs, between: '; ', equals: ':'}}}]}"
    assert event(told, 'k:"a; b"; n:2').native["k"] == "a; b"
    barred = "{when: {contains: [k]}, messages: [{regex: '(?P<all>.*)', unpack: {all: {as: pairs, between: '|'}}}]}"
    got = event(barred, "k=a b|c|n=2").native
    assert (got["k"], got["n"]) == ("a b|c", "2")
