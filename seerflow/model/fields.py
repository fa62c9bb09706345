"""The field dictionary: every common field, its type, its meaning. One line a field.

Names are ECS 8.x (https://www.elastic.co/guide/en/ecs/current/ecs-field-reference.html), dotted and flat.
Types: keyword, ip, long, float, boolean, date (RFC 3339, UTC), keywords (a list of keyword).
"""

from msgspec import Struct


class Field(Struct, frozen=True):
    """One field of the common view."""

    name: str
    type: str
    meaning: str


FIELDS: tuple[Field, ...] = (
    Field("@timestamp", "date", "when it happened"),
    Field("message", "keyword", "the text for people, without framing"),
    Field("event.action", "keyword", "what was done, in the source's words"),
    Field(
        "event.category", "keyword", "ECS category: authentication, process, network, iam, configuration, …"
    ),
    Field("event.code", "keyword", "the source's number or name for this kind of event"),
    Field("event.dataset", "keyword", "product and stream: linux.sshd, windows.security, aws.cloudtrail"),
    Field("event.kind", "keyword", "event, alert, metric or state"),
    Field("event.module", "keyword", "the product: linux, windows, aws"),
    Field("event.original", "keyword", "the log as it came"),
    Field("event.outcome", "keyword", "success, failure or unknown"),
    Field("event.provider", "keyword", "the part of the source that wrote it"),
    Field("event.severity", "long", "the source's own severity, as a number"),
    Field("event.type", "keyword", "ECS type: start, end, info, creation, deletion, …"),
    Field("source.address", "keyword", "who began the connection, as written: address or name"),
    Field("source.ip", "ip", "who began the connection"),
    Field("source.port", "long", "its port"),
    Field("source.domain", "keyword", "its name, where the source gives a name"),
    Field("source.geo.country_iso_code", "keyword", "its country, two letters, from the user's GeoIP file"),
    Field("source.as.number", "long", "the number of its network operator (AS), from the user's file"),
    Field("source.as.organization.name", "keyword", "that operator's name"),
    Field("source.scope", "keyword", "where its address can be reached from: public, private, loopback, …"),
    Field("destination.address", "keyword", "whom it reached, as written"),
    Field("destination.ip", "ip", "whom it reached"),
    Field("destination.port", "long", "the port it reached"),
    Field("destination.domain", "keyword", "the name it reached"),
    Field("destination.geo.country_iso_code", "keyword", "its country, two letters, from the user's file"),
    Field("destination.as.number", "long", "the number of its network operator (AS), from the user's file"),
    Field("destination.as.organization.name", "keyword", "that operator's name"),
    Field("destination.scope", "keyword", "where its address can be reached from: public, private, …"),
    Field("user.name", "keyword", "the account that acts or that is logged on to"),
    Field("user.id", "keyword", "its number, SID or ARN"),
    Field("user.domain", "keyword", "its domain or realm"),
    Field("user.email", "keyword", "its address"),
    Field("user.target.name", "keyword", "the account that is acted upon"),
    Field("user.effective.name", "keyword", "the account whose rights are used (sudo, su)"),
    Field("user.roles", "keywords", "its roles, from the user's list: administrator, service, …"),
    Field("user.criticality", "keyword", "how much depends on it: low, medium, high, critical"),
    Field("user.owner", "keyword", "who answers for it"),
    Field("group.name", "keyword", "the group acted upon"),
    Field("host.name", "keyword", "the machine that it happened on"),
    Field("host.ip", "ip", "that machine's address"),
    Field("host.roles", "keywords", "its roles, from the user's list: domain_controller, …"),
    Field("host.criticality", "keyword", "how much depends on it: low, medium, high, critical"),
    Field("host.owner", "keyword", "who answers for it"),
    Field("process.name", "keyword", "the program"),
    Field("process.pid", "long", "its process id"),
    Field("process.executable", "keyword", "its path"),
    Field("process.command_line", "keyword", "how it was started"),
    Field("process.working_directory", "keyword", "where it was started"),
    Field("process.parent.name", "keyword", "who started it"),
    Field("process.parent.pid", "long", "that one's process id"),
    Field("process.parent.executable", "keyword", "that one's path"),
    Field("process.parent.command_line", "keyword", "how that one was started"),
    Field("file.path", "keyword", "the file it is about"),
    Field("file.name", "keyword", "its last part"),
    Field("file.hash.md5", "keyword", "MD5 of its content"),
    Field("file.hash.sha1", "keyword", "SHA-1 of its content"),
    Field("file.hash.sha256", "keyword", "SHA-256 of its content"),
    Field("process.hash.md5", "keyword", "MD5 of the program"),
    Field("process.hash.sha1", "keyword", "SHA-1 of the program"),
    Field("process.hash.sha256", "keyword", "SHA-256 of the program"),
    Field("url.original", "keyword", "the URL as written"),
    Field("url.domain", "keyword", "its host"),
    Field("url.path", "keyword", "its path"),
    Field("dns.question.name", "keyword", "the name asked for"),
    Field("http.request.method", "keyword", "GET, POST, …"),
    Field("http.response.status_code", "long", "200, 404, …"),
    Field("user_agent.original", "keyword", "the client's own name for itself"),
    Field(
        "network.application", "keyword", "the application in the flow, as a firewall names it: ssl, facebook"
    ),
    Field("network.direction", "keyword", "internal, inbound, outbound or external, by the two addresses"),
    Field("network.protocol", "keyword", "application protocol: ssh, http, dns"),
    Field("network.transport", "keyword", "tcp, udp, icmp"),
    Field("network.bytes", "long", "bytes in both directions"),
    Field("cloud.provider", "keyword", "aws, azure, gcp"),
    Field("cloud.account.id", "keyword", "the account or subscription"),
    Field("cloud.region", "keyword", "the region"),
    Field("observer.vendor", "keyword", "who makes the product that saw it"),
    Field("observer.product", "keyword", "the product that saw it"),
    Field("observer.version", "keyword", "its version"),
    Field("log.level", "keyword", "the source's severity, as a word"),
    Field("log.syslog.facility.code", "long", "RFC 5424 facility, 0 to 23"),
    Field("log.syslog.severity.code", "long", "RFC 5424 severity, 0 to 7"),
    Field("log.syslog.appname", "keyword", "RFC 5424 APP-NAME, RFC 3164 TAG"),
    Field("log.syslog.procid", "keyword", "RFC 5424 PROCID"),
    Field("log.syslog.msgid", "keyword", "RFC 5424 MSGID"),
    Field("rule.name", "keyword", "the rule of the product that saw it"),
    Field("rule.id", "keyword", "that rule's id"),
)

#: Field by name.
BY_NAME: dict[str, Field] = {field.name: field for field in FIELDS}
