"""The broker's ports and note, without starting one."""

import socket

import pytest

from seerflow import broker
from seerflow.adapters.processes import Supervisor
from seerflow.config import Config
from seerflow.errors import OutsideError


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


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(b"java.io.IOException: No space left on device", "the disk is full", id="a full disk"),
        pytest.param(b"Killed by somebody", "Killed by somebody", id="last words"),
        pytest.param(b"", "broker.log", id="no word"),
    ],
)
def test_a_broker_that_has_ended_is_told_with_its_last_words(tmp_path, words, told):
    config = Config(state_dir=str(tmp_path))
    broker.home(config).mkdir()
    (broker.home(config) / "broker.log").write_bytes(words)
    with pytest.raises(OutsideError, match="the broker has ended in") as error:
        broker.watch(config)
    assert told in str(error.value)


def test_what_all_programs_need_is_looked_at_with_every_look():
    def gone() -> None:
        raise OutsideError("the broker has ended")

    with pytest.raises(OutsideError, match="has ended"):
        Supervisor([], print, gone).watch()
