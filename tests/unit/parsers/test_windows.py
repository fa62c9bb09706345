"""One event of Windows, whatever carried it: every form gives the same meaning."""

import json
import re

import pytest

from seerflow.model.event import Event
from seerflow.model.log import Origin, RawLog
from seerflow.parsers import read
from seerflow.parsers.windows_message import fields, title

RECEIVED = 1_773_576_000_000_000
TIME = 1_773_267_255_123_000
SUBJECT = {
    "SubjectUserSid": "S-1-5-18",
    "SubjectUserName": "WEB-01$",
    "SubjectDomainName": "CORP",
    "SubjectLogonId": "0x3e7",
}
DATA = {
    **SUBJECT,
    "TargetUserSid": "S-1-0-0",
    "TargetUserName": "ada",
    "TargetDomainName": "CORP",
    "Status": "0xc000006d",
    "SubStatus": "0xc000006a",
    "LogonType": "3",
    "WorkstationName": "PC-7",
    "IpAddress": "192.0.2.44",
    "IpPort": "51022",
    "ProcessId": "0x2a4",
    "ProcessName": "C:\\Windows\\System32\\svchost.exe",
}
STAMP = "2026-03-11T22:14:15.123Z"
PROVIDER = "Microsoft-Windows-Security-Auditing"
SYSTEM = {
    "Provider": {"#attributes": {"Name": PROVIDER}},
    "EventID": 4625,
    "Level": 0,
    "Keywords": "0x8010000000000000",
    "TimeCreated": {"#attributes": {"SystemTime": STAMP}},
    "EventRecordID": 77,
    "Channel": "Security",
    "Computer": "web-01.example.com",
}
MESSAGE = """An account failed to log on.

Subject:
\tSecurity ID:\t\tS-1-5-18
\tAccount Name:\t\tWEB-01$
\tAccount Domain:\t\tCORP
\tLogon ID:\t\t0x3e7

Logon Type:\t\t\t3

Account For Which Logon Failed:
\tSecurity ID:\t\tS-1-0-0
\tAccount Name:\t\tada
\tAccount Domain:\t\tCORP

Failure Information:
\tFailure Reason:\t\tUnknown user name or bad password.
\tStatus:\t\t\t0xc000006d
\tSub Status:\t\t0xc000006a

Process Information:
\tCaller Process ID:\t0x2a4
\tCaller Process Name:\tC:\\Windows\\System32\\svchost.exe

Network Information:
\tWorkstation Name:\tPC-7
\tSource Network Address:\t192.0.2.44
\tSource Port:\t\t51022

This event is generated when a logon request fails."""
FLAT_MESSAGE = re.sub(r"\s+", " ", MESSAGE)
XML = (
    '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>'
    f'<Provider Name="{PROVIDER}"/><EventID>4625</EventID><Level>0</Level>'
    f'<Keywords>0x8010000000000000</Keywords><TimeCreated SystemTime="{STAMP}"/>'
    "<EventRecordID>77</EventRecordID><Channel>Security</Channel><Computer>web-01.example.com</Computer></System>"
    "<EventData>" + "".join(f'<Data Name="{n}">{v}</Data>' for n, v in DATA.items()) + "</EventData></Event>"
)
WINLOG = {
    "channel": "Security",
    "event_id": 4625,
    "provider_name": PROVIDER,
    "computer_name": "web-01.example.com",
    "record_id": 77,
    "keywords": ["Audit Failure"],
    "event_data": DATA,
}
OTEL = {
    "channel": "Security",
    "computer": "web-01.example.com",
    "event_id": {"id": 4625, "qualifiers": 0},
    "keywords": ["Audit Failure"],
    "level": "Information",
    "provider": {"name": PROVIDER, "guid": "", "event_source": ""},
    "record_id": 77,
    "system_time": STAMP,
}
NXLOG = {
    "EventTime": "2026-03-11 22:14:15.123",
    "Hostname": "web-01.example.com",
    "Keywords": -9218868437227405312,
    "EventType": "AUDIT_FAILURE",
    "EventID": 4625,
    "SourceName": PROVIDER,
    "Channel": "Security",
    **DATA,
}
WAZUH = {
    "win": {
        "system": {
            "providerName": PROVIDER,
            "eventID": "4625",
            "level": "0",
            "keywords": "0x8010000000000000",
            "systemTime": STAMP,
            "channel": "Security",
            "computer": "web-01.example.com",
            "severityValue": "AUDIT_FAILURE",
        },
        "eventdata": {n[0].lower() + n[1:]: v.replace("\\", "\\\\") for n, v in DATA.items()},
    }
}
SENTINEL = {
    "TimeGenerated": STAMP,
    "Computer": "web-01.example.com",
    "EventSourceName": PROVIDER,
    "Channel": "Security",
    "EventID": 4625,
    "Activity": "4625 - An account failed to log on.",
    **DATA,
}
FLUENT = {
    "ProviderName": PROVIDER,
    "EventID": 4625,
    "Channel": "Security",
    "Computer": "web-01.example.com",
    "TimeCreated": "2026-03-11 22:14:15.123 +0000",
    "Keywords": "0x8010000000000000",
    "Message": MESSAGE,
    "StringInserts": ["S-1-5-18", "WEB-01$"],
}
SNARE = (
    "<13>Mar 11 22:14:15 web-01.example.com MSWinEventLog\t1\tSecurity\t77\tWed Mar 11 22:14:15.123 2026\t4625\t"
    f"{PROVIDER}\tN/A\tN/A\tFailure Audit\tweb-01.example.com\tLogon\t\t{FLAT_MESSAGE}\t77"
)
WEVTUTIL = (
    f"Event[0]:\n  Log Name: Security\n  Source: {PROVIDER}\n  Date: {STAMP}\n  Event ID: 4625\n  Task: Logon\n"
    "  Level: Information\n  Opcode: Info\n  Keyword: Audit Failure\n  User: N/A\n  User Name: N/A\n"
    f"  Computer: web-01.example.com\n  Description: \n{MESSAGE}\n"
)
SPLUNK = (
    "03/11/2026 10:14:15.123 PM\nLogName=Security\nEventCode=4625\nEventType=0\nComputerName=web-01.example.com\n"
    f"SourceName={PROVIDER}\nType=Information\nKeywords=Audit Failure\nMessage={MESSAGE}"
)
OSSEC = (
    f"2026 Mar 11 22:14:15 WinEvtLog: Security: AUDIT_FAILURE(4625): {PROVIDER}: (no user): no domain:"
    f" web-01.example.com: {FLAT_MESSAGE}"
)
FORMS = {
    "evtx": json.dumps({"Event": {"System": SYSTEM, "EventData": DATA}}),
    "evtx, attributes apart": json.dumps(
        {
            "Event": {
                "System": {
                    **{k: v for k, v in SYSTEM.items() if k not in ("Provider", "TimeCreated")},
                    "Provider_attributes": {"Name": PROVIDER},
                    "TimeCreated_attributes": {"SystemTime": STAMP},
                },
                "EventData": DATA,
            }
        }
    ),
    "xmltodict": json.dumps(
        {
            "Event": {
                "System": {
                    **SYSTEM,
                    "Provider": {"@Name": PROVIDER},
                    "TimeCreated": {"@SystemTime": STAMP},
                },
                "EventData": {"Data": [{"@Name": n, "#text": v} for n, v in DATA.items()]},
            }
        }
    ),
    "xml": XML,
    "xml with declaration": f'<?xml version="1.0" encoding="utf-16"?>\r\n{XML}',
    "xml in a file of events": f"<Events>{XML}</Events>",
    "xml in syslog": f"<13>1 {STAMP} web-01.example.com nxlog 1 - - {XML}",
    "xml in a document": json.dumps({"host": "web-01", "event": XML}),
    "winlogbeat 7": json.dumps({"@timestamp": STAMP, "winlog": WINLOG, "event": {"code": "4625"}}),
    "winlogbeat 6": json.dumps({"@timestamp": STAMP, "log_name": "Security", **WINLOG}),
    "winlogbeat, dotted": json.dumps(
        {
            "@timestamp": STAMP,
            **{f"winlog.{k}": v for k, v in WINLOG.items() if k != "event_data"},
            **{f"winlog.event_data.{k}": v for k, v in DATA.items()},
        }
    ),
    "azure monitor": json.dumps(
        {
            "TimeGenerated": STAMP,
            "Source": PROVIDER,
            "EventLog": "Security",
            "Computer": "web-01.example.com",
            "EventID": 4625,
            "RenderedDescription": MESSAGE,
        }
    ),
    "winlogbeat without data": json.dumps(
        {
            "@timestamp": STAMP,
            "winlog": {k: v for k, v in WINLOG.items() if k != "event_data"},
            "message": MESSAGE,
        }
    ),
    "nxlog": json.dumps(NXLOG),
    "wazuh": json.dumps(WAZUH),
    "wazuh alert": json.dumps({"agent": {"name": "web-01"}, "data": WAZUH}),
    "sentinel": json.dumps(SENTINEL),
    "opentelemetry, a list": json.dumps({**OTEL, "event_data": {"data": [{n: v} for n, v in DATA.items()]}}),
    "opentelemetry, a map": json.dumps({**OTEL, "event_data": DATA}),
    "opentelemetry, a message": json.dumps({**OTEL, "message": MESSAGE}),
    "opentelemetry, in a record": json.dumps(
        {
            "timeUnixNano": str(TIME * 1000),
            "body": {"kvlistValue": {"values": [{"key": "raw", "value": {"stringValue": "x"}}]}},
            "attributes": [],
        }
        | {"body": {"stringValue": XML}}
    ),
    "fluent bit": json.dumps(FLUENT),
    "snare": SNARE,
    "snare, tabs escaped": SNARE.replace("\t", "#011"),
    "wevtutil": WEVTUTIL,
    "splunk": SPLUNK,
    "ossec": OSSEC,
}
COARSE = {"ossec", "splunk"}  # to the second


