"""OpenSSH's server: who tried to log on, from where, with what outcome.

Law: one attempt is one event of category authentication. `Failed … for` and `Accepted … for` are the attempt;
everything else that sshd and PAM write about the same attempt (Invalid user, check pass, pam_unix, Too many
failures, error: PAM) has an action and an outcome of its own, but no category.

Reference: https://github.com/openssh/openssh-portable/blob/master/auth.c (auth_log), sshd-session.c, packet.c
"""

import re

from msgspec import Struct

from seerflow.model.event import Value
from seerflow.parsers.contract import LONGEST_MESSAGE, Outcome, Parser, Reading, Subject
from seerflow.parsers.shape import endpoint
from seerflow.parsers.unknown import infer


class _Row(Struct, frozen=True):
    """One kind of message: its first word, its shape, and what it means."""

    word: str
    shape: re.Pattern[str]
    native: tuple[tuple[str, int], ...]  # name and group of those of _NATIVE that the shape has
    groups: tuple[int, ...]  # the groups of _PARTS in the shape, 0 where it has none
    common: dict[str, Value]  # to be copied


_NATIVE = ("method", "key", "reason", "name", "how")
_PARTS = ("user", "invalid", "source", "port", "to", "to_port")
_STREAM: dict[str, Value] = {
    "event.dataset": "linux.sshd",
    "event.module": "linux",
    "event.type": "info",
    "network.protocol": "ssh",
}


def _row(word: str, shape: str, action: str, **meaning: str) -> _Row:
    compiled = re.compile(shape, re.DOTALL)
    common = {"event.action": action, **_STREAM, **{f"event.{name}": said for name, said in meaning.items()}}
    at = compiled.groupindex
    native = tuple((f"ssh.{name}", at[name]) for name in _NATIVE if name in at)
    return _Row(word, compiled, native, tuple(at.get(name, 0) for name in _PARTS), common)


_FROM = r"(?P<source>\S+)(?: port (?P<port>\d{1,5}))?"
_AT = r"(?P<source>\S+) port (?P<port>\d{1,5})"
_USER = r"(?P<invalid>(?:invalid|illegal) user )?(?P<user>.*)"

