"""What the columns of Zeek's logs mean in common words, log by log.

Reference: https://docs.zeek.org/en/master/script-reference/log-files.html (Conn::Info, DNS::Info, SMB::FileInfo, …)
"""

from collections.abc import Mapping

from seerflow.model.event import Value
from seerflow.parsers.shape import endpoint, keyword, put

#: Columns that mean the same in every log: column -> common field.
_EVERYWHERE: dict[str, str] = {
    "uid": "event.id", "community_id": "network.community_id", "vlan": "network.vlan.id", "orig_bytes": "source.bytes",
    "resp_bytes": "destination.bytes", "orig_pkts": "source.packets", "resp_pkts": "destination.packets",
    "orig_l2_addr": "source.mac", "resp_l2_addr": "destination.mac", "mac": "source.mac", "referrer": "http.request.referrer",
    "request_body_len": "http.request.body.bytes", "response_body_len": "http.response.body.bytes",
    "qtype_name": "dns.question.type", "qclass_name": "dns.question.class", "rcode_name": "dns.response_code",
    "answers": "dns.answers.data", "trans_id": "dns.id", "cipher": "tls.cipher", "ja3": "tls.client.ja3",
    "ja3s": "tls.server.ja3s", "next_protocol": "tls.next_protocol", "mime_type": "file.mime_type",
    "total_bytes": "file.size", "mailfrom": "email.sender.address", "rcptto": "email.to.address", "from": "email.from.address",
    "to": "email.to.address", "cc": "email.cc.address", "msg_id": "email.message_id", "reply_to": "email.reply_to.address",
    "indicator": "threat.indicator.name", "seen.indicator": "threat.indicator.name",
    "seen.indicator_type": "threat.indicator.type", "peer_descr": "observer.name",
}  # fmt: skip

#: Path -> column -> common field, where they mean this only there.
_BY_PATH: dict[str, dict[str, str]] = {
    "conn": {"conn_state": "event.action"},
    "http": {"version": "http.version", "host": "destination.domain"},
    "ssl": {"server_name": "tls.client.server_name", "version": "tls.version", "subject": "tls.server.subject",
            "issuer": "tls.server.issuer", "resumed": "tls.resumed", "established": "tls.established"},
    "smtp": {"helo": "source.domain", "subject": "email.subject", "last_reply": "message"},
    "ftp": {"command": "event.action", "arg": "file.path", "reply_code": "event.code", "file_size": "file.size"},
    "rdp": {"cookie": "user.name", "client_name": "source.domain", "result": "event.action"},
    "smb_files": {"action": "event.action", "size": "file.size"},
    "smb_mapping": {"path": "file.path", "share_type": "event.action"},
    "smb_cmd": {"command": "event.action", "status": "event.reason", "username": "user.name"},
    "kerberos": {"request_type": "event.action", "service": "service.name", "error_msg": "event.reason"},
    "ntlm": {"server_nb_computer_name": "destination.domain"},
    "dce_rpc": {"operation": "event.action", "endpoint": "service.name", "named_pipe": "file.path"},
    "dhcp": {"domain": "user.domain", "msg_types": "event.action"},
    "x509": {"certificate.subject": "tls.server.subject", "certificate.issuer": "tls.server.issuer",
             "fingerprint": "tls.server.hash.sha256"},
    "software": {"software_type": "event.action", "name": "package.name", "unparsed_version": "package.version"},
    "tunnel": {"tunnel_type": "network.protocol"},
    "intel": {"sources": "threat.feed.name"},
    "notice": {"sub": "rule.description", "actions": "event.action"},
    "signatures": {"sig_id": "rule.id", "event_msg": "message", "note": "rule.name"},
    "sip": {"call_id": "event.id", "status_msg": "event.reason", "request_from": "source.domain"},
    "syslog": {"message": "message", "severity": "log.syslog.severity.name", "facility": "log.syslog.facility.name"},
    "radius": {"result": "event.action", "reply_msg": "message"},
    "mysql": {"cmd": "event.action", "arg": "message"},
    "ldap": {"message_type": "event.action", "object": "user.name", "diagnostic_message": "event.reason"},
    "ldap_search": {"filter": "message"},
    "socks": {"request.host": "destination.domain"},
    "irc": {"nick": "user.name", "command": "event.action"},
    "snmp": {"display_string": "message"},
    "pe": {"machine": "event.action"},
}  # fmt: skip