def one(text: str) -> Event:
    (event,) = read(RawLog(origin=Origin("t", 0, 0), raw=text.encode(), received=RECEIVED))
    assert isinstance(event, Event)
    return event


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_failed_logon_means_the_same(form):
    event = one(FORMS[form])
    told = {name: event.common.get(name) for name in WANTED}
    assert told == WANTED
    assert event.time == (TIME // 1_000_000 * 1_000_000 if form in COARSE else TIME)
    assert not set(event.flags) & {"unparsed", "inferred", "time_assumed"}


WANTED = {
    "event.code": "4625",
    "event.dataset": "windows.security",
    "event.action": "logon",
    "event.category": "authentication",
    "event.outcome": "failure",
    "event.reason": "wrong password",
    "event.provider": PROVIDER,
    "user.name": "ada",
    "user.domain": "CORP",
    "source.ip": "192.0.2.44",
    "source.port": 51022,
    "source.domain": "PC-7",
    "process.name": "svchost.exe",
    "process.pid": 0x2A4,
    "host.name": "web-01.example.com",
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_rules_the_same_native_fields(form):
    native = one(FORMS[form]).native
    assert native["EventID"] == 4625
    assert (native["Channel"], native["Provider_Name"]) == ("Security", PROVIDER)
    assert {name: native.get(name) for name in DATA} == DATA


def test_a_file_of_events_gives_each_with_its_own_text():
    events = read(
        RawLog(origin=Origin("t", 0, 0), raw=f"<Events>{XML}{XML}</Events>".encode(), received=RECEIVED)
    )
    assert [event.text for event in events] == [XML, XML]
    assert len({event.id for event in events}) == 2


def test_events_in_a_row_need_no_root():
    assert (
        len(read(RawLog(origin=Origin("t", 0, 0), raw=(XML + "\n" + XML).encode(), received=RECEIVED))) == 2
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            '<?xml version="1.0"?><!DOCTYPE Event [<!ENTITY a "x">]><Event><System>&a;</System></Event>',
            id="a document type",
        ),
        pytest.param(
            '<!DOCTYPE Event SYSTEM "file:///etc/passwd"><Event><System/></Event>', id="an external one"
        ),
        pytest.param("<Event>" * 500, id="deep"),
        pytest.param("<Event><System><EventID>1</Event>", id="not well formed"),
    ],
)
def test_what_is_dangerous_or_broken_in_xml_is_not_read_as_an_event(text):
    event = one(text)
    assert event.parser.startswith("unknown/")
    assert "root:" not in str(event.common)


