"""Events as OCSF 1.3 documents: class, activity, attributes; what OCSF has no attribute for stands in `unmapped`.

Which attribute a field is, says the dictionary (model/fields.py); which class has which, classes.py. An object
that lacks what OCSF requires of it is not written: its fields go to `unmapped` too.
Source: https://schema.ocsf.io/1.3.0.
"""

from collections.abc import Mapping
from typing import Any

from seerflow.adapters.ocsf.activities import activity, severity
from seerflow.adapters.ocsf.classes import (
    ACCOUNT,
    AUTHENTICATION,
    BASE,
    CHOICE,
    DNS,
    FINDING,
    FLOW,
    GROUP,
    HTTP,
    OcsfClass,
)
from seerflow.adapters.ocsf.objects import Document, finished
from seerflow.model.event import Event
from seerflow.model.fields import BY_NAME

VERSION = "1.3.0"
_STATUSES = {"success": (1, "Success"), "failure": (2, "Failure")}
_DISPOSITIONS = {"allowed": (1, "Allowed", 1, "Allowed"), "denied": (2, "Denied", 2, "Blocked")}
_SYSTEMS = {"windows": 100, "linux": 200, "macos": 300}
#: Object -> what OCSF requires in it and logs do not always tell.
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "cloud": ("provider",),
    "email": ("from", "to"),
    "http_response": ("code",),
    "query": ("hostname",),
    "reg_key": ("path",),
    "tls": ("version",),
    "api": ("operation",),
    "file": ("name",),
}
#: End of a field's name or whole name -> (type_id, type) of the observable.
_OBSERVABLES: Mapping[str, tuple[int, str]] = {
    "ip": (2, "IP Address"),
    "mac": (3, "MAC Address"),
    "hostname": (1, "Hostname"),
    "user.name": (4, "User Name"),
    "email_addr": (5, "Email Address"),
    "url_string": (6, "URL String"),
    "file.name": (7, "File Name"),
    "process.name": (9, "Process Name"),
}
_HASH = (8, "Hash")
#: Attributes of ours that are written by name rather than by table.
_APART = frozenset(["event.outcome", "event.original"])


def ocsf_document(event: Event) -> Document:
    """Give the event as OCSF has it."""
    common = event.common
    kind = chosen(common)
    document: Document = {"unmapped": {}}
    paths = _placed(document, kind, common)
    finished(document, kind, common)
    _incomplete(document, common, paths)
    _headed(document, kind, event)
    observables = _observed(paths, common)
    if observables:
        document["observables"] = observables
    document["unmapped"].update(_native(event))
    if not document["unmapped"]:
        del document["unmapped"]
    return document


def chosen(common: Mapping[str, Any]) -> OcsfClass:
    """Give the class of an event."""
    for conditions, kind in CHOICE:
        if all(
            (value := common.get(name)) is not None and (not values or value in values)
            for name, values in conditions
        ):
            return kind
    return BASE


def _placed(document: Document, kind: OcsfClass, common: Mapping[str, Any]) -> dict[str, str]:
    """Write each field where the class has it, or to `unmapped`; the fields' paths."""
    moved = dict(kind.moved)
    # Who logs on, or whose account is changed, is the user; who else acts, is the actor.
    if kind in (AUTHENTICATION, ACCOUNT, GROUP) and "user.target.name" not in common:
        moved["actor.user"] = "user"
    paths: dict[str, str] = {}
    for name, value in common.items():
        field = BY_NAME.get(name)
        path = _moved(field.ocsf, moved) if field is not None else ""
        if path and path.partition(".")[0] in kind.attributes:
            if name not in _APART:
                _put(document, path, value)
            paths[name] = path
        elif name not in _APART and not _said(name, value, common):
            document["unmapped"][name] = value
    return paths


def _said(name: str, value: Any, common: Mapping[str, Any]) -> bool:
    """Say whether an address as written only repeats the address or name that stands beside it."""
    side, _, last = name.rpartition(".")
    return last == "address" and value in (common.get(f"{side}.ip"), common.get(f"{side}.domain"))


