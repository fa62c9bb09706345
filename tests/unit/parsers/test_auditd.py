"""Audit records: joined, decoded, and who did what to what."""

import pytest

from seerflow.model.event import Event
from seerflow.model.log import Origin, RawLog
from seerflow.parsers import read

RECEIVED = 1_773_576_000_000_000
HEAD = "msg=audit(1773267256.001:903):"
SYSCALL = (
    f"type=SYSCALL {HEAD} arch=c000003e syscall={{call}} success={{success}} exit=0 a0=7ffe a1=1 a2=2 a3=3 items=2"
    " ppid=100 pid=101 auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) ses=3"
    ' comm="sh" exe="/usr/bin/dash" key="exec"'
)


def all_of(*lines: str) -> list[Event]:
    return list(read(RawLog(origin=Origin("t", 0, 0), raw="\n".join(lines).encode(), received=RECEIVED)))


def one(*lines: str) -> Event:
    (event,) = all_of(*lines)
    assert isinstance(event, Event)
    return event


def syscall(number: int, success: str = "yes") -> str:
    return SYSCALL.format(call=number, success=success)


EXECVE = f'type=EXECVE {HEAD} argc=3 a0="sh" a1="-c" a2=6364202F746D703B206C73'
CWD = f'type=CWD {HEAD} cwd="/home/ada"'
PARENT = f'type=PATH {HEAD} item=0 name="/home/ada/" inode=1 nametype=PARENT'
CREATED = f'type=PATH {HEAD} item=1 name="notes.txt" inode=2 nametype=CREATE'


def test_the_records_of_a_program_start_are_one_event():
    event = one(syscall(59), EXECVE, CWD, f"type=PROCTITLE {HEAD} proctitle=7368002D63", f"type=EOE {HEAD}")
    assert event.native["type"] == ["SYSCALL", "EXECVE", "CWD", "PROCTITLE", "EOE"]
    assert event.native["SYSCALL"] == "execve"
    assert [event.native[f"a{n}"] for n in range(3)] == ["sh", "-c", "cd /tmp; ls"]
    assert "a3" not in event.native
    wanted = {
        "event.action": "execve",
        "event.category": "process",
        "event.type": "start",
        "event.outcome": "success",
        "process.command_line": "sh -c cd /tmp; ls",
        "process.executable": "/usr/bin/dash",
        "process.pid": 101,
        "process.parent.pid": 100,
        "process.working_directory": "/home/ada",
        "user.id": "1000",
        "user.effective.id": "0",
        "user.effective.name": "root",
    }
    assert {name: event.common.get(name) for name in wanted} == wanted


def test_a_new_file_is_named_with_its_folder():
    event = one(syscall(257), CWD, PARENT, CREATED)
    assert event.common["file.path"] == "/home/ada/notes.txt"
    assert event.native["name"] == ["/home/ada/", "notes.txt"]
    assert event.native["nametype"] == ["PARENT", "CREATE"]


@pytest.mark.parametrize(
    ("call", "saddr", "wanted"),
    [
        pytest.param(
            42, "020001BBC6336407", {"destination.ip": "198.51.100.7", "destination.port": 443}, id="connect"
        ),
        pytest.param(43, "0200C350C0000205", {"source.ip": "192.0.2.5", "source.port": 50000}, id="accept"),
        pytest.param(
            42,
            "0A000050000000002001 0DB8000000000000000000000001 00000000".replace(" ", ""),
            {"destination.ip": "2001:db8::1", "destination.port": 80},
            id="IPv6",
        ),
        pytest.param(42, "01002F72756E2F782E736F636B00", {"destination.ip": None}, id="local"),
        pytest.param(49, "020001BBC6336407", {"destination.ip": None, "source.ip": None}, id="bind"),
    ],
)
def test_addresses_of_sockets(call, saddr, wanted):
    event = one(syscall(call), f"type=SOCKADDR {HEAD} saddr={saddr}")
    assert {name: event.common.get(name) for name in wanted} == wanted


