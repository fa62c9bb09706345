"""AWS CloudTrail: one record, or a delivered file of `{"Records": […]}`.

native: the record's own dotted paths, as Sigma's aws rules spell them (eventSource, userIdentity.type, …).

Reference: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from collections.abc import Mapping
from typing import Any

from seerflow.model.event import Value
from seerflow.parsers.contract import Outcome, Parser, Reading, Subject
from seerflow.parsers.flatten import dump, flat
from seerflow.parsers.shape import endpoint, keyword, put
from seerflow.parsers.timestamps import when

_TABLE = {
    "eventName": "event.action",
    "eventID": "event.code",
    "eventSource": "event.provider",
    "awsRegion": "cloud.region",
    "recipientAccountId": "cloud.account.id",
    "userAgent": "user_agent.original",
    "userIdentity.arn": "user.id",
}
# Who acts, from the plainest to the least: a role's session name hides in the principal.
_USERS = (
    "userIdentity.userName",
    "userIdentity.sessionContext.sessionIssuer.userName",
    "userIdentity.principalId",
    "userIdentity.arn",
    "userIdentity.onBehalfOf.userId",
    "userIdentity.invokedBy",
)
#: What stands before the name in those that hold more than it.
_BEFORE = {"userIdentity.arn": "/", "userIdentity.principalId": ":"}
_TARGETS = ("requestParameters.userName", "responseElements.user.userName")
_IAM = ("iam.amazonaws.com", "sso.amazonaws.com", "identitystore.amazonaws.com")
_SIGN_IN = "signin.amazonaws.com"
_MANY = "Records"


def _is_record(document: Any) -> bool:
    # Others name fields so as well, but not the service by a text.
    return (
        isinstance(document, dict)
        and "eventName" in document
        and isinstance(document.get("eventSource"), str)
    )


def _first(subject: Subject) -> bool:
    document = subject.document or {}
    if _is_record(document):
        return True
    records = document.get(_MANY)
    return isinstance(records, list) and bool(records) and _is_record(records[0])


def _user(native: Mapping[str, Value]) -> str | None:
    if native.get("userIdentity.type") == "Root":
        return "root"
    for name in _USERS:
        found = keyword(native.get(name))
        if found:
            return found.rpartition(_BEFORE[name])[2] if name in _BEFORE else found
    # What a failed console sign-in with an unknown name has instead
    return None


def _outcome(native: Mapping[str, Value]) -> str:
    answer = keyword(native.get("responseElements.ConsoleLogin"))
    if answer:
        return "success" if answer == "Success" else "failure"
    return "failure" if native.get("errorCode") or native.get("errorMessage") else "success"


def _category(native: Mapping[str, Value]) -> tuple[str, str]:
    source, name = str(native.get("eventSource")), str(native.get("eventName"))
    if source == _SIGN_IN and name == "ConsoleLogin":
        return "authentication", "start"
    kind = _kind(name)
    return ("iam", kind) if source in _IAM else ("configuration", kind)


_KINDS = (
    (("Create", "Put", "Run", "Add", "Attach", "Register"), "creation"),
    (("Delete", "Remove", "Terminate", "Detach", "Deregister"), "deletion"),
    (("Get", "List", "Describe", "Head", "Lookup"), "access"),
    (("Update", "Modify", "Set", "Stop", "Start", "Enable", "Disable"), "change"),
)


def _kind(name: str) -> str:
    return next((kind for words, kind in _KINDS if name.startswith(words)), "info")


def _reading(record: Mapping[str, Any], subject: Subject, *, alone: bool) -> Reading:
    native, cut = flat(record)
    category, kind = _category(native)
    common: dict[str, Value] = {
        "cloud.provider": "aws",
        "event.category": category,
        "event.dataset": "aws.cloudtrail",
        "event.module": "aws",
        "event.outcome": _outcome(native),
        "event.type": kind,
    }
    for name, target in _TABLE.items():
        if name in native:
            put(common, target, native[name])
    endpoint(common, "source", native.get("sourceIPAddress"))
    put(common, "user.name", _user(native))
    for name in _TARGETS:
        if name in native:
            put(common, "user.target.name", native[name])
    put(common, "group.name", native.get("requestParameters.groupName"))
    if "cloud.account.id" not in common:
        put(common, "cloud.account.id", native.get("userIdentity.accountId"))
    return Reading(
        common=common,
        native=native,
        time=when(native.get("eventTime"), subject.received, "UTC"),
        flags=("truncated",) if cut else (),
        text=None if alone else dump(record),
    )


def _parse(subject: Subject) -> Outcome:
    document = subject.document or {}
    if _is_record(document):
        return (_reading(document, subject, alone=True),)
    records = [record for record in document.get(_MANY) or () if isinstance(record, dict)]
    return tuple(_reading(record, subject, alone=False) for record in records) or None


PARSER = Parser(
    name="cloudtrail",
    version=1,
    description="AWS CloudTrail records, single and as delivered files",
    reads="document",
    first=_first,
    parse=_parse,
)
