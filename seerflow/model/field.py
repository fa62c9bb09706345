"""What a field of the dictionary is, and the values that ECS allows where it allows only some.

Source: https://www.elastic.co/guide/en/ecs/current/ecs-category-field-values-reference.html
"""

from msgspec import Struct


class Field(Struct, frozen=True):
    """One field of the common view: what we call it, and what the others do.

    Names are ECS names (8.x), dotted and flat. Types: keyword, ip, long, float, boolean, date (RFC 3339), and the
    lists keywords and ips.
    """

    name: str
    type: str
    meaning: str
    #: Sigma's names for it, separated by spaces. Where several fields have one name, earlier rows are asked first.
    sigma: str = ""
    #: Its attribute in OCSF, for a class in which the one who acts is `actor`; "" where OCSF has none.
    ocsf: str = ""
    #: Whether ECS has the field; what is ours alone stands under `seerflow.` in ECS documents.
    in_ecs: bool = True
    #: The only values that it may have; empty: any.
    values: frozenset[str] = frozenset()


KINDS = frozenset(["alert", "asset", "enrichment", "event", "metric", "state", "pipeline_error", "signal"])
CATEGORIES = frozenset(
    [
        "api",
        "authentication",
        "configuration",
        "database",
        "driver",
        "email",
        "file",
        "host",
        "iam",
        "intrusion_detection",
        "library",
        "malware",
        "network",
        "package",
        "process",
        "registry",
        "session",
        "threat",
        "vulnerability",
        "web",
    ]
)
TYPES = frozenset(
    [
        "access",
        "admin",
        "allowed",
        "change",
        "connection",
        "creation",
        "deletion",
        "denied",
        "device",
        "end",
        "error",
        "group",
        "indicator",
        "info",
        "installation",
        "protocol",
        "start",
        "user",
    ]
)
OUTCOMES = frozenset(["success", "failure", "unknown"])
