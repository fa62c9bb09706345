"""Zeek's logs as JSON (`LogAscii::use_json=T`), with or without `_path`."""

from collections.abc import Mapping

from seerflow.model.event import Value
from seerflow.parsers.contract import Outcome, Parser, Subject
from seerflow.parsers.flatten import flat
from seerflow.parsers.shape import keyword
from seerflow.parsers.zeek import reading


def _first(subject: Subject) -> bool:
    document = subject.document or {}
    return "ts" in document and (
        "id.orig_h" in document or "uid" in document or "fuid" in document or "_path" in document
    )


def _parse(subject: Subject) -> Outcome:
    if not _first(subject):
        return None
    native, cut = flat(subject.document or {})
    path = keyword(native.get("_path")) or _path(native)
    outcome = reading(subject, native, path)
    if cut and outcome:
        outcome[0].flags = ("truncated",)  # type: ignore[union-attr] # `reading` gives readings only
    return outcome


#: What tells a JSON log's path where `_path` is missing.
_TELLING = (
    ("conn", "conn_state"), ("dns", "qtype_name"), ("dns", "query"), ("http", "status_code"), ("http", "uri"),
    ("ssh", "auth_attempts"), ("ssl", "cipher"), ("ssl", "server_name"), ("files", "mime_type"), ("notice", "note"),
    ("kerberos", "request_type"), ("ntlm", "domainname"), ("smtp", "mailfrom"), ("ftp", "reply_code"),
    ("x509", "certificate.serial"), ("weird", "addl"), ("rdp", "security_protocol"), ("dhcp", "assigned_addr"),
    ("smb_files", "times.modified"), ("smb_mapping", "share_type"), ("dce_rpc", "named_pipe"), ("tunnel", "tunnel_type"),
    ("software", "software_type"), ("intel", "seen.indicator"), ("radius", "result"), ("sip", "call_id"),
)  # fmt: skip


def _path(native: Mapping[str, Value]) -> str:
    return next((path for path, name in _TELLING if name in native), "")


PARSER = Parser(
    name="zeek_json",
    version=2,
    description="Zeek's logs as JSON",
    reads="document",
    first=_first,
    parse=_parse,
)
