"""The Linux audit log: the records of one event, in one raw log, are one event; a lone record is one too.

Law: one logon attempt is one event of category authentication: USER_LOGIN, or USER_AUTH of a program that writes no
USER_LOGIN (su, sudo, ftp servers). USER_ACCT and the credential records beside it have none.

native: the fields of all records, the first record's first; `type` is a list where there are several, and so are the
fields of PATH; `a0`, `a1`, … are the arguments of EXECVE where there is one; SYSCALL is the call's name.
Records and fields as written: auditd_records.py. Laurel's JSON: laurel.py.
"""

from collections.abc import Iterable, Iterator, Sequence

from seerflow.model.event import Value
from seerflow.parsers.auditd_meaning import CALLS, INWARD, LOGIN_PROGRAMS, ON_ACCOUNT, OUTWARD, TYPES
from seerflow.parsers.auditd_names import MACHINES, call
from seerflow.parsers.auditd_records import MAX_FIELDS, Record, address, journal, split, starts
from seerflow.parsers.contract import Outcome, Parser, Reading, Subject
from seerflow.parsers.shape import endpoint, keyword, put
from seerflow.parsers.timestamps import digits
from seerflow.parsers.vocabulary import outcome

Native = dict[str, Value]
Common = dict[str, Value]

#: An audit user id of nobody, (uid_t)-1, and its name
_NOBODY = frozenset({"4294967295", "-1", "unset", "?", ""})
_TABLE = {
    "exe": "process.executable",
    "comm": "process.name",
    "pid": "process.pid",
    "ppid": "process.parent.pid",
    "cwd": "process.working_directory",
    "cmd": "process.command_line",
    "grp": "group.name",
    "unit": "service.name",
}
_RESULTS = {"1": "success", "yes": "success", "0": "failure", "no": "failure"}
_DECISIONS = {"denied": "failure", "granted": "success", "DENIED": "failure"}
#: What SYSCALL tells of its arguments: addresses, where EXECVE tells the arguments themselves.
_REGISTERS = frozenset({"a0", "a1", "a2", "a3"})
#: Paths that are not the file itself.
_BESIDE = frozenset({"PARENT", "UNKNOWN"})


def _first(subject: Subject) -> bool:
    return starts(subject.text)


def _parse(subject: Subject) -> Outcome:
    records, cut = split(subject.text)
    if not records:
        lone = journal(subject.text) if subject.program == "audit" else None
        return (event([lone]),) if lone else None
    groups = list(_groups(records))
    readings = [event(group, cut=cut) for group in groups]
    if len(readings) > 1:
        for reading, group in zip(readings, groups, strict=True):
            reading.text = _text(subject.text, group)
    return tuple(readings)


