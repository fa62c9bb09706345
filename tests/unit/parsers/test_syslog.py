import pytest
from hypothesis import given
from hypothesis import strategies as st

from seerflow.model.log import Origin, RawLog
from seerflow.parsers import read
from seerflow.parsers.structured_data import structured

RECEIVED = 1_773_576_000_000_000


def event(line: str, **more):
    return read(RawLog(origin=Origin("t", 0, 0), raw=line.encode(), received=RECEIVED, **more))[0]


def shown(line: str):
    common = event(line).common
    names = ("host.name", "log.syslog.appname", "process.pid", "log.syslog.severity.code", "message")
    return tuple(common.get(name) for name in names)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        pytest.param("<13>Mar 11 22:14:15 web cron[9]: x y", ("web", "cron", 9, 5, "x y"), id="plain"),
        pytest.param("Mar 11 22:14:15 web cron[9]: x", ("web", "cron", 9, None, "x"), id="no priority"),
        pytest.param("<13>Mar 11 22:14:15 cron[9]: x", (None, "cron", 9, 5, "x"), id="no host"),
        pytest.param("<13>cron[9]: x", (None, "cron", 9, 5, "x"), id="no stamp"),
        pytest.param("cron[9]: x", (None, "cron", 9, None, "x"), id="only the tag"),
        pytest.param("27 <13>Mar 11 22:14:15 web a: x", ("web", "a", None, 5, "x"), id="octet count left in"),
        pytest.param("<13>2026-03-11T22:14:15Z web a[1]: x", ("web", "a", 1, 5, "x"), id="ISO stamp"),
        pytest.param(
            "2026-03-11 22:14:15.5-0700  mac a[1]: x",
            ("mac", "a", 1, None, "x"),
            id="ISO with a blank, all there",
        ),
        pytest.param(
            "<13>Mar 11 22:14:15 2001:db8::1 a: x", ("2001:db8::1", "a", None, 5, "x"), id="IPv6 host"
        ),
        pytest.param(
            "<189>29: *Mar 11 22:14:15.123 UTC: %A-5-B: x",
            (None, "%A-5-B", None, 5, "x"),
            id="sequence and clock mark",
        ),
        pytest.param(
            "<13>Mar 11 2026 22:14:15 fw : %ASA-6-1: x",
            ("fw", "%ASA-6-1", None, 5, "x"),
            id="year, lonely colon",
        ),
        pytest.param(
            "<13>Mar 11 22:14:15 web no tag here", ("web", None, None, 5, "no tag here"), id="no tag"
        ),
        pytest.param(
            "<34>1 2026-03-11T22:14:15Z h a 7 M - \ufeffx", ("h", "a", 7, 2, "x"), id="RFC 5424 with a mark"
        ),
        pytest.param(
            '2026-03-11T22:14:15Z edge {"a": 1}',
            ("edge", None, None, None, '{"a": 1}'),
            id="a document behind stamp and host",
        ),
        pytest.param("<34>1 - - - - - -", (None, None, None, 2, ""), id="RFC 5424, nothing told"),
        pytest.param(
            "Mar 11 22:14:15 sun in[9]: [ID 1 auth.info] x", ("sun", "in", 9, None, "x"), id="Solaris id"
        ),
    ],
)
def test_frames(line, wanted):
    assert shown(line) == wanted


@pytest.mark.parametrize(
    "line",
    [
        "<192>Mar 11 22:14:15 h a: x",
        "<34>1 2026-03-31T25:14:15Z h a - - - x",
        "2026-03-11 22:14:15 INFO started",
        "2026-03-11T22:14:15Z: Failed Backup: volume=7",
        "<999>x",
        "Foo 11 22:14:15 h a: x",
    ],
)
def test_what_only_resembles_a_frame_is_not_read_as_one(line):
    assert event(line).parser == "unknown/1"


SD_NAME = st.text(
    st.characters(codec="ascii", exclude_characters=' =]"[', min_codepoint=33, max_codepoint=126),
    min_size=1,
    max_size=20,
)


@given(
    st.dictionaries(
        SD_NAME, st.dictionaries(SD_NAME, st.text(max_size=20), max_size=4), min_size=1, max_size=4
    )
)
def test_structured_data_survives_its_escapes(data):
    def escaped(text):
        return text.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")

    text = "".join(
        "[" + i + "".join(f' {n}="{escaped(v)}"' for n, v in ps.items()) + "]" for i, ps in data.items()
    )
    wanted = {f"{i}.{n}": v for i, ps in data.items() for n, v in ps.items()}
    found, end = structured(text + " message", 0)
    assert end == len(text)
    assert {name: value for name, value in found.items() if name in wanted} == wanted


def test_the_zone_of_the_source_counts_unless_the_stamp_has_its_own():
    assert event("<13>Mar 11 22:14:15 h a: x", zone="Europe/Berlin").time == 1_773_263_655_000_000
    assert event("<13>Mar 11 22:14:15 UTC: h a: x", zone="Europe/Berlin").time == 1_773_267_255_000_000
    assert event("<13>2026-03-11T22:14:15Z h a: x", zone="Europe/Berlin").time == 1_773_267_255_000_000


def test_framing_cases_of_another_implementation(shared):
    import json

    cases = [
        json.loads(line) for line in (shared / "data/syslog_framing/cases.jsonl").read_text().splitlines()
    ]
    names = {
        "hostname": "host.name",
        "appname": "log.syslog.appname",
        "procid": "log.syslog.procid",
        "msgid": "log.syslog.msgid",
        "message": "message",
    }
    checked = 0
    for case in cases:
        if not case["valid"] or not case["raw"].strip():
            continue
        common = event(case["raw"]).common
        for name, target in names.items():
            value = case["expected"].get(name)
            if value:
                checked += 1
                assert common.get(target) == value, case["id"]
    assert checked > 20
