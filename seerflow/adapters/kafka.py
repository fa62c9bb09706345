"""Kafka's settings for librdkafka, and the partition that a key belongs to.

Gapless and in order: a producer made with `producer_settings` never gives up on a record, never lets a later one
overtake it, and never goes on behind one that failed (architecture: the prefix argument).
"""

from collections.abc import Iterator
from typing import Any

from seerflow.config import Config, Kafka, secret
from seerflow.config.options import ForeignTopic
from seerflow.errors import ConfigError

#: Records and kilobytes that wait for the broker. A full queue is the sign to read no further.
QUEUE_RECORDS = 100_000
QUEUE_KILOBYTES = 64 << 10

#: Time (milliseconds) in which records gather into one request.
LINGER = 20

_WORD = 0xFFFF_FFFF
_SEED = 0x9747_B28C
_MIX = 0x5BD1_E995


def client_settings(config: Config) -> dict[str, Any]:
    """Give what every client needs to reach the cluster: address and security."""
    kafka = config.kafka
    if not kafka.bootstrap:
        raise ConfigError(
            [
                "$.kafka.bootstrap: missing; start the embedded broker (`seerflow broker start`), or name a cluster"
            ]
        )
    return cluster_settings(kafka)


def cluster_settings(kafka: Kafka | ForeignTopic) -> dict[str, Any]:
    """Give what a client needs to reach a cluster: ours, or one that a foreign topic is on."""
    settings: dict[str, Any] = {
        "bootstrap.servers": kafka.bootstrap,
        "client.id": "seerflow",
        "security.protocol": kafka.security_protocol,
        # A broker that comes back is found again within seconds.
        "reconnect.backoff.max.ms": 2_000,
        # librdkafka's own complaints go to the log of the one who asks for them, not to stderr.
        "log_level": 3,
    }
    return settings | dict(_security(kafka))


def _security(kafka: Kafka | ForeignTopic) -> Iterator[tuple[str, str]]:
    if kafka.security_protocol.startswith("SASL"):
        yield "sasl.mechanism", kafka.sasl_mechanism
        yield "sasl.username", kafka.sasl_username
        given = kafka.sasl_password if isinstance(kafka, Kafka) else None
        given = given or (secret(kafka.sasl_password_file) if kafka.sasl_password_file else None)
        yield "sasl.password", given.value if given else ""
    if kafka.security_protocol.endswith("SSL"):
        files = {
            "ssl.ca.location": kafka.ssl_ca,
            "ssl.certificate.location": kafka.ssl_cert,
            "ssl.key.location": kafka.ssl_key,
        }
        yield from ((name, file) for name, file in files.items() if file)


def producer_settings(config: Config) -> dict[str, Any]:
    """Give the settings of a producer that keeps order, leaves no gap and never gives up."""
    return client_settings(config) | {
        "acks": "all",
        "enable.idempotence": True,
        # A record that cannot be sent ends the producer instead of being stepped over.
        "enable.gapless.guarantee": True,
        "message.timeout.ms": 0,
        "linger.ms": LINGER,
        "compression.type": "lz4",
        # librdkafka's default is CRC32; Java's and aiokafka's is murmur2.
        "partitioner": "murmur2_random",
        "queue.buffering.max.messages": QUEUE_RECORDS,
        "queue.buffering.max.kbytes": QUEUE_KILOBYTES,
        # As large as a topic takes (topics.yaml: max_message_bytes).
        "message.max.bytes": 2 << 20,
    }


def murmur2(key: bytes) -> int:
    """Give the 32 bits of MurmurHash2 as Kafka computes them, unsigned.

    Source: org.apache.kafka.common.utils.Utils.murmur2 (seed 0x9747b28c).
    """
    value = _SEED ^ len(key)
    whole = len(key) & ~3
    for at in range(0, whole, 4):
        word = int.from_bytes(key[at : at + 4], "little") * _MIX & _WORD
        word = (word ^ word >> 24) * _MIX & _WORD
        value = (value * _MIX & _WORD) ^ word
    if whole < len(key):
        value = (value ^ int.from_bytes(key[whole:], "little")) * _MIX & _WORD
    value = (value ^ value >> 13) * _MIX & _WORD
    return value ^ value >> 15


def partition_for(key: bytes, count: int) -> int:
    """Give the partition of a key among `count`, as Java's default partitioner does."""
    return (murmur2(key) & 0x7FFF_FFFF) % count
