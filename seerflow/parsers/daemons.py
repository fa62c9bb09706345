"""The services of Unix hosts that say in a sentence what they do: login, FTP, remote desktops, Kerberos, cron.

What they say stands in daemon_rows.py. Law: one attempt is one event of category authentication; a line that tells of
an attempt which another line of the same service tells as well has an outcome and no category.
"""

import re
from collections.abc import Mapping

from seerflow.model.event import Value
from seerflow.parsers.contract import LONGEST_MESSAGE, Frame, Outcome, Parser, Reading, Subject
from seerflow.parsers.daemon_rows import PROGRAMS, Row
from seerflow.parsers.shape import address, endpoint, keyword, put
from seerflow.parsers.timestamps import when
from seerflow.parsers.unknown import infer

# Apple's log puts the library and the subsystem before the message: `(libx.dylib) [com.apple.x:y] text`
_SUBSYSTEM = re.compile(
    r"(?:\([\w.\-]{1,64}\) (?=\[)|\(\w[\w.\-]{0,60}\.dylib\) )?(?:\[[\w.\-]{1,128}:[\w.\- ]{0,128}\] )?"
)
#: groups of the rows -> common fields
_FIELDS = {
    "user": "user.name",
    "target": "user.target.name",
    "as": "user.effective.name",
    "domain": "user.domain",
    "group": "group.name",
    "service": "service.name",
    "file": "file.path",
    "command": "process.command_line",
    "cwd": "process.working_directory",
    "reason": "event.reason",
    "uid": "user.id",
    "process": "process.name",
    "pid": "process.pid",
}
_SOURCE = re.compile(r"(?:ipv[46]:)?\[?([^\s\[\]]{1,255}?)\]?(?:::?(\d{1,5}))?")
#: Programs of Apple's systems; the others are of any Unix.
_APPLE = frozenset(
    {"screensharingd", "loginwindow", "securityd", "authd", "tccd", "sessionlogoutd", "opendirectoryd"}
)
# MIT Kerberos puts the level behind the pid, where syslog's tag does not expect it: `krb5kdc[703](info): AS_REQ …`
_KERBEROS = re.compile(r"(krb5kdc|kadmind)\[(\d{1,10})\]\(\w{1,16}\): ")
#: Programs whose names differ by a number or a suffix.
_ALIASES: Mapping[str, str] = {"crond": "cron", "cron.daily": "cron", "xvnc": "vncserver", "in.ftpd": "ftpd"}


# ProFTPD's own log: `2021-05-28 18:08:01,124 ftp-01 proftpd[498625] ftp-01 (192.0.2.7[192.0.2.7]): …`
_PROFTPD = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) (?P<host>\S{1,255}) (?P<program>proftpd)\[(?P<pid>\d{1,10})\] "
)
# vsftpd's own log: `Wed Mar 11 22:14:15 2026 [pid 812] [ada] OK LOGIN: Client "192.0.2.7"`
_VSFTPD = re.compile(r"(?P<time>[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}) (?=\[pid )")
# fail2ban's own log: `2026-03-11 22:14:15,123 fail2ban.actions [812]: NOTICE [sshd] Ban 192.0.2.7`
_FAIL2BAN = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) (?P<program>fail2ban\.\w{1,16})\s{0,16}(?:\[(?P<pid>\d{1,10})\])?: "
)
_OWN = ((_PROFTPD, "proftpd"), (_VSFTPD, "vsftpd"), (_FAIL2BAN, "fail2ban.actions"))
_HEAD = 128


def _own(text: str) -> tuple[re.Match[str], str] | None:
    head = text[: _HEAD + 256]
    return next(((match, name) for shape, name in _OWN if (match := shape.match(head))), None)


def _first(subject: Subject) -> bool:
    head = subject.text[:_HEAD]
    if subject.framed:
        # a syslog frame took vsftpd's date for its own, or did not know Kerberos' tag
        return head.startswith(("[pid ", "krb5kdc[", "kadmind["))
    return "proftpd[" in head or " [pid " in head or "fail2ban." in head


