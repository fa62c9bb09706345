"""Forms of the same event, and the meanings that rules rely on."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seerflow.model.log import Origin, RawLog
from seerflow.parsers import read, read_document

RECEIVED = 1_773_576_000_000_000


def events(data, name=""):
    text = data if isinstance(data, str) else json.dumps(data)
    return read(RawLog(origin=Origin("t", 0, 0), raw=text.encode(), received=RECEIVED, format=name))


def event(data, name=""):
    (found,) = events(data, name)
    return found


DATA = {"TargetUserName": "bob", "IpAddress": "198.51.100.23", "Logon Type": "3"}
SYSTEM = {"EventID": 4625, "Channel": "Security", "Computer": "dc-01"}
FORMS = {
    "dump": {"Event": {"System": SYSTEM, "EventData": DATA}},
    "dump with attributes": {
        "Event": {
            "System": {**SYSTEM, "EventID": {"#attributes": {"Qualifiers": 0}, "#text": "4625"}},
            "EventData": {"Data": [{"#attributes": {"Name": n}, "#text": v} for n, v in DATA.items()]},
        }
    },
    "dump with @": {
        "Event": {
            "System": SYSTEM,
            "EventData": {"Data": [{"@Name": n, "#text": v} for n, v in DATA.items()]},
        }
    },
    "winlogbeat 7": {
        "winlog": {"channel": "Security", "event_id": 4625, "computer_name": "dc-01", "event_data": DATA}
    },
    "winlogbeat 6": {"log_name": "Security", "event_id": 4625, "computer_name": "dc-01", "event_data": DATA},
    "flat": {**SYSTEM, **DATA},
    "NXLog": {"EventID": 4625, "Channel": "Security", "Hostname": "dc-01", "SourceName": "X", **DATA},
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_windows_event_says_the_same(form):
    found = event(FORMS[form])
    native = {
        name: found.native[name]
        for name in ("EventID", "Channel", "Computer", "TargetUserName", "IpAddress", "LogonType")
    }
    assert native == {**SYSTEM, "TargetUserName": "bob", "IpAddress": "198.51.100.23", "LogonType": "3"}
    common = {n: v for n, v in found.common.items() if n != "event.provider"}
    assert common == {
        "event.action": "logon", "event.category": "authentication", "event.code": "4625", "event.dataset": "windows.security",
        "event.module": "windows", "event.outcome": "failure", "event.type": "start", "host.name": "dc-01", "user.name": "bob",
        "source.address": "198.51.100.23", "source.ip": "198.51.100.23",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("event_id", "data", "category", "outcome"),
    [
        (4624, {}, "authentication", "success"),
        (4625, {}, "authentication", "failure"),
        (4648, {}, "authentication", "unknown"),
        (4768, {"Status": "0x0"}, "authentication", "success"),
        (4768, {"Status": "0x12"}, "authentication", "failure"),
        (4771, {"Status": "0x18"}, "authentication", "failure"),
        (4776, {"Status": "0xc000006a"}, None, "failure"),
        (4776, {"Status": "0x0"}, None, "success"),
        (4634, {}, "session", None),
    ],
)
def test_one_windows_logon_is_one_authentication(event_id, data, category, outcome):
    common = event({"Channel": "Security", "EventID": event_id, **data}).common
    assert (common.get("event.category"), common.get("event.outcome")) == (category, outcome)


def test_failed_logons_of_a_real_attack_are_counted_as_somebody_else_counted(shared):
    import gzip

    folder = shared / "data" / "windows_attacks"
    wanted = {
        f["case"]: f["failed_logons_by_source"]
        for f in map(json.loads, (folder / "auth_facts.jsonl").read_text().splitlines())
    }
    seen = {}
    for name in ("deepbluecli", "evtx-to-mitre"):
        for case in map(json.loads, gzip.decompress((folder / f"{name}.jsonl.gz").read_bytes()).splitlines()):
            if case["id"] in wanted:
                counts = seen.setdefault(case["id"], {})
                for document in case["events"]:
                    if document["EventID"] not in (4625, 4771):  # what was counted
                        continue
                    raw = RawLog(origin=Origin("t", 0, 0), raw=b"x", received=RECEIVED)
                    common = read_document(raw, document)[0].common
                    assert (common["event.category"], common["event.outcome"]) == (
                        "authentication",
                        "failure",
                    )
                    counts[common["source.address"]] = counts.get(common["source.address"], 0) + 1
    assert seen == {
        case: {address: one["failed"] for address, one in told.items()} for case, told in wanted.items()
    }


def test_a_delivered_file_gives_an_event_a_record_with_ids_of_their_own():
    records = [
        {"eventSource": "s3.amazonaws.com", "eventName": f"Get{n}", "eventTime": "2026-03-11T22:14:15Z"}
        for n in range(3)
    ]
    found = events({"Records": records})
    assert [e.native["eventName"] for e in found] == ["Get0", "Get1", "Get2"]
    assert len({e.id for e in found}) == 3
    assert [json.loads(e.text) for e in found] == records


@pytest.mark.parametrize(
    ("extra", "outcome"),
    [
        ({"responseElements": {"ConsoleLogin": "Success"}}, "success"),
        (
            {"responseElements": {"ConsoleLogin": "Failure"}, "errorMessage": "Failed authentication"},
            "failure",
        ),
        ({"errorCode": "AccessDenied"}, "failure"),
        ({"responseElements": None}, "success"),
    ],
)
def test_outcomes_of_cloudtrail(extra, outcome):
    found = event({"eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin", **extra})
    assert found.common["event.outcome"] == outcome
    assert found.common["event.category"] == "authentication"


CEF_KEY = st.from_regex(r"[a-z][A-Za-z0-9_]{0,10}", fullmatch=True).filter(lambda k: not k.endswith("Label"))
CEF_VALUE = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S"], include_characters=" \n"), max_size=20
).map(str.strip)


@given(
    st.dictionaries(CEF_KEY, CEF_VALUE, max_size=6),
    st.lists(st.text("ab|\\ ", min_size=1, max_size=6), min_size=6, max_size=6),
)
def test_cef_survives_its_escapes(extension, header):
    def value(text):
        return text.replace("\\", "\\\\").replace("=", "\\=").replace("\n", "\\n")

    head = "|".join(part.replace("\\", "\\\\").replace("|", "\\|") for part in header)
    found = event(f"CEF:0|{head}|" + " ".join(f"{k}={value(v)}" for k, v in extension.items()), "cef")
    names = ("deviceVendor", "deviceProduct", "deviceVersion", "deviceEventClassId", "name", "severity")
    assert [found.native[name] for name in names] == header
    assert {
        k: found.native["ext.name" if k == "name" else k] for k in extension if k not in names[:3] + names[5:]
    } == {k: v for k, v in extension.items() if k not in names[:3] + names[5:]}


def test_labels_of_cef_name_their_values():
    native = event("CEF:0|a|b|1|2|n|3|cs1Label=Policy cs1=Strict one cs2Label=act act=x cs2=y").native
    assert (native["Policy"], native["cs1"], native["act"]) == ("Strict one", "Strict one", "x")


def test_an_otlp_body_is_read_like_any_log_and_keeps_where_it_came_from():
    line = "Failed password for root from 198.51.100.23 port 44821 ssh2"
    resource = {
        "attributes": [
            {"key": "host.name", "value": {"stringValue": "web-01"}},
            {"key": "service.name", "value": {"stringValue": "sshd"}},
        ]
    }
    one = {"timeUnixNano": "1773267255123456789", "body": {"stringValue": line}, "resource": resource}
    found = event(one, "otlp")
    assert (found.parser, found.common["host.name"], found.common["source.ip"]) == (
        "openssh/1",
        "web-01",
        "198.51.100.23",
    )
    assert found.time == 1_773_267_255_123_456
    framed = event({**one, "body": {"stringValue": f"Mar 11 22:14:15 web-02 sshd[1]: {line}"}}, "otlp")
    assert (framed.common["host.name"], framed.time) == ("web-02", 1_773_267_255_123_456)
    document = event(
        {
            **one,
            "body": {
                "kvlistValue": {
                    "values": [
                        {"key": "Channel", "value": {"stringValue": "Security"}},
                        {"key": "EventID", "value": {"intValue": "1102"}},
                    ]
                }
            },
        }
    )
    assert document.common["event.action"] == "log_cleared"
    assert document.native["EventID"] == 1102


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("add 'eve' to group 'sudo'", ("group_member_added", "iam", "eve", "sudo")),
        ("add 'eve' to shadow group 'sudo'", ("shadow_group_member_added", None, "eve", "sudo")),
        ("user eve added by root to group wheel", ("group_member_added", "iam", "eve", "wheel")),
    ],
)
def test_a_new_administrator_is_one_event(line, wanted):
    common = event(f"Mar 12 03:10:01 h usermod[7]: {line}").common
    assert (
        tuple(common.get(n) for n in ("event.action", "event.category", "user.target.name", "group.name"))
        == wanted
    )


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (
            "login of user 'bob' denied from 192.0.2.1",
            {"user.name": "bob", "event.outcome": "failure", "source.ip": "192.0.2.1"},
        ),
        (
            "connection to 192.0.2.1:22 from 192.0.2.2 accepted",
            {
                "destination.ip": "192.0.2.1",
                "destination.port": 22,
                "source.ip": "192.0.2.2",
                "event.outcome": "success",
            },
        ),
        ("version 1.2.3.4.5 of 300.1.1.1 at 12:30:15", {}),
        ("peer 2001:db8::7 gone", {"source.ip": "2001:db8::7"}),
        ("account for the user", {}),
    ],
)
def test_only_what_is_plain_is_inferred(line, wanted):
    found = event(line)
    assert {
        n: v
        for n, v in found.common.items()
        if n not in ("event.dataset", "message", "source.address", "destination.address")
    } == wanted
    assert ("inferred" in found.flags) == bool(wanted)
    assert "unparsed" in found.flags