#: Path -> ECS category and type; others are network, info.
_KINDS: dict[str, tuple[str, str]] = {
    "conn": ("network", "connection"), "dns": ("network", "protocol"), "http": ("web", "access"),
    "ssl": ("network", "protocol"), "ssh": ("authentication", "start"), "kerberos": ("authentication", "start"),
    "ntlm": ("authentication", "start"), "radius": ("authentication", "start"), "ldap": ("authentication", "start"),
    "rdp": ("network", "protocol"), "smtp": ("email", "info"), "files": ("file", "info"), "smb_files": ("file", "access"),
    "smb_mapping": ("file", "access"), "pe": ("file", "info"), "notice": ("intrusion_detection", "info"),
    "signatures": ("intrusion_detection", "info"), "intel": ("threat", "indicator"), "weird": ("network", "info"),
    "ftp": ("network", "protocol"), "dce_rpc": ("network", "protocol"), "dhcp": ("network", "protocol"),
    "mysql": ("database", "access"), "x509": ("network", "info"), "software": ("network", "info"),
}  # fmt: skip
_ALERTS = frozenset({"notice", "signatures", "intel"})
#: Paths in which each side may stand in other columns: path -> columns of the source, of the destination.
_SIDES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "files": (("tx_hosts",), ("rx_hosts",)),
    "dhcp": (("client_addr", "assigned_addr", "requested_addr"), ("server_addr",)),
    "software": (("host",), ()),
    "known_hosts": (("host",), ()),
    "known_services": ((), ("host",)),
    "traceroute": (("src",), ("dst",)),
    "signatures": (("src_addr",), ("dst_addr",)),
}
_NANOSECONDS = 1_000_000_000


def mean(common: dict[str, Value], native: Mapping[str, Value], path: str) -> None:
    """Fill the common fields of one entry of the log `path`; what stands there already stays."""
    for table in (_BY_PATH.get(path, {}), _EVERYWHERE):
        for name, target in table.items():
            value = native.get(name)
            if value is not None and target not in common:
                put(common, target, value.split(",") if isinstance(value, str) and name in _LISTS else value)
    category, kind = _KINDS.get(path, ("network", "info"))
    common.setdefault("event.category", category)
    common.setdefault("event.type", kind)
    common["event.kind"] = "alert" if path in _ALERTS else "event"
    common["observer.vendor"], common["observer.product"] = "Zeek", "Zeek"
    _sides(common, native, path)
    _duration(common, native)
    if path in ("smb_files", "smb_mapping"):
        _shared(common, native)
    if path == "kerberos":
        _principal(common)


#: Columns that hold several values, which the tab separated form joins with commas.
_LISTS = frozenset({"answers", "rcptto", "to", "cc"})


def _sides(common: dict[str, Value], native: Mapping[str, Value], path: str) -> None:
    for side, names in zip(("source", "destination"), _SIDES.get(path, ((), ())), strict=True):
        for name in names:
            if f"{side}.address" not in common and (value := native.get(name)):
                one = value[0] if isinstance(value, list) else str(value).partition(",")[0]
                endpoint(common, side, one)


def _duration(common: dict[str, Value], native: Mapping[str, Value]) -> None:
    told = native.get("duration")
    try:
        seconds = float(told) if isinstance(told, str | int | float) else -1.0
    except ValueError:
        return
    if 0 <= seconds < _NANOSECONDS:  # thirty years, and no `inf`
        common["event.duration"] = int(seconds * _NANOSECONDS)


def _shared(common: dict[str, Value], native: Mapping[str, Value]) -> None:
    r"""A share and a name below it: `\\server\share` and `dir\file`."""
    share, name = keyword(native.get("path")) or "", keyword(native.get("name")) or ""
    if name:
        common["file.name"] = name.replace("\\", "/").rpartition("/")[2] or name
        common["file.path"] = f"{share.rstrip(chr(92))}\\{name}" if share else name


def _principal(common: dict[str, Value]) -> None:
    """`alice/EXAMPLE.COM` is a user and her realm."""
    name, slash, realm = str(common.get("user.name", "")).rpartition("/")
    if slash and name:
        common["user.name"], common["user.domain"] = name, realm
