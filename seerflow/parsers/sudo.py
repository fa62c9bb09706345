"""sudo: who ran what as whom, and who was refused.

Reference: https://www.sudo.ws/docs/man/sudoers.man/ (LOG FORMAT): accepted and denied command log entries.
"""

import re

from seerflow.model.event import Value
from seerflow.parsers.contract import Outcome, Parser, Reading, Subject
from seerflow.parsers.shape import put

# bob : TTY=pts/0 ; PWD=/home/bob ; USER=root ; COMMAND=/usr/bin/id
# bob : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh
_LINE = re.compile(r"\s*(?P<user>\S{1,256}) : (?:(?P<reason>[^;=]{1,200}?) ; )?(?=[A-Z]{3,12}=)")
_REASON_ONLY = re.compile(r"\s*(?P<user>\S{1,256}) : (?P<reason>[^;=]{1,200})")
_PARAMETER = re.compile(r"(TTY|PWD|USER|GROUP|HOST|CHROOT|TSID)=(.*?) ; ")
_COMMAND = "COMMAND="
_REFUSALS = (
    "NOT",
    "not",
    "incorrect",
    "no ",
    "a password",
    "sorry",
    "unknown",
    "authentication",
    "account",
    "timed",
)
_TARGETS = {
    "PWD": "process.working_directory",
    "USER": "user.effective.name",
    "GROUP": "group.name",
    "COMMAND": "process.command_line",
}


def _first(subject: Subject) -> bool:
    return " : TTY=" in subject.text[:300] or (subject.program == "sudo" and " : " in subject.text[:300])


def _reason(common: dict[str, Value], reason: str) -> None:
    password = "password" in reason or "authentication" in reason
    common["event.action"] = "sudo_password_failed" if password else "sudo_denied"
    common["event.outcome"] = "failure"
    # The attempts of one prompt are one line: one failed authentication.
    common["event.category"] = "authentication" if password else "iam"
    common["event.type"] = "start" if password else "denied"


def _parameters(text: str, at: int) -> dict[str, Value]:
    """Read `TTY=… ; PWD=… ; USER=… ; COMMAND=…`; the command comes last and may hold anything."""
    native: dict[str, Value] = {}
    while match := _PARAMETER.match(text, at):
        native[match[1]] = match[2]
        at = match.end()
    env = text.find(f" ; {_COMMAND}", at) + 3 if text.startswith("ENV=", at) else at
    if env > at:
        native["ENV"] = text[at + 4 : env - 3]
    if text.startswith(_COMMAND, env):
        native["COMMAND"] = text[env + len(_COMMAND) :]
    return native


def _parse(subject: Subject) -> Outcome:
    text = subject.text
    match = _LINE.match(text) or _REASON_ONLY.fullmatch(text)
    if not match:
        return None
    common: dict[str, Value] = {
        "event.action": "sudo_command",
        "event.category": "process",
        "event.dataset": "linux.sudo",
        "event.module": "linux",
        "event.outcome": "success",
        "event.type": "start",
        "user.name": match["user"],
    }
    native = _parameters(text, match.end())
    for name, target in _TARGETS.items():
        if name in native:
            put(common, target, native[name])
    reason = match["reason"]
    if reason:
        native["reason"] = reason
        if not any(word in reason for word in _REFUSALS):
            common.pop("event.outcome")
            common["event.action"] = "sudo_message"
        else:
            _reason(common, reason)
    return (Reading(common=common, native=native),)


PARSER = Parser(
    name="sudo",
    version=1,
    description="sudo: commands run, refused, and failed passwords",
    reads="text",
    programs=("sudo",),
    first=_first,
    parse=_parse,
)
