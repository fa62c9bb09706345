"""The options: their shapes, bounds and defaults. docs/reference/config.example.yaml shows all of them."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from seerflow.problems import Secret

Level = Literal["informational", "low", "medium", "high", "critical"]
Encoding = Literal["lines", "single", "otlp_json", "otlp_proto"]
Name = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="letters, digits, '.', '_', '-'; at most 64"
    ),
]
Listen = Annotated[
    str,
    Meta(pattern=r"^(\[[0-9A-Fa-f:.]+\]|[^\s:\[\]]+):\d{1,5}$", description="host:port, as 127.0.0.1:5514"),
]
Url = Annotated[
    str, Meta(pattern=r"^https?://[^\s/]+", description="an address that begins with https:// or http://")
]
Path = Annotated[
    str, Meta(min_length=1, description="a path; a relative one begins at the configuration file")
]
Port = Annotated[int, Meta(ge=1, le=65_535)]
Workers = Annotated[int, Meta(ge=0, le=64, description="worker processes of the stage on this machine")]


SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
SaslMechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


class Kafka(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The cluster. Without `bootstrap` it is the embedded broker."""

    bootstrap: Annotated[
        str, Meta(description="host:port, several with commas; empty: the embedded broker")
    ] = ""
    profile: Annotated[
        Literal["embedded", "production"], Meta(description="which profile of topics.yaml the topics follow")
    ] = "embedded"
    partitions: Annotated[int, Meta(ge=1, le=1000, description="in place of the profile's")] | None = None
    replication_factor: Annotated[int, Meta(ge=1, le=15, description="in place of the profile's")] | None = (
        None
    )
    security_protocol: SecurityProtocol = "PLAINTEXT"
    sasl_mechanism: SaslMechanism = "SCRAM-SHA-512"
    sasl_username: str = ""
    sasl_password: Secret | None = None
    sasl_password_file: Path | None = None
    ssl_ca: Path | None = None
    ssl_cert: Path | None = None
    ssl_key: Path | None = None


