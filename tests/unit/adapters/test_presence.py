"""Whose answer it is: a port that anybody may have is no proof."""

import asyncio
import os

import msgspec
import pytest
from aiohttp import web

from seerflow.adapters import presence
from seerflow.adapters.health import Health
from seerflow.adapters.presence import Presence
from seerflow.errors import OperatorError


def asked(file, *, worker="parse-0", checks=None, announced=None):
    """Ask the worker of that name, while a Health server answers and `announced` stands in the file."""

    async def body():
        health = Health(bytes, ready=checks or {}, worker="parse-0", ports=lambda: {"syslog_udp": 514})
        port = await health.start()
        if announced is None:
            presence.tell(file, "parse-0", port)
        else:
            file.write_bytes(msgspec.json.encode(Presence(**{"port": port, **announced})))
        try:
            return await asyncio.to_thread(presence.ready, file, worker, "127.0.0.1")
        finally:
            await health.stop()

    return asyncio.run(body())


def test_the_worker_that_wrote_the_file_is_ready_and_says_where_it_listens(tmp_path):
    answer = asked(tmp_path / "run" / "parse-0.json")
    assert (answer.ok, answer.worker, answer.pid) == (True, "parse-0", os.getpid())
    assert answer.listening == {"syslog_udp": 514}


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"checks": {"ready": lambda: "restores"}}, id="not ready"),
        pytest.param({"worker": "parse-1"}, id="another instance"),
        pytest.param({"announced": {"worker": "parse-0", "pid": 1}}, id="another process of that name"),
        pytest.param(
            {"worker": "detect-0", "announced": {"worker": "detect-0", "pid": os.getpid()}},
            id="its port is another's",
        ),
        pytest.param({"announced": {"worker": "parse-0", "pid": 1, "port": 9}}, id="nobody listens"),
    ],
)
def test_nobody_else_is_taken_for_it(tmp_path, told):
    assert asked(tmp_path / "parse-0.json", **told) is None


@pytest.mark.parametrize("body", [b"", b"fine", b"[]", b'{"ok": true}', b"\xff", b'{"ok": "yes"}'])
def test_any_200_is_no_answer_of_ours(tmp_path, body):
    async def story():
        async def answer(_):
            return web.Response(body=body)

        app = web.Application()
        app.router.add_get("/readyz", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        presence.tell(tmp_path / "f", "parse-0", runner.addresses[0][1])
        try:
            return await asyncio.to_thread(presence.ready, tmp_path / "f", "parse-0", "127.0.0.1")
        finally:
            await runner.cleanup()

    assert asyncio.run(story()) is None


@pytest.mark.parametrize("content", [None, b"", b"{", b'{"worker": 1}'])
def test_a_file_that_says_nothing_is_nobody(tmp_path, content):
    if content is not None:
        (tmp_path / "f").write_bytes(content)
    assert presence.heard(tmp_path / "f") is None
    assert presence.ready(tmp_path / "f", "parse-0", "127.0.0.1") is None


def test_a_folder_that_cannot_be_written_is_told_in_words(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OperatorError, match="cannot be written"):
        presence.tell(tmp_path / "file" / "f", "parse-0", 1)