def test_a_local_socket_has_a_path():
    event = one(syscall(42), f"type=SOCKADDR {HEAD} saddr=01002F72756E2F782E736F636B00")
    assert event.native["path"] == "/run/x.sock"


def test_two_events_in_one_log_are_two_with_their_own_text():
    other = EXECVE.replace(":903)", ":904)")
    first, second = all_of(syscall(59), other)
    assert (first.text, second.text) == (syscall(59), other)
    assert first.id != second.id


USER = "pid=9 uid=0 auid=4294967295 ses=4294967295 msg='op={op} {acct} exe=\"{exe}\" hostname=? addr=192.0.2.9 terminal=ssh res={res}'"


def user(kind: str, acct: str = 'acct="ada"', exe: str = "/usr/sbin/sshd", res: str = "failed") -> Event:
    return one(f"type={kind} {HEAD} " + USER.format(op="login", acct=acct, exe=exe, res=res))


@pytest.mark.parametrize(
    ("kind", "exe", "category"),
    [
        ("USER_LOGIN", "/usr/sbin/sshd", "authentication"),
        ("USER_AUTH", "/usr/sbin/sshd", None),
        ("USER_AUTH", "/usr/bin/login", None),
        ("USER_AUTH", "/usr/bin/su", "authentication"),
        ("USER_AUTH", "/usr/bin/sudo", "authentication"),
        ("USER_ACCT", "/usr/bin/su", None),
    ],
)
def test_an_attempt_counts_once(kind, exe, category):
    event = user(kind, exe=exe)
    assert event.common.get("event.category") == category
    assert event.common["event.outcome"] == "failure"
    assert event.common["source.ip"] == "192.0.2.9"


@pytest.mark.parametrize(
    ("acct", "name"),
    [
        ('acct="ada"', "ada"),
        ("acct=ada", "ada"),
        ("acct=28696E76616C6964207573657229", "(invalid user)"),
        ("acct=BEAD", "BEAD"),
        ('acct="28696E76616C6964207573657229"', "28696E76616C6964207573657229"),
    ],
)
def test_an_account_is_decoded_only_where_it_was_coded(acct, name):
    assert user("USER_LOGIN", acct).common["user.name"] == name


@pytest.mark.parametrize(
    ("res", "outcome"), [("success", "success"), ("failed", "failure"), ("1", "success"), ("no", "failure")]
)
def test_results(res, outcome):
    assert user("USER_LOGIN", res=res).common["event.outcome"] == outcome


def test_names_that_auditd_translated():
    event = one(syscall(59) + '\x1dARCH=x86_64 SYSCALL=execve AUID="ada" UID="root" EUID="root"')
    assert event.common["user.name"] == "ada"
    assert event.common["user.effective.name"] == "root"
    assert event.native["AUID"] == "ada"


def test_selinux_and_apparmor():
    event = one(
        f'type=AVC {HEAD} avc:  denied  {{ read write }} for  pid=1 comm="x" name="secret" scontext=a:b:c tclass=file'
    )
    assert event.common["event.outcome"] == "failure"
    assert event.native["seperms"] == "read write"
    event = one(
        '[ 12.5] audit: type=1400 audit(1773267256.001:3): apparmor="DENIED" operation="open" profile="p" name="/etc/x" pid=5 comm="cat"'
    )
    assert (event.common["event.code"], event.common["file.path"]) == ("AVC", "/etc/x")
    assert event.common["event.outcome"] == "failure"


def test_account_changes_are_about_the_account():
    event = one(
        f'type=ADD_USER {HEAD} pid=3 uid=0 auid=1000 ses=3 msg=\'op=add-user acct="svc" exe="/usr/sbin/useradd" res=success\''
    )
    assert event.common["user.target.name"] == "svc"
    assert event.common["user.id"] == "1000"
    assert "user.name" not in event.common


def test_arguments_in_pieces():
    event = one(f'type=EXECVE {HEAD} argc=2 a0="x" a1_len=8 a1[0]=61626364 a1[1]="efgh"')
    assert event.common["process.command_line"] == "x abcdefgh"
