"""What an operator may set: all problems at once, files and environment, no secret shown."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from seerflow.config import Config, Kafka, absent, load, problems, secret
from seerflow.config.options import Email, PagerDuty, Slack, Syslog, Teams, Terminal, Webhook
from seerflow.errors import ConfigError, OperatorError

EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "config.example.yaml"


def write(tmp_path, text):
    file = tmp_path / "seerflow.yaml"
    file.write_text(text)
    return file


def test_without_a_file_everything_has_its_default(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a file that happens to lie here is not read
    (tmp_path / "seerflow.yaml").write_text("kafka: {partitions: 9}")
    found = load(environment={"HOME": "/home/someone", "XDG_STATE_HOME": "/var/state"})
    assert found == Config(state_dir="/var/state/seerflow")


def test_the_example_is_loaded_and_sets_every_option():
    found = load(EXAMPLE, environment={}, parsers=["openssh"])
    assert [type(one) for one in found.notifiers] == [Terminal, Webhook, Slack, Teams, PagerDuty, Email]
    assert found.kafka.sasl_password_file == str(EXAMPLE.parent / "secrets" / "kafka")
    assert found.collectors.syslog.peers == {"192.0.2.17": "workstations"}
    text = EXAMPLE.read_text()
    missing = [name for name in _options(Config) if f"{name}:" not in text]
    assert missing == []


def _options(kind):
    """The names of all options below a struct, but those that only the environment sets, or that replace another."""
    from typing import get_args, get_type_hints

    import msgspec

    for name, hint in get_type_hints(kind).items():
        if name not in {"sasl_password", "name"}:
            yield name
        for inner in (hint, *get_args(hint), *(deep for arg in get_args(hint) for deep in get_args(arg))):
            if isinstance(inner, type) and issubclass(inner, msgspec.Struct) and inner.__name__ != "Secret":
                yield from _options(inner)


SASL = {"security_protocol": "SASL_SSL", "bootstrap": "b:1", "sasl_username": "u", "sasl_password_file": "f"}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(None, [], id="an empty file"),
        pytest.param({}, [], id="nothing"),
        pytest.param({"kafka": SASL}, [], id="sasl"),
        pytest.param({"kafak": {}}, ["$.kafak: unknown key; did you mean 'kafka'?"], id="slip"),
        pytest.param(
            {"sources": {"edge": {"parser": "ngnix"}}},
            ["$.sources.edge.parser: no parser 'ngnix'; did you mean 'nginx'?"],
            id="parser",
        ),
        pytest.param(
            {"sources": {"edge": {"zone": "Europe/Berlni"}}},
            ["$.sources.edge.zone: no time zone 'Europe/Berlni'; did you mean 'Europe/Berlin'?"],
            id="zone",
        ),
        pytest.param(
            {"sources": {"edge": {"zone": "+02:00"}}},
            ["$.sources.edge.zone: no time zone '+02:00'; an IANA name, as Europe/Berlin"],
            id="no zone at all",
        ),
        pytest.param(
            {"kafka": {"security_protocol": "SASL_SSL", "bootstrap": "b:1"}},
            [
                "$.kafka.sasl_username: missing; SASL wants a user name (or $SEERFLOW_SASL_USERNAME)",
                "$.kafka.sasl_password_file: missing; SASL wants a password (or $SEERFLOW_SASL_PASSWORD)",
            ],
            id="sasl without user",
        ),
        pytest.param(
            {"kafka": {"sasl_username": "u", "bootstrap": "b:1"}},
            ["$.kafka.security_protocol: a SASL user without SASL; use SASL_SSL"],
            id="user without sasl",
        ),
        pytest.param(
            {"collectors": {"kafka": [{"topic": "t", "bootstrap": "b:1", "security_protocol": "SASL_SSL"}]}},
            [
                "$.collectors.kafka[0].sasl_username: missing; SASL wants a user name",
                "$.collectors.kafka[0].sasl_password_file: missing; SASL wants a password",
            ],
            id="another cluster's user",
        ),
        pytest.param(
            {"collectors": {"kafka": [{"topic": "t", "security_protocol": "SSL", "ssl_ca": "ca"}]}},
            [
                "$.collectors.kafka[0].bootstrap: missing; our own cluster's security settings stand under $.kafka"
            ],
            id="another cluster's security without its address",
        ),
        pytest.param(
            {"collectors": {"syslog": {"udp": "127.0.0.1:1", "tls": {"cert_file": "c", "key_file": "k"}}}},
            ["$.collectors.syslog.tls: is for the TCP listener, and there is none; set tcp to host:port"],
            id="TLS without TCP",
        ),
        pytest.param(
            {"collectors": {"otlp": {"listen": "127.0.0.1:1", "tls": {"cert_file": "c"}}}},
            [
                "$.collectors.otlp.tls.key_file: missing; a path; a relative one begins at the configuration file"
            ],
            id="a listener's certificate without its key",
        ),
        pytest.param(
            {"kafka": {"ssl_cert": "c", "bootstrap": "b:1"}},
            [
                "$.kafka.security_protocol: certificates without TLS; use SSL or SASL_SSL",
                "$.kafka.ssl_cert: a certificate and its key go together; set ssl_cert and ssl_key",
            ],
            id="certificate alone",
        ),
        pytest.param(
            {"kafka": {"security_protocol": "SSL"}},
            ["$.kafka.bootstrap: missing; security settings are for a cluster of yours"],
            id="tls to the embedded broker",
        ),
        pytest.param(
            {"collectors": {"syslog": {}}},
            ["$.collectors.syslog: listens nowhere; set udp or tcp to host:port"],
            id="listens nowhere",
        ),
        pytest.param(
            {"collectors": {"syslog": {"udp": "here"}}},
            ["$.collectors.syslog.udp: not of the wanted form; host:port, as 127.0.0.1:5514"],
            id="no port",
        ),
        pytest.param(
            {"collectors": {"syslog": {"udp": "[::1]:99999"}}},
            ["$.collectors.syslog.udp: no port 99999; ports end at 65535"],
            id="too large a port",
        ),
        pytest.param(
            {"collectors": {"syslog": {"udp": "a:5", "tcp": "a:5"}, "otlp": {"listen": "a:5"}}},
            ["$.collectors.otlp.listen: a:5 is taken by $.collectors.syslog.tcp; choose another port"],
            id="udp and tcp may share a port, two tcp may not",
        ),
        pytest.param(
            {
                "sources": {"edge": {}},
                "collectors": {
                    "syslog": {"udp": "a:0", "source": "egde", "peers": {"192.0.2.1": "edgy"}},
                    "files": [{"path": "/x", "source": "edge"}, {"path": "/y", "source": "y"}],
                    "otlp": {"listen": "a:0", "source": "z"},
                    "kafka": [{"topic": "t", "source": "q"}],
                },
            },
            [
                "$.collectors.syslog.source: no source 'egde' in $.sources; did you mean 'edge'?",
                "$.collectors.syslog.peers.192.0.2.1: no source 'edgy' in $.sources; did you mean 'edge'?",
                "$.collectors.otlp.source: no source 'z' in $.sources; known: edge",
                "$.collectors.files[1].source: no source 'y' in $.sources; known: edge",
                "$.collectors.kafka[0].source: no source 'q' in $.sources; known: edge",
            ],
            id="undeclared sources",
        ),
        pytest.param(
            {
                "notifiers": [{"type": "terminal"}, {"type": "terminal"}, {"type": "webhook"}],
                "routes": [{"notifiers": ["terminl"]}],
            },
            [
                "$.notifiers[1].name: 'terminal' is taken by $.notifiers[0]; name each its own",
                "$.notifiers[2]: wants either url or url_file; url_file where the address is a secret",
                "$.routes[0].notifiers: no notifier 'terminl'; did you mean 'terminal'?",
            ],
            id="notifiers and routes",
        ),
        pytest.param(
            {"notifiers": [{"type": "slack", "url": "https://hooks.example.com/T0/secret"}]},
            [
                "$.notifiers[0].url: unknown key; did you mean 'url_file'?",
                "$.notifiers[0].url_file: missing; a path; a relative one begins at the configuration file",
            ],
            id="a secret address is a file",
        ),
        pytest.param(
            {"workers": {"parse": 65}, "detect": {"lateness_seconds": -1}, "metrics": {"base_port": "9464"}},
            [
                "$.workers.parse: expected `int` <= 64; worker processes of the stage on this machine",
                "$.detect.lateness_seconds: expected `int` >= 0; how long an event may be late and still change a verdict",
                "$.metrics.base_port: expected `int`, got `str`; 0: any free ports",
            ],
            id="bounds",
        ),
    ],
)
def test_problems(document, expected):
    assert problems(document, parsers=["nginx", "openssh"]) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("a: [", "not YAML", id="no YAML"),
        pytest.param("kafka: {}\nkafka: {}", "stands twice", id="twice"),
        pytest.param("- 1", "expected a mapping, got a list", id="a list"),
        pytest.param("\x00", "not YAML", id="binary"),
        pytest.param("a: &a [*a]", "refers to itself", id="refers to itself"),
        pytest.param("[" * 5000, "not YAML", id="deep"),
    ],
)
def test_unreadable_files(tmp_path, text, words):
    with pytest.raises(ConfigError, match=words):
        load(write(tmp_path, text), environment={})


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"absent\.yaml: cannot be read"):
        load(tmp_path / "absent.yaml", environment={})


def test_seerflow_config_names_the_file_and_an_argument_wins(tmp_path):
    file = write(tmp_path, "kafka: {partitions: 9}")
    assert load(environment={"SEERFLOW_CONFIG": str(file)}).kafka.partitions == 9
    other = tmp_path / "other.yaml"
    other.write_text("kafka: {partitions: 7}")
    assert load(other, environment={"SEERFLOW_CONFIG": str(file)}).kafka.partitions == 7


def test_the_environment_wins_over_the_file(tmp_path):
    file = write(tmp_path, "state_dir: /from/file\nkafka: {bootstrap: 'file:1', sasl_username: file}")
    found = load(
        file,
        environment={
            "SEERFLOW_BOOTSTRAP": "env:1",
            "SEERFLOW_SECURITY_PROTOCOL": "SASL_SSL",
            "SEERFLOW_SASL_MECHANISM": "PLAIN",
            "SEERFLOW_SASL_PASSWORD": "hunter2",
            "SEERFLOW_SSL_CA": "/ca",
            "SEERFLOW_SSL_CERT": "/cert",
            "SEERFLOW_SSL_KEY": "/key",
            "SEERFLOW_STATE": "/from/env",
        },
    )
    assert found.state_dir == "/from/env"
    assert found.kafka.sasl_password.value == "hunter2"
    assert replace(found.kafka, sasl_password=None) == Kafka(
        bootstrap="env:1",
        security_protocol="SASL_SSL",
        sasl_mechanism="PLAIN",
        sasl_username="file",
        ssl_ca="/ca",
        ssl_cert="/cert",
        ssl_key="/key",
    )
    assert "hunter2" not in repr(found)


def test_a_wrong_environment_is_a_problem_like_any_other():
    with pytest.raises(ConfigError, match=r"\$\.kafka\.security_protocol"):
        load(environment={"SEERFLOW_BOOTSTRAP": "b:1", "SEERFLOW_SECURITY_PROTOCOL": "TLS"})


def test_paths_begin_at_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/home/someone")
    found = load(
        write(
            tmp_path,
            "rules: {dirs: [mine, /etc/rules, ~/rules]}\n"
            "geoip_file: geo.mmdb\n"
            "notifiers: [{type: slack, url_file: slack}]\n"
            "collectors: {files: [{path: 'log/*.log'}]}\n",
        ),
        environment={},
    )
    assert found.rules.dirs == (str(tmp_path / "mine"), "/etc/rules", "/home/someone/rules")
    assert found.geoip_file == str(tmp_path / "geo.mmdb")
    assert found.notifiers[0].url_file == str(tmp_path / "slack")
    assert found.collectors.files[0].path == str(tmp_path / "log" / "*.log")


def test_a_webhook_shows_neither_address_nor_headers():
    hook = Webhook(url="https://example.com/t0ken", headers={"Authorization": "Bearer t0ken"})
    assert "t0ken" not in repr(Config(notifiers=(hook,)))


def test_a_configuration_is_frozen():
    with pytest.raises(AttributeError):
        Syslog().max_bytes = 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"hunter2\n", "hunter2", id="a line's end is not part of it"),
        pytest.param(b" a b \r\n", " a b ", id="spaces are"),
        pytest.param(b"\n", None, id="empty"),
        pytest.param(b"x" * 70_000, None, id="too long to be one"),
    ],
)
def test_secrets_come_from_files(tmp_path, content, expected):
    file = tmp_path / "secret"
    file.write_bytes(content)
    if expected is None:
        with pytest.raises(OperatorError, match="one secret"):
            secret(file)
    else:
        assert secret(file).value == expected


def test_an_absent_secret_is_named(tmp_path):
    with pytest.raises(OperatorError, match="absent"):
        secret(tmp_path / "absent")


def test_files_that_cannot_be_read_are_all_named(tmp_path):
    (tmp_path / "there").write_text("secret")
    found = load(
        write(
            tmp_path,
            "rules: {dirs: [gone, .]}\n"
            "geoip_file: geo.mmdb\n"
            "indicators: [{path: there}, {path: list.csv}]\n"
            "notifiers: [{type: slack, url_file: there}, {type: teams, url_file: teams}]\n"
            "collectors: {files: [{path: nothing-yet/*.log}]}\n",
        ),
        environment={},
    )
    assert [one.split(";")[0] for one in absent(found)] == [
        f"$.rules.dirs: {tmp_path}/gone is not there",
        f"$.indicators[1].path: {tmp_path}/list.csv is not there",
        f"$.geoip_file: {tmp_path}/geo.mmdb is not there",
        f"$.notifiers[1].url_file: {tmp_path}/teams is not there",
    ]