def test_a_file_that_breaks_off_gives_what_was_whole():
    event = one(f"<Events>{XML}<Event><System><EventID>46")
    assert event.common["event.code"] == "4625"
    assert "truncated" in event.flags


def test_sections_of_a_message_say_whose_account_it_is():
    told = fields(
        "A member was added to a security-enabled local group.\n\nSubject:\n\tSecurity ID:\tS-1-5-21-1\n"
        "\tAccount Name:\tbob\n\nMember:\n\tSecurity ID:\tS-1-5-21-2\n\tAccount Name:\tCN=Eve,DC=example,DC=com\n\n"
        "Group:\n\tSecurity ID:\tS-1-5-32-544\n\tGroup Name:\tAdministrators\n"
    )
    assert told == {
        "SubjectUserSid": "S-1-5-21-1",
        "SubjectUserName": "bob",
        "MemberSid": "S-1-5-21-2",
        "MemberName": "CN=Eve,DC=example,DC=com",
        "TargetUserSid": "S-1-5-32-544",
        "TargetUserName": "Administrators",
    }


def test_a_firewall_message_is_about_packets():
    told = fields(
        "The Windows Filtering Platform has permitted a connection.\r\n\r\nApplication Information:\r\n"
        "\tProcess ID:\t\t812\r\n\tApplication Name:\t\\device\\x\\a.exe\r\n\r\nNetwork Information:\r\n"
        "\tDirection:\t\tOutbound\r\n\tSource Address:\t\t192.0.2.1\r\n\tSource Port:\t\t50000\r\n"
        "\tDestination Address:\t198.51.100.9\r\n\tDestination Port:\t\t443\r\n\tProtocol:\t\t6\r\n"
    )
    assert told["SourceAddress"] == "192.0.2.1"
    assert told["SourcePort"] == "50000"
    assert told["DestPort"] == "443"
    assert told["Application"] == "\\device\\x\\a.exe"


