"""Other names of Sigma's fields, for sources that never had its native ones. Tables only.

A rule's field is looked for under its own name first; these come after, native names before common ones, each in
the order given. Which common field has which Sigma name says the field dictionary (seerflow/model/fields.py).
"""

from collections.abc import Mapping

from seerflow.model.fields import FIELDS

_DESTINATION_IP = ("dest_ip", "dstip", "id.resp_h")
_SOURCE_IP = ("srcip", "id.orig_h")
_USER_AGENT = ("user_agent", "http_user_agent")
_URI = ("uri", "url")

#: Sigma's field -> the native names of other sources for the same.
NATIVE: Mapping[str, tuple[str, ...]] = {
    # processes: Security 4688, auditd, endpoint agents
    "Image": ("NewProcessName", "exe"),
    "CommandLine": ("ProcessCommandLine", "proctitle"),
    "ParentImage": ("ParentProcessName",),
    "ProcessId": ("NewProcessId",),
    "CurrentDirectory": ("cwd",),
    "IntegrityLevel": ("MandatoryLabel",),
    # files
    "Filename": ("Path",),
    "Signature": ("ThreatName",),
    # network
    "DestinationIp": _DESTINATION_IP,
    "DestinationPort": ("dest_port", "dstport", "id.resp_p"),
    "SourceIp": _SOURCE_IP,
    "SourcePort": ("src_port", "srcport", "id.orig_p"),
    "dst_ip": _DESTINATION_IP,
    "dst_port": ("dest_port", "dstport", "id.resp_p"),
    "src_ip": _SOURCE_IP,
    "src_port": ("srcport", "id.orig_p"),
    "QueryName": ("query",),
    # web servers and proxies (W3C extended names)
    "c-ip": ("clientip",),
    "c-uri": _URI,
    "cs-uri": _URI,
    "cs-uri-query": ("uri",),
    "cs-method": ("method",),
    "cs-host": ("host",),
    "cs-user-agent": _USER_AGENT,
    "c-useragent": _USER_AGENT,
    "cs-referer": ("referrer", "referer"),
    "sc-status": ("status", "status_code"),
}


def _common() -> dict[str, tuple[str, ...]]:
    """Give Sigma's field -> the common fields of that name, in the dictionary's order."""
    found: dict[str, tuple[str, ...]] = {}
    for field in FIELDS:
        for name in field.sigma.split():
            found[name] = (*found.get(name, ()), field.name)
    return found


_COMMON = _common()
#: Sigma's field -> where else its value may stand.
ALIASES: Mapping[str, tuple[str, ...]] = {
    name: (*NATIVE.get(name, ()), *_COMMON.get(name, ())) for name in sorted({*NATIVE, *_COMMON})
}
