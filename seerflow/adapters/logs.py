"""Our own log lines: on standard error, one JSON object a line, or readable where a person looks at a terminal.

A message is constant and lower-case; what varies stands in fields (`extra=`). Never a raw log's content: a line
that holds what others wrote is cut and cannot forge a second line.
"""

import json
import logging
import sys
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TextIO

#: Characters of one field; a traceback is one field.
MAX_FIELD = 4000

#: What every record has: everything else came by `extra=`.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

#: Unicode categories that steer instead of showing: controls, formats, halves, unassigned, line separators.
_STEERING = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

#: Others' loggers, and from which level on they are heard: below, they say what we say, or what nobody may read
#: (httpx writes addresses, and a webhook's address is a secret).
OTHERS = {
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "faust": logging.WARNING,
    "mode": logging.WARNING,
    "aiokafka": logging.WARNING,
    "asyncio": logging.WARNING,
}


def configure(level: int = logging.INFO, stream: TextIO | None = None, *, human: bool | None = None) -> None:
    """Send all log lines of this process to `stream` (standard error). `human` None: as the stream is a terminal."""
    out = stream or sys.stderr
    handler = logging.StreamHandler(out)
    handler.setFormatter(Human() if (out.isatty() if human is None else human) else Json())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, least in OTHERS.items():
        logging.getLogger(name).setLevel(max(level, least))


class Json(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the record."""
        line = {
            "time": _time(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _cut(record.getMessage()),
            **{name: _jsonable(value) for name, value in _fields(record)},
        }
        return json.dumps(line)  # ASCII: whatever a field holds, the line can be written and is one line


class Human(logging.Formatter):
    """`12:00:00 WARNING the message  field=value`, a traceback below."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the record."""
        fields = dict(_fields(record))
        trace = fields.pop("trace", "")
        said = "".join(f"  {name}={_line(str(value))}" for name, value in fields.items())
        head = f"{_time(record.created)[11:19]} {record.levelname:<7} {_line(record.getMessage())}{said}"
        return "\n".join([head, *(_line(one) for one in trace.splitlines())])


def _fields(record: logging.LogRecord) -> Iterator[tuple[str, Any]]:
    for name, value in vars(record).items():
        if name not in _STANDARD:
            yield (f"{name}_" if name in {"time", "level", "logger"} else name), value
    if record.exc_info and record.exc_info[0]:
        yield "trace", _cut(logging.Formatter().formatException(record.exc_info))


def _jsonable(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [_jsonable(one) for one in value[:100]]
    if isinstance(value, dict):
        return {str(name): _jsonable(one) for name, one in list(value.items())[:100]}
    return _cut(str(value))


def _line(text: str) -> str:
    """Take the controls and formats out: no second line, no escape sequences on somebody's terminal."""
    return "".join("\ufffd" if unicodedata.category(one) in _STEERING else one for one in _cut(text))


def _cut(text: str) -> str:
    return text if len(text) <= MAX_FIELD else text[: MAX_FIELD - 1] + "…"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
