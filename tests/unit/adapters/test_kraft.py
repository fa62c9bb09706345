"""What the broker is told, and what its last words mean."""

import re
from pathlib import Path

import pytest

from seerflow.adapters import kraft
from seerflow.errors import OperatorError


def settings(folder="/var/lib/seerflow"):
    return dict(
        line.split("=", 1) for line in kraft.server_properties(Path(folder), (9092, 9093)).splitlines()
    )


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


def test_advice_for_what_a_person_can_change(tmp_path):
    assert "free some space" in kraft.advised(
        tmp_path, "java.io.IOException: No space left on device\n\tat x"
    )
    assert "no such luck" in kraft.advised(tmp_path, "java.lang.Error: no such luck\n\tat x")


def test_cluster_ids():
    assert len({kraft.fresh_id() for _ in range(100)}) == 100
    assert all(re.fullmatch(r"s[A-Za-z0-9_-]{21}", kraft.fresh_id()) for _ in range(100))
    assert kraft.cluster_id("#\nversion=1\ncluster.id=sAb-_\nnode.id=1\n") == "sAb-_"
    assert kraft.cluster_id("") == ""
