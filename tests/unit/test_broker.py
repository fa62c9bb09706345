"""What the broker is told, without starting one."""

import re
import socket
from pathlib import Path

import pytest

from seerflow import broker
from seerflow.errors import OperatorError


def settings(folder="/var/lib/seerflow"):
    return dict(line.split("=", 1) for line in broker.settings(Path(folder), (9092, 9093)).splitlines())


def test_the_broker_listens_on_this_machine_only_and_creates_no_topic():
    found = settings()
    assert set(re.findall(r"//([^:]+):", found["listeners"])) == {"127.0.0.1"}
    assert found["auto.create.topics.enable"] == "false"
    assert found["controller.quorum.voters"] == "1@127.0.0.1:9093"


# Source of the escapes: java.util.Properties.load, "\\uxxxx" and backslash; the file is read as ISO 8859-1.
@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        pytest.param("/var/lib", "/var/lib/kafka", id="plain"),
        pytest.param("/home/ü", "/home/\\u00fc/kafka", id="beyond ASCII"),
        pytest.param("/home/😀", "/home/\\ud83d\\ude00/kafka", id="beyond 16 bits"),
        pytest.param("/a\\b", "/a\\\\b/kafka", id="backslash"),
        pytest.param("/a b", "/a b/kafka", id="space"),
    ],
)
def test_folders_are_written_as_java_reads_them(folder, expected):
    assert settings(folder)["log.dirs"] == expected


def test_a_comma_would_be_two_folders():
    with pytest.raises(OperatorError, match="comma"):
        settings("/a,b")


def test_free_ports_differ_and_a_taken_one_is_left():
    with socket.socket() as owner:
        owner.bind(("127.0.0.1", 0))
        owner.listen()
        taken = owner.getsockname()[1]
        first, second = broker._free((taken, taken))
    assert len({first, second, taken}) == 3


def test_a_free_port_is_kept():
    first, second = broker._free((0, 0))
    assert broker._free((first, second)) == (first, second)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"pid": 1}', b"[]"])
def test_an_unreadable_note_is_no_broker(tmp_path, content):
    (tmp_path / "running.json").write_bytes(content)
    assert broker._noted(tmp_path) is None


def test_advice_for_what_a_person_can_change(tmp_path):
    assert "free some space" in broker._advised(
        tmp_path, "java.io.IOException: No space left on device\n\tat x"
    )
    assert "no such luck" in broker._advised(tmp_path, "java.lang.Error: no such luck\n\tat x")
