"""Other names of Sigma's fields, for sources that never had its native ones. Tables only.

A rule's field is looked for under its own name first; these come after, native names before common ones
(seerflow.model.fields), each in the order given.
"""

from collections.abc import Mapping

_DESTINATION_IP = ("dest_ip", "dstip", "id.resp_h", "destination.ip", "destination.address")
_SOURCE_IP = ("srcip", "id.orig_h", "source.ip", "source.address")
_USER_AGENT = ("user_agent", "http_user_agent", "user_agent.original")
_URI = ("uri", "url", "url.original")

#: Sigma's field -> where else its value may stand.
ALIASES: Mapping[str, tuple[str, ...]] = {
    # processes: Security 4688, auditd, endpoint agents, ECS
    "Image": ("NewProcessName", "exe", "process.executable", "process.name"),
    "CommandLine": ("ProcessCommandLine", "proctitle", "process.command_line"),
    "ParentImage": ("ParentProcessName", "process.parent.executable", "process.parent.name"),
    "ParentCommandLine": ("process.parent.command_line",),
    "ProcessId": ("NewProcessId", "process.pid"),
    "ParentProcessId": ("process.parent.pid",),
    "CurrentDirectory": ("cwd", "process.working_directory"),
    "OriginalFileName": ("process.pe.original_file_name",),
    "IntegrityLevel": ("MandatoryLabel",),
    "md5": ("process.hash.md5", "file.hash.md5"),
    "sha1": ("process.hash.sha1", "file.hash.sha1"),
    "sha256": ("process.hash.sha256", "file.hash.sha256"),
    "User": ("user.name",),
    "Computer": ("host.name",),
    # files
    "TargetFilename": ("file.path",),
    "Filename": ("Path", "file.path"),
    "Signature": ("ThreatName", "rule.name"),
    # network
    "DestinationIp": _DESTINATION_IP,
    "DestinationPort": ("dest_port", "dstport", "id.resp_p", "destination.port"),
    "DestinationHostname": ("destination.domain",),
    "SourceIp": _SOURCE_IP,
    "SourcePort": ("src_port", "srcport", "id.orig_p", "source.port"),
    "Protocol": ("network.transport",),
    "dst_ip": _DESTINATION_IP,
    "dst_port": ("dest_port", "dstport", "id.resp_p", "destination.port"),
    "src_ip": _SOURCE_IP,
    "src_port": ("srcport", "id.orig_p", "source.port"),
    "QueryName": ("query", "dns.question.name"),
    "query": ("dns.question.name",),
    # web servers and proxies (W3C extended names)
    "c-ip": ("clientip", "source.ip", "source.address"),
    "c-uri": _URI,
    "cs-uri": _URI,
    "cs-uri-query": ("uri", "url.original"),
    "cs-uri-stem": ("url.path",),
    "cs-method": ("method", "http.request.method"),
    "cs-host": ("host", "url.domain"),
    "cs-user-agent": _USER_AGENT,
    "c-useragent": _USER_AGENT,
    "cs-referer": ("referrer", "referer"),
    "cs-username": ("user.name",),
    "sc-status": ("status", "status_code", "http.response.status_code"),
}
