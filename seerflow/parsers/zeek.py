"""Zeek's logs, all of them: tab separated, by their file's header or by their shape, and as JSON.

References: https://docs.zeek.org/en/master/log-formats.html and the scripts' reference (Conn::Info, DNS::Info, …).
"""

import re
from collections.abc import Mapping

from seerflow.model.event import Value
from seerflow.parsers.columns import Columns, directive, read
from seerflow.parsers.contract import Outcome, Parser, Reading, Subject
from seerflow.parsers.shape import endpoint, fill, keyword, long
from seerflow.parsers.timestamps import when
from seerflow.parsers.zeek_meaning import mean

_CONNECTION = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p"
#: What both forms of files.log say of the file, behind who sent it (Zeek 4 names them by lists, Zeek 5 by one end each).
_FILE = [
    "source",
    "depth",
    "analyzers",
    "mime_type",
    "filename",
    "duration",
    "local_orig",
    "is_orig",
    "seen_bytes",
    "total_bytes",
    "missing_bytes",
    "overflow_bytes",
    "timedout",
    "parent_fuid",
    "md5",
    "sha1",
    "sha256",
    "extracted",
    "extracted_cutoff",
    "extracted_size",
]
#: Columns of the logs that are met most, of version 3 to 7, for lines whose header is out of reach: path, names, and the
#: columns that tell this log from another with as many.
_DEFAULTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    *tuple(
        (path, tuple(f"{_CONNECTION} {names}".split()))
        for path, names in (
            (
                "conn",
                (
                    "proto service duration orig_bytes resp_bytes conn_state local_orig local_resp missed_bytes history"
                    " orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes tunnel_parents ip_proto"
                ),
            ),
            (
                "conn",
                (
                    "proto service duration orig_bytes resp_bytes conn_state local_orig local_resp missed_bytes history"
                    " orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes tunnel_parents"
                ),
            ),
            (
                "dns",
                (
                    "proto trans_id rtt query qclass qclass_name qtype qtype_name rcode rcode_name AA TC RD RA Z answers TTLs"
                    " rejected"
                ),
            ),
            (
                "http",
                (
                    "trans_depth method host uri referrer version user_agent origin request_body_len response_body_len"
                    " status_code status_msg info_code info_msg tags username password proxied orig_fuids orig_filenames"
                    " orig_mime_types resp_fuids resp_filenames resp_mime_types"
                ),
            ),
            (
                "ssh",
                (
                    "version auth_success auth_attempts direction client server cipher_alg mac_alg compression_alg kex_alg"
                    " host_key_alg host_key"
                ),
            ),
            (
                "ssl",
                (
                    "version cipher curve server_name resumed last_alert next_protocol established ssl_history"
                    " cert_chain_fps client_cert_chain_fps sni_matches_cert"
                ),
            ),
            (
                "ssl",
                (
                    "version cipher curve server_name resumed last_alert next_protocol established cert_chain_fuids"
                    " client_cert_chain_fuids subject issuer client_subject client_issuer"
                ),
            ),
            ("weird", "name addl notice peer source"),
            ("weird", "name addl notice peer"),
            (
                "notice",
                (
                    "fuid file_mime_type file_desc proto note msg sub src dst p n peer_descr actions email_dest suppress_for"
                    " remote_location.country_code remote_location.region remote_location.city remote_location.latitude"
                    " remote_location.longitude"
                ),
            ),
        )
    ),
    (
        "files",
        (
            "ts",
            "fuid",
            "uid",
            "id.orig_h",
            "id.orig_p",
            "id.resp_h",
            "id.resp_p",
            *_FILE,
        ),
    ),
    (
        "files",
        (
            "ts",
            "fuid",
            "tx_hosts",
            "rx_hosts",
            "conn_uids",
            *_FILE,
        ),
    ),
)
_LINE = re.compile(r"\d{9,10}\.\d{6}\t(?:-|[CF][A-Za-z0-9]{9,24})\t", re.ASCII)
_PROTOS = ("tcp", "udp", "icmp", "unknown_transport")
_BOOL = ("T", "F", "-")
_CHECKS: dict[str, tuple[str, ...]] = {
    "proto": (*_PROTOS, "-"), "local_orig": _BOOL, "AA": _BOOL, "rejected": _BOOL, "auth_success": _BOOL,
    "resumed": _BOOL, "established": _BOOL, "notice": _BOOL, "is_orig": _BOOL,
}  # fmt: skip

