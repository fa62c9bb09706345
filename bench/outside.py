"""Outside data as raw logs, file by file, whatever it lies in: lines, cases with a label, lists of events, archives."""

import gzip
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from seerflow.adapters.log_files import logs as lines

#: Folder -> what in it are logs as a machine writes them; the rest is read as well, but says nothing of recognition.
_LOGS = {
    "parsers": (".jsonl.gz",),
    "raw": ("",),
    "network": (".log", ".log.gz", ".labeled", ".labeled.gz", ".binetflow"),
    "cloud": (".jsonl", ".jsonl.gz", ".json"),
    "windows_attacks": (".jsonl.gz", ".zip"),
    "sigma": ("regression.jsonl.gz",),
    "otlp": ("logs.json", "traces.json"),
    "anomaly": (".jsonl.gz",),
    "correlation": (".log", "scenarios.jsonl.gz"),
}
#: Words that name what is no log: licences, truths, texts about the data, series of numbers.
_NO_LOGS = ("LICENSE", "README", "MANIFEST", "truth", "expected", "index.json", "log_sequences", "bindplane/")
#: Where labelled cases keep their logs.
_INNER = ("raw", "lines", "events", "event")


def files(data: Path) -> Iterator[tuple[str, Path, bool]]:
    """Give each file's name below `data`, its path, and whether it holds logs."""
    for path in sorted(data.rglob("*")):
        if path.is_file():
            name = path.relative_to(data).as_posix()
            ends = _LOGS.get(name.partition("/")[0], ())
            logs = any(name.endswith(end) for end in ends) and not any(word in name for word in _NO_LOGS)
            yield name, path, logs


def raw_logs(path: Path) -> Iterator[bytes]:
    """Give the logs of one file, as a collector would hand them on."""
    if path.suffix == ".zip":
        yield from _archive(path)
        return
    labelled = path.name.endswith((".jsonl", ".jsonl.gz"))
    for line in lines(str(path)):
        yield from _case(line) if labelled else (line,)


def _archive(path: Path) -> Iterator[bytes]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.is_dir():
                continue
            with archive.open(member) as opened:
                packed = opened.peek(2)[:2] == b"\x1f\x8b"
                for line in gzip.GzipFile(fileobj=opened) if packed else opened:
                    if text := line.rstrip(b"\r\n"):
                        yield text


def _case(line: bytes) -> Iterator[bytes]:
    """Give the logs inside a labelled case; a line that is none is a log by itself."""
    try:
        case = orjson.loads(line)
    except ValueError:
        case = None
    inner = next((name for name in _INNER if isinstance(case, dict) and name in case), None)
    if inner is None:
        yield line
        return
    held = case[inner]
    for one in held if isinstance(held, list) else [held]:
        yield _bytes(one)


def _bytes(one: Any) -> bytes:
    if isinstance(one, dict) and isinstance(one.get("json"), dict):  # a record beside what was found in it
        one = one["json"]
    return one.encode("utf-8", "surrogatepass") if isinstance(one, str) else orjson.dumps(one)