# A user name is whatever the client sent, even ` from 192.0.2.1 port 22 ssh2`: the greedy `.*` before the last
# ` from ` and the anchored end take the address that sshd wrote.
_ROWS: tuple[_Row, ...] = (
    # Failed password for invalid user admin from 198.51.100.23 port 44821 ssh2
    _row(
        "Failed",
        rf"Failed (?P<method>\S+) for {_USER} from {_FROM}(?: ssh\d?)?(?:: (?P<key>.*))?",
        "ssh_login",
        outcome="failure",
        category="authentication",
        type="start",
    ),
    # Accepted publickey for deploy from 192.0.2.7 port 51022 ssh2: ED25519 SHA256:…
    _row(
        "Accepted",
        rf"Accepted (?P<method>\S+) for (?P<user>\S+) from {_FROM}(?: ssh\d?)?(?:: (?P<key>.*))?",
        "ssh_login",
        outcome="success",
        category="authentication",
        type="start",
    ),
    _row("Invalid", rf"Invalid user (?P<user>.*) from {_FROM}", "ssh_invalid_user", outcome="failure"),
    _row("Illegal", rf"Illegal user (?P<user>.*) from {_FROM}", "ssh_invalid_user", outcome="failure"),
    _row(
        "input_userauth_request:",
        r"input_userauth_request: (?:invalid|illegal) user (?P<user>.*?)(?: \[preauth\])?",
        "ssh_invalid_user",
        outcome="failure",
    ),
    _row(
        "User",
        rf"User (?P<user>.+) from {_FROM} not allowed because (?P<reason>.*)",
        "ssh_user_not_allowed",
        outcome="failure",
    ),
    _row(
        "User",
        r"User (?P<user>.+) not allowed because (?P<reason>.*)",
        "ssh_user_not_allowed",
        outcome="failure",
    ),
    _row("ROOT", rf"ROOT LOGIN REFUSED FROM {_FROM}", "ssh_root_refused", outcome="failure"),
    _row(
        "error:",
        rf"error: PAM: (?P<reason>[^:]{{1,100}}?) for {_USER} from {_FROM}(?: via (?P<via>\S+))?",
        "ssh_pam_error",
        outcome="failure",
    ),
    _row(
        "error:",
        rf"error: maximum authentication attempts exceeded for {_USER} from {_FROM}(?: ssh\d?)?(?: \[preauth\])?",
        "ssh_too_many_failures",
        outcome="failure",
    ),
    _row(
        "maximum",
        rf"maximum authentication attempts exceeded for {_USER} from {_FROM}(?: ssh\d?)?(?: \[preauth\])?",
        "ssh_too_many_failures",
        outcome="failure",
    ),
    _row(
        "Disconnecting:",
        r"Disconnecting: Too many authentication failures(?: for (?P<user>.+?))?(?: \[preauth\])?",
        "ssh_too_many_failures",
        outcome="failure",
    ),
    _row(
        "Disconnecting",
        rf"Disconnecting (?:(?:authenticating|invalid) )?user (?P<user>.*) {_AT}: Too many authentication failures(?: \[preauth\])?",
        "ssh_too_many_failures",
        outcome="failure",
    ),
    _row(
        "Disconnecting",
        rf"Disconnecting (?:(?:authenticating|invalid) )?user (?P<user>.*) {_AT}: (?P<reason>.*)",
        "ssh_disconnect",
        type="end",
    ),
    _row(
        "Postponed",
        rf"Postponed (?P<method>\S+) for {_USER} from {_FROM}(?: ssh\d?)?(?: \[preauth\])?",
        "ssh_login_postponed",
    ),
    _row("Partial", rf"Partial (?P<method>\S+) for {_USER} from {_FROM}(?: ssh\d?)?.*", "ssh_login_partial"),
    _row(
        "Connection",
        rf"Connection (?P<how>closed|reset) by (?:(?:(?P<invalid>invalid)|authenticating) user (?P<user>.*) (?=\S+ port ))?{_FROM}(?: \[preauth\])?",
        "ssh_connection_closed",
        type="end",
    ),
    _row(
        "Connection",
        r"Connection from (?P<source>\S+) port (?P<port>\d{1,5})(?: on (?P<to>\S+) port (?P<to_port>\d{1,5}))?.*",
        "ssh_connection",
        type="start",
    ),
    _row("Received", rf"Received disconnect from {_FROM}:? ?(?P<reason>.*)", "ssh_disconnect", type="end"),
    _row(
        "error:", rf"error: Received disconnect from {_FROM}:? ?(?P<reason>.*)", "ssh_disconnect", type="end"
    ),
    _row(
        "Disconnected",
        rf"Disconnected from (?:(?:(?:(?P<invalid>invalid)|authenticating) )?user (?P<user>.*) (?=\S+ port ))?{_FROM}(?: \[preauth\])?",
        "ssh_disconnect",
        type="end",
    ),
    _row("Did", rf"Did not receive identification string from {_FROM}", "ssh_no_identification"),
    _row("Bad", rf"Bad protocol version identification (?P<reason>.*) from {_FROM}", "ssh_bad_protocol"),
    _row("banner", rf"banner exchange: Connection from {_FROM}: (?P<reason>.*)", "ssh_bad_protocol"),
    _row("Unable", rf"Unable to negotiate with {_FROM}: (?P<reason>.*)", "ssh_no_agreement"),
    _row(
        "reverse",
        r"reverse mapping checking getaddrinfo for (?P<name>\S+) \[?(?P<source>[^\]\s]+)\]? failed.*",
        "ssh_reverse_mapping_failed",
    ),
    _row(
        "Address",
        r"Address (?P<source>\S+) maps to (?P<name>\S+), but this does not map back.*",
        "ssh_reverse_mapping_failed",
    ),
    _row(
        "refused",
        r"refused connect from (?:\S+ \()?(?P<source>[^\s)]+)\)?",
        "ssh_connection_refused",
        outcome="failure",
    ),
    _row(
        "Starting",
        rf"Starting session: (?P<reason>.*) for (?P<user>\S+) from {_FROM}(?: id \d+)?",
        "ssh_session",
        type="start",
    ),
    _row("Authentication", r"Authentication refused: (?P<reason>.*)", "ssh_key_refused", outcome="failure"),
    _row("fatal:", rf"fatal: Unable to negotiate with {_FROM}: (?P<reason>.*)", "ssh_no_agreement"),
    _row("fatal:", rf"fatal: Timeout before authentication for {_FROM}", "ssh_timeout", outcome="failure"),
    _row(
        "Timeout",
        rf"Timeout before authentication for (?:connection from )?{_FROM}(?: to .*)?",
        "ssh_timeout",
        outcome="failure",
    ),
    _row(
        "ssh_dispatch_run_fatal:",
        rf"ssh_dispatch_run_fatal: Connection from (?:(?:authenticating|invalid) user (?P<user>.*) )?{_AT}: (?P<reason>.*)",
        "ssh_connection_failed",
    ),
    _row("Corrupted", r"(?P<reason>Corrupted MAC on input)\.?(?: \[preauth\])?", "ssh_bad_protocol"),
    _row("Bad", r"(?P<reason>Bad packet length \d+)\.?(?: \[preauth\])?", "ssh_bad_protocol"),
    _row(
        "fatal:",
        r"fatal: Access denied for user (?P<user>.*) by PAM account configuration(?: \[preauth\])?",
        "ssh_user_not_allowed",
        outcome="failure",
    ),
    # since 9.8 the server refuses for a while who failed often (PerSourcePenalties)
    _row(
        "drop",
        r"drop connection #\d+ from \[(?P<source>[^\]]+)\]:(?P<port>\d{1,5}) on \[(?P<to>[^\]]+)\]:(?P<to_port>\d{1,5}) (?P<reason>.*)",
        "ssh_connection_refused",
        outcome="failure",
    ),
    _row("subsystem", r"subsystem request for (?P<name>\S+) by user (?P<user>.*)", "ssh_subsystem"),
    _row("Close", rf"Close session: user (?P<user>.*) from {_AT} id \d+", "ssh_session", type="end"),
    _row("Server", r"Server listening on (?P<to>\S+) port (?P<to_port>\d{1,5})\.?.*", "ssh_listening"),
)
_BY_WORD: dict[str, tuple[_Row, ...]] = {
    word: tuple(row for row in _ROWS if row.word == word) for word in {row.word for row in _ROWS}
}
_FIRST_BARE = (
    "Failed ",
    "Accepted ",
    "Invalid user ",
    "input_userauth_request: ",
    "error: PAM: ",
    "Received disconnect from ",
    "Postponed ",
)