_TABLE = {
    "proto": "network.transport", "service": "network.protocol", "user": "user.name", "username": "user.name",
    "hostname": "source.domain", "host_name": "source.domain", "domainname": "user.domain", "method": "http.request.method",
    "uri": "url.original", "status_code": "http.response.status_code", "user_agent": "user_agent.original",
    "query": "dns.question.name", "server_name": "destination.domain", "md5": "file.hash.md5", "sha1": "file.hash.sha1",
    "sha256": "file.hash.sha256", "filename": "file.name", "note": "rule.name", "msg": "message",
    "client": "user_agent.original",
}  # fmt: skip
#: `client` and `host` mean something else in these.
_CLIENT_USERS = frozenset({"kerberos"})
_PROTOCOLS = frozenset(
    {
        "dns",
        "http",
        "ssh",
        "ssl",
        "smtp",
        "ftp",
        "rdp",
        "ntlm",
        "kerberos",
        "dhcp",
        "snmp",
        "sip",
        "mqtt",
        "ntp",
    }
)
#: Path -> the column that says whether it went well.
_SUCCESS = {"ssh": "auth_success", "kerberos": "success", "ntlm": "success", "ssl": "established"}


def _first(subject: Subject) -> bool:
    return subject.text[:1] == "#" or _LINE.match(subject.text) is not None


def _guessed(text: str) -> tuple[Columns, list[str]] | None:
    if not _LINE.match(text):
        return None
    values = text.split("\t")
    for path, names in _DEFAULTS:
        if len(names) == len(values) and all(
            value in wanted
            for name, value in zip(names, values, strict=True)
            if (wanted := _CHECKS.get(name))
        ):
            return Columns("zeek", names, "\t", path), values
    head = tuple(_CONNECTION.split())
    if len(values) > len(head) and values[3].isdecimal() and values[5].isdecimal():
        return Columns("zeek", head), values[: len(head)]
    return None


def _told(subject: Subject) -> tuple[Columns, list[str]] | None:
    columns = read(subject.columns)
    if columns is None or columns.kind != "zeek":
        return None
    values = subject.text.split(columns.separator or "\t")
    return (columns, values) if len(values) == len(columns.names) else None


def _parse(subject: Subject) -> Outcome:
    if subject.text[:1] == "#":
        if directive(subject.text) != "zeek":
            return None
        return (Reading(common={"event.dataset": "zeek.header", "message": subject.text}),)
    found = _told(subject) or _guessed(subject.text)
    if found is None:
        return None
    columns, values = found
    native: dict[str, Value] = {
        name: value
        for name, value in zip(columns.names, values, strict=True)
        if value not in ("-", "(empty)", "") and name != "-"
    }
    return reading(subject, native, columns.path)


def reading(subject: Subject, native: dict[str, Value], path: str) -> Outcome:
    """Give the reading of one entry of the log named `path`."""
    common: dict[str, Value] = {"event.module": "zeek", "event.dataset": f"zeek.{path or 'log'}"}
    sides = (("source", "id.orig_h", "src"), ("destination", "id.resp_h", "dst"))
    for side, name, other in sides:
        endpoint(common, side, native.get(name) or native.get(other), native.get(name[:-1] + "p"))
    table = {**_TABLE, "client": "user.name" if path in _CLIENT_USERS else _TABLE["client"]}
    if path == "http":
        table["host"] = "url.domain"
    fill(common, native, table)
    if path in _PROTOCOLS:
        common.setdefault("network.protocol", path)
    sent = [number for name in ("orig_bytes", "resp_bytes") if (number := long(native.get(name))) is not None]
    if sent:
        common["network.bytes"] = sum(sent)
    _judged(common, native, path)
    mean(common, native, path)
    return (
        Reading(common=common, native=native, time=when(native.get("ts"), subject.received, subject.zone)),
    )


def _judged(common: dict[str, Value], native: Mapping[str, Value], path: str) -> None:
    told = native.get(_SUCCESS.get(path, ""))
    if told is not None:
        common["event.outcome"] = "success" if told in ("T", True) else "failure"
    status = long(native.get("status_code"))
    if path == "http" and status is not None:
        common["event.outcome"] = "success" if status < 400 else "failure"  # noqa: PLR2004  RFC 9110 section 15
    action = keyword(native.get("name") if path == "weird" else native.get("command") or native.get("action"))
    if action:
        common["event.action"] = action


PARSER = Parser(
    name="zeek",
    version=2,
    description="Zeek's logs, tab separated, by their header or their shape",
    reads="text",
    heads="#0123456789",
    first=_first,
    parse=_parse,
)