def _groups(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Part the records by event; those of one event may stand apart."""
    found: dict[tuple[str, str, str], list[Record]] = {}
    for record in records:
        found.setdefault(record.group, []).append(record)
    yield from found.values()


def _text(text: str, group: Sequence[Record]) -> str:
    return "\n".join(text[begin:end].rstrip() for begin, end in (record.span for record in group))


def event(group: Sequence[Record], *, cut: bool = False) -> Reading:
    """Give the reading of the records of one event."""
    native = _merged(group)
    flags = ("truncated",) if cut or any(record.cut for record in group) else ()
    head = group[0]
    return Reading(
        common=_common(group, native),
        native=native,
        time=digits(head.stamp) if head.stamp else None,
        flags=flags,
    )


def _merged(group: Sequence[Record]) -> Native:
    kinds = list(dict.fromkeys(record.kind for record in group))
    native: Native = {"type": kinds[0] if len(kinds) == 1 else kinds}
    native |= {"serial": group[0].serial} if group[0].serial else {}
    paths = [record.fields for record in group if record.kind == "PATH"]
    hidden = _REGISTERS if "EXECVE" in kinds else ()
    for record in group:
        if record.kind == "EXECVE":
            native |= _arguments(record)
        elif record.kind == "SOCKADDR":
            native |= {**record.fields, **address(record.fields.get("saddr", ""))}
        elif record.kind != "PATH" or len(paths) == 1:
            for name, value in record.fields.items():
                if name not in hidden:
                    native.setdefault(name, value)
    if len(paths) > 1:
        names = list(dict.fromkeys(name for one in paths for name in one))[:MAX_FIELDS]
        native |= {name: [one.get(name, "") for one in paths] for name in names}
    _translate(native)
    return native


def _translate(native: Native) -> None:
    """Name the system call, as auditd does where it enriches records."""
    if "arch" in native and "syscall" in native:
        machine = MACHINES.get(str(native["arch"]).lower().removeprefix("0x"), "")
        if name := call(machine, str(native["syscall"])):
            native.setdefault("SYSCALL", name)


def _arguments(record: Record) -> Native:
    """Give a0, a1, …; long ones come in pieces, `a1_len=… a1[0]=… a1[1]=…`."""
    found: Native = {}
    for name, value in record.fields.items():
        whole, bracket, _ = name.partition("[")
        found[whole] = f"{found.get(whole, '')}{value}" if bracket else value
    return found


def _command_line(native: Native) -> str:
    parts: list[str] = []
    while (name := f"a{len(parts)}") in native:
        parts.append(str(native[name]))
    return " ".join(parts)


def _common(group: Sequence[Record], native: Native) -> Common:
    kinds = {record.kind for record in group}
    head = group[0].kind
    called = str(native.get("SYSCALL", "")) if "SYSCALL" in kinds else ""
    common: Common = {
        "event.action": called
        if called and head in ("SYSCALL", "EXECVE", "SOCKADDR", "CWD", "PATH")
        else head.lower(),
        "event.code": head,
        "event.dataset": "linux.auditd",
        "event.module": "linux",
    }
    for name, target in _TABLE.items():
        if name in native:
            put(common, target, native[name])
    if "comm" not in native:
        put(common, "process.name", _program(native))
    line = _command_line(native) if "EXECVE" in kinds else native.get("proctitle")
    put(common, "process.command_line", line)
    _class(common, head, called, native)
    _result(common, native)
    _who(common, head, native)
    _file(common, group, native)
    _ends(common, called, native)
    put(common, "host.name", group[0].node)
    return common


def _class(common: Common, head: str, called: str, native: Native) -> None:
    found = CALLS.get(called) if head in ("SYSCALL", "EXECVE") else None
    found = found or TYPES.get(head)
    if head == "USER_AUTH" and _program(native) not in LOGIN_PROGRAMS:
        found = ("authentication", "start")
    if found:
        common["event.category"], common["event.type"] = found


def _program(native: Native) -> str:
    return str(native.get("exe", "")).rpartition("/")[2]


def _result(common: Common, native: Native) -> None:
    for name in ("res", "result", "success"):
        told = native.get(name)
        if told is not None and (word := _RESULTS.get(str(told)) or outcome(told)):
            common["event.outcome"] = word
            return
    for name in ("seresult", "apparmor"):
        if word := _DECISIONS.get(str(native.get(name))):
            common["event.outcome"] = word
            return


def _who(common: Common, head: str, native: Native) -> None:
    """The login id acts, whatever it became: user is auid, user.effective is euid; acct is the account it is about."""
    user = native.get("auid")
    if user is None or str(user) in _NOBODY:
        user = native.get("uid") if "euid" in native else native.get("id") if head == "USER_LOGIN" else None
        put(common, "user.name", _named(native, "UID", user) if "euid" in native else None)
    else:
        put(common, "user.name", _named(native, "AUID", user))
    put(common, "user.id", user)
    put(common, "user.effective.id", native.get("euid"))
    put(common, "user.effective.name", _named(native, "EUID", native.get("euid")))
    account = keyword(native.get("acct"))
    if head in ON_ACCOUNT:
        put(common, "user.target.name", account)
        put(common, "user.target.id", native.get("id"))
    elif account and account != "(unknown)":
        common["user.name"] = account


def _named(native: Native, translated: str, number: Value) -> Value:
    """Give the name that auditd translated the id to; 0 is root everywhere."""
    told = native.get(translated)
    if told is not None and str(told) not in _NOBODY and not str(told).startswith("unknown("):
        return told
    return "root" if str(number) == "0" else None


def _file(common: Common, group: Sequence[Record], native: Native) -> None:
    paths = [record.fields for record in group if record.kind == "PATH"]
    told = next(
        (one["name"] for one in paths if one.get("nametype") not in _BESIDE and keyword(one.get("name"))),
        paths[0].get("name") if paths else None,
    )
    if not paths and "name" in native:
        if "seresult" in native:  # SELinux names the last part alone
            put(common, "file.name", native["name"])
        elif "apparmor" in native:
            told = str(native["name"])
    if told is None or keyword(told) is None:
        return
    base = native.get("cwd")
    if not told.startswith("/") and isinstance(base, str) and base.startswith("/"):
        told = f"{base.rstrip('/')}/{told.removeprefix('./')}"
    put(common, "file.path", told)


def _ends(common: Common, called: str, native: Native) -> None:
    found, port = native.get("laddr"), native.get("lport")
    if found is not None:
        side = "destination" if called in OUTWARD else "source" if called in INWARD else ""
        if side:
            endpoint(common, side, found, port)
        return
    endpoint(common, "source", keyword(native.get("addr")) or keyword(native.get("hostname")))


PARSER = Parser(
    name="auditd",
    version=2,
    description="Linux audit records, lone or all of one event",
    reads="text",
    programs=("audispd", "auditd", "audit", "audisp-syslog"),
    first=_first,
    parse=_parse,
)
