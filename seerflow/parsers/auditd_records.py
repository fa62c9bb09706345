"""The records of the Linux audit log, as they are written: heads, fields, hex.

Law: text that a user chose (a path, an argument, an account) stands in quotes, or in hex where it holds a blank, a
quote or a control character; so what looks like a record's head between fields is one.

Reference: https://github.com/linux-audit/audit-documentation/wiki/SPEC-Audit-Event-Enrichment, the kernel's
kernel/audit.c (audit_log_untrustedstring) and auparse's interpretation of fields.
"""

import ipaddress
import re
from collections.abc import Mapping
from itertools import pairwise

from msgspec import Struct

from seerflow.parsers.auditd_names import kind

#: A raw log holds at most so many records, and a record so many fields; the rest is left out, and said so.
MAX_RECORDS = 256
MAX_FIELDS = 1_000

# node=web-01 type=SYSCALL msg=audit(1450770603.209:3300446): … ; in the kernel's log `audit: type=1400 audit(…): …`
_HEAD = re.compile(
    r"(?:node=(?P<node>\S{1,255})\s)?type\s?=\s?(?P<kind>[A-Z_0-9\[\]]{1,64})\s(?:msg=)?"
    r"audit\((?P<stamp>\d{1,11}\.\d{1,6}):(?P<serial>\d{1,20})\):\s?"
)
# key="quoted" key='…' key={ … } key=(null) key=bare, and nothing in between matters
_FIELD = re.compile(
    r"""
    (?<![\w.\-/\[\]])([A-Za-z_][\w\-]{0,63}(?:\[\d{1,5}\])?)=
    ("[^"]*"                               # "as it is"
    |'[^']*'                               # 'text of a program, with fields of its own'
    |\{[^}]*\}                             # { of auditd's translation }
    |\((?:null|none)\)                     # nothing
    |[^\s'\x1d]*)                          # bare, perhaps hex
    """,
    re.VERBOSE,
)
_HEX = re.compile(r"(?:[0-9A-F]{2})+", re.ASCII)
_ARGUMENT = re.compile(r"a\d{1,5}(?:\[\d{1,5}\])?", re.ASCII)
# Fields that the kernel quotes where they are plain, so that bare ones are hex
_QUOTED = frozenset(
    {"proctitle", "comm", "exe", "name", "cwd", "cmd", "data", "key", "dir", "path", "file", "ocomm"}
)
# Fields that programs write bare too: hex only where it hides something
_SOMETIMES = frozenset({"acct", "grp", "vm", "unit", "terminal"})
# AVC: `denied  { read write } for  pid=…`
_DECISION = re.compile(r"avc:\s{1,4}(granted|denied)\s{1,4}\{\s?([\w ]{0,256}?)\s?\}")
_ENDS = ("\x1d", "\\u001", ")ARCH=", ")AUID=", ")UID=")
#: auditd's own translation of ids stands behind this, or (some ship it so) behind its JSON escape.
_ENRICHED = re.compile(r"\x1d|\\u001[Dd]|(?<=\))(?=ARCH=|AUID=|UID=)")
_MARKS = frozenset({'"', "'", "{"})
_NOTHING = frozenset({"(null)", "(none)"})
_PRINTABLE = range(0x21, 0x7F)
#: addresses of sockets, by family in the first two bytes
_LOCAL, _INET, _INET6 = 1, 2, 10
_FAMILIES = {1: "local", 2: "inet", 10: "inet6", 16: "netlink", 17: "packet", 40: "vsock", 38: "alg"}


class Record(Struct, frozen=True):
    """One record: its type, what groups it with others, its fields."""

    kind: str
    node: str
    stamp: str
    serial: str
    fields: Mapping[str, str]
    cut: bool = False
    span: tuple[int, int] = (0, 0)  # where it stands in the text

    @property
    def group(self) -> tuple[str, str, str]:
        """Give what the records of one event share."""
        return self.node, self.stamp, self.serial


def starts(text: str) -> bool:
    """Whether a record begins near the beginning of the text."""
    return "audit(" in text[:400]


def split(text: str) -> tuple[list[Record], bool]:
    """Give the records of a text, in order, and whether there were more than MAX_RECORDS."""
    heads: list[re.Match[str]] = []
    for match in _HEAD.finditer(text):
        if len(heads) == MAX_RECORDS:
            return [_record(text, one, after) for one, after in pairwise(heads)], True
        heads.append(match)
    ends: list[re.Match[str] | None] = [*heads[1:], None] if heads else []
    return [_record(text, one, after) for one, after in zip(heads, ends, strict=True)], False


# The journal keeps type and time beside the message: `USER_LOGIN pid=812 uid=0 …`, `SERVICE_START pid=1 …`
_JOURNAL = re.compile(r"([A-Z][A-Z_]{1,63})(?:\[\d{4}\])? (?=[a-z_]{1,16}=|avc: )")


