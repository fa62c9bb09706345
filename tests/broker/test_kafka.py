"""Our settings and our partitioner against librdkafka and a real broker."""

import secrets

from confluent_kafka import Producer

from seerflow.adapters.kafka import partition_for, producer_settings
from seerflow.config import Config, Kafka


def test_librdkafka_puts_every_key_where_we_say(bootstrap, topics):
    topic = topics(partitions=7)
    producer = Producer(producer_settings(Config(state_dir="/nowhere", kafka=Kafka(bootstrap=bootstrap))))
    keys = [secrets.token_bytes(length) for length in range(1, 70) for _ in range(8)]
    placed = {}
    for key in keys:
        producer.produce(
            topic,
            b"",
            key,
            on_delivery=lambda error, record: placed.update({record.key(): (error, record.partition())}),
        )
    assert producer.flush(20) == 0
    assert placed == {key: (None, partition_for(key, 7)) for key in keys}
