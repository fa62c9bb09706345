"""Which log sources an event is."""

import pytest

from seerflow.detectors.sigma.lanes import applies, lanes, mark
from seerflow.rules.sigma import Logsource

SYSMON = "Microsoft-Windows-Sysmon/Operational"
ROWS = [
    ("Sysmon process", {"Channel": SYSMON, "EventID": 1}, {}, [("windows", "process_creation", "sysmon")]),
    ("id as text", {"Channel": SYSMON, "EventID": "3"}, {}, [("windows", "network_connection", "sysmon")]),
    ("channel in other case", {"Channel": SYSMON.upper(), "EventID": 22}, {}, [("windows", "dns_query", "sysmon")]),
    ("registry key made", {"Channel": SYSMON, "EventID": 12, "EventType": "CreateKey"}, {}, [("windows", "registry_event", "sysmon"), ("windows", "registry_add", "sysmon")]),
    ("registry key deleted", {"Channel": SYSMON, "EventID": 12, "EventType": "DeleteKey"}, {}, [("windows", "registry_event", "sysmon"), ("windows", "registry_delete", "sysmon")]),
    ("registry value set", {"Channel": SYSMON, "EventID": 13}, {}, [("windows", "registry_event", "sysmon"), ("windows", "registry_set", "sysmon")]),
    ("unknown Sysmon event", {"Channel": SYSMON, "EventID": 99}, {}, [("windows", None, "sysmon")]),
    ("Security process", {"Channel": "Security", "EventID": 4688}, {}, [("windows", "process_creation", "security")]),
    ("Security logon", {"Channel": "Security", "EventID": 4624}, {}, [("windows", None, "security")]),
    ("script block", {"Channel": "Microsoft-Windows-PowerShell/Operational", "EventID": 4104}, {}, [("windows", "ps_script", "powershell")]),
    ("PowerShell 7", {"Channel": "PowerShellCore/Operational", "EventID": 4104}, {}, [("windows", "ps_script", "powershell")]),
    ("antivirus", {"Channel": "Microsoft-Windows-Windows Defender/Operational", "EventID": 1116}, {}, [("windows", "antivirus", "windefend")]),
    ("unknown channel", {"Channel": "Example/Operational", "EventID": 1}, {}, [("windows", None, None)]),
    ("provider without channel", {"Provider_Name": "Microsoft-Windows-Sysmon", "EventID": 1}, {}, [("windows", "process_creation", "sysmon")]),
    ("Windows by dataset", {"EventID": 1}, {"event.dataset": "windows.sysmon"}, [("windows", "process_creation", "sysmon")]),
    ("sshd", {}, {"event.dataset": "linux.sshd"}, [("linux", None, "sshd"), ("linux", None, "auth"), ("linux", None, "syslog")]),
    ("sudo is a process too", {}, {"event.dataset": "linux.sudo", "event.category": "process", "event.type": "start"}, [("linux", None, "sudo"), ("linux", None, "auth"), ("linux", None, "syslog"), ("linux", "process_creation", "sudo")]),
    ("audited execution", {}, {"event.dataset": "linux.auditd", "event.category": "process", "event.type": "start"}, [("linux", None, "auditd"), ("linux", "process_creation", "auditd")]),
    ("audited exit", {}, {"event.dataset": "linux.auditd", "event.category": "process", "event.type": "end"}, [("linux", None, "auditd")]),
    ("cloud", {}, {"event.dataset": "aws.cloudtrail"}, [("aws", None, "cloudtrail")]),
    ("cloud by its fields", {"eventSource": "s", "eventName": "n", "eventVersion": "1"}, {}, [("aws", None, "cloudtrail")]),
    ("kubernetes", {}, {"event.dataset": "kubernetes.audit"}, [("kubernetes", "application", "audit")]),
    ("web", {}, {"event.dataset": "web.access"}, [(None, "webserver", None)]),
    ("anything else by its name", {}, {"event.dataset": "bitbucket.audit"}, [("bitbucket", None, "audit")]),
    ("nothing known", {"x": "y"}, {}, []),
    ("values of other kinds", {"Channel": ["x"], "EventID": {"a": 1}}, {"event.dataset": ["y"]}, [("windows", None, None)]),
]  # fmt: skip


@pytest.mark.parametrize(("native", "common", "wanted"), [pytest.param(*row[1:], id=row[0]) for row in ROWS])
def test_an_event_is(native, common, wanted):
    assert list(lanes(native, common)) == wanted
    hash(mark(native, common))


def test_equal_marks_are_equal_lanes():
    marks = {}
    for _, native, common, _ in ROWS:
        marks.setdefault(mark(native, common), set()).add(lanes(native, common))
    assert all(len(found) == 1 for found in marks.values())


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        pytest.param(Logsource("windows", "process_creation"), True, id="product and category"),
        pytest.param(Logsource("windows", None, "sysmon"), True, id="product and service"),
        pytest.param(Logsource("windows"), True, id="product"),
        pytest.param(Logsource(None, "process_creation"), True, id="category"),
        pytest.param(Logsource(), True, id="nothing"),
        pytest.param(Logsource("linux", "process_creation"), False, id="another product"),
        pytest.param(Logsource("windows", "image_load"), False, id="another category"),
        pytest.param(Logsource("windows", "process_creation", "security"), False, id="another service"),
    ],
)
def test_a_rule_is_for(source, wanted):
    assert applies(source, (("windows", "process_creation", "sysmon"),)) is wanted


def test_all_parts_must_be_of_one_lane():
    given = (("windows", "a", "b"), ("windows", "c", "d"))
    assert not applies(Logsource("windows", "a", "d"), given)
