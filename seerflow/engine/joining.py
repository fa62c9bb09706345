"""Lines that belong together, into one raw log: the records of one audit event, which auditd writes one a line.

Where: envelopes join the lines of one record, `seerflow parse` those of a file; the file follower only sees to it
that the lines of one event travel together.

Law: no byte is lost and the order stays; a joined log holds at most MAX_LINES lines and MAX_BYTES bytes, and what
stands between two records of an event ends it. Lines that are no audit records pass as they are.

Reference: https://github.com/linux-audit/audit-documentation/wiki/SPEC-Audit-Event-Enrichment: the records of an
event share stamp and serial; EOE is the last where it is written.
"""

import re
from collections.abc import Iterable, Iterator

#: An event has a handful of records; EXECVE with thousands of arguments, or a mass of PATH, has more.
MAX_LINES = 128
MAX_BYTES = 65_536

#: What every line holds that may be joined: a cheap look at much text at once.
MARK = b"audit("
# type=SYSCALL msg=audit(1450770603.209:3300446): ; a node= before it parts machines whose serials are equal
_KEY = re.compile(
    rb"(?:node=(\S{1,255}) )?type=([A-Z_0-9\[\]]{1,64}) msg=audit\((\d{1,11}\.\d{1,6}:\d{1,20})\)"
)
_LAST = b"EOE"
_SEARCHED = 512

Key = tuple[bytes, bytes]


def key(line: bytes) -> tuple[Key, bool] | None:
    """Give what the lines of one event share and whether this is the last of them; None for other lines."""
    if MARK not in line:
        return None
    match = _KEY.search(line[:_SEARCHED])
    return None if match is None else ((match[1] or b"", match[3]), match[2] == _LAST)


def joined(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Give the lines, those of one audit event joined by line feeds."""
    for _, log in grouped(enumerate(lines)):
        yield log


def grouped(lines: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Give numbered lines, those of one audit event joined by line feeds under the number of the first."""
    held: list[bytes] = []
    first, size, held_key = 0, 0, None
    for number, line in lines:
        found = key(line)
        if held and (
            found is None or found[0] != held_key or len(held) >= MAX_LINES or size + len(line) >= MAX_BYTES
        ):
            yield first, b"\n".join(held)
            held, size = [], 0
        if found is None:
            yield number, line
            continue
        first = first if held else number
        held.append(line)
        size += len(line) + 1
        held_key = found[0]
        if found[1]:
            yield first, b"\n".join(held)
            held, size = [], 0
    if held:
        yield first, b"\n".join(held)


def unfinished(text: bytes) -> int:
    """Give how many bytes at the end of these whole lines are an audit event whose last record has not come yet.

    Only a system call has more records than one; PROCTITLE, or EOE, ends it. The bytes are at most MAX_BYTES.
    """
    end, size, group, calls = len(text), 0, None, False
    for _ in range(MAX_LINES):
        begin = text.rfind(b"\n", 0, max(end - 1, 0)) + 1
        line = text[begin:end]
        match = _KEY.search(line[:_SEARCHED]) if MARK in line else None
        found = None if match is None else (match[1] or b"", match[3])
        if match is None or (group is not None and found != group):
            break
        if match[2] in (_LAST, b"PROCTITLE"):
            return 0
        group, calls = found, calls or match[2] == b"SYSCALL"
        end, size = begin, size + len(line)
        if not begin:
            break
    return size if calls and size < MAX_BYTES else 0