class Source(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known about the logs of one source."""

    parser: Annotated[str, Meta(description="the parser; empty recognises the format")] = ""
    zone: Annotated[str, Meta(description="IANA time zone of stamps that carry none")] = "UTC"
    multiline: Annotated[
        Literal["auto", "indent", "json", "none"],
        Meta(description="which lines of a file are one log: traces and JSON, indented ones, JSON, none"),
    ] = "auto"


class Tls(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Certificate and key of a listener, as PEM files; with `client_ca_file` senders have to show a certificate."""

    cert_file: Path
    key_file: Path
    client_ca_file: Path | None = None


class Syslog(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The syslog collector, RFC 3164 and 5424. It listens where `udp` and `tcp` say."""

    udp: Listen | None = None
    tcp: Listen | None = None
    source: str = ""
    peers: dict[str, str] = {}  # sender's address -> source, where one listener serves several
    max_bytes: Annotated[int, Meta(ge=480, le=1 << 20, description="a longer message is cut and flagged")] = (
        65_536
    )
    max_connections: Annotated[int, Meta(ge=1, le=65_536)] = 1024
    tls: Tls | None = None  # of the TCP listener (RFC 5425)


class Files(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One set of files to follow."""

    path: Annotated[str, Meta(min_length=1, description="a path, '*' and '**' allowed")]
    source: str = ""
    max_bytes: Annotated[int, Meta(ge=480, le=1 << 20, description="a longer line is cut and flagged")] = (
        262_144
    )


class Otlp(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """OpenTelemetry logs over HTTP."""

    listen: Listen
    source: str = ""
    token_file: Path | None = None
    max_bytes: Annotated[int, Meta(ge=1024, le=64 << 20, description="a larger request is refused")] = 4 << 20
    tls: Tls | None = None


class ForeignTopic(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A topic of somebody else's, in our cluster or in another one, which has its own security settings."""

    topic: Name
    source: str = ""
    bootstrap: Annotated[str, Meta(description="host:port; empty: the cluster of `kafka`")] = ""
    encoding: Encoding = "lines"
    security_protocol: SecurityProtocol = "PLAINTEXT"
    sasl_mechanism: SaslMechanism = "SCRAM-SHA-512"
    sasl_username: str = ""
    sasl_password_file: Path | None = None
    ssl_ca: Path | None = None
    ssl_cert: Path | None = None
    ssl_key: Path | None = None


class Collectors(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How logs come in."""

    syslog: Syslog | None = None
    files: tuple[Files, ...] = ()
    otlp: Otlp | None = None
    kafka: tuple[ForeignTopic, ...] = ()


class Rules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the rules lie."""

    dirs: tuple[Path, ...] = ()
    shipped: bool = True  # the rules that come with Seerflow


class Indicators(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One list of indicators, a CSV file."""

    path: Path
    name: Annotated[str, Meta(max_length=64, description="as alerts name it; default: the file's name")] = ""
    level: Level = "high"


class Detect(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the detectors deal with time."""

    lateness_seconds: Annotated[
        int, Meta(ge=0, le=604_800, description="how long an event may be late and still change a verdict")
    ] = 300


class Alerts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a person hears of a finding."""

    min_level: Level = "low"
    quiet_seconds: Annotated[
        int, Meta(ge=0, le=2_592_000, description="after so long without news, news opens the alert again")
    ] = 86_400


class Terminal(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="terminal"
):
    """Alerts on the terminal."""

    name: Name = "terminal"
    min_level: Level = "informational"


class Webhook(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="webhook"):
    """Alerts as JSON to any HTTP server, signed with the secret where there is one."""

    name: Name = "webhook"
    min_level: Level = "low"
    url: Url | None = None
    url_file: Path | None = None  # for an address that is itself a secret
    secret_file: Path | None = None
    headers: dict[str, str] = {}

    def __repr__(self) -> str:  # addresses and headers often carry tokens
        return f"Webhook(name={self.name!r})"


class Slack(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="slack"):
    """Alerts in a Slack channel, by an incoming webhook."""

    name: Name = "slack"
    min_level: Level = "medium"
    url_file: Path


class Teams(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="teams"):
    """Alerts in a Microsoft Teams channel, by a workflow's webhook."""

    name: Name = "teams"
    min_level: Level = "medium"
    url_file: Path


class PagerDuty(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="pagerduty"
):
    """Alerts as PagerDuty incidents, Events API v2."""

    name: Name = "pagerduty"
    min_level: Level = "high"
    key_file: Path
    url: Url | None = None  # default: PagerDuty's own


class Email(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="email"):
    """Alerts by e-mail."""

    name: Name = "email"
    min_level: Level = "high"
    host: Annotated[str, Meta(min_length=1)]
    port: Port = 587
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    user: str = ""
    password_file: Path | None = None
    sender: Annotated[str, Meta(pattern=r"^[^@\s]+@[^@\s]+$", description="an address, as siem@example.com")]
    recipients: Annotated[tuple[str, ...], Meta(min_length=1, description="at least one address")]


Notifier = Terminal | Webhook | Slack | Teams | PagerDuty | Email


class Route(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which alerts go to which notifiers. Without routes every notifier gets all that its min_level lets by."""

    notifiers: Annotated[tuple[str, ...], Meta(min_length=1, description="names of notifiers")]
    min_level: Level = "informational"
    stories: tuple[str, ...] = ()  # only alerts on one of these stories
    tags: tuple[str, ...] = ()  # only alerts with one of these tags


class Metrics(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Metrics and health. Each worker takes its own port, counted from base_port in the order of the stages.

    With base_port 0 each takes any free one, and says which in state_dir/run.
    """

    listen: Annotated[str, Meta(min_length=1, description="the address to listen at")] = "127.0.0.1"
    base_port: Annotated[int, Meta(ge=0, le=65_000, description="0: any free ports")] = 9464


class WorkerCounts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many worker processes each stage has on this machine (`seerflow up`)."""

    parse: Workers = 1
    detect: Workers = 1
    correlate: Workers = 1
    profile: Workers = 1
    alert: Workers = 1
    dispatch: Workers = 1


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that an operator may set."""

    state_dir: Path = ""  # filled in by load(): $SEERFLOW_STATE, or the user's state folder
    kafka: Kafka = Kafka()
    sources: dict[str, Source] = {}
    parsers: tuple[Path, ...] = ()  # folders of described parsers, asked before those that come with Seerflow
    collectors: Collectors = Collectors()
    rules: Rules = Rules()
    indicators: tuple[Indicators, ...] = ()
    assets_file: Path | None = None
    geoip_file: Path | None = None  # countries, as GeoLite2-Country.mmdb
    geoip_as_file: Path | None = None  # network operators, as GeoLite2-ASN.mmdb
    detect: Detect = Detect()
    alerts: Alerts = Alerts()
    notifiers: tuple[Notifier, ...] = ()
    routes: tuple[Route, ...] = ()
    metrics: Metrics = Metrics()
    workers: WorkerCounts = WorkerCounts()