def _moved(path: str, moved: Mapping[str, str]) -> str:
    for begin, there in moved.items():
        if path == begin or path.startswith(f"{begin}."):
            return there + path[len(begin) :]
    return path


def _put(document: Document, path: str, value: Any) -> None:
    *way, last = path.split(".")
    for step in way:
        document = document.setdefault(step, {})
    document[last] = value


def _incomplete(document: Document, common: Mapping[str, Any], paths: dict[str, str]) -> None:
    """Take out objects that lack what OCSF requires in them; their fields go to `unmapped`."""
    for name, needed in _NEEDED.items():
        held = document.get(name)
        if isinstance(held, dict) and not all(one in held for one in needed):
            del document[name]
            for field in [field for field, path in paths.items() if path.partition(".")[0] == name]:
                document["unmapped"][field] = common[field]
                del paths[field]


def _headed(document: Document, kind: OcsfClass, event: Event) -> None:
    """Write what every event has: class, activity, severity, status, time, metadata."""
    common = event.common
    number, caption = activity(kind, common)
    level, word = severity(common)
    status = _STATUSES.get(common.get("event.outcome", ""), (0, "Unknown"))
    for name in kind.required:
        document.setdefault(name, {})
    document |= {
        "category_uid": kind.category_uid,
        "category_name": kind.category,
        "class_uid": kind.uid,
        "class_name": kind.name,
        "activity_id": number,
        "activity_name": caption,
        "type_uid": kind.uid * 100 + number,
        "type_name": f"{kind.name}: {caption}",
        "severity_id": level,
        "severity": word,
        "status_id": status[0],
        "status": status[1],
        "time": event.time // 1000,
        "raw_data": event.text,
    }
    if (duration := common.get("event.duration")) is not None:
        document["duration"] = duration // 1_000_000
        document["unmapped"].pop("event.duration", None)
    if kind is FINDING:
        document["finding_info"]["uid"] = event.id
    _metadata(document, kind, event)


def _metadata(document: Document, kind: OcsfClass, event: Event) -> None:
    common, profiles = event.common, set()
    disposition = _DISPOSITIONS.get(common.get("event.type", ""))
    if disposition and kind in (FLOW, HTTP, DNS, FINDING):
        names = ("action_id", "action", "disposition_id", "disposition")
        document |= dict(zip(names, disposition, strict=True))
        profiles.add("security_control")
    if "device" in document:
        device = document["device"]
        device["type_id"] = 0
        if "os" in device:
            device["os"]["type_id"] = _SYSTEMS.get(common.get("host.os.type", ""), 0)
            device["os"].setdefault("name", common.get("host.os.type", "unknown"))
        profiles.add("host")
    profiles |= {"cloud"} & document.keys() | ({"security_control"} if "firewall_rule" in document else set())
    metadata = document.setdefault("metadata", {})
    product = metadata.setdefault("product", {})
    product.setdefault("vendor_name", common.get("event.module") or "unknown")
    product.setdefault("name", common.get("event.dataset") or "unknown")
    metadata |= {"version": VERSION, "uid": event.id, "logged_time": event.received // 1000}
    if profiles:
        metadata["profiles"] = sorted(profiles)


def _observed(paths: Mapping[str, str], common: Mapping[str, Any]) -> list[Document]:
    found: list[Document] = []
    for field, path in paths.items():
        parts = path.split(".")
        kind = (
            _HASH
            if "hashes" in parts
            else _OBSERVABLES.get(parts[-1]) or _OBSERVABLES.get(".".join(parts[-2:]))
        )
        if kind:
            name = path.partition(".hashes")[0] + ".hashes" if kind is _HASH else path
            found.append({"name": name, "type_id": kind[0], "type": kind[1], "value": str(common[field])})
    return found


def _native(event: Event) -> Document:
    ours: Document = {"seerflow.parser": event.parser}
    if event.flags:
        ours["seerflow.flags"] = list(event.flags)
    return {**{f"native.{name}": value for name, value in event.native.items()}, **ours}
