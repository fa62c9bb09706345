"""Other names of parsers, which a source or a header may say as well."""

#: What people call a format that has another name here.
ALIASES: dict[str, str] = {
    "sshd": "openssh",
    "ssh": "openssh",
    "evtx": "windows",
    "winlogbeat": "windows",
    "nxlog": "windows",
    "aws": "cloudtrail",
    "kv": "keyvalue",
    "logfmt": "keyvalue",
    "apache": "web_access",
    "nginx": "web_access",
    "rfc3164": "syslog",
    "rfc5424": "syslog",
    "jsonl": "json",
    "ecs": "json",
    "otlp_json": "otlp",
    "audit": "auditd",
    "text": "unknown",
    "iis": "w3c",
    "bro": "zeek",
}