def journal(text: str) -> Record | None:
    """Give the record that a message of the journal's audit transport is."""
    match = _JOURNAL.match(text)
    if match is None:
        return None
    found, cut = fields(match[1], text[match.end() :])
    return Record(match[1], "", "", "", found, cut)


def _record(text: str, head: re.Match[str], after: re.Match[str] | None) -> Record:
    end = after.start() if after else len(text)
    body = text[head.end() : end]
    name = kind(head["kind"])
    found, cut = fields(name, body)
    if name in ("AVC", "USER_AVC") and (match := _DECISION.search(body[:1024])):
        found |= {"seresult": match[1], "seperms": match[2]}
    if name == "LOGIN":
        found |= _login(body)
    return Record(name, head["node"] or "", head["stamp"], head["serial"], found, cut, (head.start(), end))


def _login(body: str) -> dict[str, str]:
    """Read what old kernels wrote: `old auid=4294967295 new auid=0`."""
    return {
        f"{when}-{name}" if when == "old" else name: value
        for when, name, value in re.findall(r"\b(old|new) (auid|ses)=(\d{1,10})", body[:1024])
    }


def fields(kind_: str, body: str) -> tuple[dict[str, str], bool]:
    """Give the fields of a record's body, those inside `msg='…'` among them, and whether a bound bit."""
    told, enriched = body, ""
    if any(end in body for end in _ENDS):
        told, _, enriched = _ENRICHED.sub("\x1d", body, count=1).partition("\x1d")
    arguments = kind_ == "EXECVE"
    found, cut = _pairs(told, arguments=arguments)
    inner = found.get("msg")  # userspace records quote a second list
    if inner and "=" in inner:
        del found["msg"]
        found = {**_pairs(inner, arguments=arguments)[0], **found}
    if enriched:
        found = {**_pairs(enriched, arguments=False)[0], **found}
    return found, cut


def _pairs(body: str, *, arguments: bool) -> tuple[dict[str, str], bool]:
    found: dict[str, str] = {}
    if "msg='" in body and body.count("'") % 2:  # a message that broke off before its closing quote
        body = body.replace("msg='", "msg ", 1)
    told = _FIELD.findall(body)
    for name, value in told[:MAX_FIELDS]:
        if name in found:
            continue
        mark = value[:1]
        if mark in _MARKS:
            found[name] = value[1:-1].strip(" ") if mark == "{" else value[1:-1]
        elif value:
            found[name] = _bare(name, value, arguments=arguments)
    return found, len(told) > MAX_FIELDS


def _bare(name: str, value: str, *, arguments: bool) -> str:
    """Give what stood without quotes; it is hex where the kernel quotes what is plain."""
    if value[-1] in ",)" and value not in _NOTHING:
        value = value.rstrip(",)")
    if name in _QUOTED or (arguments and _ARGUMENT.fullmatch(name)):
        return unhexed(value)
    return _hidden(value) if name in _SOMETIMES else value


def unhexed(value: str) -> str:
    """Decode hex; NULs, which part arguments, become blanks. What is no hex stays."""
    if len(value) < 2 or not _HEX.fullmatch(value):  # noqa: PLR2004  one byte at least
        return value
    return bytes.fromhex(value).decode("utf-8", "replace").replace("\0", " ").strip()


def _hidden(value: str) -> str:
    """Decode hex only where it is text that had to be hidden: `BEAD` is an account, 62206F is not."""
    if len(value) < 4 or not _HEX.fullmatch(value):  # noqa: PLR2004  two bytes at least
        return value
    raw = bytes.fromhex(value)
    if all(byte in _PRINTABLE and byte != ord('"') for byte in raw):
        return value
    try:
        return raw.decode().replace("\0", " ").strip()
    except UnicodeDecodeError:
        return value


def address(saddr: str) -> dict[str, str]:
    """Decode the address of a socket (struct sockaddr, hex): saddr_fam, and laddr and lport, or path."""
    if not _HEX.fullmatch(saddr) or len(saddr) < 4:  # noqa: PLR2004  the family
        return {}
    raw = bytes.fromhex(saddr)
    family = int.from_bytes(raw[:2], "little")
    found = {"saddr_fam": _FAMILIES.get(family, str(family))}
    if family == _INET and len(raw) >= 8:  # noqa: PLR2004  sin_port, sin_addr
        found |= {"laddr": ".".join(map(str, raw[4:8])), "lport": str(int.from_bytes(raw[2:4], "big"))}
    elif family == _INET6 and len(raw) >= 24:  # noqa: PLR2004  sin6_port, sin6_flowinfo, sin6_addr
        found |= {
            "laddr": str(ipaddress.IPv6Address(raw[8:24])),
            "lport": str(int.from_bytes(raw[2:4], "big")),
        }
    elif family == _LOCAL:
        path = raw[2:].lstrip(b"\0").partition(b"\0")[0].decode("utf-8", "replace")
        if path:
            found["path"] = path
    return found
