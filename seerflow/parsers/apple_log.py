"""Apple's unified log as text, `log show` in its default and compact styles: a frame around the message.

The syslog style is syslog's; the line before the first entry names the columns. As JSON: apple_json.py.

Reference: log(1), https://developer.apple.com/documentation/os/logging.
"""

import re

from seerflow.model.event import Value
from seerflow.parsers.contract import Frame, Outcome, Parser, Reading, Subject
from seerflow.parsers.shape import put
from seerflow.parsers.timestamps import ISO, of_iso

# 2026-03-11 22:14:15.123456+0100 0x1a2b     Default     0x0                  812    0    sshd: (libx.dylib) [com.x:y] text
_DEFAULT = re.compile(
    r"""
    (?P<time>\d{4}-\d\d-\d\d\s\d\d:\d\d:\d\d\.\d{6}[+-]\d{4})\s+
    (?P<thread>0x[0-9a-f]{1,16})\s+(?P<level>[A-Z][a-z]{2,15})\s+(?P<activity>0x[0-9a-f]{1,16})\s+
    (?P<pid>\d{1,10})\s+(?:(?P<ttl>\d{1,10})\s+)?(?P<program>[^:]{1,128}):\s
    """,
    re.VERBOSE | re.ASCII,
)
# 2026-03-11 22:14:15.123 Df sshd[812:1a2b] (libx.dylib) [com.x:y] text
_COMPACT = re.compile(
    r"""
    (?P<time>\d{4}-\d\d-\d\d\s\d\d:\d\d:\d\d\.\d{3})\s+(?P<level>Df|I|Db|E|F|A|Ac|St|Lo)\s+
    (?P<program>[^\[]{1,128})\[(?P<pid>\d{1,10}):(?P<thread>[0-9a-f]{1,16})\]\s
    """,
    re.VERBOSE | re.ASCII,
)
_PARTS = re.compile(
    r"(?:\((?P<sender>[\w.\- ]{1,64})\) )?(?:\[(?P<subsystem>[\w.\-]{1,128}):(?P<category>[^\]]{0,128})\] )?"
)
_LEVELS = {
    "Df": "default",
    "I": "info",
    "Db": "debug",
    "E": "error",
    "F": "fault",
    "A": "activity",
    "Ac": "activity",
}
_SPACE, _SECOND = 10, 19


def _first(subject: Subject) -> bool:
    text = subject.text[:20]
    return (
        not subject.framed
        and text[4:5] == "-"
        and text[_SPACE : _SPACE + 1] == " "
        and text[_SECOND : _SECOND + 1] == "."
    )


def _parse(subject: Subject) -> Outcome:
    head = subject.text[:512]
    match = _DEFAULT.match(head) or _COMPACT.match(head)
    if match is None:
        return None
    iso = ISO.fullmatch(match["time"])
    program = match["program"].strip()
    native: dict[str, Value] = {
        name: value for name in ("thread", "activity") if (value := match.groupdict().get(name))
    }
    if parts := _PARTS.match(subject.text, match.end()):
        native |= {name: value for name, value in parts.groupdict().items() if value}
    return (
        frame(
            subject,
            program,
            match["pid"],
            subject.text[match.end() :],
            Reading(
                common={"log.level": _LEVELS.get(match["level"], match["level"].lower())},
                native=native,
                time=of_iso(iso, subject.zone) if iso else None,
            ),
        ),
    )


def frame(subject: Subject, program: str, pid: Value, message: str, reading: Reading) -> Frame:
    """Give the frame around what a program said."""
    reading.common |= {"event.module": "macos", "event.dataset": "macos.log"}
    put(reading.common, "process.name", program)
    put(reading.common, "log.syslog.appname", program)
    put(reading.common, "process.pid", pid)
    put(reading.common, "message", message)
    payload = Subject(message, subject.received, subject.zone, program, framed=True)
    return Frame(reading=reading, payload=payload)


PARSER = Parser(
    name="apple_log",
    version=1,
    description="Apple's unified log as text, default and compact, around any payload",
    reads="text",
    first=_first,
    parse=_parse,
)
