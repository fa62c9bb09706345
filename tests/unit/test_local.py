"""The processes of one machine: their names, ports and files."""

import os

import pytest

from seerflow import local
from seerflow.cli.demo import staged
from seerflow.config import Config
from seerflow.config.options import Metrics, WorkerCounts
from seerflow.errors import OutsideError

COUNTS = WorkerCounts(parse=2, detect=1, correlate=0, profile=0, alert=0, dispatch=0)


def config(folder, **more):
    return Config(state_dir=str(folder), workers=COUNTS, **more)


@pytest.mark.parametrize(("base", "ports"), [(9464, [9464, 9465, 9466, 9467]), (0, [0, 0, 0, 0])])
def test_ports_count_from_the_first_or_are_any(tmp_path, base, ports):
    found = local.places(config(tmp_path, metrics=Metrics(base_port=base)))
    assert [one.name for one in found] == ["parse-0", "parse-1", "detect-0", "collect-0"]
    assert [one.port for one in found] == ports


def test_each_program_says_in_a_file_of_its_own_who_it_is_and_what_was_said_before_is_gone(tmp_path):
    stale = tmp_path / "run" / "parse-1.json"
    stale.parent.mkdir()
    stale.write_text('{"worker": "parse-1", "pid": 1, "port": 9}')
    files = {
        one.name: one.arguments[one.arguments.index("--announce") + 1]
        for one in local.programs(config(tmp_path), None)
    }
    assert files["parse-1"] == str(stale)
    assert len(set(files.values())) == 4
    assert not stale.exists()


def test_who_does_not_get_ready_is_named(tmp_path):
    looks = []
    with pytest.raises(OutsideError, match=r"not ready after 0 s: parse-0, parse-1, detect-0, collect-0"):
        local.wait_ready(config(tmp_path), lambda: looks.append(os.getpid()), seconds=0)
    assert looks == []


def test_the_demo_takes_any_free_port(tmp_path):
    found = staged(config(tmp_path))
    assert (found.metrics.base_port, found.collectors.syslog.udp) == (0, "127.0.0.1:0")