def test_the_title_is_the_first_sentence():
    assert title(MESSAGE) == "An account failed to log on."
    assert title(FLAT_MESSAGE) == "An account failed to log on."


def windows(event_id: int, data: dict, channel: str = "Security", **system: object) -> Event:
    return one(json.dumps({"Channel": channel, "EventID": event_id, "Computer": "h", **system, **data}))


@pytest.mark.parametrize(
    ("event_id", "status", "outcome"),
    [
        (4768, "0x0", "success"),
        (4768, "0x6", "failure"),
        (4769, "0x0", "success"),
        (4769, "0x1b", "failure"),
        (4776, "0x0", "success"),
        (4776, "0xc000006a", "failure"),
        (4771, "0x18", "failure"),
    ],
)
def test_a_status_decides_the_outcome(event_id, status, outcome):
    assert windows(event_id, {"TargetUserName": "ada", "Status": status}).common["event.outcome"] == outcome


@pytest.mark.parametrize(
    ("keywords", "outcome"),
    [
        ("0x8020000000000000", "success"),
        ("0x8010000000000000", "failure"),
        (-9214364837600034816, "success"),
        (-9218868437227405312, "failure"),
        (["Audit Failure"], "failure"),
        ("Audit Success", "success"),
        ("0x8000000000000000", None),
    ],
)
def test_audit_keywords_decide_the_outcome(keywords, outcome):
    assert windows(4663, {"Keywords": keywords}).common.get("event.outcome") == outcome


