"""Classes of OCSF 1.3, as far as logs of ours fall into them: when, which attributes, which activities. Tables only.

Source: https://schema.ocsf.io/1.3.0/classes. Attributes that every class has, or gets by the profiles `host`, `cloud`
and `security_control`, stand in EVERYWHERE.
"""

from collections.abc import Mapping

from msgspec import Struct

#: Words of an action, and values of event.type, that mean an activity.
Activity = tuple[int, str, str]


class OcsfClass(Struct, frozen=True, kw_only=True):
    """One class of events. `activities` are (activity_id, caption, words); the first whose words are met has it."""

    uid: int
    name: str
    category_uid: int
    category: str
    attributes: frozenset[str]
    activities: tuple[Activity, ...]
    #: Our attribute's beginning -> where this class has it.
    moved: Mapping[str, str] = {}
    #: Objects without which the class is not valid: given empty where nothing is known.
    required: tuple[str, ...] = ()


EVERYWHERE = frozenset(
    [
        "message",
        "metadata",
        "status",
        "status_code",
        "status_detail",
        "actor",
        "cloud",
        "device",
        "firewall_rule",
    ]
)
_SYSTEM = (1, "System Activity")
_FINDINGS = (2, "Findings")
_IAM = (3, "Identity & Access Management")
_NETWORK = (4, "Network Activity")
_APPLICATION = (6, "Application Activity")
#: The program that acted is the actor's process, where the class is not about processes.
_ACTING = {"process": "actor.process"}
#: What a finding shows as its evidence.
_EVIDENCE = ("src_endpoint", "dst_endpoint", "connection_info", "process", "file", "actor", "query", "tls")
_FLOW = "src_endpoint dst_endpoint connection_info traffic tls app_name"
_CHANGES: tuple[Activity, ...] = (
    (5, "Rename", "rename renamed"),
    (1, "Create", "create created new creation"),
    (4, "Delete", "delete deleted remove removed unlink deletion"),
    (3, "Modify", "set modify modified update updated change"),
    (2, "Read", "read get query access"),
)


def _class(
    uid: int,
    name: str,
    category: tuple[int, str],
    attributes: str,
    activities: tuple[Activity, ...],
    *,
    moved: Mapping[str, str] = _ACTING,
    required: tuple[str, ...] = (),
) -> OcsfClass:
    return OcsfClass(
        uid=uid,
        name=name,
        category_uid=category[0],
        category=category[1],
        attributes=EVERYWHERE | frozenset(attributes.split()),
        activities=activities,
        moved=moved,
        required=required,
    )


