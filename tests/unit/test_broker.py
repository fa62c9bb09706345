"""The broker's ports and note, without starting one."""

import socket

import pytest

from seerflow import broker


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
