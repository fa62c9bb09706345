"""Objects in the form and with the ids that OCSF wants of them."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from seerflow.adapters.ocsf.classes import FINDING, PROCESS, OcsfClass

Document = dict[str, Any]

_DIRECTIONS = {"inbound": (1, "Inbound"), "outbound": (2, "Outbound"), "internal": (3, "Lateral")}
#: IANA numbers protocols from 0 to 255.
_PROTOCOL_DIGITS = 3
_ALGORITHMS = {"MD5": 1, "SHA-1": 2, "SHA-256": 3}


def finished(document: Document, kind: OcsfClass, common: Mapping[str, Any]) -> None:
    """Complete the objects of a document whose fields are in their places."""
    holder = document.get("evidences", document)
    if kind is PROCESS and (parent := document.get("process", {}).get("parent_process")):
        document.setdefault("actor", {})["process"] = parent
    _programs(holder)
    for name, finish in _FINISH.items():
        if name in holder:
            holder[name] = finish(holder[name])
    if len(senders := common.get("email.from.address", [])) > 1:  # OCSF has room for one
        document["unmapped"]["email.from.address"] = senders
    if kind is FINDING or "connection_info" in kind.attributes:
        _connected(holder, common)
    if kind is FINDING:
        _finding(document, common)


def _programs(holder: Document) -> None:
    """Complete the files of the processes and of their parents."""
    found = [holder.get("process"), holder.get("actor", {}).get("process")]
    found += [one.get("parent_process") for one in found if one]
    for process in found:
        if process and "file" in process:
            # A hash without a path: the file is the program's.
            _file(process["file"]).setdefault("name", process.get("name") or "unknown")


def _file(file: Document) -> Document:
    """Complete a file: its name, its type, its hashes as a list."""
    path = file.get("path")
    if isinstance(path, str) and "name" not in file:
        file["name"] = re.split(r"[/\\]", path)[-1] or path
    file["type_id"] = 0
    if isinstance(hashes := file.get("hashes"), dict):
        file["hashes"] = [
            {"algorithm": name, "algorithm_id": _ALGORITHMS[name], "value": value}
            for name, value in hashes.items()
        ]
    return file


def _email(mail: Document) -> Document:
    sender = mail.get("from")
    return {**mail, "from": sender[0]} if isinstance(sender, list) else mail


def _tls(tls: Document) -> Document:
    for name in ("ja3_hash", "ja3s_hash"):
        if name in tls:
            tls[name] |= {"algorithm": "MD5", "algorithm_id": 1}
    return tls


#: Object -> what completes it.
_FINISH: Mapping[str, Callable[[Any], Any]] = {
    "answers": lambda answers: [{"rdata": one} for one in answers["rdata"]],
    "email": _email,
    "file": _file,
    "tls": _tls,
}


def _connected(holder: Document, common: Mapping[str, Any]) -> None:
    direction = _DIRECTIONS.get(common.get("network.direction", ""))
    if direction is not None and ("src_endpoint" in holder or "connection_info" in holder):
        holder.setdefault("connection_info", {})["direction"] = direction[1]
    if "connection_info" not in holder:
        return
    held = holder["connection_info"]
    held["direction_id"] = direction[0] if direction else 0
    number = str(held.get("protocol_num", ""))
    if number.isascii() and number.isdecimal() and len(number) <= _PROTOCOL_DIGITS:
        held["protocol_num"] = int(number)
    else:
        held.pop("protocol_num", None)


def _finding(document: Document, common: Mapping[str, Any]) -> None:
    titles = ("rule.name", "rule.description", "message", "event.action", "event.code")
    finding = document.setdefault("finding_info", {})
    finding["title"] = next((common[name] for name in titles if common.get(name)), "alert")
    if "rule.category" in common:
        finding["types"] = [common["rule.category"]]
    if "analytic" in finding:
        finding["analytic"] |= {"type_id": 1, "type": "Rule"}
    if techniques := common.get("threat.technique.id"):
        finding["attacks"] = [{"technique": {"uid": one}} for one in techniques]
    document["evidences"] = [document["evidences"]] if "evidences" in document else []
