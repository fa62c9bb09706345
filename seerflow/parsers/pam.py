"""Linux-PAM: authentication, sessions and password changes, of any service.

Law: a service that writes its own line for a failed attempt (sshd, su, sudo, login) has that line counted, and
PAM's line beside it is a detail without category. Under the tag of old systems, `sshd(pam_unix)[1]:`, PAM's line
is the only one, and it counts; so it does for services that leave the telling to PAM.

Reference: https://github.com/linux-pam/linux-pam/tree/master/modules (pam_unix, pam_faillock), SSSD's pam_sss.
"""

import re
from functools import lru_cache

from seerflow.model.event import Value
from seerflow.parsers.contract import LONGEST_MESSAGE, Outcome, Parser, Reading, Subject
from seerflow.parsers.shape import endpoint, put

#: Services that tell of a failed attempt themselves, in a line that another parser counts.
_SELF = "sshd su su-l sudo sudo-i login remote dropbear proftpd pure-ftpd xrdp-sesman polkit-1 doas"  # daemon_rows.py
TELL_THEMSELVES = frozenset(_SELF.split())

# pam_unix(sshd:auth): … ; older: (pam_unix) … , pam_unix: …
_PREFIX = re.compile(
    r"\(?(?P<module>pam_\w{1,32})\)?(?:\((?P<service>[^:()\s]{1,64})(?::(?P<stage>\w{1,32}))?\))?:?\s+"
)
# sshd(pam_unix)
_OLD_TAG = re.compile(r"(?P<service>[^()\s]{1,64})\((?P<module>pam_\w{1,32})\)")
_SESSION = re.compile(
    r"session (?P<what>opened|closed) for user (?P<user>[^\s(]+)(?:\(uid=(?P<uid>\d+)\))?"
    r"(?: by (?P<by>[^\s(]*)\s?(?:\(uid=(?P<by_uid>\d+)\))?)?\s*"
)
_PASSWORD = re.compile(r"password changed for (?P<user>\S+)\s*")
_LOCKED = re.compile(r"Consecutive login failures for user (?P<user>\S+) account (?P<how>.*)")
# pam_tally2 and pam_faillock of older systems
_TALLY = re.compile(
    r"user (?P<user>\S+) \(\d{1,10}\) (?:has time limit|tally (?P<count>\d{1,10}), deny (?P<deny>\d{1,10})).*"
)
_MORE = re.compile(r"(?:PAM )?(?P<more>\d{1,6}) more authentication failures?; ")
_RECEIVED = re.compile(r"received for user (?P<user>\S+): (?P<code>\d+) \((?P<reason>[^)]*)\)\s*")
# pam_listfile, pam_access, pam_winbind, pam_succeed_if: why a module said no; the attempt itself is another line
_REFUSED = re.compile(
    r"Refused user (?P<listed>\S+) for service \S+|access denied for user [`'](?P<user>[^'`]+)['`] from [`'](?P<rhost>[^'`]+)['`]"
    r"|user '(?P<denied>[^']+)' denied access .*|requirement \".{1,200}?\" not met by user \"(?P<unmet>[^\"]+)\""
)
# A remote user is whatever the client sent, even ` rhost=192.0.2.1`: where PAM names the account, the first rhost
# before it is PAM's own; where it does not, the last one is.
_TAIL = (
    re.compile(r"ruser=(?P<ruser>.*?) rhost=(?P<rhost>\S*)\s+user=(?P<user>.*)", re.DOTALL),
    re.compile(r"ruser=(?P<ruser>.*) rhost=(?P<rhost>\S*)\s*", re.DOTALL),
)
_PAIR = re.compile(r"(\w{1,16})=(\S*)")

#: Services and programs under another name.
_SERVICES = {"su-l": "su", "sudo-i": "sudo", "crond": "cron", "sshd-session": "sshd", "sshd-auth": "sshd"}
_ATTEMPTS = {"authentication failure;": "failure", "authentication success;": "success"}


def _first(subject: Subject) -> bool:
    return subject.text.startswith(("pam_", "(pam_", "PAM ")) or "(pam_" in subject.program


def _begin(service: str, action: str, kind: str = "info") -> dict[str, Value]:
    name = _SERVICES.get(service, service)
    stream = name if name in ("sshd", "su", "sudo", "login", "cron") else "pam"
    return {
        "event.action": action,
        "event.dataset": f"linux.{stream}",
        "event.module": "linux",
        "event.type": kind,
        "event.provider": "pam",
    }


def _pairs(text: str) -> dict[str, str]:
    """Read `logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root`; what is empty is left out."""
    at = text.find("ruser=")
    tail = next((m for shape in _TAIL if (m := shape.fullmatch(text, at))), None) if at >= 0 else None
    if tail is None:
        return {key: value for key, value in _PAIR.findall(text) if value}
    found = dict(_PAIR.findall(text[:at])) | tail.groupdict()
    return {key: value for key, value in found.items() if value}