def _untagged(subject: Subject) -> Outcome:
    """Read what syslog's frame left without a program."""
    text, program = subject.text, "vsftpd"
    reading = Reading(common={})
    if match := _KERBEROS.match(text):
        program, text = match[1], text[match.end() :]
        put(reading.common, "process.pid", match[2])
    elif not text.startswith("[pid "):
        return None
    reading.common["process.name"] = reading.common["log.syslog.appname"] = program
    payload = Subject(text, subject.received, subject.zone, program, framed=True)
    return (Frame(reading=reading, payload=payload),)


def _alone(subject: Subject) -> Outcome:
    """Read a line of a service's own log file, which has a head of its own."""
    found = None if subject.framed else _own(subject.text)
    if found is None:
        return None
    match, program = found
    parts = match.groupdict()
    common: dict[str, Value] = {"process.name": program.partition(".")[0]}
    put(common, "message", subject.text[match.end() :])
    put(common, "host.name", parts.get("host"))
    put(common, "process.pid", parts.get("pid"))
    payload = Subject(subject.text[match.end() :], subject.received, subject.zone, program, framed=True)
    return (
        Frame(
            reading=Reading(common=common, time=when(match["time"], subject.received, subject.zone)),
            payload=payload,
        ),
    )


def _parse(subject: Subject) -> Outcome:
    program = subject.program.lower().rpartition("/")[2]
    rows = PROGRAMS.get(_ALIASES.get(program, program))
    text = subject.text.strip()
    if rows is None and subject.framed:
        return _untagged(subject)
    if rows is None:
        return _alone(subject)
    if len(text) > LONGEST_MESSAGE or text.startswith(("pam_", "(pam_", "{")):
        return None
    begin = match.end() if (match := _SUBSYSTEM.match(text)) else 0
    message = text[begin:]
    for row in rows:
        if row.word in message and (found := row.shape.search(message)):
            return (reading(row, found, program),)
    return _other(message, program)


def reading(row: Row, match: re.Match[str], program: str) -> Reading:
    """Give what a row's match says of the program."""
    parts = {name: value for name, value in match.groupdict().items() if value}
    module = "macos" if program in _APPLE else "linux"
    common: dict[str, Value] = {
        "event.action": row.action,
        "event.dataset": f"{module}.{_slug(program)}",
        "event.module": module,
    }
    for name, word in (("category", row.category), ("type", row.type), ("outcome", row.outcome)):
        if word:
            common[f"event.{name}"] = word
    for name, value in parts.items():
        if name in _FIELDS:
            put(common, _FIELDS[name], value)
    if row.word == "ROOT LOGIN":
        common.setdefault("user.name", "root")
    _ends(common, parts)
    return Reading(common=common, native={f"{_slug(program)}.{name}": value for name, value in parts.items()})


def _slug(program: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", program.lower()[:64]).strip("_") or "daemon"


def _ends(common: dict[str, Value], parts: Mapping[str, str]) -> None:
    told = parts.get("source")
    if told is not None:
        _side(common, "source", told, parts.get("port"))
    told = parts.get("to")
    if told is not None:
        _side(common, "destination", told, parts.get("to_port"))


def _side(common: dict[str, Value], side: str, told: str, port: str | None) -> None:
    """Set an end of the connection, written as address, address:port, address::port or ipv4:address:port."""
    plain = told.removeprefix("ipv4:").removeprefix("ipv6:")
    if address(plain) is None and (match := _SOURCE.fullmatch(told)):
        plain, port = match[1], port or match[2]
    if keyword(plain):
        endpoint(common, side, plain, port)


def _other(message: str, program: str) -> Outcome:
    """What no row knows: what is plain in it."""
    common, inferred = infer(message)
    common |= {"event.dataset": f"linux.{_slug(program)}", "event.module": "linux", "event.type": "info"}
    return (Reading(common=common, flags=("inferred",) if inferred else ()),)


PARSER = Parser(
    name="daemons",
    version=1,
    description="services of Unix hosts: login, FTP, remote desktops, Kerberos, cron, systemd, polkit, Samba, macOS",
    reads="text",
    programs=tuple(sorted({*PROGRAMS, *_ALIASES})),
    first=_first,
    parse=_parse,
)
