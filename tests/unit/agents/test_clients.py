"""What a worker's consumer may hold: bounded by settings, whatever lies in the topics."""

from seerflow.agents.clients import Clients
from seerflow.agents.settings import WorkerSettings
from seerflow.agents.stage import Stage

#: JSON of logs is about ten times as large as what lz4 makes of it.
UNPACKED = 10
#: librdkafka's own values where a setting is not given.
DEFAULTS = {"fetch.max.bytes": 50 << 20, "queued.max.messages.kbytes": 64 << 10}


def settings():
    stage = Stage(name="count", inputs=("a",), step=lambda *_: [])
    worker = WorkerSettings(client={"bootstrap.servers": "127.0.0.1:9"}, instance="count-0", datadir="unused")
    return {**DEFAULTS, **Clients(stage, worker).consumer_settings()}


def test_what_is_fetched_ahead_stays_small_when_it_is_unpacked():
    given = settings()
    # The queue is looked at before a fetch, so one whole response comes on top of what it may hold.
    most = (given["queued.max.messages.kbytes"] << 10) + UNPACKED * given["fetch.max.bytes"]
    assert most <= 64 << 20


def test_one_partition_cannot_take_a_whole_response():
    given = settings()
    assert given["max.partition.fetch.bytes"] * 4 <= given["fetch.max.bytes"]
