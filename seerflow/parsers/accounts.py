"""Accounts on Linux: users and groups made, changed, removed; members added (a new administrator among them).

Law: one change is one event of category iam; the twin line about the shadow group file has none.

Reference: https://github.com/shadow-maint/shadow/tree/master/src (useradd.c, usermod.c, gpasswd.c, userdel.c, …)
"""

import re

from msgspec import Struct

from seerflow.model.event import Value
from seerflow.parsers.contract import LONGEST_MESSAGE, Outcome, Parser, Reading, Subject
from seerflow.parsers.pairs import pairs
from seerflow.parsers.shape import put


class _Row(Struct, frozen=True):
    """One kind of message, and what it means."""

    shape: re.Pattern[str]
    action: str
    type: str
    outcome: str = "success"
    category: str = "iam"


def _row(shape: str, action: str, kind: str, **meaning: str) -> _Row:
    return _Row(re.compile(shape), action, kind, **meaning)


_T = r"'?(?P<target>[^\s',]{1,256})'?"
_G = r"'?(?P<group>[^\s',]{1,256})'?"
_BY = r"(?: by '?(?P<by>[^\s',]{1,256})'?)?"
_ROWS: tuple[_Row, ...] = (
    _row(rf"new user: name={_T}, .*", "user_created", "creation"),
    _row(rf"new group: name={_G}(?:, .*)?", "group_created", "creation"),
    _row(rf"add {_T} to group {_G}", "group_member_added", "change"),
    _row(rf"add {_T} to shadow group {_G}", "shadow_group_member_added", "change", category=""),
    _row(rf"user {_T} added{_BY} to group {_G}", "group_member_added", "change"),
    _row(rf"user {_T} removed{_BY} from group {_G}", "group_member_removed", "change"),
    _row(rf"members of group {_G} set{_BY} to (?P<members>.*)", "group_member_added", "change"),
    _row(rf"administrators of group {_G} set{_BY} to (?P<members>.*)", "group_admin_set", "change"),
    _row(rf"delete {_T} from group {_G}", "group_member_removed", "change"),
    _row(rf"delete {_T} from shadow group {_G}", "shadow_group_member_removed", "change", category=""),
    _row(rf"delete user {_T}.*", "user_deleted", "deletion"),
    _row(
        rf"remove group {_G}.*|removed (?:shadow )?group {_G.replace('group', 'owned')} owned by {_T}",
        "group_deleted",
        "deletion",
    ),
    _row(rf"group {_G} removed.*", "group_deleted", "deletion"),
    _row(rf"group added to /etc/group: name={_G}(?:, .*)?", "group_created", "creation", category=""),
    _row(rf"change user {_T} password.*", "password_changed", "change"),
    _row(
        rf"password (?:for {_T} changed|changed for {_T.replace('target', 'whose')}){_BY}.*",
        "password_changed",
        "change",
    ),
    _row(rf"change user {_T} (?P<what>.*)", "user_changed", "change"),
    _row(rf"(?:lock|unlock) user {_T} password", "user_changed", "change"),
    _row(rf"changed password expiry for {_T}", "user_changed", "change"),  # chage
    _row(rf"changed user {_T} (?P<what>.*)", "user_changed", "change"),
    _row(rf"failed adding user {_T}, .*", "user_created", "creation", outcome="failure"),
)
_PROGRAMS = [
    "useradd",
    "usermod",
    "userdel",
    "groupadd",
    "groupmod",
    "groupdel",
    "gpasswd",
    "passwd",
    "chpasswd",
    "adduser",
    "newusers",
    "chage",
]
#: A list of members gives at most this many events.
_MOST_MEMBERS = 100
_BARE = ("new user: name=", "new group: name=")


def _first(subject: Subject) -> bool:
    return subject.text.startswith(_BARE)


def _parse(subject: Subject) -> Outcome:
    text = subject.text.strip()
    if len(text) > LONGEST_MESSAGE:
        return None
    for row in _ROWS:
        if match := row.shape.fullmatch(text):
            parts = match.groupdict()
            native: dict[str, Value] = dict(pairs(text)[0])
            native |= {name: value for name in ("members", "what") if (value := parts.get(name))}
            return _each_member(_common(row, parts), native)
    return None


def _each_member(common: dict[str, Value], native: dict[str, Value]) -> Outcome:
    """Give one reading, or where a group's members are set as a list, one a member."""
    told = native.get("members")
    names = [name.strip() for name in str(told).split(",")[:_MOST_MEMBERS]] if told else []
    if not names:
        return (Reading(common=common, native=native),)
    return (
        tuple(Reading(common={**common, "user.target.name": name}, native=native) for name in names if name)
        or None
    )


def _common(row: _Row, parts: dict[str, str | None]) -> dict[str, Value]:
    common: dict[str, Value] = {
        "event.action": row.action,
        "event.dataset": "linux.accounts",
        "event.module": "linux",
        "event.outcome": row.outcome,
        "event.type": row.type,
    }
    if row.category:
        common["event.category"] = row.category
    put(common, "user.target.name", parts.get("target") or parts.get("whose"))
    put(common, "group.name", parts.get("group") or parts.get("owned"))
    put(common, "user.name", parts.get("by"))
    return common


PARSER = Parser(
    name="accounts",
    version=1,
    description="useradd, usermod, groupadd, gpasswd, passwd: accounts and groups changed",
    reads="text",
    heads="n",
    programs=tuple(_PROGRAMS),
    first=_first,
    parse=_parse,
)