def _first(subject: Subject) -> bool:
    return subject.text.startswith(_FIRST_BARE)


def _reading(row: _Row, match: re.Match[str]) -> Reading:
    user, invalid, source, port, to, to_port = [match[at] if at else None for at in row.groups]
    common = row.common.copy()
    native: dict[str, Value] = {}
    for name, at in row.native:
        if value := match[at]:
            native[name] = value
    if invalid:
        native["ssh.invalid_user"] = "true"
        common.setdefault("event.outcome", "failure")  # nobody logs on as no user
    if user:
        common["user.name"] = user  # as it was tried, spaces and all
    endpoint(common, "source", source, port)
    if to:
        endpoint(common, "destination", to, to_port)
    return Reading(common=common, native=native)


def _parse(subject: Subject) -> Outcome:
    text = subject.text.rstrip()
    word = text[:64].partition(" ")[0]
    for row in _BY_WORD.get(word, ()) if len(text) <= LONGEST_MESSAGE else ():
        if match := row.shape.fullmatch(text):
            return (_reading(row, match),)
    return _other(subject)


def _other(subject: Subject) -> Outcome:
    """A message of sshd that says nothing about who or whence."""
    if (
        not subject.program
        or subject.text.startswith(("pam_", "(pam_", "PAM ", "SSHD_LOGIN_"))  # the last is Junos's
        or "(pam_" in subject.program
    ):
        return None
    common, inferred = infer(subject.text)
    common |= _STREAM
    return (Reading(common=common, flags=("inferred",) if inferred else ()),)


PARSER = Parser(
    name="openssh",
    version=1,
    description="OpenSSH server: logins, failures, connections",
    reads="text",
    heads="FAIieRP",
    programs=("sshd", "sshd-session", "sshd-auth"),
    first=_first,
    parse=_parse,
)