BASE = _class(0, "Base Event", (0, "Uncategorized"), "", ())
FILE = _class(
    1001,
    "File System Activity",
    _SYSTEM,
    "file",
    (
        (5, "Rename", "rename renamed"),
        (6, "Set Attributes", "attributes chmod timestamp filecreatetime"),
        (7, "Set Security", "chown permissions acl"),
        (1, "Create", "create created new creation"),
        (4, "Delete", "delete deleted remove removed unlink deletion"),
        (3, "Update", "write modify modified update updated change"),
        (2, "Read", "read opened access"),
    ),
    required=("actor", "device", "file"),
)
PROCESS = _class(
    1007,
    "Process Activity",
    _SYSTEM,
    "process exit_code",
    (
        (4, "Inject", "inject injected remotethread"),
        (3, "Open", "access accessed"),
        (1, "Launch", "start started launch launched create created exec execve creation"),
        (2, "Terminate", "end ended stop stopped exit exited terminate terminated"),
    ),
    moved={},
    required=("actor", "device", "process"),
)
REGISTRY = _class(
    201001, "Registry Key Activity", _SYSTEM, "reg_key", _CHANGES, required=("actor", "device", "reg_key")
)
FINDING = _class(
    2004,
    "Detection Finding",
    _FINDINGS,
    "evidences finding_info",
    ((1, "Create", ""),),
    moved={
        **{name: f"evidences.{name}" for name in _EVIDENCE},
        "http_request.url": "evidences.url",
        "firewall_rule": "finding_info.analytic",
    },
)
ACCOUNT = _class(
    3001,
    "Account Change",
    _IAM,
    "user src_endpoint http_request",
    (
        (4, "Password Reset", "reset"),
        (3, "Password Change", "password passwd"),
        (9, "Lock", "lock locked lockout"),
        (2, "Enable", "enable enabled"),
        (5, "Disable", "disable disabled"),
        (7, "Attach Policy", "attach"),
        (8, "Detach Policy", "detach"),
        (6, "Delete", "delete deleted remove removed deletion"),
        (1, "Create", "create created add added new creation"),
    ),
    required=("user",),
)
AUTHENTICATION = _class(
    3002,
    "Authentication",
    _IAM,
    "user src_endpoint dst_endpoint service session http_request",
    (
        (2, "Logoff", "logoff logout logged_out disconnect disconnected closed end"),
        (1, "Logon", "login logon signin start"),
    ),
    required=("user",),
)
GROUP = _class(
    3006,
    "Group Management",
    _IAM,
    "group user src_endpoint http_request",
    (
        (4, "Remove User", "removed remove"),
        (3, "Add User", "added add"),
        (5, "Delete", "delete deleted deletion"),
        (6, "Create", "create created creation"),
    ),
    required=("group",),
)
FLOW = _class(
    4001,
    "Network Activity",
    _NETWORK,
    _FLOW,
    (
        (5, "Refuse", "denied deny blocked block drop dropped reject rejected"),
        (3, "Reset", "reset"),
        (1, "Open", "start built open opened"),
        (2, "Close", "end teardown close closed"),
        (6, "Traffic", "allowed allow accept connection info traffic"),
    ),
)
HTTP = _class(
    4002,
    "HTTP Activity",
    _NETWORK,
    f"{_FLOW} http_request http_response",
    (
        (1, "Connect", "CONNECT"),
        (2, "Delete", "DELETE"),
        (3, "Get", "GET"),
        (4, "Head", "HEAD"),
        (5, "Options", "OPTIONS"),
        (6, "Post", "POST"),
        (7, "Put", "PUT"),
        (8, "Trace", "TRACE"),
    ),
)
DNS = _class(
    4003,
    "DNS Activity",
    _NETWORK,
    f"{_FLOW} query answers rcode",
    ((2, "Response", "answer response reply"), (1, "Query", "query question")),
)
EMAIL = _class(
    4009,
    "Email Activity",
    _NETWORK,
    "email src_endpoint dst_endpoint",
    (
        (1, "Send", "send sent deliver delivered outbound"),
        (2, "Receive", "receive received accepted inbound"),
        (3, "Scan", "scan scanned"),
    ),
    required=("email",),
)
API = _class(
    6003,
    "API Activity",
    _APPLICATION,
    "api src_endpoint dst_endpoint http_request http_response",
    (
        (2, "Read", "get list describe read head watch lookup query search download access"),
        (4, "Delete", "delete remove terminate destroy revoke deletion"),
        (1, "Create", "create add run insert issue new start creation"),
        (3, "Update", "update modify put set patch attach detach enable disable stop change edit"),
    ),
    required=("actor", "src_endpoint"),
)
CLASSES: tuple[OcsfClass, ...] = (
    BASE, FILE, PROCESS, REGISTRY, FINDING, ACCOUNT, AUTHENTICATION, GROUP, FLOW, HTTP, DNS, EMAIL, API,
)  # fmt: skip

#: (field, its values or none: any; class), asked in this order; the first that holds has the event.
CHOICE: tuple[tuple[tuple[tuple[str, frozenset[str]], ...], OcsfClass], ...] = (
    ((("event.kind", frozenset(["alert", "signal"])),), FINDING),
    ((("event.category", frozenset(["authentication", "session"])),), AUTHENTICATION),
    ((("event.category", frozenset(["iam"])), ("group.name", frozenset())), GROUP),
    ((("event.category", frozenset(["iam"])), ("user.name", frozenset())), ACCOUNT),
    ((("event.category", frozenset(["iam"])), ("user.target.name", frozenset())), ACCOUNT),
    ((("event.category", frozenset(["process"])), ("process.name", frozenset())), PROCESS),
    ((("event.category", frozenset(["file"])), ("file.path", frozenset())), FILE),
    ((("event.category", frozenset(["registry"])), ("registry.path", frozenset())), REGISTRY),
    ((("dns.question.name", frozenset()),), DNS),
    ((("cloud.provider", frozenset()), ("event.action", frozenset())), API),
    ((("event.category", frozenset(["api"])), ("event.action", frozenset())), API),
    ((("http.request.method", frozenset()),), HTTP),
    ((("email.from.address", frozenset()), ("email.to.address", frozenset())), EMAIL),
    ((("event.category", frozenset(["network"])), ("source.address", frozenset())), FLOW),
    ((("source.ip", frozenset()), ("destination.ip", frozenset())), FLOW),
)
