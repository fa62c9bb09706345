"""What Kafka's clients say: each kind once a minute, the rest counted."""

import logging
import socket
import threading

import pytest
from confluent_kafka import Consumer, Producer

from seerflow.adapters.kafka_log import MAX_KINDS, MAX_TEXT, QUIET_SECONDS, KafkaLog


class Told:
    """A KafkaLog at times that the test sets, and what it said."""

    def __init__(self):
        self.now, self.lines = 0.0, []
        handler = logging.Handler()
        handler.emit = lambda one: self.lines.append((one.kind, one.text, one.suppressed, one.levelname))
        log = logging.getLogger(f"test.kafka.{id(self)}")
        log.setLevel(logging.DEBUG)
        log.propagate = False
        log.addHandler(handler)
        self.log = KafkaLog(log, lambda: self.now)

    def say(self, kind, text="down", level=logging.ERROR):
        self.log.log(level, "%s [%s] %s", kind, "rdkafka#1", text)


@pytest.fixture
def told():
    return Told()


def test_a_kind_is_said_once_and_counted_after(told):
    for number in range(1000):
        told.say("FAIL", f"attempt {number}")
    told.say("ERROR", "all brokers are down")
    assert told.lines == [
        ("FAIL", "FAIL [rdkafka#1] attempt 0", 0, "WARNING"),
        ("ERROR", "ERROR [rdkafka#1] all brokers are down", 0, "WARNING"),
    ]


def test_what_was_kept_back_is_told_with_the_next(told):
    for second in range(130):
        told.now = float(second)
        told.say("FAIL")
    assert [(kind, count) for kind, _, count, _ in told.lines] == [("FAIL", 0), ("FAIL", 59), ("FAIL", 59)]


def test_what_was_kept_back_is_told_when_another_speaks_later(told):
    told.say("FAIL", "first")
    told.say("FAIL", "last")
    told.now = QUIET_SECONDS
    told.say("ERROR")
    assert [(kind, text[-5:], count) for kind, text, count, _ in told.lines] == [
        ("FAIL", "first", 0),
        ("FAIL", " last", 1),
        ("ERROR", " down", 0),
    ]


def test_kinds_and_texts_are_bounded(told):
    for number in range(3 * MAX_KINDS):
        told.say(f"KIND{number}", "x" * 10_000)
    assert len(told.lines) == MAX_KINDS + 1
    assert told.lines[-1][0] == "other"
    assert max(len(text) for _, text, _, _ in told.lines) == MAX_TEXT


def test_a_quiet_word_stays_quiet(told):
    told.say("NOTICE", level=logging.DEBUG)
    assert told.lines[0][3] == "DEBUG"


@pytest.mark.parametrize("kind", ["consumer", "producer"])
def test_clients_without_a_broker_say_little(told, kind):
    """Real clients at a port where nobody listens, until some of what they say was kept back."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        settings = {
            "bootstrap.servers": f"127.0.0.1:{bound.getsockname()[1]}",
            "reconnect.backoff.ms": 1,
            "reconnect.backoff.max.ms": 5,
            "log_level": 3,
            "logger": told.log,
        }
        client = Consumer({**settings, "group.id": "g"}) if kind == "consumer" else Producer(settings)
        enough, ended = threading.Event(), threading.Event()

        def kept():
            return sum(one.suppressed for one in told.log._kinds.values())

        timer = threading.Timer(20.0, ended.set)
        timer.start()
        while not enough.is_set() and not ended.is_set():
            client.poll(0.05)
            if kept() >= 5:
                enough.set()
        timer.cancel()
        if kind == "consumer":
            client.close()
    assert enough.is_set()
    kinds = [one[0] for one in told.lines]
    assert len(kinds) == len(set(kinds)) <= 5