def _attempt(text: str, service: str, counts: bool) -> Reading | None:  # noqa: FBT001  the law's one question
    if not text.startswith("authentication "):
        return None
    word = next((word for word in _ATTEMPTS if text.startswith(word)), None)
    if word is None:
        return None
    pairs = _pairs(text)
    common = _begin(service, "pam_login", "start" if counts else "info")
    common["event.outcome"] = _ATTEMPTS[word]
    if counts:
        common["event.category"] = "authentication"
    put(common, "user.name", pairs.get("user") or (None if service == "sshd" else pairs.get("ruser")))
    endpoint(common, "source", pairs.get("rhost"))
    return Reading(common=common, native={f"pam.{key}": value for key, value in pairs.items()})


def _more(text: str, service: str) -> Reading | None:
    """sshd, at the end of a connection: the failures that it has told of one by one."""
    match = _MORE.match(text)
    if not match:
        return None
    pairs = _pairs(text)
    common = _begin(service or "sshd", "pam_more_failures")
    common["event.outcome"] = "failure"
    put(common, "user.name", pairs.get("user"))
    endpoint(common, "source", pairs.get("rhost"))
    native: dict[str, Value] = {f"pam.{key}": value for key, value in pairs.items()}
    native["pam.more"] = int(match["more"])
    return Reading(common=common, native=native)


def _session(text: str, service: str) -> Reading | None:
    match = _SESSION.fullmatch(text) if text.startswith("session ") else None
    if not match:
        return None
    what, user, uid, by, by_uid = match.groups()
    opened = what == "opened"
    common = _begin(service, f"session_{what}", "start" if opened else "end")
    common["event.category"] = "session"
    if opened:
        common["event.outcome"] = "success"
    if by and by != "LOGIN":
        put(common, "user.name", by)
        put(common, "user.effective.name", user)
    else:
        put(common, "user.name", user)
    native: dict[str, Value] = {}
    if uid:
        native["pam.uid"] = uid
    if by_uid:
        native["pam.by_uid"] = by_uid
    return Reading(common=common, native=native)


def _account(text: str, service: str) -> Reading | None:
    if match := _PASSWORD.fullmatch(text):
        common = _begin(service, "password_changed", "change")
        common["event.category"] = "iam"
        common["event.outcome"] = "success"
        put(common, "user.target.name", match["user"])
        return Reading(common=common)
    if match := _LOCKED.fullmatch(text) or _RECEIVED.fullmatch(text) or _TALLY.fullmatch(text):
        common = _begin(service, "pam_answer" if match.re is _RECEIVED else "account_locked")
        common["event.outcome"] = "failure"
        put(common, "user.name", match["user"])
        return Reading(common=common)
    if match := _REFUSED.fullmatch(text):
        common = _begin(service, "pam_refused")
        common["event.outcome"] = "failure"
        put(common, "user.name", match["listed"] or match["user"] or match["denied"] or match["unmet"])
        if match["rhost"] and (
            "." in match["rhost"] or ":" in match["rhost"]
        ):  # else it is a terminal or a service
            endpoint(common, "source", match["rhost"])
        return Reading(common=common)
    if text.startswith("check pass; user unknown"):
        common = _begin(service, "pam_unknown_user")
        common["event.outcome"] = "failure"
        return Reading(common=common)
    return None


def _parse(subject: Subject) -> Outcome:
    if len(subject.text) > _REMEMBERED:
        reading = _read(subject.text, subject.program)
        return None if reading is None else (reading,)
    known = _known(subject.text, subject.program)
    if known is None:
        return None
    return (Reading(common=known.common.copy(), native=known.native.copy()),)


#: Longer messages are seldom the same twice.
_REMEMBERED = 256


def _read(message: str, program: str) -> Reading | None:
    text, service, module, counts = message.strip(), program, "", True
    if match := _PREFIX.match(text):
        module, named, _ = match.groups()
        service, text = named or service, text[match.end() :]
        counts = service not in TELL_THEMSELVES
    elif match := _OLD_TAG.fullmatch(program):
        service, module = match["service"], match["module"]
    elif not text.startswith("PAM "):
        return None
    if len(text) > LONGEST_MESSAGE:
        return None
    found = (
        _attempt(text, service, counts)
        or _session(text, service)
        or _account(text, service)
        or _more(text, service)
    )
    reading = found or Reading(common=_begin(service, "pam_message"), native={})
    if module:
        reading.native |= {"pam.module": module, "pam.service": service}
    return reading


# Sessions begin and end all day with the same words; what is kept here is copied, never changed.
_known = lru_cache(maxsize=4096)(_read)


PARSER = Parser(
    name="pam",
    version=1,
    description="PAM messages of any service: pam_unix, pam_sss, pam_faillock",
    reads="text",
    first=_first,
    parse=_parse,
)