@pytest.mark.parametrize(
    ("channel", "event_id", "data", "wanted"),
    [
        pytest.param(
            "Security",
            4732,
            {"MemberName": "CN=Eve\\, Dr.,OU=Staff,DC=example,DC=com", "TargetUserName": "Administrators"},
            {"user.target.name": "Eve, Dr.", "group.name": "Administrators", "event.category": "iam"},
            id="a new administrator",
        ),
        pytest.param(
            "Security",
            4657,
            {"ObjectName": "\\REGISTRY\\MACHINE\\SOFTWARE\\Run", "ObjectValueName": "x"},
            {
                "registry.path": "HKLM\\SOFTWARE\\Run\\x",
                "registry.key": "SOFTWARE\\Run",
                "registry.value": "x",
            },
            id="registry of the kernel",
        ),
        pytest.param(
            "Microsoft-Windows-Sysmon/Operational",
            13,
            {"TargetObject": "HKU\\S-1-5-18\\Run\\y", "EventType": "SetValue", "Image": "C:\\a\\b.exe"},
            {
                "registry.hive": "HKU",
                "registry.key": "S-1-5-18\\Run",
                "registry.value": "y",
                "process.name": "b.exe",
            },
            id="registry of sysmon",
        ),
        pytest.param(
            "Microsoft-Windows-Sysmon/Operational",
            22,
            {
                "QueryName": "www.example.com",
                "QueryResults": "type:  5 a.example.com;::ffff:192.0.2.1;2001:db8::1;",
            },
            {"dns.question.name": "www.example.com", "dns.resolved_ip": ["192.0.2.1", "2001:db8::1"]},
            id="names",
        ),
        pytest.param(
            "Microsoft-Windows-Sysmon/Operational",
            1,
            {"Hashes": "MD5=AA,SHA256=BB,IMPHASH=CC", "User": "CORP\\ada", "Image": "C:\\x.exe"},
            {
                "process.hash.md5": "aa",
                "process.hash.sha256": "bb",
                "user.name": "ada",
                "user.domain": "CORP",
            },
            id="hashes",
        ),
        pytest.param(
            "System",
            7045,
            {"ServiceName": "svc", "ImagePath": "C:\\s.exe", "Provider_Name": "Service Control Manager"},
            {"service.name": "svc", "process.command_line": "C:\\s.exe", "event.action": "service_installed"},
            id="a service",
        ),
        pytest.param(
            "System",
            7045,
            {"ServiceName": "svc", "Provider_Name": "Other"},
            {"service.name": None, "event.action": None},
            id="another provider's number",
        ),
        pytest.param(
            "Application",
            18456,
            {"Data": ["sa", "Reason: x", " [CLIENT: 192.0.2.9]"], "Provider_Name": "MSSQLSERVER"},
            {"user.name": "sa", "source.ip": "192.0.2.9", "event.outcome": "failure"},
            id="sql server",
        ),
        pytest.param(
            "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational",
            1149,
            {"Param1": "ada", "Param2": "CORP", "Param3": "192.0.2.3"},
            {"user.name": "ada", "user.domain": "CORP", "source.ip": "192.0.2.3"},
            id="remote desktop",
        ),
        pytest.param(
            "System",
            1073748860,
            {"param1": "BITS", "Provider_Name": "Service Control Manager"},
            {"event.code": "7036", "service.name": "BITS"},
            id="a number with qualifiers",
        ),
    ],
)
def test_what_events_mean(channel, event_id, data, wanted):
    common = windows(event_id, data, channel).common
    assert {name: common.get(name) for name in wanted} == wanted
