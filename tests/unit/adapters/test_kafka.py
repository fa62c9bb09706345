"""Settings that librdkafka takes, and Java's murmur2."""

import pytest
from confluent_kafka import Consumer, Producer
from hypothesis import given
from hypothesis import strategies as st

from seerflow.adapters.kafka import client_settings, murmur2, partition_for, producer_settings
from seerflow.config import Config, Kafka
from seerflow.errors import ConfigError, OperatorError
from seerflow.problems import Secret

NEAR = Config(state_dir="/nowhere", kafka=Kafka(bootstrap="127.0.0.1:1"))


# Source: org.apache.kafka.common.utils.UtilsTest.testMurmur2.
@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_murmur2_is_javas(key, expected):
    assert murmur2(key) == expected & 0xFFFFFFFF


@given(st.binary(max_size=200), st.integers(1, 1000))
def test_a_partition_is_always_one_of_them(key, count):
    assert 0 <= partition_for(key, count) < count


def test_librdkafka_takes_every_producer_setting():
    Producer(producer_settings(NEAR)).purge()


def test_librdkafka_takes_every_client_setting():
    Consumer({**client_settings(NEAR), "group.id": "test"}).close()


def test_order_and_no_gap():
    found = producer_settings(NEAR)
    assert found["acks"] == "all"
    assert found["enable.idempotence"] is True
    assert found["enable.gapless.guarantee"] is True
    assert found["message.timeout.ms"] == 0
    assert found["partitioner"] == "murmur2_random"


def test_tls_and_sasl(tmp_path):
    password = tmp_path / "password"
    password.write_text("hunter2\n")
    kafka = Kafka(
        bootstrap="kafka.example.com:9093",
        security_protocol="SASL_SSL",
        sasl_mechanism="SCRAM-SHA-256",
        sasl_username="seerflow",
        sasl_password_file=str(password),
        ssl_ca="/ca.pem",
        ssl_cert="/cert.pem",
        ssl_key="/key.pem",
    )
    found = client_settings(Config(state_dir="/nowhere", kafka=kafka))
    assert {name: found[name] for name in found if name.startswith(("sasl", "ssl", "security"))} == {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-256",
        "sasl.username": "seerflow",
        "sasl.password": "hunter2",
        "ssl.ca.location": "/ca.pem",
        "ssl.certificate.location": "/cert.pem",
        "ssl.key.location": "/key.pem",
    }


def test_the_environments_password_goes_before_the_file():
    kafka = Kafka(
        bootstrap="b:1",
        security_protocol="SASL_PLAINTEXT",
        sasl_username="u",
        sasl_password=Secret("env"),
        sasl_password_file="/absent",
    )
    assert client_settings(Config(state_dir="/nowhere", kafka=kafka))["sasl.password"] == "env"


def test_plaintext_sends_no_secret():
    assert not [name for name in client_settings(NEAR) if name.startswith(("sasl", "ssl"))]


def test_no_cluster_and_no_password_are_told():
    with pytest.raises(ConfigError, match="seerflow broker start"):
        client_settings(Config(state_dir="/nowhere"))
    kafka = Kafka(bootstrap="b:1", security_protocol="SASL_SSL", sasl_password_file="/absent/password")
    with pytest.raises(OperatorError, match="/absent/password"):
        client_settings(Config(state_dir="/nowhere", kafka=kafka))
